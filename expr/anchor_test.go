package expr

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAnchors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		kind Kind
		src  string
		want []string
	}{
		{"equality with the task", Target, `worker.team == task.team`, []string{"team == task.team"}},
		{"the other way round", Target, `task.team == worker.team`, []string{"team == task.team"}},
		{"membership", Target, `worker.languages HAS task.language`,
			[]string{"languages HAS task.language"}},
		{"membership by IN", Target, `task.language IN worker.languages`,
			[]string{"languages HAS task.language"}},
		{"constants", Target, `"blue" == worker.team AND worker.langs HAS "de" AND 1 IN worker.nums`,
			[]string{`team == "blue"`, `langs HAS "de"`, `nums HAS 1`}},
		{"null", Target, `worker.team == null`, []string{`team == null`}},
		{"queue expression", Worker, `team == "blue" AND (level > 3 OR level == 1) AND "de" IN langs`,
			[]string{`team == "blue"`, `langs HAS "de"`}},
		{"among others", Target, `worker.level > task.level AND (worker.team == task.team)`,
			[]string{"team == task.team"}},
		{"twice the same", Target, `worker.a == task.a AND task.a == worker.a`,
			[]string{"a == task.a"}},
		{"below OR", Target, `worker.team == task.team OR worker.level > 3`, nil},
		{"other operators", Target, `worker.a != task.a AND worker.b > 1 AND worker.c IN task.c`, nil},
		{"no task side", Target, `worker.a == worker.b AND task.a == 1`, nil},
		{"arrays equal nothing", Worker, `a == [1]`, nil},
		{"task expression", Task, `type == "sales"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var worker, task Slots
			p := mustParse(t, tt.kind, tt.src).Compile(Scope{Worker: &worker, Task: &task})
			var got []string
			for _, a := range p.Anchors() {
				op, known := "==", a.Const.String()
				if a.Has {
					op = "HAS"
				}
				if a.TaskSlot >= 0 {
					known = "task." + task.Path(a.TaskSlot)
				}
				got = append(got, fmt.Sprintf("%s %s %s", worker.Path(a.WorkerSlot), op, known))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Anchors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnchorBuckets(t *testing.T) {
	t.Parallel()
	// A numeric string, a number and a missing value on both sides find each other.
	p, env := compileTarget(t, `worker.level == task.level AND worker.team == task.team
		AND worker.langs HAS task.lang`,
		`{"level":"6.0","langs":["en","en",null,6,"6",["x"]]}`, `{"level":6,"lang":"6"}`)
	if !p.Match(env) {
		t.Fatalf("does not match: %v", p.Explain(env))
	}
	for i, want := range []int{1, 1, 2} {
		a := p.Anchors()[i]
		key, ok := a.Key(env.Task)
		buckets := a.AppendBuckets(nil, env.Worker)
		if !ok || !slices.Contains(buckets, key) || len(buckets) != want {
			t.Errorf("anchor %d: key %v, %v in buckets %v, want %d of them", i, key, ok, buckets, want)
		}
	}
	if _, ok := p.Anchors()[2].Key(nil); ok {
		t.Error("an array can have a missing value")
	}
}

func TestAnchorsAreSound(t *testing.T) {
	t.Parallel()
	anchored := 0
	rapid.Check(t, func(t *rapid.T) {
		// Half of the expressions are steered towards conditions that are true and anchors.
		s := drawScene(t, Target, Worker)
		if rapid.Bool().Draw(t, "steer") {
			s = drawAnchored(t)
		}
		anchors := s.program.Anchors()
		if !s.program.Match(s.env) {
			return
		}
		for _, a := range anchors {
			anchored++
			key, ok := a.Key(s.env.Task)
			if !ok {
				t.Errorf("%s matches, but the anchor %+v has no key", s.src, a)
			}
			if buckets := a.AppendBuckets(nil, s.env.Worker); !slices.Contains(buckets, key) {
				t.Errorf("%s matches, but %+v finds %v only in %v", s.src, a, key, buckets)
			}
		}
	})
	if anchored == 0 {
		t.Error("no generated expression with an anchor ever matched")
	}
}

// drawAnchored draws two values at hand and a target expression that compares them in one of the
// anchored ways. Half of the time the values are such that it matches, if they can be compared.
func drawAnchored(t *rapid.T) scene {
	src := rapid.SampledFrom([]string{"worker.a == task.a", "task.a == worker.a",
		"worker.a HAS task.a", "task.a IN worker.a"}).Draw(t, "anchored")
	var worker, task Slots
	p, err := Parse(Target, src)
	if err != nil {
		t.Fatal(err)
	}
	s := scene{src: src, program: p.Compile(Scope{Worker: &worker, Task: &task})}
	known, value := drawValue(t), drawValue(t)
	if rapid.Bool().Draw(t, "meet") {
		value = known
		if s.program.Anchors()[0].Has {
			value = Array(drawValue(t), known)
		}
	}
	s.env = &Env{Worker: []Value{value}, Task: []Value{known}}
	return s
}
