package expr_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"taskrouter/expr"
)

func TestContradiction(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ src, want string }{
		{`level == 1 AND level == 2`, `level == 1 excludes level == 2`},
		{`a == 1 AND b == 2`, ""},
		{`1 == 2`, `1 == 2 is never true`},
		{`1 == 2 OR a == 1`, ""},
		{`a > 5 AND a < 5`, `a > 5 excludes a < 5`},
		{`a >= 5 AND a <= 5`, ""},
		{`a > 5 AND a <= 5`, `a > 5 excludes a <= 5`},
		{`5 < a AND 4 > a`, `5 < a excludes 4 > a`},
		{`a == 3 AND a > 3`, `a == 3 excludes a > 3`},
		{`a == "x" AND a > 3`, `a == "x" excludes a > 3`},
		{`a == 6 AND a == "6"`, ""},
		{`a == 6 AND a == "6.0"`, ""},
		{`a == "6" AND a != 6`, ""}, // refused for certain only where both say the same
		{`a == null AND a > 1`, `a == null excludes a > 1`},
		{`a == null AND a CONTAINS "x"`, `a == null excludes a CONTAINS "x"`},
		{`a == "x" AND a != "x"`, `a == "x" excludes a != "x"`},
		{`a IN ["x", "y"] AND a == "z"`, `a IN ["x", "y"] excludes a == "z"`},
		{`a IN ["x", "y"] AND a IN ["y", "z"]`, ""},
		{`a IN ["x"] AND a NOT IN ["x"]`, `a IN ["x"] excludes a NOT IN ["x"]`},
		{`a IN []`, `a IN [] is never true`},
		{`a IN [null]`, `a IN [null] is never true`},
		{`skills HAS "x" AND skills == "x"`,
			`skills HAS "x" excludes skills == "x"`},
		{`skills HAS "x" AND skills HAS "y"`, ""},
		{`"x" IN skills AND "x" NOT IN skills`,
			`"x" IN skills excludes "x" NOT IN skills`},
		{`a == 1 AND (a == 2 OR a == 3)`, `a == 1 excludes a == 2`},
		{`a == 1 AND (a == 2 OR b == 3)`, ""},
		{`(a == 1 OR a == 2) AND (a == 3 OR a == 4)`, `a == 1 excludes a == 3`},
		{`(a == 1 OR a == 2) AND (a == 2 OR a == 4)`, ""},
		{`a > true`, `a > true is never true`},
		{`a > null`, `a > null is never true`},
		{`a == [1]`, `a == [1] is never true`},
		{`a > "m" AND a < "b"`, `a > "m" excludes a < "b"`},
		{`a > "m" AND a < 3`, ""},
	} {
		e, err := expr.Parse(expr.Worker, test.src)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Contradiction(); got != test.want {
			t.Errorf("%s: got %q, want %q", test.src, got, test.want)
		}
	}
}

// A contradiction is certain: no attributes match.
func TestContradictionIsCertain(t *testing.T) {
	t.Parallel()
	names := rapid.SampledFrom([]string{"a", "b"})
	constants := rapid.SampledFrom([]string{
		"1", "2", `"1"`, `"1.0"`, `"x"`, "true", `"true"`, "null", "[]", `[1, "x"]`, "[null]",
	})
	operators := rapid.SampledFrom([]string{
		"==", "!=", "<", "<=", ">", ">=", "CONTAINS", "HAS", "IN", "NOT IN",
	})
	values := rapid.SampledFrom([]string{
		"1", "2", `"1"`, `"1.0"`, `"x"`, "true", `"true"`, "null", "[]", `[1,"x"]`, `[2]`, "{}", "1.5",
	})
	comparison := rapid.Custom(func(t *rapid.T) string {
		l, r := names.Draw(t, "name"), constants.Draw(t, "constant")
		if rapid.Bool().Draw(t, "flip") {
			l, r = r, l
		}
		return l + " " + operators.Draw(t, "operator") + " " + r
	})
	rapid.Check(t, func(t *rapid.T) {
		src := comparison.Draw(t, "first")
		for range rapid.IntRange(1, 4).Draw(t, "more") {
			join := rapid.SampledFrom([]string{" AND ", " AND ", " OR "}).Draw(t, "join")
			src = "(" + src + ")" + join + comparison.Draw(t, "next")
		}
		e, err := expr.Parse(expr.Worker, src)
		if err != nil {
			t.Fatal(err)
		}
		why := e.Contradiction()
		if why == "" {
			return
		}
		slots := new(expr.Slots)
		p := e.Compile(expr.Scope{Worker: slots})
		for range 50 {
			doc := `{"a":` + values.Draw(t, "a") + `,"b":` + values.Draw(t, "b") + `}`
			read, err := slots.Extract(doc, nil)
			if err != nil {
				t.Fatal(err)
			}
			if p.Match(&expr.Env{Worker: read}) {
				t.Fatalf("%s: said %q, but %s matches", src, why, doc)
			}
		}
	})
}

