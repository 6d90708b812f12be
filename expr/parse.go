package expr

import (
	"fmt"
	"unicode/utf8"
)

// Limits of one expression. They are far beyond what people write, and keep what a stranger
// sends cheap to read, to keep and to evaluate.
const (
	MaxLength     = 64 << 10 // bytes of text
	MaxDepth      = 64       // levels of parentheses and arrays
	MaxConditions = 1024     // comparisons
	MaxElements   = 4096     // elements of one array
	MaxSteps      = 32       // names and indices of one reference
)

// Parse reads an expression and checks its syntax and its names, nothing else: one that can
// never be true is as good as any. An empty text is no expression; what it means depends on the
// place and is for the caller to say. The error is a [*SyntaxError].
//
// Spec: routing 2.2
func Parse(kind Kind, src string) (*Expr, error) {
	p, err := newParser(kind, src)
	if err != nil {
		return nil, err
	}
	root, err := p.condition()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, p.unexpected("AND, OR or the end")
	}
	return &Expr{kind: kind, root: root, refs: p.refs}, nil
}

// parser reads with one token of look-ahead, by recursive descent. Its recursion is bounded by
// MaxDepth.
type parser struct {
	kind      Kind
	lex       lexer
	tok       token // current, not yet taken
	afterName bool  // the token before the current one ended a reference
	depth     int   // of parentheses and arrays around the current token
	conds     int
	refs      []Ref
	refIndex  map[string]int // by full text
}

func newParser(kind Kind, src string) (*parser, error) {
	if len(src) > MaxLength {
		return nil, &SyntaxError{Column: 1, Hint: fmt.Sprintf(
			"the expression is %d bytes long; at most %d are allowed", len(src), MaxLength)}
	}
	p := &parser{kind: kind, lex: lexer{src: src}}
	if !utf8.ValidString(src) {
		bad := 0
		for {
			r, size := utf8.DecodeRuneInString(src[bad:])
			if r == utf8.RuneError && size == 1 {
				return nil, p.errorAt(bad, bad, "", "the expression is not valid UTF-8 here")
			}
			bad += size
		}
	}
	p.next()
	return p, nil
}

func (p *parser) next() {
	p.tok = p.lex.next()
	p.afterName = false
}

// condition reads alternatives joined by OR.
func (p *parser) condition() (condition, error) {
	return p.group(tokOr, func() (condition, error) {
		return p.group(tokAnd, p.single)
	})
}

// group reads one or more parts with the keyword between them.
func (p *parser) group(keyword tokenKind, part func() (condition, error)) (condition, error) {
	first, err := part()
	if err != nil || p.tok.kind != keyword {
		return first, err
	}
	g := &group{any: keyword == tokOr}
	g.add(first)
	for p.tok.kind == keyword {
		p.next()
		c, err := part()
		if err != nil {
			return nil, err
		}
		g.add(c)
	}
	return g, nil
}

// add takes in a condition, or the members of a group of the same sort.
func (g *group) add(c condition) {
	if inner, ok := c.(*group); ok && inner.any == g.any {
		g.conds = append(g.conds, inner.conds...)
		return
	}
	g.conds = append(g.conds, c)
}

