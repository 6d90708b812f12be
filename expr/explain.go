package expr

import (
	"slices"
	"strings"
)

// Explanation says why an expression matches or not, by the conditions that decide it.
//
// Of conditions joined by AND all that fail are named, so that one look shows everything that
// is missing; of conditions joined by OR that all fail, likewise. Where the expression matches,
// the conditions are those that make it true: all of an AND, the first that holds of an OR.
type Explanation struct {
	Match  bool
	Failed []Condition // what keeps the expression from matching; empty if it matches
	Held   []Condition // what makes it match; empty if it does not
}

// Condition is a comparison with the values it saw.
type Condition struct {
	Text        string // canonical
	Left, Right Value
	Reason      string // the values in words, and the rule behind a result that may surprise
}

// String returns the conditions in one line: level > 5: level is 3; languages HAS "de":
// languages is missing
func (e Explanation) String() string {
	var b strings.Builder
	conds := e.Failed
	if e.Match {
		b.WriteString("matches: ")
		conds = e.Held
	}
	for i, c := range conds {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.String())
	}
	return b.String()
}

// String returns the condition and its reason: level > 5: level is 3
func (c Condition) String() string { return c.Text + ": " + c.Reason }

// Explain evaluates like [Program.Match], with the same result, and tells why. It is made for
// people, not for speed.
func (p *Program) Explain(env *Env) Explanation {
	match, conds := p.explain(p.expr.root, env)
	if match {
		return Explanation{Match: true, Held: conds}
	}
	return Explanation{Failed: conds}
}

// explain returns the result of a condition and the comparisons that decide it.
func (p *Program) explain(c condition, env *Env) (bool, []Condition) {
	g, ok := c.(*group)
	if !ok {
		return p.explainComparison(c.(*comparison), env)
	}
	var held, failed []Condition
	anyHeld, anyFailed := false, false
	for _, c := range g.conds {
		ok, conds := p.explain(c, env)
		if !ok {
			anyFailed = true
			failed = append(failed, conds...)
			continue
		}
		if g.any && anyHeld {
			continue
		}
		anyHeld = true
		held = append(held, conds...)
	}
	match := anyHeld
	if !g.any {
		match = !anyFailed
	}
	if match {
		return true, held
	}
	return false, failed
}

// explainComparison evaluates through apply, the meaning itself, not through compiled shortcuts;
// tests hold the two together.
func (p *Program) explainComparison(c *comparison, env *Env) (bool, []Condition) {
	left, right := p.evaluate(c.left, env), p.evaluate(c.right, env)
	match := apply(c.op, left, right)
	var facts []string
	facts = p.facts(facts, c.left, env)
	facts = p.facts(facts, c.right, env)
	if len(facts) > mostFacts {
		facts = append(facts[:mostFacts], "…")
	}
	if len(facts) == 0 {
		facts = append(facts, "compares two constants")
	}
	if !match {
		if note := surprise(c.op, left, right); note != "" {
			facts = append(facts, note)
		}
	}
	return match, []Condition{{
		Text:   string(c.append(nil, p.expr)),
		Left:   left,
		Right:  right,
		Reason: strings.Join(facts, ", "),
	}}
}

// evaluate returns the value of an operand, array literals with references included.
func (p *Program) evaluate(o operand, env *Env) Value {
	if o.form != list {
		src := p.source(o)
		return src.load(env)
	}
	elems := make([]Value, len(o.elems))
	for i, e := range o.elems {
		elems[i] = p.evaluate(e, env)
	}
	return Array(elems...)
}

// mostFacts is how many references a reason speaks of; only long array literals have more.
const mostFacts = 8

// facts appends what each reference of the operand is, once.
func (p *Program) facts(dst []string, o operand, env *Env) []string {
	switch o.form {
	case reference:
		name := string(p.expr.refs[o.ref].appendIn(nil, p.expr.kind))
		if fact := name + " is " + inWords(p.evaluate(o, env)); !slices.Contains(dst, fact) {
			dst = append(dst, fact)
		}
	case list:
		for _, e := range o.elems {
			if len(dst) > mostFacts {
				break
			}
			dst = p.facts(dst, e, env)
		}
	}
	return dst
}

func inWords(v Value) string {
	switch v.Kind() {
	case NullKind:
		return "missing"
	case ObjectKind:
		return "an object"
	}
	return shorten(v.String())
}

// surprise names the rule by which a comparison failed, unless the values alone make it plain, as
// a missing one does.
func surprise(op operator, left, right Value) string {
	switch {
	case op.readsArray():
		array, x := right, left
		if op == opHas {
			array, x = left, right
		}
		switch {
		case array.IsNull() && op == opNotIn:
			return "and nothing is NOT IN a missing array"
		case array.IsNull():
			return ""
		case !array.isArray():
			return op.String() + " needs an array"
		case x.isArray():
			return op.String() + " looks for a single value, not for an array"
		}
	case left.IsNull() || right.IsNull():
		return ""
	case left.isArray() || right.isArray():
		return op.String() + " does not compare arrays; use HAS, IN or NOT IN"
	case op.orders() && !ordered(left, right, less|same|greater):
		if left.Kind() == right.Kind() {
			return op.String() + " orders only numbers and strings"
		}
		return op.String() + " does not order " + left.Kind().String() + " and " +
			right.Kind().String()
	}
	return ""
}
