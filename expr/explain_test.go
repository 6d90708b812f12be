package expr

import "testing"

func TestExplain(t *testing.T) {
	t.Parallel()
	const attributes = `{"level": 3, "name": "Ann", "langs": ["en"], "channel": {"x": 1}, "yes": true}`
	tests := []struct {
		name string
		src  string
		want string
	}{
		{"value", `level > 5`, `level > 5: level is 3`},
		{"missing", `languages HAS "de"`, `languages HAS "de": languages is missing`},
		{"all that fail", `level > 5 AND name == "Ann" AND team == "blue"`,
			`level > 5: level is 3; team == "blue": team is missing`},
		{"no alternative holds", `level > 5 OR name == "Bob"`,
			`level > 5: level is 3; name == "Bob": name is "Ann"`},
		{"matches by all", `level > 2 AND langs HAS "en"`,
			`matches: level > 2: level is 3; langs HAS "en": langs is ["en"]`},
		{"matches by the first alternative", `level > 5 OR name == "Ann" OR level == 3`,
			`matches: name == "Ann": name is "Ann"`},
		{"nested", `name == "Ann" AND (level > 5 OR team == "blue")`,
			`level > 5: level is 3; team == "blue": team is missing`},
		{"constants", `1 == 2`, `1 == 2: compares two constants`},
		{"always", `1==1`, `matches: 1 == 1: compares two constants`},
		{"one reference twice", `level != level`, `level != level: level is 3`},
		{"literal with references", `name IN [team, "Bob", level]`,
			`name IN [team, "Bob", level]: name is "Ann", team is missing, level is 3`},
		{"literal with many references", `name IN [a, b, c, d, e, f, g, h, i, j]`,
			`name IN [a, b, c, d, e, f, g, h, i, j]: name is "Ann", a is missing, b is missing, ` +
				`c is missing, d is missing, e is missing, f is missing, g is missing, …`},
		{"object", `channel == 1`, `channel == 1: channel is an object`},
		{"scalar for HAS", `name HAS "Ann"`, `name HAS "Ann": name is "Ann", HAS needs an array`},
		{"array for ==", `langs == "en"`,
			`langs == "en": langs is ["en"], == does not compare arrays; use HAS, IN or NOT IN`},
		{"array in an array", `langs IN [1]`,
			`langs IN [1]: langs is ["en"], IN looks for a single value, not for an array`},
		{"NOT IN what is missing", `level NOT IN tried`, `level NOT IN tried: level is 3, ` +
			`tried is missing, and nothing is NOT IN a missing array`},
		{"no order between types", `name > 5`,
			`name > 5: name is "Ann", > does not order a string and a number`},
		{"no order of booleans", `yes > false`,
			`yes > false: yes is true, > orders only numbers and strings`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, env := compileWorker(t, tt.src, attributes)
			if got := p.Explain(env).String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestExplainGivesValues(t *testing.T) {
	t.Parallel()
	p, env := compileTarget(t, `worker.level >= task.level AND worker.x IN [task.y, 1]`,
		`{"level": 2}`, `{"level": 3, "y": true}`)
	got := p.Explain(env)
	if len(got.Failed) != 2 {
		t.Fatalf("got %v, want two failures", got)
	}
	level := got.Failed[0]
	if !level.Left.Is(Number(2)) || !level.Right.Is(Number(3)) {
		t.Errorf("level: saw %v and %v, want 2 and 3", level.Left, level.Right)
	}
	if level.Reason != "worker.level is 2, task.level is 3" {
		t.Errorf("level: reason %q", level.Reason)
	}
	if x := got.Failed[1]; !x.Right.Is(Array(Bool(true), Number(1))) {
		t.Errorf("x: saw %v, want [true, 1]", x.Right)
	}
}
