package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEnd tokenKind = iota
	tokName
	tokString
	tokNumber
	tokTrue
	tokFalse
	tokNull
	tokAnd
	tokOr
	tokNot
	tokCompare // an operator of one token; token.op says which
	tokOpen
	tokClose
	tokOpenArray
	tokCloseArray
	tokComma
	tokDot
	tokBad
)

// token is a piece of the source between two byte offsets.
type token struct {
	kind       tokenKind
	op         operator
	word       bool // spelled like a name, keywords included
	start, end int
	value      Value  // of strings and numbers
	problem    string // why a bad token is bad, where that is more than being unexpected
}

// lexer cuts the source into tokens, one at a time.
type lexer struct {
	src string
	pos int
}

func (l *lexer) next() token {
	for l.pos < len(l.src) {
		c, size := utf8.DecodeRuneInString(l.src[l.pos:])
		if !unicode.IsSpace(c) {
			return l.token(c, size)
		}
		l.pos += size
	}
	return token{kind: tokEnd, start: l.pos, end: l.pos}
}

// token reads the token that starts with c, which takes size bytes.
func (l *lexer) token(c rune, size int) token {
	start := l.pos
	switch {
	case isNameStart(c):
		return l.name()
	case c == '"' || c == '\'':
		return l.string()
	case c < utf8.RuneSelf && (isDigit(byte(c)) || c == '-' && l.digitAt(start+1)):
		return l.number()
	}
	kind, op, length := symbol(l.src[start:])
	if kind == tokBad {
		length = size
		if c == '-' {
			length += nameLength(l.src[start+1:])
		}
	}
	l.pos += length
	return token{kind: kind, op: op, start: start, end: l.pos}
}

// symbol returns the longest operator or punctuation mark at the start of s.
func symbol(s string) (kind tokenKind, op operator, length int) {
	// Longer marks stand before their own beginnings.
	for _, m := range [...]struct {
		text string
		kind tokenKind
		op   operator
	}{
		{"==", tokCompare, opEQ}, {"!=", tokCompare, opNE}, {">-", tokCompare, opHas},
		{"<-", tokCompare, opIn}, {"<=", tokCompare, opLE}, {">=", tokCompare, opGE},
		{"=", tokCompare, opEQ}, {"<", tokCompare, opLT}, {">", tokCompare, opGT},
		{"(", tokOpen, 0}, {")", tokClose, 0}, {"[", tokOpenArray, 0}, {"]", tokCloseArray, 0},
		{",", tokComma, 0}, {".", tokDot, 0},
	} {
		if strings.HasPrefix(s, m.text) {
			return m.kind, m.op, len(m.text)
		}
	}
	return tokBad, 0, 1
}

func (l *lexer) name() token {
	start := l.pos
	l.pos += nameLength(l.src[start:])
	text := l.src[start:l.pos]
	t := token{kind: wordKind(text), word: true, start: start, end: l.pos}
	if t.kind == tokCompare {
		switch len(text) {
		case len("IN"):
			t.op = opIn
		case len("HAS"):
			t.op = opHas
		default:
			t.op = opContains
		}
	}
	return t
}

// wordKind tells keywords, in any case, from names.
func wordKind(word string) tokenKind {
	for _, k := range [...]struct {
		word string
		kind tokenKind
	}{
		{"OR", tokOr}, {"IN", tokCompare}, {"AND", tokAnd}, {"HAS", tokCompare}, {"NOT", tokNot},
		{"NULL", tokNull}, {"TRUE", tokTrue}, {"FALSE", tokFalse}, {"CONTAINS", tokCompare},
	} {
		if len(word) == len(k.word) && strings.EqualFold(word, k.word) {
			return k.kind
		}
	}
	return tokName
}

// number reads a number, its sign included. Whether a sign may stand here is a question for the
// parser: after an operand it is not an operator either.
func (l *lexer) number() token {
	start := l.pos
	if l.src[start] == '-' {
		l.pos++
	}
	l.pos += countDigits(l.src[l.pos:])
	if l.pos < len(l.src) && l.src[l.pos] == '.' && l.digitAt(l.pos+1) {
		l.pos += 1 + countDigits(l.src[l.pos+1:])
	}
	f, _ := parseDecimal(l.src[start:l.pos])
	return token{kind: tokNumber, start: start, end: l.pos, value: Number(f)}
}

func (l *lexer) digitAt(pos int) bool { return pos < len(l.src) && isDigit(l.src[pos]) }

// string reads a string in either kind of quotes. An escape other than the three of the grammar
// is refused rather than guessed at: whether \d means d or \d would show only when tasks are
// routed wrongly.
func (l *lexer) string() token {
	start := l.pos
	quote := l.src[start]
	stops := `"\`
	if quote == '\'' {
		stops = `'\`
	}
	var unescaped []byte
	for from := start + 1; ; {
		i := strings.IndexAny(l.src[from:], stops)
		if i < 0 {
			l.pos = len(l.src)
			return token{kind: tokBad, start: start, end: l.pos,
				problem: "the string that starts here has no closing quote"}
		}
		at := from + i
		if l.src[at] == quote {
			text := l.src[from:at]
			if unescaped != nil {
				text = string(append(unescaped, text...))
			}
			l.pos = at + 1
			return token{kind: tokString, start: start, end: l.pos, value: String(text)}
		}
		if at+1 < len(l.src) && !strings.ContainsRune(`"'\`, rune(l.src[at+1])) {
			l.pos = at + 1
			return token{kind: tokBad, start: at, end: l.pos,
				problem: `a backslash in a string stands before a quote or another backslash; ` +
					`write \\ for a backslash`}
		}
		unescaped = append(unescaped, l.src[from:at]...)
		unescaped = append(unescaped, l.src[at+1:min(at+2, len(l.src))]...)
		from = min(at+2, len(l.src))
	}
}

// nameLength returns how many bytes at the start of s can go on a name.
func nameLength(s string) int {
	for i, c := range s {
		if !isNameStart(c) && !unicode.IsDigit(c) {
			return i
		}
	}
	return len(s)
}

func isNameStart(c rune) bool {
	return c == '_' || c == '$' || unicode.IsLetter(c)
}
