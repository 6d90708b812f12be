package expr

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// internAll returns slots for paths in canonical text.
func internAll(t testing.TB, paths ...string) *Slots {
	t.Helper()
	s := &Slots{}
	for _, text := range paths {
		path, err := ParsePath(text)
		if err != nil {
			t.Fatal(err)
		}
		s.Intern(path)
	}
	return s
}

func literalsOf(values []Value) []string {
	var texts []string
	for _, v := range values {
		texts = append(texts, v.String())
	}
	return texts
}

func TestExtract(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		paths string
		json  string
		want  string
	}{
		{"scalars", "a b c d e", `{"a":1,"b":"x","c":true,"d":null}`, `1 "x" true null null`},
		{"numbers", "a b c d e", `{"a":-0,"b":1.5e3,"c":0.1,"d":-12E-1,"e":123456789012345678}`,
			`0 1500 0.1 -1.2 123456789012345680`},
		{"white space", "a", " {\r\n\t\"a\" : [ 1 , 2 ] } ", `[1,2]`},
		{"nested", "a.b.c a.b a", `{"a":{"b":{"c":3}}}`, `3 {…} {…}`},
		{"elements", "a[1] a[0].b a a[7]", `{"a":[{"b":1},"x",[2]]}`, `"x" 1 [{…},"x",[2]] null`},
		{"elements of elements", "a[0][1] a[0]", `{"a":[[1,2]]}`, `2 [1,2]`},
		{"steps into the wrong thing", "a.b a[0]", `{"a":"x"}`, `null null`},
		{"index of an object, key of an array", "a[0] b.x", `{"a":{"x":1},"b":[1]}`, `null null`},
		{"last of a repeated key", "a b.x b.y", `{"a":1,"b":{"x":1},"a":2,"b":{"y":2}}`, `2 null 2`},
		{"repeated key turns scalar", "a.x a", `{"a":{"x":1},"a":7}`, `null 7`},
		{"escaped key", "a", `{"\u0061":1}`, `1`},
		{"escapes", "a", `{"a":"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00"}`, `"\"\\/` + "\b\f\n\r\tä😀" + `"`},
		{"half a surrogate pair", "a b", `{"a":"\ud83dx","b":"\ud83d\u0041"}`, `"�x" "�A"`},
		{"empty containers", "a b", `{"a":[],"b":{}}`, `[] {…}`},
		{"too large a number", "a", `{"a":-1e999}`, Number(-math.MaxFloat64).String()},
		{"many names", "j a b c d e f g h i", `{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10}`,
			`10 1 2 3 4 5 6 7 8 9`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := internAll(t, strings.Fields(tt.paths)...)
			values, err := s.Extract(tt.json, nil)
			if err != nil {
				t.Fatal(err)
			}
			texts := literalsOf(values)
			for i := range texts {
				texts[i] = strings.ReplaceAll(texts[i], ", ", ",")
			}
			if got := strings.Join(texts, " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestExtractReusesItsDestination(t *testing.T) {
	s := internAll(t, "a", "b", "c.d")
	dst := make([]Value, 0, 8)
	first, err := s.Extract(`{"a":1,"b":"x","c":{"d":true}}`, dst)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Extract(`{"b":2}`, first)
	if err != nil {
		t.Fatal(err)
	}
	if &second[0] != &dst[:1][0] {
		t.Error("the capacity was not reused")
	}
	if diff := cmp.Diff([]string{"null", "2", "null"}, literalsOf(second)); diff != "" {
		t.Errorf("old values shine through (-want +got):\n%s", diff)
	}
	if n := testing.AllocsPerRun(100, func() {
		_, _ = s.Extract(`{"a":1,"b":"x","c":{"d":true}}`, dst)
	}); n != 0 {
		t.Errorf("%v allocations without an array or escape", n)
	}
}

func TestAttributesErrors(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, MaxAttributesDepth)
	tests := []struct{ name, json, want string }{
		{"array", `[1]`, "attributes must be a JSON object; found an array"},
		{"string", `"x"`, "attributes must be a JSON object; found a string"},
		{"null", `null`, "attributes must be a JSON object; found null"},
		{"empty", ``, "attributes must be a JSON object; the text is empty"},
		{"words", `hello`, "attributes are not valid: character 1: expected a value"},
		{"unclosed", `{"a":1`, "attributes are not valid: character 7: expected , or }"},
		{"no value", `{"a":`, "attributes are not valid: character 6: the text ends too early"},
		{"no colon", `{"a" 1}`, "attributes are not valid: character 6: expected : after a key"},
		{"bare key", `{a:1}`, "attributes are not valid: character 2: expected a key in double quotes"},
		{"single quotes", `{'a':1}`, "attributes are not valid: character 2: expected a key in double quotes"},
		{"trailing comma", `{"a":1,}`, "attributes are not valid: character 8: } after a comma"},
		{"trailing comma in an array", `{"ä":[1,]}`, "attributes are not valid: character 9: ] after a comma"},
		{"trailing text", `{} x`, "attributes are not valid: character 4: text after the end of the object"},
		{"leading zero", `{"a":01}`, "attributes are not valid: character 6: malformed number"},
		{"bare fraction", `{"a":1.}`, "attributes are not valid: character 6: malformed number"},
		{"bare exponent", `{"a":1e+}`, "attributes are not valid: character 6: malformed number"},
		{"bad word", `{"a":tru}`, "attributes are not valid: character 6: expected a value"},
		{"bad escape", `{"a":"\x"}`, "attributes are not valid: character 7: malformed escape in a string"},
		{"short escape", `{"a":"\u12"}`, "attributes are not valid: character 7: malformed escape in a string"},
		{"control character", "{\"a\":\"\n\"}", "attributes are not valid: character 7: control character in a string"},
		{"not UTF-8", "{\"a\":\"\xff\"}", "attributes are not valid: character 6: a string is not valid UTF-8"},
		{"unclosed string", `{"a":"x}`, "attributes are not valid: character 6: a string has no closing quote"},
		{"too deep", deep + `{}` + strings.Repeat("}", MaxAttributesDepth),
			"attributes are not valid: character 161: nested deeper than 32 levels"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseAttributes(tt.json)
			var bad *AttributesError
			if !errors.As(err, &bad) || err.Error() != tt.want {
				t.Errorf("ParseAttributes:\n got %v\nwant %s", err, tt.want)
			}
			values, err := internAll(t, "a", "a[0]", "ä").Extract(tt.json, nil)
			if err == nil || err.Error() != tt.want {
				t.Errorf("Extract:\n got %v\nwant %s", err, tt.want)
			}
			for _, v := range values {
				if !v.IsNull() {
					t.Errorf("Extract leaves %v after an error", v)
				}
			}
		})
	}
	if _, err := ParseAttributes(deep + "1" + strings.Repeat("}", MaxAttributesDepth)); err != nil {
		t.Errorf("at the limit of nesting: %v", err)
	}
}

