package expr

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// This file holds a second implementation of the language, as plain as can be: conditions are
// generated as trees of closures over decoded JSON, next to their text. The package must agree.

// world is what an expression is evaluated in.
type world struct {
	worker, task map[string]any
	counts       map[string]int
}

// object stands for any JSON object as the value of an operand.
type object struct{}

// spoken is a generated operand.
type spoken struct {
	text  string
	value func(world) any
}

// said is a generated condition. join is "AND", "OR" or empty for a comparison.
type said struct {
	join        string
	kids        []said
	op          string
	left, right spoken
	parens      bool // redundant ones
}

func (c said) text(t *rapid.T) string {
	var b strings.Builder
	for i, kid := range c.kids {
		if i > 0 {
			fmt.Fprintf(&b, " %s ", anyCase(t, c.join))
		}
		inner := kid.text(t)
		if kid.parens || kid.join == "OR" && c.join == "AND" {
			inner = "(" + inner + ")"
		}
		b.WriteString(inner)
	}
	if c.join == "" {
		op := c.op
		switch alias := map[string]string{"==": "=", "HAS": ">-", "IN": "<-"}[op]; {
		case alias != "" && rapid.IntRange(0, 3).Draw(t, "alias") == 0:
			op = alias
		default:
			op = anyCase(t, op)
		}
		fmt.Fprintf(&b, "%s %s %s", c.left.text, op, c.right.text)
	}
	return b.String()
}

func anyCase(t *rapid.T, word string) string {
	if rapid.IntRange(0, 4).Draw(t, "case") == 0 {
		return strings.ToLower(word)
	}
	return word
}

func (c said) eval(w world) bool {
	switch c.join {
	case "AND":
		for _, kid := range c.kids {
			if !kid.eval(w) {
				return false
			}
		}
		return true
	case "OR":
		for _, kid := range c.kids {
			if kid.eval(w) {
				return true
			}
		}
		return false
	}
	return oracle(c.op, c.left.value(w), c.right.value(w))
}

// oracle is the table of operators, row by row.
//
// Spec: routing 2.3
func oracle(op string, l, r any) bool {
	la, lArray := l.([]any)
	ra, rArray := r.([]any)
	switch op {
	case "HAS":
		return lArray && member(la, r)
	case "IN":
		return rArray && member(ra, l)
	case "NOT IN":
		return rArray && !lArray && !member(ra, l)
	}
	if lArray || rArray {
		return false
	}
	switch op {
	case "==":
		return equal(l, r)
	case "!=":
		return !equal(l, r)
	case "CONTAINS":
		lt, lok := textOf(l)
		rt, rok := textOf(r)
		return lok && rok && strings.Contains(lt, rt)
	}
	ls, lString := l.(string)
	rs, rString := r.(string)
	if lString && rString {
		return holds(op, strings.Compare(ls, rs))
	}
	ln, lok := numberOf(l)
	rn, rok := numberOf(r)
	if !lok || !rok {
		return false
	}
	switch {
	case ln < rn:
		return holds(op, -1)
	case ln > rn:
		return holds(op, 1)
	}
	return holds(op, 0)
}

