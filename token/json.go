package token

import (
	"bytes"
	"encoding/json"
	"strings"
)

// The readers below take apart JSON that is known to be valid. They differ from encoding/json in
// two ways that matter for signed documents: names are compared exactly, without folding case,
// and a name that occurs twice is refused, so that two readers of a token cannot see different
// claims in it. A value stays raw until somebody asks for its type.

// object returns the members of a JSON object; false if raw is not an object or repeats a name.
func object(raw []byte) (map[string]json.RawMessage, bool) {
	c := cursor{text: raw}
	if !c.accept('{') {
		return nil, false
	}
	members := make(map[string]json.RawMessage)
	for !c.done('}') {
		name, ok := text(c.value())
		if !ok || !c.accept(':') {
			return nil, false
		}
		if _, twice := members[name]; twice {
			return nil, false
		}
		members[name] = c.value()
		c.accept(',')
	}
	return members, true
}

// array returns the elements of a JSON array; false if raw is not an array.
func array(raw []byte) ([]json.RawMessage, bool) {
	c := cursor{text: raw}
	if !c.accept('[') {
		return nil, false
	}
	var elements []json.RawMessage
	for !c.done(']') {
		elements = append(elements, c.value())
		c.accept(',')
	}
	return elements, true
}

// text returns a JSON string decoded; false if raw is not a string.
func text(raw []byte) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// boolean returns a JSON boolean; false in ok if raw is not one.
func boolean(raw []byte) (value, ok bool) {
	switch string(raw) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// absent reports whether a member is missing or null.
func absent(raw []byte) bool { return len(raw) == 0 || string(raw) == "null" }

// A cursor walks over valid JSON. Nesting costs it nothing: it counts brackets.
type cursor struct {
	text []byte
	at   int
}

// accept skips blanks and then the byte b, if it is the next one.
func (c *cursor) accept(b byte) bool {
	c.blanks()
	if c.at >= len(c.text) || c.text[c.at] != b {
		return false
	}
	c.at++
	return true
}

// done reports whether a loop up to the closing bracket b ends here: at b, which it skips, or at
// the end of the text.
func (c *cursor) done(b byte) bool { return c.accept(b) || c.at >= len(c.text) }

// value returns the raw text of the value at the cursor, and moves behind it. In valid JSON a
// value is followed by a blank, a comma, a colon, a closing bracket or the end.
func (c *cursor) value() json.RawMessage {
	c.blanks()
	start, depth := c.at, 0
	for c.at < len(c.text) {
		switch c.text[c.at] {
		case '"':
			c.quoted()
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return c.text[start:c.at]
			}
			depth--
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return c.text[start:c.at]
			}
		}
		c.at++
	}
	return c.text[start:]
}

// quoted moves from an opening quote behind the closing one.
func (c *cursor) quoted() {
	for c.at++; c.at < len(c.text); c.at++ {
		switch c.text[c.at] {
		case '\\':
			c.at++
		case '"':
			c.at++
			return
		}
	}
	c.at = len(c.text)
}

func (c *cursor) blanks() {
	for c.at < len(c.text) && strings.IndexByte(" \t\r\n", c.text[c.at]) >= 0 {
		c.at++
	}
}