func TestPossible(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		src, worker string
		want        bool
	}{
		{`worker.level >= task.level`, `{"level":3}`, true},
		{`worker.level >= task.level`, `{}`, false},
		{`worker.team == task.team`, `{}`, true}, // a task without team
		{`worker.team == task.team AND worker.on == true`, `{"team":"a"}`, false},
		{`worker.team == task.team OR worker.on == true`, `{"on":true}`, true},
		{`worker.skills HAS task.skill`, `{"skills":["a"]}`, true},
		{`worker.skills HAS task.skill`, `{"skills":"a"}`, false},
		{`worker.skills HAS task.skill`, `{"skills":[]}`, false},
		{`task.skill IN worker.skills`, `{}`, false},
		{`worker.name NOT IN task.declined`, `{}`, true},
		{`worker.name IN task.wanted`, `{}`, false},
		{`worker.name CONTAINS task.part`, `{}`, false},
		{`task.a == task.b`, `{}`, true},
		{`worker.level > 3`, `{"level":4}`, true},
		{`worker.level > 3`, `{"level":3}`, false},
	} {
		e, err := expr.Parse(expr.Target, test.src)
		if err != nil {
			t.Fatal(err)
		}
		workers := new(expr.Slots)
		p := e.Compile(expr.Scope{Worker: workers, Task: new(expr.Slots)})
		values, err := workers.Extract(test.worker, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Possible(&expr.Env{Worker: values}); got != test.want {
			t.Errorf("%s for %s: got %v, want %v", test.src, test.worker, got, test.want)
		}
	}
}

// What is not possible matches for no task.
func TestImpossibleIsCertain(t *testing.T) {
	t.Parallel()
	values := rapid.SampledFrom([]string{
		"1", "2", `"1"`, `"x"`, "true", "null", "[]", `[1,"x"]`, "{}",
	})
	operands := rapid.SampledFrom([]string{
		"worker.a", "worker.b", "task.a", "task.b", "1", `"x"`, "[task.a, 1]", "[worker.a]",
	})
	operators := rapid.SampledFrom([]string{
		"==", "!=", "<", ">=", "CONTAINS", "HAS", "IN", "NOT IN",
	})
	rapid.Check(t, func(t *rapid.T) {
		src := ""
		for i := range rapid.IntRange(1, 3).Draw(t, "length") {
			if i > 0 {
				src = "(" + src + ")" + rapid.SampledFrom([]string{" AND ", " OR "}).Draw(t, "join")
			}
			src += operands.Draw(t, "left") + " " + operators.Draw(t, "operator") + " " +
				operands.Draw(t, "right")
		}
		e, err := expr.Parse(expr.Target, src)
		if err != nil {
			t.Fatal(err)
		}
		workers, tasks := new(expr.Slots), new(expr.Slots)
		p := e.Compile(expr.Scope{Worker: workers, Task: tasks})
		read := func(slots *expr.Slots) []expr.Value {
			doc := `{"a":` + values.Draw(t, "a") + `,"b":` + values.Draw(t, "b") + `}`
			list, err := slots.Extract(doc, nil)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		env := expr.Env{Worker: read(workers)}
		possible := p.Possible(&env)
		for range 20 {
			if env.Task = read(tasks); p.Match(&env) && !possible {
				t.Fatalf("%s: matches, though it was called impossible", src)
			}
		}
	})
}

// Whatever strangers write, the search for a contradiction ends soon: this one has 2^500 ways
// to match, and long lists to hold against each other.
func TestContradictionIsBounded(t *testing.T) {
	t.Parallel()
	list := "[" + strings.Repeat(`"y",`, 4000) + `"y"]`
	var ways strings.Builder
	for i := range 500 {
		fmt.Fprintf(&ways, "(a%d == 1 OR b%d == 1) AND ", i, i)
	}
	for _, src := range []string{
		ways.String() + "z == 1 AND (z == 2 OR z == 3)",
		"a IN " + list + " AND a IN " + list + " AND a IN " + strings.ReplaceAll(list, "y", "z"),
	} {
		e, err := expr.Parse(expr.Worker, src)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		e.Contradiction()
		t.Log(time.Since(begin))
	}
}