func holds(op string, c int) bool {
	return map[string]bool{"<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op]
}

func member(list []any, x any) bool {
	if x == nil {
		return false
	}
	for _, e := range list {
		if equal(e, x) {
			return true
		}
	}
	return false
}

func equal(l, r any) bool {
	switch l := l.(type) {
	case nil:
		return r == nil
	case bool:
		switch r := r.(type) {
		case bool:
			return l == r
		case string:
			return r == strconv.FormatBool(l)
		}
	case float64:
		n, ok := numberOf(r)
		return ok && n == l
	case string:
		switch r := r.(type) {
		case string:
			return l == r
		case bool, float64:
			return equal(r, l)
		}
	}
	return false
}

var decimal = regexp.MustCompile(`^[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

func numberOf(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case string:
		if decimal.MatchString(v) {
			f, _ := strconv.ParseFloat(v, 64)
			return f, true
		}
	}
	return 0, false
}

func textOf(v any) (string, bool) {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case string:
		return v, true
	}
	return "", false
}

// walk follows a path through decoded JSON.
func walk(v any, path Path) any {
	for _, step := range path {
		switch in := v.(type) {
		case map[string]any:
			v = in[step.Name]
			if step.Name == "" {
				v = nil
			}
		case []any:
			if step.Name != "" || step.Index >= len(in) {
				return nil
			}
			v = in[step.Index]
		default:
			return nil
		}
	}
	return flat(v)
}

// flat replaces objects by their stand-in.
func flat(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return object{}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = flat(v[i])
		}
		return out
	}
	return v
}

// Generators. The pools are small so that conditions hold about as often as not.

var literals = []string{`0`, `1`, `5`, `6`, `-2`, `1.5`, `"6"`, `"6.0"`, `"5"`, `"true"`, `"false"`,
	`"a"`, `"ab"`, `"B"`, `"ä"`, `""`, `true`, `false`, `null`}

func drawLiteral(t *rapid.T) spoken {
	text := rapid.SampledFrom(literals).Draw(t, "literal")
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if s, ok := v.(string); ok && rapid.Bool().Draw(t, "single quotes") {
		text = "'" + s + "'"
	}
	return spoken{text, func(world) any { return v }}
}

func drawPath(t *rapid.T) Path {
	path := Path{{Name: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")}}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "steps") {
		step := rapid.SampledFrom([]Step{{Name: "a"}, {Name: "in"}, {Index: 0}, {Index: 1}}).Draw(t, "step")
		path = append(path, step)
	}
	return path
}

func drawReference(t *rapid.T, kind Kind) spoken {
	if kind == Skip {
		name := rapid.SampledFrom([]string{"available", "unavailable",
			"WA00000000000000000000000000000001"}).Draw(t, "count")
		return spoken{"workers." + name, func(w world) any { return float64(w.counts[name]) }}
	}
	path := drawPath(t)
	text := path.String()
	side := rapid.SampledFrom([]Side{WorkerSide, TaskSide}).Draw(t, "side")
	switch kind {
	case Worker:
		side = WorkerSide
	case Task:
		side = TaskSide
	}
	if kind == Target || rapid.Bool().Draw(t, "prefix") {
		text = side.String() + "." + text
	}
	return spoken{text, func(w world) any {
		if side == TaskSide {
			return walk(w.task, path)
		}
		return walk(w.worker, path)
	}}
}

func drawOperand(t *rapid.T, kind Kind, depth int) spoken {
	switch n := rapid.IntRange(0, 9).Draw(t, "operand"); {
	case n < 5:
		return drawReference(t, kind)
	case n < 8 || depth > 1:
		return drawLiteral(t)
	}
	size := rapid.SampledFrom([]int{0, 1, 2, 3, 15}).Draw(t, "size")
	literal := rapid.Bool().Draw(t, "constants only")
	var texts []string
	var elems []spoken
	for range size {
		e := drawLiteral(t)
		if !literal {
			e = drawOperand(t, kind, depth+1)
		}
		elems = append(elems, e)
		texts = append(texts, e.text)
	}
	return spoken{"[" + strings.Join(texts, ", ") + "]", func(w world) any {
		list := []any{}
		for _, e := range elems {
			list = append(list, e.value(w))
		}
		return list
	}}
}

func drawCondition(t *rapid.T, kind Kind, depth int) said {
	c := said{parens: rapid.IntRange(0, 3).Draw(t, "parens") == 0}
	if depth < 3 && rapid.IntRange(0, 2).Draw(t, "leaf") > 0 {
		c.join = rapid.SampledFrom([]string{"AND", "AND", "OR"}).Draw(t, "join")
		for range rapid.IntRange(2, 4).Draw(t, "kids") {
			c.kids = append(c.kids, drawCondition(t, kind, depth+1))
		}
		return c
	}
	c.op = rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">=", "CONTAINS", "HAS", "IN",
		"NOT IN"}).Draw(t, "op")
	c.left = drawOperand(t, kind, 0)
	c.right = drawOperand(t, kind, 0)
	return c
}

func drawJSON(t *rapid.T, depth int) string {
	n := rapid.IntRange(0, 9).Draw(t, "json")
	switch {
	case n < 6 || depth > 2:
		return rapid.SampledFrom(literals).Draw(t, "scalar")
	case n < 8:
		var elems []string
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			elems = append(elems, drawJSON(t, depth+1))
		}
		return "[" + strings.Join(elems, ",") + "]"
	}
	return drawObject(t, depth)
}

func drawObject(t *rapid.T, depth int) string {
	var members []string
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		key := rapid.SampledFrom([]string{"a", "b", "c", "in", "x", `\u0061`}).Draw(t, "key")
		members = append(members, fmt.Sprintf(`"%s": %s`, key, drawJSON(t, depth+1)))
	}
	return "{" + strings.Join(members, ", ") + "}"
}

// scene is a generated expression, compiled, in a generated environment.
type scene struct {
	cond    said
	src     string
	world   world
	program *Program
	env     *Env
}

func drawScene(t *rapid.T, kinds ...Kind) scene {
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	s := scene{cond: drawCondition(t, kind, 0)}
	s.src = s.cond.text(t)
	e, err := Parse(kind, s.src)
	if err != nil {
		t.Fatalf("Parse(%v, %s): %v", kind, s.src, err)
	}
	var worker, task, counts Slots
	s.program = e.Compile(Scope{Worker: &worker, Task: &task, Counts: &counts})

	workerJSON, taskJSON := drawObject(t, 0), drawObject(t, 0)
	s.env = &Env{Counts: make([]int, counts.Len())}
	s.world.counts = make(map[string]int)
	for i := range s.env.Counts {
		s.env.Counts[i] = rapid.IntRange(0, 6).Draw(t, "workers")
		s.world.counts[counts.Path(i)] = s.env.Counts[i]
	}
	for _, side := range []struct {
		text   string
		slots  *Slots
		values *[]Value
		object *map[string]any
	}{
		{workerJSON, &worker, &s.env.Worker, &s.world.worker},
		{taskJSON, &task, &s.env.Task, &s.world.task},
	} {
		if *side.values, err = side.slots.Extract(side.text, nil); err != nil {
			t.Fatalf("Extract(%s): %v", side.text, err)
		}
		if err := json.Unmarshal([]byte(side.text), side.object); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestProgramAgreesWithOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawScene(t, Worker, Task, Target, Skip)
		want := s.cond.eval(s.world)
		if got := s.program.Match(s.env); got != want {
			t.Errorf("Match(%s) = %v, want %v", s.src, got, want)
		}
		explanation := s.program.Explain(s.env)
		if explanation.Match != want {
			t.Errorf("Explain(%s) = %v, want match %v", s.src, explanation, want)
		}
		if want != (len(explanation.Failed) == 0) || want != (len(explanation.Held) > 0) {
			t.Errorf("Explain(%s) gives no or the wrong reasons: %+v", s.src, explanation)
		}
		if match, known := s.program.Constant(); known && match != want {
			t.Errorf("Constant(%s) = %v, want %v", s.src, match, want)
		}
	})
}

// Every operator on every pair of values, in every form that is compiled in its own way.
func TestEveryOperatorOnEveryPair(t *testing.T) {
	t.Parallel()
	pool := append([]string{`{}`, `[]`, `["a", 6, null, true]`, `["6", "true", ["a"], "long string of text"]`,
		`"long string of text"`, `"long string of teXt"`, `"nine char"`, `"nine chaR"`,
		`"eight ch"`, `["nine char", "eight ch", "long string of teXt"]`, `[null]`, `[1, 1.5, "B", false, 5]`,
		`[0,1,2,3,"6","ab","true",7,8,9,10,11,12,13]`, `"6e0"`, `15`}, literals...)
	for _, op := range []string{"==", "!=", "<", "<=", ">", ">=", "CONTAINS", "HAS", "IN", "NOT IN"} {
		for _, left := range pool {
			for _, right := range pool {
				checkPair(t, op, left, right)
			}
		}
	}
}

func checkPair(t *testing.T, op, left, right string) {
	world := map[string]any{}
	attributes := fmt.Sprintf(`{"l": %s, "r": %s}`, left, right)
	if err := json.Unmarshal([]byte(attributes), &world); err != nil {
		t.Fatal(err)
	}
	want := oracle(op, flat(world["l"]), flat(world["r"]))
	for _, form := range [][2]string{{"worker.l", "task.r"}, {left, right}, {"worker.l", right},
		{left, "task.r"}, {"[worker.l]", "task.r"}, {"task.l", "[null, worker.r, 77]"}} {
		if slices.Contains(form[:], "{}") {
			continue // cannot be written in an expression
		}
		wantForm := want
		switch {
		case form[0] == "[worker.l]":
			wantForm = oracle(op, []any{flat(world["l"])}, flat(world["r"]))
		case form[1] == "[null, worker.r, 77]":
			wantForm = oracle(op, flat(world["l"]), []any{nil, flat(world["r"]), 77.0})
		}
		p, env := compileTarget(t, form[0]+" "+op+" "+form[1], attributes, attributes)
		if got := p.Match(env); got != wantForm {
			t.Errorf("%s in %s: got %v, want %v", p.Expr(), attributes, got, wantForm)
		}
		if got := p.Explain(env); got.Match != wantForm {
			t.Errorf("%s in %s: explained as %v, want %v", p.Expr(), attributes, got, wantForm)
		}
	}
}

func TestPrintingIsAFixedPoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]Kind{Worker, Task, Target, Skip}).Draw(t, "kind")
		src := drawCondition(t, kind, 0).text(t)
		first, err := Parse(kind, src)
		if err != nil {
			t.Fatalf("Parse(%s): %v", src, err)
		}
		again, err := Parse(kind, first.String())
		if err != nil {
			t.Fatalf("Parse(%s), printed from %s: %v", first, src, err)
		}
		if !sameCondition(first, again, first.root, again.root) {
			t.Errorf("%s is printed as %s, which is another expression", src, first)
		}
		if first.String() != again.String() {
			t.Errorf("printed as %s, then as %s", first, again)
		}
	})
}

func sameCondition(e, f *Expr, a, b condition) bool {
	switch a := a.(type) {
	case *group:
		b, ok := b.(*group)
		if !ok || a.any != b.any || len(a.conds) != len(b.conds) {
			return false
		}
		for i := range a.conds {
			if !sameCondition(e, f, a.conds[i], b.conds[i]) {
				return false
			}
		}
		return true
	case *comparison:
		b, ok := b.(*comparison)
		return ok && a.op == b.op && sameOperand(e, f, a.left, b.left) &&
			sameOperand(e, f, a.right, b.right)
	}
	return false
}

func sameOperand(e, f *Expr, a, b operand) bool {
	if a.form != b.form || len(a.elems) != len(b.elems) || !a.value.Is(b.value) {
		return false
	}
	if a.form == reference && e.refs[a.ref].String() != f.refs[b.ref].String() {
		return false
	}
	for i := range a.elems {
		if !sameOperand(e, f, a.elems[i], b.elems[i]) {
			return false
		}
	}
	return true
}

func FuzzParse(f *testing.F) {
	for _, src := range []string{
		`worker.level >= task.level AND worker.languages HAS task.language`,
		`a >- 1 OR (b <- [1,'x',[c]]) AND d NOT IN e[0].f`, `workers.available == 0`,
		`1==1`, `skill-level > 3`, `a == "\\\"\'"`, `((((a`, `a[`, `worker.worker.in == -1.5`,
		`worker.a DESC, worker.b[1].c asc`,
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, kind := range []Kind{Worker, Task, Target, Skip} {
			e, err := Parse(kind, src)
			if err != nil {
				_ = err.Error()
				continue
			}
			again, err := Parse(kind, e.String())
			if err != nil {
				t.Fatalf("%v %q is printed as %q: %v", kind, src, e, err)
			}
			if !sameCondition(e, again, e.root, again.root) || again.String() != e.String() {
				t.Fatalf("%v %q is printed as %q, then as %q", kind, src, e, again)
			}
			p := e.Compile(Scope{new(Slots), new(Slots), new(Slots)})
			env := &Env{}
			if x := p.Explain(env); x.Match != p.Match(env) || x.String() == "" {
				t.Fatalf("%v %q: matches %v, explained as %v", kind, src, p.Match(env), x)
			}
		}
		if o, err := ParseOrder(src); err == nil {
			if again, err := ParseOrder(o.String()); err != nil || again.String() != o.String() {
				t.Fatalf("order %q is printed as %q, then as %v: %v", src, o, again, err)
			}
		}
	})
}