func TestAttributesValue(t *testing.T) {
	t.Parallel()
	const text = `{"agents":[{"sid":"WK1"}]}`
	a, err := ParseAttributes(text)
	if err != nil {
		t.Fatal(err)
	}
	path, err := ParsePath("agents[0].sid")
	if err != nil {
		t.Fatal(err)
	}
	if got := a.Value(path); got.Str() != "WK1" {
		t.Errorf("Value = %v, want WK1", got)
	}
	if got := (Attributes{}).Value(path); !got.IsNull() {
		t.Errorf("zero Attributes: Value = %v, want null", got)
	}
	if a.String() != text {
		t.Errorf("String() = %s, want %s", a, text)
	}
}

func TestExtractAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := drawObject(t, 0)
		var s Slots
		var paths []Path
		for range rapid.IntRange(1, 12).Draw(t, "paths") {
			path := drawPath(t)
			paths = append(paths, path)
			s.Intern(path)
		}
		compareExtract(t, &s, paths, text)
	})
}

// compareExtract checks Extract of valid JSON against a walk through the decoded object.
func compareExtract(t rapid.TB, s *Slots, paths []Path, text string) {
	values, err := s.Extract(text, nil)
	if err != nil {
		t.Fatalf("Extract(%s): %v", text, err)
	}
	var decoded map[string]any
	if err := json.Unmarshal([]byte(text), &decoded); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for _, path := range paths {
		slot, _ := s.Lookup(path.String())
		if diff := cmp.Diff(walk(decoded, path), plain(values[slot])); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", path, text, diff)
		}
	}
}

// plain turns a value into what walk returns.
func plain(v Value) any {
	switch v.Kind() {
	case BoolKind:
		return v.IsTrue()
	case NumberKind:
		return v.Num()
	case StringKind:
		return v.Str()
	case ArrayKind:
		list := []any{}
		for _, e := range v.Elems() {
			list = append(list, plain(e))
		}
		return list
	case ObjectKind:
		return object{}
	}
	return nil
}

func FuzzExtract(f *testing.F) {
	for _, text := range []string{
		`{"a":{"a":[1,{"in":"x"}]},"b":["\ud83d\ude00",1e5,-0.1],"c":null}`,
		`{"a":1,"a":[true,[false]]}`, `[]`, `{"a":01}`, `{"a":"\`, "{\"\xff\":1}", `{"a":1}}`,
	} {
		f.Add(text)
	}
	texts := []string{"a", "a.a", "a[0]", "a[1].in", "a[1]", "b", "b[0]", "c", "in"}
	f.Fuzz(func(t *testing.T, text string) {
		s := internAll(t, texts...)
		_, err := s.Extract(text, nil)
		_, parseErr := ParseAttributes(text)
		if (err == nil) != (parseErr == nil) {
			t.Fatalf("%q: Extract says %v, ParseAttributes %v", text, err, parseErr)
		}
		var decoded map[string]any
		valid := utf8.ValidString(text) && json.Unmarshal([]byte(text), &decoded) == nil && decoded != nil
		if !valid && err == nil && utf8.ValidString(text) && json.Valid([]byte(text)) {
			return // a number that encoding/json finds too large
		}
		if valid && err != nil && strings.Contains(err.Error(), "nested deeper") {
			return
		}
		if valid != (err == nil) {
			t.Fatalf("%q: valid %v, but Extract says %v", text, valid, err)
		}
		if !valid {
			return
		}
		var paths []Path
		for _, text := range texts {
			path, _ := ParsePath(text)
			paths = append(paths, path)
		}
		compareExtract(t, s, paths, text)
	})
}
