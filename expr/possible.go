package expr

// Possible reports whether there can be a task for which the program matches the worker in env,
// whose task side is not looked at. False is certain: no task at all. True is not: conditions
// are looked at one by one.
func (p *Program) Possible(env *Env) bool { return p.possible(p.expr.root, env) }

func (p *Program) possible(c condition, env *Env) bool {
	g, ok := c.(*group)
	if !ok {
		return p.possibleComparison(c.(*comparison), env)
	}
	for _, c := range g.conds {
		if p.possible(c, env) == g.any {
			return g.any
		}
	}
	return !g.any
}

func (p *Program) possibleComparison(c *comparison, env *Env) bool {
	left, right := p.open(c.left), p.open(c.right)
	switch {
	case !left && !right:
		return apply(c.op, p.evaluate(c.left, env), p.evaluate(c.right, env))
	case left && right:
		return true
	}
	known := c.left
	if left {
		known = c.right
	}
	v := p.evaluate(known, env)
	switch {
	case c.op.readsArray():
		if holds := (c.op == opHas) == right; holds { // the known side is the array
			return v.isArray() && (c.op == opNotIn || len(v.elems()) > 0)
		}
		return !v.isArray() && (c.op == opNotIn || !v.IsNull() && v.Kind() != ObjectKind)
	case c.op == opEQ:
		return !v.isArray() && v.Kind() != ObjectKind
	case c.op == opNE:
		return !v.isArray()
	case c.op == opContains:
		return !v.isArray() && !v.IsNull() && v.Kind() != ObjectKind
	}
	return v.Kind() == NumberKind || v.Kind() == StringKind
}

// open reports whether the operand depends on the task.
func (p *Program) open(o operand) bool {
	switch o.form {
	case reference:
		return p.expr.refs[o.ref].Side == TaskSide
	case list:
		for _, e := range o.elems {
			if p.open(e) {
				return true
			}
		}
	}
	return false
}
