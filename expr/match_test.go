package expr

import (
	"testing"
)

// matchWorker evaluates a worker expression against attributes.
func matchWorker(t *testing.T, src, attributes string) bool {
	t.Helper()
	p, env := compileWorker(t, src, attributes)
	return p.Match(env)
}

func compileWorker(t testing.TB, src, attributes string) (*Program, *Env) {
	t.Helper()
	var slots Slots
	p := mustParse(t, Worker, src).Compile(Scope{Worker: &slots})
	return p, &Env{Worker: mustExtract(t, &slots, attributes)}
}

func compileTarget(t testing.TB, src, worker, task string) (*Program, *Env) {
	t.Helper()
	var ws, ts Slots
	p := mustParse(t, Target, src).Compile(Scope{Worker: &ws, Task: &ts})
	return p, &Env{Worker: mustExtract(t, &ws, worker), Task: mustExtract(t, &ts, task)}
}

func mustParse(t testing.TB, kind Kind, src string) *Expr {
	t.Helper()
	e, err := Parse(kind, src)
	if err != nil {
		t.Fatalf("Parse(%v, %q): %v", kind, src, err)
	}
	return e
}

func mustExtract(t testing.TB, s *Slots, attributes string) []Value {
	t.Helper()
	values, err := s.Extract(attributes, nil)
	if err != nil {
		t.Fatalf("Extract(%s): %v", attributes, err)
	}
	return values
}

