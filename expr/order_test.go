package expr

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseOrder(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, want string }{
		{"one", `worker.level DESC`, `worker.level DESC`},
		{"several", ` worker.a asc,worker.b.c[0] Desc , worker.d`,
			`worker.a ASC, worker.b.c[0] DESC, worker.d ASC`},
		{"names like keywords", `worker.in DESC, worker.desc`, `worker.in DESC, worker.desc ASC`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := ParseOrder(tt.src)
			if err != nil {
				t.Fatal(err)
			}
			if got := o.String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestParseOrderErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, want string }{
		{"empty", ``, `column 1: found the end of the expression, expected a name that starts ` +
			`with "worker."; the expression is empty`},
		{"no prefix", `level DESC`, `column 1: found "level", expected a name that starts with "worker."`},
		{"task", `task.level`, `column 1: found "task", expected a name that starts with "worker."`},
		{"wrong word", `worker.level DOWN`, `column 14: found "DOWN", expected ASC or DESC`},
		{"no comma", `worker.a ASC worker.b`,
			`column 14: found "worker", expected ASC, DESC, "," or the end`},
		{"trailing comma", `worker.a,`, `column 10: found the end of the expression, expected a ` +
			`name that starts with "worker."`},
		{"hyphen", `worker.skill-level DESC`, `column 13: found "-level", expected ASC, DESC, "," ` +
			`or the end; a name can't hold a hyphen, use "_" instead`},
		{"too many", strings.Repeat("worker.a,", 17), `column 145: order_by has more than 16 clauses`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseOrder(tt.src)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || err.Error() != tt.want {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestOrderingSortsWorkers(t *testing.T) {
	t.Parallel()
	workers := map[string]string{
		"ann": `{"level": 3, "age": 40}`,
		"bob": `{"level": "5"}`,
		"cem": `{"age": 30, "level": 3.0}`,
		"dee": `{"age": 20}`,
		"eve": `{"level": 2.5, "age": 30}`,
		"fay": `{"level": -1}`,
		"gus": `{"level": "high", "age": 10}`,
	}
	tests := []struct{ name, src, want string }{
		{"ascending, missing and fractions last", `worker.level, worker.age`,
			"fay cem ann bob gus dee eve"},
		{"descending, missing and fractions last", `worker.level DESC, worker.age DESC`,
			"bob ann cem fay eve dee gus"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o, err := ParseOrder(tt.src)
			if err != nil {
				t.Fatal(err)
			}
			var slots Slots
			ordering := o.Compile(&slots)
			if len(o.Paths()) != 2 || ordering.String() != o.String() {
				t.Errorf("reads %v, prints as %s", o.Paths(), ordering)
			}
			values := make(map[string][]Value)
			var names []string
			for name, attributes := range workers {
				values[name] = mustExtract(t, &slots, attributes)
				names = append(names, name)
			}
			slices.SortFunc(names, func(a, b string) int {
				return ordering.Compare(values[a], values[b])
			})
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if diff := cmp.Diff([]int{0, 1}, ordering.Slots()); diff != "" {
				t.Errorf("Slots (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrderingIsStrictWeak(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o, err := ParseOrder(rapid.SampledFrom([]string{"worker.a", "worker.a DESC, worker.b",
			"worker.b DESC, worker.a DESC"}).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		var slots Slots
		ordering := o.Compile(&slots)
		var w [3][]Value
		for i := range w {
			for range rapid.IntRange(0, slots.Len()).Draw(t, "length") {
				w[i] = append(w[i], drawValue(t))
			}
		}
		a, b, c := w[0], w[1], w[2]
		ab, ba := ordering.Compare(a, b), ordering.Compare(b, a)
		bc, ac := ordering.Compare(b, c), ordering.Compare(a, c)
		if ab != -ba {
			t.Errorf("%v and %v: %d one way, %d the other", a, b, ab, ba)
		}
		if ab <= 0 && bc <= 0 && (ac > 0 || ac == 0 && (ab < 0 || bc < 0)) {
			t.Errorf("not transitive over %v, %v, %v: %d, %d, %d", a, b, c, ab, bc, ac)
		}
	})
}
