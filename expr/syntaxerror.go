package expr

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says where and why a text is not an expression.
type SyntaxError struct {
	Column   int    // of the offending text, in characters, from 1
	Width    int    // of the offending text, in characters; 0 at the end of the expression
	Found    string // the offending text; "" at the end of the expression
	Expected string // what could stand there instead; "" where Hint says it all
	Hint     string // the way out, if there is one to name
}

// Error returns one line, for instance:
//
//	column 6: found "-level", expected an operator; a name can't hold a hyphen, use "_" instead
func (e *SyntaxError) Error() string {
	if e.Expected == "" {
		return fmt.Sprintf("column %d: %s", e.Column, e.Hint)
	}
	found := "the end of the expression"
	if e.Found != "" {
		found = `"` + shorten(e.Found) + `"`
	}
	text := fmt.Sprintf("column %d: found %s, expected %s", e.Column, found, e.Expected)
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// shorten keeps what a message quotes on one line of reasonable length.
func shorten(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	end, n := 0, 0
	for end = range s {
		if n == most-1 {
			break
		}
		n++
	}
	return s[:end] + "…"
}

// errorAt makes the error for the bytes from start to end of the source.
func (p *parser) errorAt(start, end int, expected, hint string) *SyntaxError {
	found := p.lex.src[start:end]
	return &SyntaxError{
		Column:   utf8.RuneCountInString(p.lex.src[:start]) + 1,
		Width:    utf8.RuneCountInString(found),
		Found:    found,
		Expected: expected,
		Hint:     hint,
	}
}

// unexpected is the error for the current token where something else should stand.
func (p *parser) unexpected(expected string) error {
	if p.tok.problem != "" {
		return p.errorAt(p.tok.start, p.tok.end, "", p.tok.problem)
	}
	return p.errorAt(p.tok.start, p.tok.end, expected, p.hint())
}

// limit is the error for the current token where it is one too many of its sort.
func (p *parser) limit(format string, most int) error {
	return p.errorAt(p.tok.start, p.tok.end, "", fmt.Sprintf(format, most))
}

// hint guesses from the current token what its author meant.
func (p *parser) hint() string {
	text := p.lex.src[p.tok.start:p.tok.end]
	switch {
	case strings.HasPrefix(text, "-") && p.afterName:
		return `a name can't hold a hyphen, use "_" instead`
	case text == "-":
		return `"-" stands only directly before the digits of a number`
	case text == "&":
		return "write AND"
	case text == "|":
		return "write OR"
	case text == "!" || p.tok.kind == tokNot:
		return "the only negations are != and NOT IN"
	case strings.TrimSpace(p.lex.src) == "":
		return "the expression is empty"
	}
	return ""
}
