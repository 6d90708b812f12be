package expr

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unsafe"
)

// ValueKind is the type of a [Value].
type ValueKind uint8

// The kinds of value. An object is opaque: that it is there is all an expression can see.
const (
	NullKind ValueKind = iota
	BoolKind
	NumberKind
	StringKind
	ArrayKind
	ObjectKind
)

// String returns the kind as a noun with its article: "a string".
func (k ValueKind) String() string {
	switch k {
	case BoolKind:
		return "a boolean"
	case NumberKind:
		return "a number"
	case StringKind:
		return "a string"
	case ArrayKind:
		return "an array"
	case ObjectKind:
		return "an object"
	}
	return "null"
}

// Value is what an operand stands for: NULL, a boolean, a number, a string, an array or an
// object. The zero Value is NULL. Values are immutable and safe to share; == does not compile
// on them, because the language has its own equality ([Equal]) and callers may want sameness
// ([Value.Is]) or a map key ([AppendKey], [BucketKey]).
//
// It is three words: routing keeps one per worker and mentioned attribute.
type Value struct {
	_ [0]func()

	// ptr leads to the bytes of a string or the elements of an array.
	ptr unsafe.Pointer
	// bits is the number as the bits of a double, also of a string that spells one; 1 and 0 for
	// true and false, also of the strings "true" and "false"; and of any other string its first
	// eight bytes, so that comparing short strings need not follow ptr.
	bits uint64
	// meta holds the ValueKind in its lowest bits, then numericBit and booleanBit, and above
	// them the length of a string or array.
	meta uint64
}

// The low byte of Value.meta. A string carries the bit of the other type it can be compared
// with, so that mixed equality is one AND and one comparison of bits. A plain string, which has
// neither, can be compared with strings only.
const (
	kindMask   = 0b0000_0111
	numericBit = 0b0000_1000
	booleanBit = 0b0001_0000
	plainMask  = kindMask | numericBit | booleanBit
	lenShift   = 8
	prefixSize = 8

	boolMeta   = uint64(BoolKind) | booleanBit
	numberMeta = uint64(NumberKind) | numericBit
)

// Null returns NULL, the zero Value.
func Null() Value { return Value{} }

// Bool returns true or false.
func Bool(b bool) Value {
	v := Value{meta: boolMeta}
	if b {
		v.bits = 1
	}
	return v
}

// Number returns a number. Every number in the language is finite: an infinity becomes the
// largest double of its sign, and NaN becomes NULL.
func Number(f float64) Value {
	if math.IsNaN(f) {
		return Value{}
	}
	return Value{bits: math.Float64bits(finite(f)), meta: numberMeta}
}

// finite clamps infinities and drops the sign of zero, so that equal numbers have equal bits.
func finite(f float64) float64 {
	if f == 0 {
		return 0
	}
	return max(-math.MaxFloat64, min(f, math.MaxFloat64))
}

// String returns a string. The value shares the memory of s.
func String(s string) Value {
	v := Value{
		ptr:  unsafe.Pointer(unsafe.StringData(s)),
		meta: uint64(StringKind) | uint64(len(s))<<lenShift,
	}
	if s == "true" || s == "false" {
		v.meta |= booleanBit
		if s == "true" {
			v.bits = 1
		}
		return v
	}
	if f, ok := parseDecimal(s); ok {
		v.meta |= numericBit
		v.bits = math.Float64bits(f)
		return v
	}
	v.bits = prefix(s)
	return v
}

// prefix returns the first bytes of s; together with the length they say all of a short string.
func prefix(s string) uint64 {
	if len(s) >= prefixSize {
		_ = s[7]
		return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	}
	var bits uint64
	for i := range len(s) {
		bits |= uint64(s[i]) << (8 * i)
	}
	return bits
}

// Array returns an array. The value keeps elems, which must not be changed afterwards.
func Array(elems ...Value) Value {
	return Value{
		ptr:  unsafe.Pointer(unsafe.SliceData(elems)),
		meta: uint64(ArrayKind) | uint64(len(elems))<<lenShift,
	}
}

// Object returns an object. All objects are alike.
func Object() Value { return Value{meta: uint64(ObjectKind)} }

// Kind returns the type of the value.
func (v Value) Kind() ValueKind { return ValueKind(v.meta & kindMask) }

// IsNull reports whether the value is NULL.
func (v Value) IsNull() bool { return v.meta == 0 }

// IsTrue reports whether the value is the boolean true.
func (v Value) IsTrue() bool { return v.meta == boolMeta && v.bits == 1 }

// Num returns the number, and 0 for every other kind.
func (v Value) Num() float64 {
	if v.Kind() != NumberKind {
		return 0
	}
	return v.num()
}

// Str returns the text of a string, and "" for every other kind.
func (v Value) Str() string {
	if v.Kind() != StringKind {
		return ""
	}
	return v.text()
}

