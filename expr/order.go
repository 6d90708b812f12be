package expr

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// MaxClauses is the number of clauses that one order_by may have.
const MaxClauses = 16

// Order is a parsed order_by: by which attributes the workers of a routing step are sorted.
type Order struct{ clauses []clause }

type clause struct {
	path Path
	desc bool
}

// ParseOrder reads clauses separated by commas, each worker.<path> with ASC or DESC, in any case;
// without either it is ASC. An empty text is no order. The error is a [*SyntaxError].
//
// Spec: routing 4.2
func ParseOrder(src string) (*Order, error) {
	p, err := newParser(Target, src)
	if err != nil {
		return nil, err
	}
	o := &Order{}
	for {
		if len(o.clauses) == MaxClauses {
			return nil, p.limit("order_by has more than %d clauses", MaxClauses)
		}
		c, err := p.clause()
		if err != nil {
			return nil, err
		}
		o.clauses = append(o.clauses, c)
		if p.tok.kind == tokEnd {
			return o, nil
		}
		if p.tok.kind != tokComma {
			return nil, p.unexpected(`ASC, DESC, "," or the end`)
		}
		p.next()
	}
}

func (p *parser) clause() (clause, error) {
	const expected = `a name that starts with "worker."`
	start := p.tok
	if start.kind != tokName {
		return clause{}, p.unexpected(expected)
	}
	path, err := p.path()
	if err != nil {
		return clause{}, err
	}
	c := clause{path: trimSide(path, WorkerSide)}
	if len(c.path) == len(path) {
		return clause{}, p.errorAt(start.start, start.end, expected, "")
	}
	if p.tok.kind == tokName {
		word := p.lex.src[p.tok.start:p.tok.end]
		c.desc = strings.EqualFold(word, "DESC")
		if !c.desc && !strings.EqualFold(word, "ASC") {
			return clause{}, p.unexpected("ASC or DESC")
		}
		p.next()
	}
	return c, nil
}

// String returns the canonical text: worker.level DESC, worker.age ASC
func (o *Order) String() string {
	var b strings.Builder
	for i, c := range o.clauses {
		if i > 0 {
			b.WriteString(", ")
		}
		direction := "ASC"
		if c.desc {
			direction = "DESC"
		}
		fmt.Fprintf(&b, "%s %s", Ref{WorkerSide, c.path}, direction)
	}
	return b.String()
}

// Paths returns the attributes that the order reads, clause by clause.
func (o *Order) Paths() []Path {
	paths := make([]Path, len(o.clauses))
	for i, c := range o.clauses {
		paths[i] = c.path
	}
	return paths
}

// Compile binds the order to slots of the worker table, interning paths that are new there.
func (o *Order) Compile(worker *Slots) *Ordering {
	r := &Ordering{order: o, clauses: make([]boundClause, len(o.clauses))}
	for i, c := range o.clauses {
		r.clauses[i] = boundClause{worker.Intern(c.path), c.desc}
	}
	return r
}

// Ordering is a compiled order_by. It is immutable and safe for concurrent use.
type Ordering struct {
	order   *Order
	clauses []boundClause
}

type boundClause struct {
	slot int
	desc bool
}

// Compare orders two workers by their values: negative if a comes first, positive if b does, 0
// if no clause tells them apart.
//
// Only whole numbers count, also those that a string spells. A worker without one comes after
// all that have one, for ASC and DESC alike, and two such workers are equal in that clause. So
// the order is a strict weak one, fit for sorted trees. (To leave a clause out for just those
// pairs that have a value of another type would not be: of three workers each could come before
// the next.)
//
// Spec: routing 4.2
func (r *Ordering) Compare(a, b []Value) int {
	for _, c := range r.clauses {
		x, hasX := integer(at(a, c.slot))
		y, hasY := integer(at(b, c.slot))
		switch {
		case hasX && hasY:
			if x == y {
				continue
			}
			if (x < y) != c.desc {
				return -1
			}
			return 1
		case hasX:
			return -1
		case hasY:
			return 1
		}
	}
	return 0
}

func integer(v Value) (float64, bool) {
	n := v.num()
	return n, v.meta&numericBit != 0 && n == math.Trunc(n)
}

// Slots returns the worker slots that the order reads, ascending. A change of a worker that
// leaves these values the same ([Value.Is]) leaves its place the same.
func (r *Ordering) Slots() []int {
	slots := make([]int, len(r.clauses))
	for i, c := range r.clauses {
		slots[i] = c.slot
	}
	slices.Sort(slots)
	return slices.Compact(slots)
}

// String returns the canonical text of the order.
func (r *Ordering) String() string { return r.order.String() }
