package expr

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind Kind
		src  string
		want string
	}{
		{"hyphen", Worker, `skill-level > 3`,
			`column 6: found "-level", expected an operator; a name can't hold a hyphen, use "_" instead`},
		{"hyphen before digits", Worker, `skill-3 > 3`,
			`column 6: found "-3", expected an operator; a name can't hold a hyphen, use "_" instead`},
		{"hyphen on the right", Worker, `3 < skill-level`,
			`column 10: found "-level", expected AND, OR or the end; ` +
				`a name can't hold a hyphen, use "_" instead`},
		{"columns count characters", Worker, `größe-x == 1`,
			`column 6: found "-x", expected an operator; a name can't hold a hyphen, use "_" instead`},
		{"empty", Worker, ``,
			`column 1: found the end of the expression, expected a value, a name or "("; ` +
				`the expression is empty`},
		{"only space", Worker, "  \n",
			`column 4: found the end of the expression, expected a value, a name or "("; ` +
				`the expression is empty`},
		{"bare operand", Worker, `flag`,
			`column 5: found the end of the expression, expected an operator; ` +
				`a condition compares two values, for instance: name == true`},
		{"bare operand in a group", Worker, `(flag) AND x == 1`,
			`column 6: found ")", expected an operator; ` +
				`a condition compares two values, for instance: name == true`},
		{"leading NOT", Worker, `NOT (a == 1)`,
			`column 1: found "NOT", expected a value, a name or "("; ` +
				`the only negations are != and NOT IN`},
		{"exclamation mark", Worker, `!a == 1`,
			`column 1: found "!", expected a value, a name or "("; ` +
				`the only negations are != and NOT IN`},
		{"NOT without IN", Worker, `a NOT HAS 1`,
			`column 7: found "HAS", expected IN after NOT`},
		{"&&", Worker, `a == 1 && b == 2`,
			`column 8: found "&", expected AND, OR or the end; write AND`},
		{"||", Worker, `a == 1 || b == 2`,
			`column 8: found "|", expected AND, OR or the end; write OR`},
		{"no right side", Worker, `a ==`,
			`column 5: found the end of the expression, expected a value or a name`},
		{"two operators", Worker, `a === 1`,
			`column 5: found "=", expected a value or a name`},
		{"chain", Worker, `a == b == c`,
			`column 8: found "==", expected AND, OR or the end`},
		{"detached minus", Worker, `a == - 5`,
			`column 6: found "-", expected a value or a name; ` +
				`"-" stands only directly before the digits of a number`},
		{"unclosed parenthesis", Worker, `(a == 1`,
			`column 8: found the end of the expression, expected AND, OR or ")"`},
		{"extra parenthesis", Worker, `a == 1)`,
			`column 7: found ")", expected AND, OR or the end`},
		{"unclosed string", Worker, `a == "x`,
			`column 6: the string that starts here has no closing quote`},
		{"string ends in a backslash", Worker, `a == "x\`,
			`column 6: the string that starts here has no closing quote`},
		{"unknown escape", Worker, `a == "x\d"`,
			`column 8: a backslash in a string stands before a quote or another backslash; ` +
				`write \\ for a backslash`},
		{"unclosed array", Worker, `a IN [1, 2`,
			`column 11: found the end of the expression, expected "," or "]"`},
		{"trailing comma", Worker, `a IN [1,]`,
			`column 9: found "]", expected a value or a name`},
		{"negative index", Worker, `a[-1] == 1`,
			`column 3: found "-1", expected an index: a whole number from 0`},
		{"fraction as index", Worker, `a[1.5] == 1`,
			`column 3: found "1.5", expected an index: a whole number from 0`},
		{"huge index", Worker, `a[1234567890] == 1`,
			`column 3: found "1234567890", expected an index: a whole number from 0`},
		{"dot without name", Worker, `a. == 1`,
			`column 4: found "==", expected a name after "."`},
		{"exponent", Worker, `a == 1e5`,
			`column 7: found "e5", expected AND, OR or the end`},
		{"strange character", Worker, `a == 1 § b`,
			`column 8: found "§", expected AND, OR or the end`},
		{"not UTF-8", Worker, "a == \"\xff\"",
			`column 7: the expression is not valid UTF-8 here`},

		{"target without prefix", Target, `level > 3`,
			`column 1: found "level", expected a name that starts with "worker." or "task."`},
		{"target with a bare side", Target, `1 == worker`,
			`column 6: found "worker", expected a name that starts with "worker." or "task."`},
		{"target with an indexed side", Target, `task[0] == 1`,
			`column 1: found "task[0]", expected a name that starts with "worker." or "task."`},
		{"prefix minds case", Target, `Worker.level == 1`,
			`column 1: found "Worker.level", expected a name that starts with "worker." or "task."`},
		{"skip_if with an attribute", Skip, `level == 1`,
			`column 1: found "level", expected workers.available, workers.unavailable or ` +
				`workers. with an Activity SID`},
		{"skip_if with an unknown count", Skip, `workers.busy == 1`,
			`column 1: found "workers.busy", expected workers.available, workers.unavailable or ` +
				`workers. with an Activity SID`},
		{"skip_if with a short SID", Skip, `workers.WA12 == 1`,
			`column 1: found "workers.WA12", expected workers.available, workers.unavailable or ` +
				`workers. with an Activity SID`},
		{"skip_if with a step too many", Skip, `workers.available.x == 1`,
			`column 1: found "workers.available.x", expected workers.available, ` +
				`workers.unavailable or workers. with an Activity SID`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse(tt.kind, tt.src)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, want a SyntaxError", err)
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSyntaxErrorMarksItsText(t *testing.T) {
	t.Parallel()
	_, err := Parse(Worker, `ä == 1 OR skill-level > 3`)
	want := &SyntaxError{Column: 16, Width: 6, Found: "-level", Expected: "an operator",
		Hint: `a name can't hold a hyphen, use "_" instead`}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	_, err = Parse(Worker, `a == 1 `+strings.Repeat("x", 200))
	if n := len(err.Error()); n > 160 {
		t.Errorf("the message quotes too much: %d bytes", n)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	repeat := strings.Repeat
	tests := []struct {
		name string
		good string
		bad  string
		want string
	}{
		{"length", `a == "` + repeat("x", MaxLength-7) + `"`, `a == "` + repeat("x", MaxLength-6) + `"`,
			"column 1: the expression is 65537 bytes long; at most 65536 are allowed"},
		{"parentheses", repeat("(", 64) + "1==1" + repeat(")", 64), repeat("(", 65) + "1==1" + repeat(")", 65),
			"column 65: parentheses and arrays nest deeper than 64 levels"},
		{"arrays", "1 IN " + repeat("[", 64) + repeat("]", 64), "1 IN " + repeat("[", 65) + repeat("]", 65),
			"column 70: parentheses and arrays nest deeper than 64 levels"},
		{"conditions", "1==1" + repeat(" OR 1==1", 1023), "1==1" + repeat(" OR 1==1", 1024),
			"column 8193: the expression has more than 1024 conditions"},
		{"elements", "a IN [1" + repeat(",1", 4095) + "]", "a IN [1" + repeat(",1", 4096) + "]",
			"column 8198: an array has more than 4096 elements"},
		{"steps", "a" + repeat(".b", 31) + "==1", "a" + repeat(".b", 32) + "==1",
			"column 64: a reference takes more than 32 steps"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse(Worker, tt.good); err != nil {
				t.Errorf("within the limit: %v", err)
			}
			_, err := Parse(Worker, tt.bad)
			if err == nil || err.Error() != tt.want {
				t.Errorf("beyond the limit:\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestCanonicalText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind Kind
		src  string
		want string
	}{
		{"aliases", Worker, `a="x"and b>-1 or 2<-c`, `a == "x" AND b HAS 1 OR 2 IN c`},
		{"keyword case", Worker, `a Not In [TRUE, False, NULL] aNd b contains 'x'`,
			`a NOT IN [true, false, null] AND b CONTAINS "x"`},
		{"needless parentheses", Worker, `((a == 1)) AND ((b == 2 AND c == 3))`,
			`a == 1 AND b == 2 AND c == 3`},
		{"needed parentheses", Worker, `(a == 1 OR b == 2) AND c == 3`,
			`(a == 1 OR b == 2) AND c == 3`},
		{"AND within OR", Worker, `a == 1 OR (b == 2 AND c == 3)`, `a == 1 OR b == 2 AND c == 3`},
		{"strings", Worker, `a == 'it\'s "x"' AND b == "\\"`, `a == "it's \"x\"" AND b == "\\"`},
		{"numbers", Worker, `a == 007.50 AND b == -0 AND c == -3`, `a == 7.5 AND b == 0 AND c == -3`},
		{"paths", Worker, `a . b [ 007 ] . c == 1`, `a.b[7].c == 1`},
		{"own prefix goes", Worker, `worker.a == worker.b`, `a == b`},
		{"own prefix goes, task", Task, `task.a == worker.b`, `a == worker.b`},
		{"prefix stays before a keyword", Worker, `worker.in == 1`, `worker.in == 1`},
		{"prefix stays before itself", Worker, `worker.worker.x == worker.worker`,
			`worker.worker.x == worker`},
		{"attribute called worker", Worker, `worker == 1 AND worker[0] == 2`,
			`worker == 1 AND worker[0] == 2`},
		{"keyword after a dot", Worker, `a.has.IN[0].not == 1`, `a.has.IN[0].not == 1`},
		{"array with a reference", Target, `worker.a IN [ task.b,"c",[] ]`,
			`worker.a IN [task.b, "c", []]`},
		{"longest operator wins", Worker, `a >-5`, `a HAS 5`},
		{"comparison with a negative number", Worker, `a > -5`, `a > -5`},
		{"skip_if", Skip, `workers.WA0123456789ABCDEF0123456789abcdef = 0`,
			`workers.WA0123456789abcdef0123456789abcdef == 0`},
		{"underscore and dollar", Worker, `_a$1 == $b`, `_a$1 == $b`},
		{"no space needed", Worker, `1==1AND"a"!='b'`, `1 == 1 AND "a" != "b"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := mustParse(t, tt.kind, tt.src).String()
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if again := mustParse(t, tt.kind, got).String(); again != got {
				t.Errorf("parsed again: %s\nwant %s", again, got)
			}
		})
	}
}

func TestPathsAndSlots(t *testing.T) {
	t.Parallel()
	e := mustParse(t, Target,
		`worker.level > task.level AND task.level > 1 AND worker.languages[0].code == "de"`)
	var got []string
	for _, ref := range e.Paths() {
		got = append(got, ref.String())
	}
	want := []string{"worker.level", "task.level", "worker.languages[0].code"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Paths (-want +got):\n%s", diff)
	}

	var worker, task Slots
	worker.Intern(Path{{Name: "languages"}, {Index: 0}, {Name: "code"}})
	p := e.Compile(Scope{Worker: &worker, Task: &task})
	if diff := cmp.Diff([]int{0, 1}, p.WorkerSlots()); diff != "" {
		t.Errorf("WorkerSlots (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{0}, p.TaskSlots()); diff != "" {
		t.Errorf("TaskSlots (-want +got):\n%s", diff)
	}
	if slot, ok := worker.Lookup("languages[0].code"); !ok || slot != 0 {
		t.Errorf("Lookup = %d, %v, want 0, true", slot, ok)
	}
	if _, ok := worker.Lookup("nowhere"); ok {
		t.Error("Lookup found a path that was never interned")
	}
	if worker.Len() != 2 || worker.Path(1) != "level" {
		t.Errorf("slot 1 of %d is %q, want level of 2", worker.Len(), worker.Path(1))
	}
	mustParse(t, Worker, `worker.level == level`).Compile(Scope{Worker: &worker})
	if worker.Len() != 2 {
		t.Errorf("bare and prefixed name have different slots: %d", worker.Len())
	}
}

func TestParseRef(t *testing.T) {
	t.Parallel()
	ref, err := ParseRef(Target, "task.agents[0].sid")
	if err != nil || ref.Side != TaskSide || ref.Path.String() != "agents[0].sid" {
		t.Errorf("got %v, %v", ref, err)
	}
	for _, bad := range []string{"", "agent", "task.", "task.a b", "task.a == 1", `"x"`} {
		if ref, err := ParseRef(Target, bad); err == nil {
			t.Errorf("ParseRef(%q) = %v, want an error", bad, ref)
		}
	}
}

func TestParsePath(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a", "in.x", "channel.voice.assigned_tasks", "a[0][12].b", "worker.a"} {
		path, err := ParsePath(text)
		if err != nil || path.String() != text {
			t.Errorf("ParsePath(%q) = %v, %v", text, path, err)
		}
	}
	if _, err := ParsePath("a-b"); err == nil || !strings.Contains(err.Error(), "hyphen") {
		t.Errorf("ParsePath(a-b): %v, want a word about hyphens", err)
	}
}
