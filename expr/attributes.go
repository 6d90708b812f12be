package expr

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxAttributesDepth is how deep objects and arrays of attributes may nest, the object that
// holds everything included.
const MaxAttributesDepth = 32

// Attributes is the text of a JSON object, checked: the attributes of a worker or task.
type Attributes struct{ json string }

// ParseAttributes checks the text. Attributes are one JSON object in valid UTF-8, nested at most
// [MaxAttributesDepth] deep. The error is an [*AttributesError].
func ParseAttributes(json string) (Attributes, error) {
	r := jsonReader{src: json}
	if !r.document(nil, nil) {
		return Attributes{}, r.err
	}
	return Attributes{json}, nil
}

// String returns the text as it was given.
func (a Attributes) String() string { return a.json }

// Value returns the value at the path, NULL if there is none. To read many values or read often,
// use [Slots.Extract].
func (a Attributes) Value(path Path) Value {
	var s Slots
	slot := s.Intern(path)
	values, err := s.Extract(a.json, nil)
	if err != nil {
		return Null()
	}
	return values[slot]
}

// AttributesError says why a text cannot be the attributes of a worker or task.
type AttributesError struct {
	Position int    // of the offending character, from 1; 0 if the text as a whole is wrong
	Problem  string // a clause
}

// Error returns one line.
func (e *AttributesError) Error() string {
	if e.Position == 0 {
		return "attributes must be a JSON object; " + e.Problem
	}
	return fmt.Sprintf("attributes are not valid: character %d: %s", e.Position, e.Problem)
}

// jsonReader reads JSON once from left to right and keeps only what slots ask for. Its methods
// return false after setting err. No reflection, no intermediate tree: a change of attributes
// is routine work for routing.
type jsonReader struct {
	src   string
	pos   int
	depth int
	err   *AttributesError
}

func (r *jsonReader) fail(pos int, problem string) bool {
	r.err = &AttributesError{utf8.RuneCountInString(r.src[:pos]) + 1, problem}
	return false
}

// document reads the whole text: an object and nothing else.
func (r *jsonReader) document(n *slotNode, dst []Value) bool {
	switch c := r.peek(); {
	case c == '{':
	case r.pos == len(r.src):
		r.err = &AttributesError{Problem: "the text is empty"}
		return false
	default:
		v, ok := r.value()
		if !ok {
			return false
		}
		r.err = &AttributesError{Problem: "found " + v.Kind().String()}
		return false
	}
	if !r.object(n, dst) {
		return false
	}
	if r.peek(); r.pos < len(r.src) {
		return r.fail(r.pos, "text after the end of the object")
	}
	return true
}

