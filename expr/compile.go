package expr

// predicate is compiled code: closures over slots and constants, one per comparison and one per
// group. What can be decided once (the operator, the kind of a constant, the form of an operand)
// is decided here, so that matching does only what depends on the environment.
type predicate func(*Env) bool

// verdict is what is known of a condition before it is evaluated.
type verdict uint8

const (
	depends verdict = iota
	always
	never
)

func constantly(b bool) (predicate, verdict) {
	if b {
		return func(*Env) bool { return true }, always
	}
	return func(*Env) bool { return false }, never
}

func (p *Program) compile(c condition) (predicate, verdict) {
	switch c := c.(type) {
	case *group:
		return p.compileGroup(c)
	case *comparison:
		return p.compileComparison(c)
	}
	panic("expr: unknown condition")
}

func (p *Program) compileGroup(g *group) (predicate, verdict) {
	// A member that decides ends the group; one that cannot is left out.
	decides := never
	if g.any {
		decides = always
	}
	var parts []predicate
	for _, c := range g.conds {
		part, known := p.compile(c)
		switch known {
		case decides:
			return part, known
		case depends:
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return constantly(!g.any)
	}
	if g.any {
		return anyOf(parts), depends
	}
	return allOf(parts), depends
}

// allOf joins by AND. Two and three parts are worth a closure of their own: it saves the loop.
func allOf(parts []predicate) predicate {
	switch len(parts) {
	case 1:
		return parts[0]
	case 2:
		a, b := parts[0], parts[1]
		return func(env *Env) bool { return a(env) && b(env) }
	case 3:
		a, b, c := parts[0], parts[1], parts[2]
		return func(env *Env) bool { return a(env) && b(env) && c(env) }
	}
	return func(env *Env) bool {
		for _, part := range parts {
			if !part(env) {
				return false
			}
		}
		return true
	}
}

// anyOf joins by OR.
func anyOf(parts []predicate) predicate {
	switch len(parts) {
	case 1:
		return parts[0]
	case 2:
		a, b := parts[0], parts[1]
		return func(env *Env) bool { return a(env) || b(env) }
	}
	return func(env *Env) bool {
		for _, part := range parts {
			if part(env) {
				return true
			}
		}
		return false
	}
}

func (p *Program) compileComparison(c *comparison) (predicate, verdict) {
	op, left, right := c.op, c.left, c.right
	switch {
	case left.form == constant && right.form == constant:
		return constantly(apply(op, left.value, right.value))
	// The three array operators are one question, asked from either side or in the negative.
	case op == opHas:
		return p.compileMember(left, right, false)
	case op == opIn:
		return p.compileMember(right, left, false)
	case op == opNotIn:
		return p.compileMember(right, left, true)
	case left.isArray() || right.isArray():
		return constantly(false)
	}
	// From here on a constant stands on the right, CONTAINS excepted.
	if left.form == constant && op != opContains {
		op, left, right = op.flipped(), right, left
	}
	l, ok := p.slot(left)
	if !ok {
		return p.compileAny(op, left, right), depends
	}
	if right.form == constant {
		return compileConstant(op, l, right.value), depends
	}
	r, ok := p.slot(right)
	if !ok {
		return p.compileAny(op, left, right), depends
	}
	return compileSlots(op, l, r), depends
}

// isArray reports whether the operand is an array whatever the environment is.
func (o operand) isArray() bool { return o.form == list || o.value.isArray() }

// compileAny is the general case, for counts and whatever has no shortcut.
func (p *Program) compileAny(op operator, left, right operand) predicate {
	l, r := p.source(left), p.source(right)
	return func(env *Env) bool { return apply(op, l.load(env), r.load(env)) }
}

// compileConstant compares a slot with a constant scalar.
func compileConstant(op operator, s slot, c Value) predicate {
	if c.Kind() == NumberKind {
		return compileNumber(op, s, c)
	}
	switch {
	case op == opEQ && c.isShort():
		meta, bits := c.meta, c.bits
		return func(env *Env) bool {
			v := s.load(env)
			return v.meta == meta && v.bits == bits
		}
	case op == opEQ && c.isPlain():
		return func(env *Env) bool { return s.load(env).isString(c) }
	case op == opEQ && c.Kind() == BoolKind:
		bits := c.bits
		return func(env *Env) bool {
			v := s.load(env)
			return v.meta&booleanBit != 0 && v.bits == bits
		}
	case op == opNE && c.isPlain():
		return func(env *Env) bool {
			v := s.load(env)
			return !v.isArray() && !v.isString(c)
		}
	case op == opEQ:
		return func(env *Env) bool { return Equal(s.load(env), c) }
	case op == opNE:
		return func(env *Env) bool { return differ(s.load(env), c) }
	case op == opContains:
		return func(env *Env) bool { return contains(s.load(env), c) }
	}
	mask := op.mask()
	return func(env *Env) bool { return ordered(s.load(env), c, mask) }
}

// compileNumber compares a slot with a constant number: a number or a string that spells one can
// be equal or ordered, nothing else.
func compileNumber(op operator, s slot, c Value) predicate {
	n, bits := c.num(), c.bits
	switch op {
	case opEQ:
		return func(env *Env) bool {
			v := s.load(env)
			return v.meta&numericBit != 0 && v.bits == bits
		}
	case opNE:
		return func(env *Env) bool {
			v := s.load(env)
			return !v.isArray() && !(v.meta&numericBit != 0 && v.bits == bits)
		}
	case opLT:
		return func(env *Env) bool {
			v := s.load(env)
			return v.meta&numericBit != 0 && v.num() < n
		}
	case opLE:
		return func(env *Env) bool {
			v := s.load(env)
			return v.meta&numericBit != 0 && v.num() <= n
		}
	case opGT:
		return func(env *Env) bool {
			v := s.load(env)
			return v.meta&numericBit != 0 && v.num() > n
		}
	case opGE:
		return func(env *Env) bool {
			v := s.load(env)
			return v.meta&numericBit != 0 && v.num() >= n
		}
	}
	return func(env *Env) bool { return contains(s.load(env), c) }
}

// compileSlots compares two slots.
func compileSlots(op operator, l, r slot) predicate {
	switch op {
	case opEQ:
		return func(env *Env) bool {
			a, b := l.load(env), r.load(env)
			if a.isShort() {
				return a.meta == b.meta && a.bits == b.bits
			}
			return Equal(a, b)
		}
	case opNE:
		return func(env *Env) bool { return differ(l.load(env), r.load(env)) }
	case opContains:
		return func(env *Env) bool { return contains(l.load(env), r.load(env)) }
	}
	mask := op.mask()
	return func(env *Env) bool {
		a, b := l.load(env), r.load(env)
		if a.meta == numberMeta && b.meta == numberMeta {
			return mask&orderNumbers(a.num(), b.num()) != 0
		}
		return ordered(a, b, mask)
	}
}

// compileMember compiles array HAS x, and x NOT IN array if negated.
func (p *Program) compileMember(array, x operand, negated bool) (predicate, verdict) {
	switch {
	case x.isArray():
		return constantly(false)
	case x.form == constant && x.value.IsNull() && !negated:
		return constantly(false)
	case array.form == list:
		return p.compileList(array.elems, x, negated), depends
	case array.form == constant && !array.isArray():
		return constantly(false)
	case array.form == constant:
		return p.compileSet(array.value, x, negated), depends
	}
	member := has
	if negated {
		member = lacks
	}
	a, ok := p.slot(array)
	if !ok {
		// Counts are numbers, and a number has no members.
		return constantly(false)
	}
	if x.form == constant {
		c := x.value
		return func(env *Env) bool { return member(a.load(env), c) }, depends
	}
	s, ok := p.slot(x)
	if !ok {
		src := p.source(x)
		return func(env *Env) bool { return member(a.load(env), src.load(env)) }, depends
	}
	if negated {
		return func(env *Env) bool { return lacks(a.load(env), s.load(env)) }, depends
	}
	return func(env *Env) bool { return has(a.load(env), s.load(env)) }, depends
}

// compileList looks a value up in an array literal that mentions references.
func (p *Program) compileList(elems []operand, x operand, negated bool) predicate {
	var sources []source
	for _, e := range elems {
		// An array as an element equals nothing.
		if !e.isArray() {
			sources = append(sources, p.source(e))
		}
	}
	src := p.source(x)
	return func(env *Env) bool {
		v := src.load(env)
		if v.isArray() {
			return false
		}
		if v.IsNull() {
			return negated
		}
		for i := range sources {
			if Equal(sources[i].load(env), v) {
				return !negated
			}
		}
		return negated
	}
}

// manyElements is where looking a bucket up starts to beat comparing every element.
const manyElements = 12

// compileSet looks a value up in a constant array.
func (p *Program) compileSet(array Value, x operand, negated bool) predicate {
	src := p.source(x)
	if len(array.elems()) <= manyElements {
		if negated {
			return func(env *Env) bool { return lacks(array, src.load(env)) }
		}
		return func(env *Env) bool { return has(array, src.load(env)) }
	}
	// Equal values share a bucket, so only the elements of one bucket need a comparison.
	buckets := make(map[Bucket][]Value)
	for _, e := range array.elems() {
		if key, ok := BucketKey(e); ok {
			buckets[key] = append(buckets[key], e)
		}
	}
	return func(env *Env) bool {
		v := src.load(env)
		if v.isArray() {
			return false
		}
		key, ok := BucketKey(v)
		if !ok || v.IsNull() {
			return negated
		}
		for _, e := range buckets[key] {
			if Equal(e, v) {
				return !negated
			}
		}
		return negated
	}
}