// Elems returns the elements of an array, and nil for every other kind. They must not be changed.
func (v Value) Elems() []Value {
	if v.Kind() != ArrayKind {
		return nil
	}
	return v.elems()
}

// num is the number of a value with numericBit.
func (v Value) num() float64 { return math.Float64frombits(v.bits) }

// text is Str for a value known to be a string.
func (v Value) text() string {
	return unsafe.String((*byte)(v.ptr), int(v.meta>>lenShift))
}

// elems is Elems for a value known to be an array.
func (v Value) elems() []Value {
	return unsafe.Slice((*Value)(v.ptr), int(v.meta>>lenShift))
}

// isPlain reports whether v is a string that only strings can equal.
func (v Value) isPlain() bool { return v.meta&plainMask == uint64(StringKind) }

// isShort reports whether v is a plain string that meta and bits say all about.
func (v Value) isShort() bool {
	return v.isPlain() && v.meta < (prefixSize+1)<<lenShift
}

// isString reports whether v is the same string as the plain string s.
func (v Value) isString(s Value) bool {
	return v.meta == s.meta && v.bits == s.bits &&
		(s.meta < (prefixSize+1)<<lenShift || v.text() == s.text())
}

func (v Value) isArray() bool { return v.meta&kindMask == uint64(ArrayKind) }

// Is reports whether both values are of the same kind and hold the same. Other than for
// [Equal], an array is the same as an array with the same elements, and "6" is not 6.
func (v Value) Is(w Value) bool {
	if v.meta != w.meta || v.bits != w.bits {
		return false
	}
	switch v.Kind() {
	case StringKind:
		return v.text() == w.text()
	case ArrayKind:
		we := w.elems()
		for i, e := range v.elems() {
			if !e.Is(we[i]) {
				return false
			}
		}
	}
	return true
}

// String returns the value as it is written in an expression. An object, which cannot be
// written there, is {…}.
func (v Value) String() string {
	return string(v.appendLiteral(nil))
}

func (v Value) appendLiteral(dst []byte) []byte {
	switch v.Kind() {
	case BoolKind:
		return strconv.AppendBool(dst, v.bits == 1)
	case NumberKind:
		return strconv.AppendFloat(dst, v.num(), 'f', -1, 64)
	case StringKind:
		return appendQuoted(dst, v.text())
	case ArrayKind:
		dst = append(dst, '[')
		for i, e := range v.elems() {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = e.appendLiteral(dst)
		}
		return append(dst, ']')
	case ObjectKind:
		return append(dst, "{…}"...)
	}
	return append(dst, "null"...)
}

func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		i := strings.IndexAny(s, `"\`)
		if i < 0 {
			break
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, '\\', s[i])
		s = s[i+1:]
	}
	dst = append(dst, s...)
	return append(dst, '"')
}

// AppendKey appends an encoding of v that is different for values that are not the same
// ([Value.Is]). No encoding is a prefix of another, so the keys of several values may be
// appended one after the other and stay unambiguous.
func AppendKey(dst []byte, v Value) []byte {
	dst = append(dst, byte(v.Kind()))
	switch v.Kind() {
	case BoolKind:
		return append(dst, byte(v.bits))
	case NumberKind:
		return binary.BigEndian.AppendUint64(dst, v.bits)
	case StringKind:
		s := v.text()
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		return append(dst, s...)
	case ArrayKind:
		elems := v.elems()
		dst = binary.AppendUvarint(dst, uint64(len(elems)))
		for _, e := range elems {
			dst = AppendKey(dst, e)
		}
	}
	return dst
}

// parseDecimal reads a string that spells a decimal number and nothing else: a sign, digits, a
// fraction and an exponent, of which only the digits are required.
func parseDecimal(s string) (float64, bool) {
	digits := s
	if s != "" && (s[0] == '-' || s[0] == '+') {
		digits = s[1:]
	}
	n := countDigits(digits)
	if n == 0 {
		return 0, false
	}
	if n == len(digits) && n <= 15 {
		whole := float64(smallInt(digits))
		if s[0] == '-' {
			whole = -whole
		}
		return finite(whole), true
	}
	rest := digits[n:]
	if rest != "" && rest[0] == '.' {
		n = countDigits(rest[1:])
		if n == 0 {
			return 0, false
		}
		rest = rest[1+n:]
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if rest != "" && (rest[0] == '-' || rest[0] == '+') {
			rest = rest[1:]
		}
		n = countDigits(rest)
		if n == 0 {
			return 0, false
		}
		rest = rest[n:]
	}
	if rest != "" {
		return 0, false
	}
	// The only error left is one of range, and then the result is an infinity or zero.
	f, _ := strconv.ParseFloat(s, 64)
	return finite(f), true
}

func countDigits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

// smallInt reads at most 15 digits, which a double holds exactly.
func smallInt(digits string) int64 {
	var n int64
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
