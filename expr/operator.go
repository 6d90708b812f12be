package expr

import (
	"bytes"
	"strconv"
	"strings"
	"unsafe"
)

// operator is the middle of a condition.
type operator uint8

const (
	opEQ operator = iota
	opNE
	opLT
	opLE
	opGT
	opGE
	opContains
	opHas
	opIn
	opNotIn
)

// String returns the canonical spelling.
func (o operator) String() string {
	return [...]string{"==", "!=", "<", "<=", ">", ">=", "CONTAINS", "HAS", "IN", "NOT IN"}[o]
}

// orders reports whether the operator is one of < <= > >=.
func (o operator) orders() bool { return opLT <= o && o <= opGE }

// readsArray reports whether the operator wants an array on one side.
func (o operator) readsArray() bool { return o >= opHas }

// flipped returns the operator that says the same with the sides exchanged. CONTAINS has none.
func (o operator) flipped() operator {
	switch o {
	case opLT:
		return opGT
	case opLE:
		return opGE
	case opGT:
		return opLT
	case opGE:
		return opLE
	}
	return o
}

// An outcome is what comparing two values for order gives; the mask of an operator holds the
// outcomes that make it true.
type outcome uint8

const (
	less outcome = 1 << iota
	same
	greater
)

func (o operator) mask() outcome {
	return [...]outcome{opEQ: same, opNE: less | greater, opLT: less, opLE: less | same,
		opGT: greater, opGE: greater | same}[o]
}

// apply is the meaning of every operator on every pair of values; the compiled predicates are
// shortcuts through it.
//
// Spec: routing 2.3
func apply(o operator, left, right Value) bool {
	switch o {
	case opEQ:
		return Equal(left, right)
	case opNE:
		return differ(left, right)
	case opContains:
		return contains(left, right)
	case opHas:
		return has(left, right)
	case opIn:
		return has(right, left)
	case opNotIn:
		return lacks(right, left)
	}
	return ordered(left, right, o.mask())
}

// Equal is the == of the language: NULL equals NULL, a string that spells a number equals that
// number, "true" and "false" equal the booleans, and nothing equals an array or an object. It
// is symmetric but not transitive: "6" and "6.0" both equal 6, and not each other.
func Equal(a, b Value) bool {
	if a.isPlain() {
		return b.isString(a)
	}
	if (a.meta^b.meta)&kindMask != 0 {
		return a.meta&b.meta&(numericBit|booleanBit) != 0 && a.bits == b.bits
	}
	switch a.Kind() {
	case NullKind:
		return true
	case BoolKind, NumberKind:
		return a.bits == b.bits
	case StringKind:
		return a.meta == b.meta && a.text() == b.text()
	}
	return false
}

// differ is !=, which is not the opposite of == where an array takes part: both are false then.
func differ(a, b Value) bool {
	return !a.isArray() && !b.isArray() && !Equal(a, b)
}

// ordered reports whether a and b can be ordered and their outcome is in the mask.
func ordered(a, b Value, mask outcome) bool {
	if a.meta == numberMeta || b.meta == numberMeta {
		return a.meta&b.meta&numericBit != 0 && mask&orderNumbers(a.num(), b.num()) != 0
	}
	if a.Kind() != StringKind || b.Kind() != StringKind {
		return false
	}
	// Byte order of UTF-8 is the order of code points.
	return mask&(1<<(strings.Compare(a.text(), b.text())+1)) != 0
}

func orderNumbers(a, b float64) outcome {
	switch {
	case a < b:
		return less
	case a > b:
		return greater
	}
	return same
}

// has reports whether array is one and holds an element that equals x; NULL is in no array.
func has(array, x Value) bool {
	if !array.isArray() {
		return false
	}
	if x.isShort() {
		return hasShort(array.elems(), x)
	}
	return hasAny(array.elems(), x)
}

// hasShort is has for a short plain string, by far the most common: no calls in the loop.
func hasShort(elems []Value, x Value) bool {
	for i := range elems {
		if elems[i].meta == x.meta && elems[i].bits == x.bits {
			return true
		}
	}
	return false
}

func hasAny(elems []Value, x Value) bool {
	if x.IsNull() {
		return false
	}
	for i := range elems {
		if Equal(x, elems[i]) {
			return true
		}
	}
	return false
}

// lacks is NOT IN: array is one, x is none, and no element equals x.
func lacks(array, x Value) bool {
	return array.isArray() && !x.isArray() && !has(array, x)
}

func contains(text, part Value) bool {
	if text.Kind() == StringKind && part.Kind() == StringKind {
		return strings.Contains(text.text(), part.text())
	}
	return containsSpelled(text, part)
}

// longestNumber is enough for every double in decimal digits without exponent.
const longestNumber = 352

// containsSpelled is contains where at least one side must be spelled first. Buffers on the
// stack keep it free of allocations.
func containsSpelled(text, part Value) bool {
	var textBuf, partBuf [longestNumber]byte
	t, ok := spell(textBuf[:0], text)
	if !ok {
		return false
	}
	p, ok := spell(partBuf[:0], part)
	return ok && bytes.Contains(t, p)
}

// spell returns the text of a scalar, in buf if it must be made up. NULL, arrays and objects
// have none. The result is only for reading.
func spell(buf []byte, v Value) ([]byte, bool) {
	switch v.Kind() {
	case BoolKind:
		return strconv.AppendBool(buf, v.bits == 1), true
	case NumberKind:
		return strconv.AppendFloat(buf, v.num(), 'f', -1, 64), true
	case StringKind:
		return unsafe.Slice((*byte)(v.ptr), int(v.meta>>lenShift)), true
	}
	return nil, false
}
