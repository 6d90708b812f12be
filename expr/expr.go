package expr

// Kind is the place of an expression; it says which names the expression may use.
type Kind int

// The kinds of expression.
//
// Spec: routing 2.1
const (
	// Worker is for expressions about one worker: a TaskQueue's TargetWorkers and the filter
	// of worker lists. Attribute names stand bare or after "worker.".
	Worker Kind = iota
	// Task is for expressions about one task: workflow filters and the filter of task lists.
	// Attribute names stand bare or after "task.".
	Task
	// Target is for the expression of a routing step, about a task and a worker. Every
	// reference starts with "task." or "worker.".
	Target
	// Skip is for skip_if, about the workers of a queue: workers.available,
	// workers.unavailable and workers.WA… with an Activity SID.
	Skip
)

// String names the kind in words.
func (k Kind) String() string {
	return [...]string{"worker expression", "task expression", "target expression", "skip_if"}[k]
}

// Expr is a parsed expression. It is immutable and safe for concurrent use.
type Expr struct {
	kind Kind
	root condition
	refs []Ref // distinct, in the order of their first mention
}

// condition is an inner node of the tree: a *group or a *comparison.
type condition interface {
	append(dst []byte, e *Expr) []byte
}

// group is two or more conditions joined by AND, or by OR if any is set. A group never directly
// holds a group of its own sort: the parser merges them.
type group struct {
	any   bool
	conds []condition
}

// comparison is a single condition. Both operands stay as they were written; what can be decided
// from constants alone is decided when compiling.
type comparison struct {
	op          operator
	left, right operand
}

// operand is one side of a comparison, or an element of an array literal.
type operand struct {
	form  form
	value Value     // constant
	ref   int       // reference: its index in Expr.refs
	elems []operand // list
}

type form uint8

const (
	constant  form = iota // array literals of constants only are constants
	reference             // an attribute or a count
	list                  // an array literal that mentions a reference
)

// Kind returns the kind the expression was parsed as.
func (e *Expr) Kind() Kind { return e.kind }

// Paths returns the distinct references of the expression in the order of their first mention.
func (e *Expr) Paths() []Ref {
	refs := make([]Ref, len(e.refs))
	copy(refs, e.refs)
	return refs
}

// String returns the canonical text: keywords in upper case, == HAS IN for their aliases,
// strings in double quotes, parentheses only where they matter. Parsed again as the same kind it
// gives the same expression.
func (e *Expr) String() string { return string(e.root.append(nil, e)) }

func (g *group) append(dst []byte, e *Expr) []byte {
	for i, c := range g.conds {
		if i > 0 && g.any {
			dst = append(dst, " OR "...)
		} else if i > 0 {
			dst = append(dst, " AND "...)
		}
		if inner, ok := c.(*group); ok && inner.any {
			dst = append(dst, '(')
			dst = c.append(dst, e)
			dst = append(dst, ')')
			continue
		}
		dst = c.append(dst, e)
	}
	return dst
}

func (c *comparison) append(dst []byte, e *Expr) []byte {
	dst = c.left.append(dst, e)
	dst = append(dst, ' ')
	dst = append(dst, c.op.String()...)
	dst = append(dst, ' ')
	return c.right.append(dst, e)
}

func (o operand) append(dst []byte, e *Expr) []byte {
	switch o.form {
	case reference:
		return e.refs[o.ref].appendIn(dst, e.kind)
	case list:
		dst = append(dst, '[')
		for i, elem := range o.elems {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = elem.append(dst, e)
		}
		return append(dst, ']')
	}
	return o.value.appendLiteral(dst)
}