func TestOperators(t *testing.T) {
	t.Parallel()
	const attributes = `{
		"n": 6, "neg": -2, "half": 1.5, "numeric": "6", "numeric2": "6.0", "s": "a", "empty": "",
		"long": "abcdef", "yes": true, "no": false, "yesText": "true", "nothing": null,
		"langs": ["en", "de"], "nums": [1, "2", null, [3], true], "obj": {"x": 1, "list": [[7], 8]},
		"big": 12345, "none": [], "uml": "ä", "TRUE_TEXT": "TRUE", "padded": " 6", "exp": "6e0"}`
	tests := []struct {
		name string
		src  string
		want bool
	}{
		{"equal numbers", `n == 6`, true},
		{"= is ==", `n = 6`, true},
		{"doubles", `1 == 1.0`, true},
		{"constants", `"a" != "b"`, true},
		{"case counts", `s == "A"`, false},
		{"constant on the left", `5 < n`, true},
		{"constant on the left, greater or equal", `6 >= n AND 7 > n AND 6 <= n`, true},
		{"negative number", `neg == -2 AND neg > -3`, true},
		{"fraction", `half > 1.49 AND half < 1.51`, true},

		{"numeric string equals number", `numeric == 6`, true},
		{"numeric string above number", `numeric > 5`, true},
		{"numeric string below 10, as a number", `numeric < 10`, true},
		{"number against numeric constant", `n == "6"`, true},
		{"number against numeric constant, ordered", `n < "10"`, true},
		{"exponent in a numeric string", `exp == 6`, true},
		{"padding is not numeric", `padded == 6`, false},
		{"numeric strings compare as text", `numeric == numeric2`, false},
		{"numeric strings order as text", `numeric < "10"`, false},
		{"boolean equals its text", `yes == "true" AND yesText == true`, true},
		{"boolean text is lower case", `TRUE_TEXT == true`, false},
		{"boolean differs from other text", `yes != "yes"`, true},
		{"boolean is not 1", `yes == 1`, false},
		{"boolean is not 1, differs", `yes != 1`, true},
		{"booleans have no order", `yes > no`, false},
		{"text and number have no order", `s > 1`, false},
		{"text and number differ", `s != 1`, true},
		{"boolean and number have no order", `yes >= 1`, false},

		{"strings by code point", `s < "b" AND s > "B" AND uml > "z"`, true},
		{"strings less or equal", `s <= "a" AND s >= "a"`, true},

		{"missing is null", `gone == null`, true},
		{"null is null", `nothing == null`, true},
		{"present is not null", `s != null`, true},
		{"missing is not not null", `gone != null`, false},
		{"missing differs from a string", `gone != "a"`, true},
		{"missing equals no string", `gone == "a"`, false},
		{"missing does not equal the empty string", `gone == ""`, false},
		{"missing has no order", `gone < 1`, false},
		{"null has no order with itself", `gone >= null`, false},
		{"both missing", `gone == gone2`, true},

		{"array equals nothing", `langs == "en"`, false},
		{"array differs from nothing", `langs != "en"`, false},
		{"array and null", `langs == null`, false},
		{"array and not null", `langs != null`, false},
		{"array not equal to itself", `langs == langs`, false},
		{"array literal equals nothing", `["en"] == ["en"]`, false},
		{"array literal differs from nothing", `s != ["en"]`, false},
		{"array has no order", `nums > 0`, false},
		{"array contains nothing", `langs CONTAINS "en"`, false},
		{"nothing contains an array", `s CONTAINS langs`, false},

		{"HAS", `langs HAS "de"`, true},
		{"HAS misses", `langs HAS "fr"`, false},
		{"HAS by its alias", `langs >- "de"`, true},
		{"HAS of a scalar", `s HAS "a"`, false},
		{"HAS of nothing", `gone HAS "a"`, false},
		{"HAS of an object", `obj HAS 1`, false},
		{"HAS number", `nums HAS 1`, true},
		{"HAS numeric string", `nums HAS 2`, true},
		{"HAS boolean text", `nums HAS "true"`, true},
		{"HAS null", `nums HAS null`, false},
		{"HAS missing", `nums HAS gone`, false},
		{"HAS array", `nums HAS [3]`, false},
		{"HAS nothing in an empty array", `none HAS 1`, false},

		{"IN", `s IN ["b", "a"]`, true},
		{"in in lower case", `s in ['b', 'a']`, true},
		{"IN by its alias", `"en" <- langs`, true},
		{"IN misses", `s IN ["b"]`, false},
		{"IN empty", `s IN []`, false},
		{"IN a scalar", `s IN "a"`, false},
		{"IN nothing", `s IN gone`, false},
		{"null IN", `gone IN [null]`, false},
		{"array IN", `langs IN [["en"]]`, false},
		{"IN with references", `s IN ["b", gone, obj, langs, s]`, true},
		{"IN with references misses", `s IN ["b", gone, obj, langs, n]`, false},
		{"IN with numeric strings", `n IN ["5", "6"]`, true},
		{"IN many", `n IN [20,21,22,23,24,25,26,27,28,29,30,31,"6.0",32]`, true},
		{"IN many misses", `s IN [20,21,22,23,24,25,26,27,28,29,30,31,"6.0",32]`, false},

		{"NOT IN", `s NOT IN ["b"]`, true},
		{"NOT IN, any case and spacing", "s not \n in ['b']", true},
		{"NOT IN misses", `s NOT IN ["a"]`, false},
		{"NOT IN a missing array", `s NOT IN gone`, false},
		{"NOT IN a scalar", `s NOT IN "b"`, false},
		{"null NOT IN", `gone NOT IN langs`, true},
		{"null NOT IN null", `gone NOT IN [null]`, true},
		{"array NOT IN", `langs NOT IN [1]`, false},
		{"object NOT IN", `obj NOT IN [1]`, true},
		{"NOT IN with references", `s NOT IN [gone, n]`, true},
		{"NOT IN many", `s NOT IN [20,21,22,23,24,25,26,27,28,29,30,31,"6.0",32]`, true},

		{"CONTAINS", `long CONTAINS "cde"`, true},
		{"CONTAINS minds case", `long CONTAINS "CDE"`, false},
		{"CONTAINS the empty string", `long CONTAINS ""`, true},
		{"number CONTAINS number", `big CONTAINS 234`, true},
		{"number CONTAINS text", `half CONTAINS "."`, true},
		{"text CONTAINS number", `"room 12345" CONTAINS big`, true},
		{"boolean CONTAINS text", `yes CONTAINS "ru"`, true},
		{"missing CONTAINS", `gone CONTAINS ""`, false},
		{"CONTAINS missing", `long CONTAINS gone`, false},
		{"object CONTAINS", `obj CONTAINS ""`, false},

		{"object is present", `obj != null AND obj != "x" AND obj != 1`, true},
		{"object equals nothing", `obj == obj`, false},
		{"object differs from itself", `obj != obj`, true},
		{"object has no order", `obj > 0`, false},
		{"object IN", `obj IN [obj]`, false},

		{"nested path", `obj.x == 1`, true},
		{"index from 0", `langs[0] == "en" AND langs[1] == "de"`, true},
		{"index past the end", `langs[2] == null`, true},
		{"array within an array", `obj.list[0][0] == 7 AND obj.list[1] == 8`, true},
		{"array reached by index", `obj.list[0] HAS 7`, true},
		{"step into a scalar", `s.x == null`, true},
		{"index into an object", `obj[0] == null`, true},
		{"key of an array", `langs.length == null`, true},
		{"prefix worker.", `worker.n == 6 AND worker.obj.x == 1`, true},

		{"AND binds tighter than OR", `1==1 OR 1==1 AND 1==2`, true},
		{"parentheses group", `(1==1 OR 1==1) AND 1==2`, false},
		{"AND of attributes", `n == 6 AND s == "a" AND yes == true AND no == false`, true},
		{"AND of attributes fails at the end", `n == 6 AND s == "a" AND yes == true AND no == 1`, false},
		{"OR of attributes", `n == 1 OR s == "b" OR yes == true`, true},
		{"OR of attributes fails", `n == 1 OR s == "b" OR yes == false`, false},
		{"default of a queue", `1==1`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := matchWorker(t, tt.src, attributes); got != tt.want {
				t.Errorf("%s: got %v, want %v", tt.src, got, tt.want)
			}
		})
	}
}

