package expr

import (
	"cmp"
	"slices"
	"strings"
)

// Contradiction says why the expression can't match, whatever the attributes are, such as
//
//	level == 1 excludes level == 2
//
// It is empty if the expression can match, and also if that takes more to know than to hold its
// comparisons with constants against each other: what it says is certain, its silence is not.
// The time it takes is in proportion to the text.
func (e *Expr) Contradiction() string {
	r := refuter{
		p:      &Program{expr: e, slots: make([]int, len(e.refs))},
		budget: leastRefutations + refutations*size(e.root),
	}
	return r.refute([]condition{e.root}, nil)
}

// How many comparisons of values the search for a way to match may take: some for each condition
// and each element of an array.
const (
	leastRefutations = 1000
	refutations      = 50
)

// size is how many comparisons and elements of arrays a condition has.
func size(c condition) int {
	g, ok := c.(*group)
	if !ok {
		c := c.(*comparison)
		return 1 + len(c.left.value.Elems()) + len(c.right.value.Elems())
	}
	n := 0
	for _, c := range g.conds {
		n += size(c)
	}
	return n
}

// A refuter looks for a way in which all conditions can hold at once.
type refuter struct {
	p      *Program
	budget int
}

// A claim is what a comparison says about one attribute.
type claim struct {
	ref   int
	op    operator // opHas also for x IN a, opIn also for [..] HAS a
	lacks bool     // of opHas: the array must not hold the value
	value Value
	set   []Value // what the attribute may equal; nil = anything
	text  string
}

// refute returns why the conditions can't all hold beside the claims, "" if they may.
func (r *refuter) refute(todo []condition, claims []claim) string {
	var choices []*group
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch c := c.(type) {
		case *comparison:
			why, made, ok := r.claim(c)
			if why != "" {
				return why
			}
			if !ok {
				continue
			}
			for i := range claims {
				r.budget -= claims[i].weight() * made.weight()
				if r.budget < 0 {
					return ""
				}
				if claims[i].excludes(&made) {
					return claims[i].text + " excludes " + made.text
				}
			}
			claims = append(claims, made)
		case *group:
			if c.any {
				choices = append(choices, c)
				continue
			}
			todo = append(todo, backward(c.conds)...)
		}
	}
	return r.choose(choices, claims)
}

// choose tries the alternatives of the first choice, each together with all other choices.
func (r *refuter) choose(choices []*group, claims []claim) string {
	if len(choices) == 0 {
		return ""
	}
	rest := make([]condition, 0, len(choices))
	for _, g := range backward(choices[1:]) {
		rest = append(rest, g)
	}
	first := ""
	for _, alternative := range choices[0].conds {
		if r.budget -= 1 + len(claims) + len(rest); r.budget < 0 {
			return ""
		}
		why := r.refute(append(slices.Clone(rest), alternative), slices.Clone(claims))
		if why == "" {
			return ""
		}
		first = cmp.Or(first, why)
	}
	return first
}

func backward[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// claim reads a comparison of an attribute with a constant; ok is false for every other one. why
// is not empty if the comparison is false for itself.
func (r *refuter) claim(c *comparison) (why string, made claim, ok bool) {
	text := shorten(string(c.append(nil, r.p.expr)))
	if _, known := r.p.compileComparison(c); known == never {
		return text + " is never true", claim{}, false
	}
	op, left, right := c.op, c.left, c.right
	if left.form == constant && op != opContains {
		switch {
		case op == opHas:
			op = opIn // [..] HAS a
		case op == opIn:
			op = opHas // x IN a
		case op == opNotIn:
			made.lacks, op = true, opHas
		default:
			op = op.flipped()
		}
		left, right = right, left
	}
	if left.form != reference || right.form != constant {
		return "", claim{}, false
	}
	made.ref, made.op, made.value, made.text = left.ref, op, right.value, text
	made.set = made.allowed()
	if made.unmet() {
		return text + " is never true", claim{}, false
	}
	return "", made, true
}

// unmet reports whether no value at all meets the claim.
func (a *claim) unmet() bool {
	kind := a.value.Kind()
	switch {
	case a.op.orders():
		return kind != NumberKind && kind != StringKind
	case a.op == opContains:
		return kind == NullKind
	case a.op == opIn:
		return len(a.set) == 0
	}
	return false
}

// weight is how many values the claim speaks of.
func (a *claim) weight() int { return 1 + len(a.value.Elems()) }

// excludes reports whether no value meets both claims. Spec: routing 2.3
func (a *claim) excludes(b *claim) bool {
	if a.ref != b.ref {
		return false
	}
	if wantsArray := a.op == opHas; wantsArray != (b.op == opHas) {
		return true
	} else if wantsArray {
		return a.lacks != b.lacks && a.value.Is(b.value)
	}
	if b.set != nil && a.set == nil {
		a, b = b, a
	}
	if a.set != nil {
		return !slices.ContainsFunc(a.set, b.admits)
	}
	return a.op.orders() && b.op.orders() && apart(a, b)
}

// allowed lists what the attribute may equal, nil if the claim does not say.
func (a *claim) allowed() []Value {
	switch a.op {
	case opEQ:
		return []Value{a.value}
	case opIn:
		return slices.DeleteFunc(slices.Clone(a.value.Elems()), Value.IsNull)
	}
	return nil
}

// admits reports whether something that equals v may meet the claim.
func (a *claim) admits(v Value) bool {
	switch a.op {
	case opEQ, opIn:
		return slices.ContainsFunc(a.set, func(w Value) bool {
			one, ok := BucketKey(v)
			other, ok2 := BucketKey(w)
			return ok && ok2 && one == other
		})
	case opNE:
		return !v.Is(a.value)
	case opNotIn:
		return !slices.ContainsFunc(a.value.Elems(), v.Is)
	case opContains:
		return !v.IsNull()
	}
	// What equals a number or a boolean may be a string, which strings are ordered with.
	spelled := v.meta&(numericBit|booleanBit) != 0 && a.value.Kind() == StringKind
	return spelled || apply(a.op, v, a.value)
}

// apart reports whether two claims of order leave nothing between them.
func apart(a, b *claim) bool {
	rising := func(o operator) bool { return o == opGT || o == opGE }
	if rising(a.op) == rising(b.op) {
		return false
	}
	low, high := a, b
	if rising(b.op) {
		low, high = b, a
	}
	open := low.op == opGT || high.op == opLT
	switch {
	case low.value.Kind() == NumberKind && high.value.Kind() == NumberKind:
		d := cmp.Compare(low.value.Num(), high.value.Num())
		return d > 0 || d == 0 && open
	case low.value.isPlain() && high.value.isPlain():
		d := strings.Compare(low.value.Str(), high.value.Str())
		return d > 0 || d == 0 && open
	}
	return false
}
