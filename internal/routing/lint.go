package routing

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"taskrouter"
	"taskrouter/expr"
)

// A Severity says how bad a finding is.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"   // the configuration would be refused
	SeverityWarning Severity = "warning" // it hardly does what was meant
	SeverityNote    Severity = "note"    // worth knowing
)

// A Finding is something about a configuration that its author wants to know. Spec: dry-run 4
type Finding struct {
	Pointer  string   `json:"pointer"` // JSON pointer to the place in the configuration
	Severity Severity `json:"severity"`
	Code     string   `json:"code"`
	Message  string   `json:"message"`
	// Column and Width are the characters of an expression that are wrong, from 1; Line is that
	// of a document that is no JSON, in which Column is then.
	Column *int `json:"column"`
	Width  *int `json:"width"`
	Line   *int `json:"line"`
}

// A WorkflowCheck is what a look at a configuration found.
type WorkflowCheck struct {
	Valid    bool      `json:"valid"` // would be taken
	Errors   int       `json:"errors"`
	Warnings int       `json:"warnings"`
	Notes    int       `json:"notes"`
	Findings []Finding `json:"findings"`
}

// mostFindings is how many findings are told; all are counted.
const mostFindings = 1000

// CheckWorkflow looks at a configuration: at its text alone, and at the queues and workers of the
// scene if it has a catalog. Reservation is how long workers have to answer, in seconds; 0 is the
// default. The time it takes is in proportion to the text, and bounded.
func (sc Scene) CheckWorkflow(text string, reservation int) *WorkflowCheck {
	l := &linter{
		scene: sc, check: &WorkflowCheck{Findings: []Finding{}},
		reservation: time.Duration(cmp.Or(reservation, taskrouter.DefaultReservation)) *
			time.Second,
	}
	l.document(text)
	l.ways()
	l.people()
	c := l.check
	if c.Errors == 0 {
		// What routing refuses is an error, whether it was found above or not.
		if _, err := parseConfiguration(text); err != nil {
			l.fail("", "configuration", "%v", err)
		}
	}
	c.Valid = c.Errors == 0
	return c
}

// A linter looks for what is wrong with a configuration.
type linter struct {
	scene       Scene
	check       *WorkflowCheck
	reservation time.Duration
	filters     []lintFilter
	fallback    *lintTarget // the default filter
}

// A lintFilter is a filter as far as it could be read.
type lintFilter struct {
	pointer string
	program *expr.Program // nil: it can't be read
	never   bool
	targets []lintTarget
}

// A lintTarget is a target as far as it could be read.
type lintTarget struct {
	pointer    string
	queue      taskrouter.TaskQueueSID
	timeout    time.Duration
	expression *expr.Expr
	order      *expr.Order
	skip       *expr.Expr
	known      bool
}

func (l *linter) find(pointer string, s Severity, code, format string, args ...any) *Finding {
	c := l.check
	switch s {
	case SeverityError:
		c.Errors++
	case SeverityWarning:
		c.Warnings++
	default:
		c.Notes++
	}
	f := Finding{Pointer: pointer, Severity: s, Code: code, Message: fmt.Sprintf(format, args...)}
	if len(c.Findings) >= mostFindings {
		return &f
	}
	c.Findings = append(c.Findings, f)
	return &c.Findings[len(c.Findings)-1]
}

func (l *linter) fail(pointer, code, format string, args ...any) *Finding {
	return l.find(pointer, SeverityError, code, format, args...)
}

func (l *linter) warn(pointer, code, format string, args ...any) {
	l.find(pointer, SeverityWarning, code, format, args...)
}

func (l *linter) note(pointer, code, format string, args ...any) {
	l.find(pointer, SeverityNote, code, format, args...)
}

