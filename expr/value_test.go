package expr

import (
	"bytes"
	"math"
	"testing"
	"unsafe"

	"pgregory.net/rapid"
)

func drawValue(t *rapid.T) Value {
	return drawValueDepth(t, 0)
}

func drawValueDepth(t *rapid.T, depth int) Value {
	switch n := rapid.IntRange(0, 9).Draw(t, "kind"); {
	case n == 0:
		return Null()
	case n == 1:
		return Bool(rapid.Bool().Draw(t, "bool"))
	case n == 2:
		return Number(rapid.Float64().Draw(t, "float"))
	case n == 3:
		return Number(float64(rapid.IntRange(-2, 2).Draw(t, "int")))
	case n < 7:
		return String(rapid.SampledFrom([]string{"", "a", "b", "1", "1.0", "+1", "1e0", "-0", "0", "2",
			"true", "false", "TRUE", "nan", "Infinity", "0x1", "1_0", ".5", "5.", "1e999", "1e",
			"-", "12345678901234567890"}).Draw(t, "string"))
	case n == 7:
		return Object()
	case depth > 1:
		return String(rapid.String().Draw(t, "text"))
	}
	var elems []Value
	for range rapid.IntRange(0, 3).Draw(t, "size") {
		elems = append(elems, drawValueDepth(t, depth+1))
	}
	return Array(elems...)
}

func TestValueIsSmall(t *testing.T) {
	t.Parallel()
	if size := unsafe.Sizeof(Value{}); size > 24 {
		t.Errorf("a Value takes %d bytes, want at most 24", size)
	}
}

func TestNumbersAreFinite(t *testing.T) {
	t.Parallel()
	if v := Number(math.NaN()); !v.IsNull() {
		t.Errorf("NaN is %v, want null", v)
	}
	if v := Number(math.Inf(-1)); v.Num() != -math.MaxFloat64 {
		t.Errorf("-Inf is %v, want the least double", v)
	}
	if v := Number(math.Copysign(0, -1)); math.Signbit(v.Num()) {
		t.Error("zero kept its sign")
	}
	if !Equal(String("1e999"), Number(math.Inf(1))) {
		t.Error("a string beyond the doubles is not the largest double")
	}
}

func TestNumericStrings(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"6": true, "-6": true, "+6": true, "06": true, "6.50": true, "6e2": true, "6E-2": true,
		"12345678901234567890": true,
		"":                     false, " 6": false, "6 ": false, "6.": false, ".6": false, "-": false, "0x6": false, "6e": false,
		"1_000": false, "NaN": false, "Inf": false, "six": false, "6.5.4": false, "٦": false,
	} {
		_, got := parseDecimal(s)
		if got != want {
			t.Errorf("%q is numeric: %v, want %v", s, got, want)
		}
	}
}

func TestAccessorsOfOtherKinds(t *testing.T) {
	t.Parallel()
	if s := String("6"); s.Num() != 0 || s.IsTrue() || s.Elems() != nil {
		t.Errorf("a string has a number, truth or elements: %v %v %v", s.Num(), s.IsTrue(), s.Elems())
	}
	if s := String("true"); s.IsTrue() {
		t.Error(`the string "true" is the boolean true`)
	}
	if a := Array(Null()); a.Str() != "" || a.Num() != 0 {
		t.Errorf("an array has text %q or number %v", a.Str(), a.Num())
	}
}

// What holds between equality, sameness, keys and buckets of any two values.
func TestValueLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawValue(t), drawValue(t)
		if rapid.IntRange(0, 4).Draw(t, "same") == 0 {
			b = a
		}
		if Equal(a, b) != Equal(b, a) {
			t.Errorf("Equal(%v, %v) is not symmetric", a, b)
		}
		if got, want := Equal(a, b), equal(plain(a), plain(b)); got != want {
			t.Errorf("Equal(%v, %v) = %v, want %v", a, b, got, want)
		}
		if Equal(a, b) {
			ka, oka := BucketKey(a)
			kb, okb := BucketKey(b)
			if !oka || !okb || ka != kb {
				t.Errorf("%v equals %v but has another bucket", a, b)
			}
		}
		if _, ok := BucketKey(a); ok != (a.Kind() != ArrayKind && a.Kind() != ObjectKind) {
			t.Errorf("BucketKey(%v) has ok %v", a, ok)
		}
		keyA, keyB := AppendKey(nil, a), AppendKey(nil, b)
		if bytes.Equal(keyA, keyB) != a.Is(b) {
			t.Errorf("%v is %v: %v, but keys are %x and %x", a, b, a.Is(b), keyA, keyB)
		}
		if !a.Is(b) && (bytes.HasPrefix(keyA, keyB) || bytes.HasPrefix(keyB, keyA)) {
			t.Errorf("the key of %v or %v is a prefix of the other: %x, %x", a, b, keyA, keyB)
		}
	})
}