// peek skips white space and returns the byte after it, 0 at the end of the text.
func (r *jsonReader) peek() byte {
	for r.pos < len(r.src) {
		switch c := r.src[r.pos]; c {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

// enter takes the opening bracket of an object or array.
func (r *jsonReader) enter() bool {
	if r.depth == MaxAttributesDepth {
		return r.fail(r.pos, fmt.Sprintf("nested deeper than %d levels", MaxAttributesDepth))
	}
	r.depth++
	r.pos++
	return true
}

// more moves on to the next member after a member or the opening bracket. It reports false at
// the closing bracket, which it takes, and on errors.
func (r *jsonReader) more(first bool, closing byte) bool {
	c := r.peek()
	if c == closing {
		r.pos++
		r.depth--
		return false
	}
	if first {
		return true
	}
	if c != ',' {
		return r.fail(r.pos, fmt.Sprintf("expected , or %c", closing))
	}
	r.pos++
	if r.peek() == closing {
		return r.fail(r.pos, fmt.Sprintf("%c after a comma", closing))
	}
	return true
}

// object reads an object and fills the slots below n, if n is not nil.
func (r *jsonReader) object(n *slotNode, dst []Value) bool {
	if !r.enter() {
		return false
	}
	for first := true; r.more(first, '}'); first = false {
		if r.peek() != '"' {
			return r.fail(r.pos, "expected a key in double quotes")
		}
		key, ok := r.string()
		if !ok {
			return false
		}
		if r.peek() != ':' {
			return r.fail(r.pos, "expected : after a key")
		}
		r.pos++
		child := n.child(key)
		if child == nil {
			ok = r.skip()
		} else {
			// An earlier value of the same key may have filled slots below this one.
			child.clear(dst)
			ok = r.fill(child, dst)
		}
		if !ok {
			return false
		}
	}
	return r.err == nil
}

// fill reads a value that slots at or below n ask for.
func (r *jsonReader) fill(n *slotNode, dst []Value) bool {
	c := r.peek()
	if c == '{' {
		if n.slot >= 0 {
			dst[n.slot] = Object()
		}
		return r.object(n, dst)
	}
	if c == '[' && len(n.elems) > 0 {
		return r.array(n, dst)
	}
	if n.slot < 0 {
		return r.skip()
	}
	v, ok := r.value()
	dst[n.slot] = v
	return ok
}

// array reads an array of which single elements are asked for and perhaps the whole as well.
// An element wanted both ways is read twice.
func (r *jsonReader) array(n *slotNode, dst []Value) bool {
	if !r.enter() {
		return false
	}
	var elems []Value
	i := 0
	for ; r.more(i == 0, ']'); i++ {
		start := r.pos
		if child := n.elem(i); child != nil {
			if !r.fill(child, dst) {
				return false
			}
			if n.slot < 0 {
				continue
			}
			r.pos = start
		}
		if n.slot < 0 {
			if !r.skip() {
				return false
			}
			continue
		}
		v, ok := r.value()
		if !ok {
			return false
		}
		elems = append(elems, v)
	}
	if n.slot >= 0 {
		dst[n.slot] = Array(elems...)
	}
	return r.err == nil
}

// skip reads a value that nobody asks for.
func (r *jsonReader) skip() bool {
	switch r.peek() {
	case '{':
		return r.object(nil, nil)
	case '[':
		if !r.enter() {
			return false
		}
		for first := true; r.more(first, ']'); first = false {
			if !r.skip() {
				return false
			}
		}
		return r.err == nil
	case '"':
		_, _, ok := r.rawString()
		return ok
	}
	_, ok := r.value()
	return ok
}

// value reads a value as a whole.
func (r *jsonReader) value() (Value, bool) {
	switch c := r.peek(); c {
	case '{':
		return Object(), r.skip()
	case '[':
		return r.wholeArray()
	case '"':
		s, ok := r.string()
		return String(s), ok
	case 't':
		return Bool(true), r.word("true")
	case 'f':
		return Bool(false), r.word("false")
	case 'n':
		return Null(), r.word("null")
	default:
		if c == '-' || isDigit(c) {
			return r.number()
		}
		if r.pos == len(r.src) {
			return Null(), r.fail(r.pos, "the text ends too early")
		}
		return Null(), r.fail(r.pos, "expected a value")
	}
}

// wholeArray reads an array with all its elements; objects among them stay opaque.
func (r *jsonReader) wholeArray() (Value, bool) {
	if !r.enter() {
		return Null(), false
	}
	// Most arrays are short lists of names: collect them without growing a slice.
	var short [8]Value
	elems := short[:0]
	for first := true; r.more(first, ']'); first = false {
		e, ok := r.value()
		if !ok {
			return Null(), false
		}
		elems = append(elems, e)
	}
	return Array(append([]Value(nil), elems...)...), r.err == nil
}

func (r *jsonReader) word(word string) bool {
	if !strings.HasPrefix(r.src[r.pos:], word) {
		return r.fail(r.pos, "expected a value")
	}
	r.pos += len(word)
	return true
}

// number reads a number, by the strict grammar of JSON: no leading zero, no bare point.
func (r *jsonReader) number() (Value, bool) {
	start := r.pos
	if r.src[r.pos] == '-' {
		r.pos++
	}
	whole := countDigits(r.src[r.pos:])
	if whole == 0 || whole > 1 && r.src[r.pos] == '0' {
		return Null(), r.fail(start, "malformed number")
	}
	r.pos += whole
	if r.pos < len(r.src) && r.src[r.pos] == '.' {
		n := countDigits(r.src[r.pos+1:])
		if n == 0 {
			return Null(), r.fail(start, "malformed number")
		}
		r.pos += 1 + n
	}
	if r.pos < len(r.src) && r.src[r.pos]|0x20 == 'e' {
		r.pos++
		if r.pos < len(r.src) && (r.src[r.pos] == '-' || r.src[r.pos] == '+') {
			r.pos++
		}
		n := countDigits(r.src[r.pos:])
		if n == 0 {
			return Null(), r.fail(start, "malformed number")
		}
		r.pos += n
	}
	f, _ := parseDecimal(r.src[start:r.pos])
	return Number(f), true
}

// string reads a string and resolves its escapes.
func (r *jsonReader) string() (string, bool) {
	raw, escaped, ok := r.rawString()
	if ok && escaped {
		raw = unescape(raw)
	}
	return raw, ok
}

// rawString checks a string and returns what is between the quotes.
func (r *jsonReader) rawString() (raw string, escaped, ok bool) {
	start := r.pos + 1
	ascii := true
	for i := start; i < len(r.src); i++ {
		switch c := r.src[i]; {
		case c == '"':
			raw = r.src[start:i]
			if !ascii && !utf8.ValidString(raw) {
				return "", false, r.fail(r.pos, "a string is not valid UTF-8")
			}
			r.pos = i + 1
			return raw, escaped, true
		case c == '\\':
			n := escapeLength(r.src[i:])
			if n == 0 {
				return "", false, r.fail(i, "malformed escape in a string")
			}
			escaped = true
			i += n - 1
		case c < ' ':
			return "", false, r.fail(i, "control character in a string")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", false, r.fail(r.pos, "a string has no closing quote")
}

// escapeLength returns the length of the escape at the start of s, 0 if it is malformed.
func escapeLength(s string) int {
	if len(s) < 2 {
		return 0
	}
	if s[1] != 'u' {
		if strings.IndexByte(`"\/bfnrt`, s[1]) < 0 {
			return 0
		}
		return 2
	}
	if len(s) < 6 {
		return 0
	}
	for i := 2; i < 6; i++ {
		if c := s[i] | 0x20; !isDigit(s[i]) && (c < 'a' || c > 'f') {
			return 0
		}
	}
	return 6
}

// unescape resolves the escapes of a checked string. Half a surrogate pair becomes U+FFFD.
func unescape(raw string) string {
	dst := make([]byte, 0, len(raw))
	for {
		i := strings.IndexByte(raw, '\\')
		if i < 0 {
			return string(append(dst, raw...))
		}
		dst = append(dst, raw[:i]...)
		c := raw[i+1]
		raw = raw[i+2:]
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			char := hexRune(raw)
			raw = raw[4:]
			if utf16.IsSurrogate(char) {
				pair := rune(utf8.RuneError)
				if len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
					pair = utf16.DecodeRune(char, hexRune(raw[2:]))
				}
				if pair != utf8.RuneError {
					raw = raw[6:]
				}
				char = pair
			}
			dst = utf8.AppendRune(dst, char)
		default:
			dst = append(dst, c)
		}
	}
}

// hexRune reads the four digits of a checked \u escape.
func hexRune(s string) rune {
	n, _ := strconv.ParseUint(s[:4], 16, 32)
	return rune(n)
}