func TestTargetReadsBothSides(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, src, worker, task string
		want                    bool
	}{
		{"both", `worker.level >= task.level AND worker.languages HAS task.language`,
			`{"level":3,"languages":["en","de"]}`, `{"level":"2","language":"de"}`, true},
		{"level too low", `worker.level >= task.level`, `{"level":1}`, `{"level":2}`, false},
		{"literal with a reference", `worker.team IN [task.team, "all"]`,
			`{"team":"blue"}`, `{"team":"blue"}`, true},
		{"task array", `worker.sid NOT IN task.tried`,
			`{"sid":"WK1"}`, `{"tried":["WK2"]}`, true},
		{"same path on both sides", `worker.x != task.x`, `{"x":1}`, `{"x":2}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, env := compileTarget(t, tt.src, tt.worker, tt.task)
			if got := p.Match(env); got != tt.want {
				t.Errorf("%s: got %v, want %v", tt.src, got, tt.want)
			}
		})
	}
}

func TestSkipReadsCounts(t *testing.T) {
	t.Parallel()
	var slots Slots
	const activity = "WA0123456789abcdef0123456789ABCDEF"
	src := "workers.available == 0 AND (workers.unavailable > 2 OR 1 <= workers." + activity + ")"
	p := mustParse(t, Skip, src).Compile(Scope{Counts: &slots})
	counts := map[string]int{
		"available": 0, "unavailable": 1, "WA0123456789abcdef0123456789abcdef": 1,
	}
	env := &Env{Counts: make([]int, slots.Len())}
	for i := range env.Counts {
		n, ok := counts[slots.Path(i)]
		if !ok {
			t.Fatalf("unknown count %q", slots.Path(i))
		}
		env.Counts[i] = n
	}
	if !p.Match(env) {
		t.Errorf("does not match: %v", p.Explain(env))
	}
	env.Counts[0] = 1
	if p.Match(env) {
		t.Errorf("matches with an available worker: %v", p.Explain(env))
	}
	if got := p.CountSlots(); len(got) != 3 {
		t.Errorf("CountSlots() = %v, want three", got)
	}
}

func TestShortVectorsReadAsNull(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`worker.a == null AND task.a == null`,
		`worker.a != 1 AND worker.a == task.b`,
		`task.a NOT IN [1, worker.b]`,
	} {
		p, _ := compileTarget(t, src, `{}`, `{}`)
		if !p.Match(&Env{}) {
			t.Errorf("%s: does not match in an empty environment", src)
		}
	}
	var slots Slots
	p := mustParse(t, Skip, `workers.available == null`).Compile(Scope{Counts: &slots})
	if !p.Match(&Env{}) {
		t.Error("a count past the end is not NULL")
	}
}

func TestCompileNeedsTheTablesOfItsKind(t *testing.T) {
	t.Parallel()
	defer func() {
		want := "expr: a target expression needs slots for task.b"
		if got := recover(); got != want {
			t.Errorf("recovered %v, want %v", got, want)
		}
	}()
	mustParse(t, Target, `worker.a == task.b`).Compile(Scope{Worker: new(Slots)})
}

func TestConstant(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		src          string
		match, known bool
	}{
		{"always", `1==1`, true, true},
		{"never", `"a" == "b" OR [1] == [1]`, false, true},
		{"an attribute", `level > 1`, false, false},
		{"decided by one member", `level > 1 AND 1 == 2`, false, true},
		{"decided by one alternative", `level > 1 OR 1 == 1`, true, true},
		{"member without effect", `level > 1 AND 1 == 1`, false, false},
		{"array on a scalar operator", `level == [1]`, false, true},
		{"HAS of a scalar constant", `"a" HAS level`, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := compileWorker(t, tt.src, `{}`)
			if match, known := p.Constant(); match != tt.match || known != tt.known {
				t.Errorf("Constant() = %v, %v, want %v, %v", match, known, tt.match, tt.known)
			}
		})
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	const attributes = `{"n": 1234.5, "s": "abc", "arr": ["a", "b", 3], "o": {}}`
	for _, src := range []string{
		`n >= 3 AND s == "abc" AND arr HAS "b"`,
		`n CONTAINS "34" AND s CONTAINS n OR s CONTAINS "c"`,
		`s NOT IN [n, "x", o, arr] AND o != null`,
		`s IN ["1","2","3","4","5","6","7","8","9","10","11","12","13","abc"]`,
	} {
		p, env := compileWorker(t, src, attributes)
		if !p.Match(env) {
			t.Errorf("%s: does not match", src)
		}
		if n := testing.AllocsPerRun(100, func() { p.Match(env) }); n != 0 {
			t.Errorf("%s: %v allocations", src, n)
		}
	}
}