// document reads the text and everything in it.
func (l *linter) document(text string) {
	if len(text) > taskrouter.MaxConfiguration {
		l.fail("", "too_long", "the configuration is %d bytes long; at most %d are allowed",
			len(text), taskrouter.MaxConfiguration)
		return
	}
	var root json.RawMessage
	if err := json.Unmarshal([]byte(text), &root); err != nil {
		f := l.fail("", "json", "this is no JSON: %v", err)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			before := text[:min(int(syntax.Offset), len(text))]
			f.Line = new(1 + strings.Count(before, "\n"))
			f.Column = new(max(1, utf8.RuneCountInString(
				before[strings.LastIndexByte(before, '\n')+1:])))
		}
		return
	}
	top, ok := l.object(root, "", "task_routing", "filters", "default_filter")
	if !ok {
		return
	}
	at := ""
	if inner, given := top["task_routing"]; given {
		for _, key := range []string{"filters", "default_filter"} {
			if _, both := top[key]; both {
				l.warn("/"+key, "unknown_key", "%s beside task_routing means nothing; move "+
					"it into task_routing", key)
			}
		}
		at = "/task_routing"
		if top, ok = l.object(inner, at, "filters", "default_filter"); !ok {
			return
		}
	}
	list, _ := l.array(top["filters"], at+"/filters")
	for i, raw := range list {
		l.filter(raw, fmt.Sprintf("%s/filters/%d", at, i))
	}
	if raw, given := top["default_filter"]; given {
		g, ok := l.target(raw, at+"/default_filter")
		if ok && g.queue == "" {
			l.fail(g.pointer+"/queue", "queue_missing", "the default filter names no queue")
		}
		l.fallback = &g
	}
	if _, given := top["default_filter"]; !given && len(list) == 0 {
		l.fail(at, "routes_nothing",
			"the configuration routes nothing: it needs filters or a default_filter")
	}
}

// object reads a JSON object by the keys that mean something there. A key that is null is not
// there. Routing does not look at the case of keys.
func (l *linter) object(
	raw json.RawMessage, pointer string, known ...string,
) (map[string]json.RawMessage, bool) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		l.fail(pointer, "type", "%s must be an object", called(pointer))
		return nil, false
	}
	if members == nil {
		l.warn(pointer, "null", "null is read as an object without keys")
	}
	read := make(map[string]json.RawMessage)
	for _, key := range sortedKeys(members) {
		at := pointer + "/" + escapePointer(key)
		name := key
		if !slices.Contains(known, key) {
			name = ""
			for _, k := range known {
				if strings.EqualFold(k, key) {
					name = k
				}
			}
			switch {
			case name != "":
				l.note(at, "key_case", "the key %q is read as %q; write it so", key, name)
			default:
				l.warn(at, "unknown_key", "the key %q means nothing here%s", clip(key),
					suggestion(key, known))
			}
		}
		if _, twice := read[name]; name != "" && (!twice || name == key) &&
			string(members[key]) != "null" {
			read[name] = members[key]
		}
	}
	return read, true
}

// called is how messages speak of a place.
func called(pointer string) string {
	if pointer == "" {
		return "the configuration"
	}
	return pointer[strings.LastIndexByte(pointer, '/')+1:]
}

func escapePointer(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}