// single reads one comparison or a condition in parentheses.
func (p *parser) single() (condition, error) {
	if p.tok.kind != tokOpen {
		return p.comparison()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	c, err := p.condition()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokClose {
		return nil, p.unexpected(`AND, OR or ")"`)
	}
	p.leave()
	return c, nil
}

// enter takes an opening bracket, leave the closing one.
func (p *parser) enter() error {
	if p.depth == MaxDepth {
		return p.limit("parentheses and arrays nest deeper than %d levels", MaxDepth)
	}
	p.depth++
	p.next()
	return nil
}

func (p *parser) leave() {
	p.depth--
	p.next()
}

// comparison reads operand, operator, operand. A parenthesis cannot open an operand, so the
// first token tells a comparison from a group and no backtracking is needed.
func (p *parser) comparison() (condition, error) {
	if p.conds == MaxConditions {
		return nil, p.limit("the expression has more than %d conditions", MaxConditions)
	}
	p.conds++
	left, err := p.operand(`a value, a name or "("`)
	if err != nil {
		return nil, err
	}
	op, err := p.operator()
	if err != nil {
		return nil, err
	}
	right, err := p.operand("a value or a name")
	if err != nil {
		return nil, err
	}
	return &comparison{op: op, left: left, right: right}, nil
}

// operator reads an operator. Its errors carry the hints people need most: here it shows that a
// name was cut short by a hyphen, or that there is no comparison at all.
func (p *parser) operator() (operator, error) {
	switch p.tok.kind {
	case tokCompare:
		op := p.tok.op
		p.next()
		return op, nil
	case tokNot:
		p.next()
		if p.tok.kind != tokCompare || p.tok.op != opIn || !p.tok.word {
			return 0, p.unexpected("IN after NOT")
		}
		p.next()
		return opNotIn, nil
	case tokEnd, tokAnd, tokOr, tokClose:
		if p.afterName {
			return 0, p.errorAt(p.tok.start, p.tok.end, "an operator",
				"a condition compares two values, for instance: name == true")
		}
	}
	return 0, p.unexpected("an operator")
}

// operand reads a value, a reference or an array; expected describes the place in an error.
func (p *parser) operand(expected string) (operand, error) {
	var v Value
	switch p.tok.kind {
	case tokName:
		ref, err := p.reference()
		if err != nil {
			return operand{}, err
		}
		return operand{form: reference, ref: p.intern(ref)}, nil
	case tokOpenArray:
		return p.array()
	case tokString, tokNumber:
		v = p.tok.value
	case tokTrue, tokFalse:
		v = Bool(p.tok.kind == tokTrue)
	case tokNull:
	default:
		return operand{}, p.unexpected(expected)
	}
	p.next()
	return operand{value: v}, nil
}

// array reads an array literal. One of constants only becomes a constant here, so that it is
// built once and not at every evaluation.
func (p *parser) array() (operand, error) {
	if err := p.enter(); err != nil {
		return operand{}, err
	}
	var elems []operand
	constants := true
	for p.tok.kind != tokCloseArray {
		if len(elems) == MaxElements {
			return operand{}, p.limit("an array has more than %d elements", MaxElements)
		}
		if len(elems) > 0 {
			if p.tok.kind != tokComma {
				return operand{}, p.unexpected(`"," or "]"`)
			}
			p.next()
		}
		expected := "a value or a name"
		if len(elems) == 0 {
			expected = `a value, a name or "]"`
		}
		elem, err := p.operand(expected)
		if err != nil {
			return operand{}, err
		}
		constants = constants && elem.form == constant
		elems = append(elems, elem)
	}
	p.leave()
	if !constants {
		return operand{form: list, elems: elems}, nil
	}
	values := make([]Value, len(elems))
	for i, e := range elems {
		values[i] = e.value
	}
	return operand{value: Array(values...)}, nil
}

// reference reads a path and checks it against the kind.
func (p *parser) reference() (Ref, error) {
	start := p.tok.start
	if p.tok.kind != tokName {
		return Ref{}, p.unexpected("a name")
	}
	path, err := p.path()
	if err != nil {
		return Ref{}, err
	}
	ref, expected := p.kind.resolve(path)
	if expected != "" {
		written := path.String()
		e := p.errorAt(start, start, expected, "")
		e.Found, e.Width = written, utf8.RuneCountInString(written)
		return Ref{}, e
	}
	return ref, nil
}

// path reads names and indices without asking what they refer to. Keywords count as names: a
// caller that cannot have one at the start has looked already.
func (p *parser) path() (Path, error) {
	if !p.tok.word {
		return nil, p.unexpected("a name")
	}
	path := Path{{Name: p.take()}}
	for {
		p.afterName = true
		opened := p.tok
		if opened.kind != tokDot && opened.kind != tokOpenArray {
			return path, nil
		}
		if len(path) == MaxSteps {
			return nil, p.limit("a reference takes more than %d steps", MaxSteps)
		}
		p.next()
		if opened.kind == tokDot {
			if !p.tok.word {
				return nil, p.unexpected(`a name after "."`)
			}
			path = append(path, Step{Name: p.take()})
			continue
		}
		index, err := p.index()
		if err != nil {
			return nil, err
		}
		path = append(path, Step{Index: index})
	}
}

// index reads the rest of a step in brackets.
func (p *parser) index() (int, error) {
	const digitsMax = 9
	digits := p.lex.src[p.tok.start:p.tok.end]
	n := countDigits(digits)
	if p.tok.kind != tokNumber || n != len(digits) || n > digitsMax {
		return 0, p.unexpected("an index: a whole number from 0")
	}
	p.next()
	if p.tok.kind != tokCloseArray {
		return 0, p.unexpected(`"]"`)
	}
	p.next()
	return int(smallInt(digits)), nil
}

// take returns the text of the current token and moves on.
func (p *parser) take() string {
	text := p.lex.src[p.tok.start:p.tok.end]
	p.next()
	return text
}

// intern returns the index of the reference among the distinct ones.
func (p *parser) intern(ref Ref) int {
	key := ref.String()
	if i, ok := p.refIndex[key]; ok {
		return i
	}
	if p.refIndex == nil {
		p.refIndex = make(map[string]int)
	}
	i := len(p.refs)
	p.refIndex[key] = i
	p.refs = append(p.refs, ref)
	return i
}