func sortedKeys(m map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// suggestion names the key that was probably meant.
func suggestion(key string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(strings.ToLower(key), k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// distance is how many letters have to be changed, added or taken away to make b of a; long
// words are far from everything.
func distance(a, b string) int {
	if len(a) > 64 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}

func (l *linter) array(raw json.RawMessage, pointer string) ([]json.RawMessage, bool) {
	if raw == nil {
		return nil, true
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		l.fail(pointer, "type", "%s must be an array", called(pointer))
		return nil, false
	}
	return list, true
}

// text reads a string, empty if it is not there.
func (l *linter) text(members map[string]json.RawMessage, pointer, key string) (string, bool) {
	raw, given := members[key]
	if !given {
		return "", true
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		l.fail(pointer+"/"+key, "type", "%s must be a string", key)
		return "", false
	}
	return text, true
}

func (l *linter) filter(raw json.RawMessage, pointer string) {
	members, ok := l.object(raw, pointer, "filter_friendly_name", "friendly_name", "expression",
		"targets")
	f := lintFilter{pointer: pointer}
	if !ok {
		l.filters = append(l.filters, f)
		return
	}
	l.text(members, pointer, "filter_friendly_name")
	l.text(members, pointer, "friendly_name")
	text, ok := l.text(members, pointer, "expression")
	at := pointer + "/expression"
	switch {
	case !ok:
	case strings.TrimSpace(text) == "":
		l.fail(at, "expression_missing",
			"the filter has no expression; 1==1 matches every task")
	default:
		if e := l.expression(expr.Task, text, at); e != nil {
			f.program = e.Compile(expr.Scope{Task: new(expr.Slots)})
			f.never = l.never(e, f.program, at, "so no task takes this filter")
		}
	}
	list, ok := l.array(members["targets"], pointer+"/targets")
	if ok && len(list) == 0 {
		l.fail(pointer+"/targets", "targets_missing",
			"the filter has no targets; it needs at least one")
	}
	for i, raw := range list {
		g, ok := l.target(raw, fmt.Sprintf("%s/targets/%d", pointer, i))
		switch {
		case g.queue != "" || !ok:
		case i > 0:
			g.queue = f.targets[i-1].queue
		default:
			l.fail(g.pointer+"/queue", "queue_missing",
				"the first target of a filter must name a queue")
		}
		f.targets = append(f.targets, g)
	}
	l.filters = append(l.filters, f)
}

// expression reads an expression, or tells what is wrong with it.
func (l *linter) expression(kind expr.Kind, text, pointer string) *expr.Expr {
	e, err := expr.Parse(kind, text)
	if err != nil {
		l.syntax(err, pointer, "expression")
		return nil
	}
	return e
}

func (l *linter) syntax(err error, pointer, code string) {
	f := l.fail(pointer, code, "%v", err)
	var syntax *expr.SyntaxError
	if errors.As(err, &syntax) {
		f.Column, f.Width = new(syntax.Column), new(syntax.Width)
	}
}

// never tells if an expression can't match anything.
func (l *linter) never(e *expr.Expr, p *expr.Program, pointer, so string) bool {
	why := e.Contradiction()
	if match, known := p.Constant(); why == "" && known && !match {
		why = "it is always false"
	}
	if why != "" {
		l.warn(pointer, "never_matches", "the expression can't match: %s, %s", why, so)
	}
	return why != ""
}

func (l *linter) target(raw json.RawMessage, pointer string) (lintTarget, bool) {
	g := lintTarget{pointer: pointer}
	members, ok := l.object(raw, pointer, "queue", "priority", "timeout", "expression", "order_by",
		"skip_if", "known_worker_sid", "known_worker_friendly_name")
	if !ok {
		return g, false
	}
	queue, named := l.text(members, pointer, "queue")
	g.queue = taskrouter.TaskQueueSID(queue)
	l.number(members, pointer, "priority", 0, taskrouter.MaxPriority)
	g.timeout = time.Duration(l.number(members, pointer, "timeout", 1,
		taskrouter.MaxTaskTimeout)) * time.Second
	if text, ok := l.text(members, pointer, "expression"); ok && strings.TrimSpace(text) != "" {
		at := pointer + "/expression"
		if e := l.expression(expr.Target, text, at); e != nil {
			g.expression = e
			l.never(e, e.Compile(expr.Scope{Task: new(expr.Slots), Worker: new(expr.Slots)}), at,
				"so nobody is ever offered a task on this step")
		}
	}
	if text, ok := l.text(members, pointer, "order_by"); ok && strings.TrimSpace(text) != "" {
		order, err := expr.ParseOrder(text)
		if err != nil {
			l.syntax(err, pointer+"/order_by", "order_by")
		}
		g.order = order
	}
	if text, ok := l.text(members, pointer, "skip_if"); ok && strings.TrimSpace(text) != "" {
		at := pointer + "/skip_if"
		if e := l.expression(expr.Skip, text, at); e != nil &&
			!l.never(e, e.Compile(expr.Scope{Counts: new(expr.Slots)}), at,
				"so the step is never skipped") {
			g.skip = e
		}
	}
	l.knownWorker(&g, members)
	return g, named
}

// number reads a whole number that may be written as a string, 0 if it is not there.
func (l *linter) number(
	members map[string]json.RawMessage, pointer, key string, least, most int,
) int {
	n, given, err := wholeNumber(members[key])
	if err != nil || given && (n < least || n > most) {
		l.fail(pointer+"/"+key, "number", "%s is %s; it must be a whole number from %d to %d",
			key, clip(string(members[key])), least, most)
		return 0
	}
	return n
}

func (l *linter) knownWorker(g *lintTarget, members map[string]json.RawMessage) {
	sid, ok := l.text(members, g.pointer, "known_worker_sid")
	name, ok2 := l.text(members, g.pointer, "known_worker_friendly_name")
	if !ok || !ok2 || sid == "" && name == "" {
		return
	}
	spec := targetSpec{}
	if err := spec.parseKnown(targetJSON{KnownWorker: sid, KnownName: name}); err != nil {
		key := "/known_worker_sid"
		if name != "" {
			key = "/known_worker_friendly_name"
		}
		message := strings.TrimPrefix(err.Error(), ".")
		if sid != "" && name != "" {
			message = "the target" + message
		}
		l.fail(g.pointer+key, "known_worker", "%s", message)
		return
	}
	g.known = true
}
