package routing

import (
	"errors"
	"strings"

	"taskrouter"
	"taskrouter/expr"
)

// An ExpressionQuery asks about an expression.
type ExpressionQuery struct {
	Kind       expr.Kind
	Expression string
	// Attributes, if not nil, are those of a worker or task to hold the expression against; of a
	// target expression those of a task, for which workers are then counted.
	Attributes *string
	// Queue has only its members be counted, and is the one whose workers skip_if counts.
	Queue taskrouter.TaskQueueSID
	// Tasks are those that a task expression is held against.
	Tasks []*taskrouter.Task
}

// An ExpressionCheck is what there is to say about an expression. As JSON it is what the REST API
// answers. Spec: dry-run 5
type ExpressionCheck struct {
	Valid      bool               `json:"valid"`
	Error      *ExpressionProblem `json:"error"`
	Canonical  *string            `json:"canonical"`
	Reads      []string           `json:"reads"`   // names
	Unknown    []string           `json:"unknown"` // of them, those that nobody counted has
	Always     bool               `json:"always"`  // true whatever the attributes are
	Never      *string            `json:"never"`   // why it can't be true, null if it can
	Of         int                `json:"of"`      // who was counted
	Matching   int                `json:"matching"`
	Examples   []Candidate        `json:"examples"`
	Others     []Candidate        `json:"others"` // examples of those who don't match
	Counts     map[string]int     `json:"counts"` // that skip_if reads
	Matches    *bool              `json:"matches"`
	Conditions []Condition        `json:"conditions"` // that decided about the attributes given
}

// An ExpressionProblem is where and why a text is no expression.
type ExpressionProblem struct {
	Message  string  `json:"message"`
	Column   int     `json:"column"` // of the offending text, in characters, from 1
	Width    int     `json:"width"`
	Found    *string `json:"found"`
	Expected *string `json:"expected"`
	Hint     *string `json:"hint"`
}

// A Candidate is a worker or task that an expression was held against.
type Candidate struct {
	SID          string  `json:"sid"`
	FriendlyName *string `json:"friendly_name"`
	Sentence     *string `json:"sentence"` // why it does not match
}

// mostCandidates is how many examples of each kind are told.
const mostCandidates = 5

// CheckExpression reads an expression and holds it against the scene.
func (sc Scene) CheckExpression(q ExpressionQuery) (*ExpressionCheck, error) {
	x := &ExpressionCheck{
		Reads: []string{}, Unknown: []string{}, Examples: []Candidate{}, Others: []Candidate{},
		Counts: map[string]int{}, Conditions: []Condition{},
	}
	if q.Queue != "" && sc.Catalog.TaskQueue(q.Queue) == nil {
		return nil, taskrouter.Invalid.Errorf("TaskQueueSid %q is no task queue of workspace %s",
			q.Queue, sc.Catalog.Workspace.SID).At("TaskQueueSid")
	}
	attributes := ""
	if q.Attributes != nil {
		var err error
		if attributes, err = checkAttributes(*q.Attributes); err != nil {
			return nil, err
		}
	}
	e, err := expr.Parse(q.Kind, q.Expression)
	var syntax *expr.SyntaxError
	switch {
	case errors.As(err, &syntax):
		x.Error = &ExpressionProblem{
			Message: err.Error(), Column: syntax.Column, Width: syntax.Width,
			Found: orNull(clip(syntax.Found)), Expected: orNull(syntax.Expected),
			Hint: orNull(syntax.Hint),
		}
		return x, nil
	case err != nil:
		return nil, err
	}
	x.Valid = true
	x.Canonical = orNull(e.String())
	x.Never = orNull(e.Contradiction())
	for _, ref := range e.Paths() {
		x.Reads = append(x.Reads, ref.String())
	}
	c := candidates{ExpressionCheck: x, scene: sc, query: q, given: attributes, parsed: e}
	switch q.Kind {
	case expr.Task:
		c.tasks()
	case expr.Skip:
		c.skip()
	default:
		c.workers()
	}
	return x, nil
}

// candidates holds an expression against workers or tasks.
type candidates struct {
	*ExpressionCheck
	scene  Scene
	query  ExpressionQuery
	given  string // attributes; empty = none
	parsed *expr.Expr
}

// constant notes whether the expression depends on anything.
func (c *candidates) constant(p *expr.Program) {
	match, known := p.Constant()
	c.Always = known && match
	if known && !match && c.Never == nil {
		c.Never = orNull("it is always false")
	}
}

// note counts a candidate and tells of some.
func (c *candidates) note(match bool, sid, name string, p *expr.Program, env *expr.Env) {
	c.Of++
	if match {
		c.Matching++
		if len(c.Examples) < mostCandidates {
			c.Examples = append(c.Examples, Candidate{SID: sid, FriendlyName: orNull(name)})
		}
		return
	}
	if len(c.Others) == mostCandidates {
		return
	}
	why := ""
	if env != nil {
		_, why = sides(p.Explain(env))
	}
	c.Others = append(c.Others, Candidate{sid, orNull(name), orNull(why)})
}

// against tells what the expression says of the attributes that were given.
func (c *candidates) against(p *expr.Program, env *expr.Env) {
	e := p.Explain(env)
	c.Matches, c.Conditions = &e.Match, conditions(e)
}

func (c *candidates) tasks() {
	slots := new(expr.Slots)
	p := c.parsed.Compile(expr.Scope{Task: slots})
	c.constant(p)
	if c.given != "" {
		values, _ := slots.Extract(c.given, nil) // checked before
		c.against(p, &expr.Env{Task: values})
	}
	has := make([]bool, slots.Len())
	var env expr.Env
	for _, t := range c.query.Tasks {
		env.Task, _ = slots.Extract(t.Attributes, env.Task[:0])
		for slot, v := range env.Task {
			has[slot] = has[slot] || !v.IsNull()
		}
		c.note(p.Match(&env), string(t.SID), "", p, &env)
	}
	c.unknown(expr.TaskSide, slots, has)
}

// workers counts those who match. A target expression without a task counts those who match for
// some task.
func (c *candidates) workers() {
	var queues []taskrouter.TaskQueueSID
	if c.query.Queue != "" {
		queues = append(queues, c.query.Queue)
	}
	s := c.scene.bare(queues)
	p := c.parsed.Compile(expr.Scope{Worker: s.workerSlots, Task: s.taskSlots})
	s.slotsGrew()
	c.constant(p)
	exact := c.query.Kind == expr.Worker || c.given != ""
	if c.given != "" && c.query.Kind == expr.Worker {
		values, _ := s.workerSlots.Extract(c.given, nil) // checked before
		c.against(p, &expr.Env{Worker: values})
	} else if c.given != "" {
		s.env.Task, _ = s.taskSlots.Extract(c.given, nil)
	}
	has := make([]bool, s.workerSlots.Len())
	for _, v := range c.scene.Workers {
		s.setWorker(v)
		w := s.workers[v.SID]
		for slot, v := range w.values {
			has[slot] = has[slot] || !v.IsNull()
		}
		if c.query.Queue != "" && !w.inQueue(c.query.Queue) {
			continue
		}
		s.env.Worker = w.values
		if exact {
			c.note(p.Match(&s.env), string(v.SID), v.FriendlyName, p, &s.env)
		} else {
			c.note(p.Possible(&s.env), string(v.SID), v.FriendlyName, p, nil)
		}
	}
	c.unknown(expr.WorkerSide, s.workerSlots, has)
}

// unknown lists what the expression reads and nobody has.
func (c *candidates) unknown(side expr.Side, slots *expr.Slots, has []bool) {
	if c.Of == 0 {
		return
	}
	for _, ref := range c.parsed.Paths() {
		if slot, ok := slots.Lookup(ref.Path.String()); ok && ref.Side == side && !has[slot] {
			c.Unknown = append(c.Unknown, ref.String())
		}
	}
}

// skip counts the workers of the queue.
func (c *candidates) skip() {
	slots := new(expr.Slots)
	p := c.parsed.Compile(expr.Scope{Counts: slots})
	c.constant(p)
	for i := range slots.Len() {
		name := slots.Path(i)
		if strings.HasPrefix(name, taskrouter.PrefixActivity) &&
			c.scene.Catalog.Activity(taskrouter.ActivitySID(name)) == nil {
			c.Unknown = append(c.Unknown, "workers."+name)
		}
	}
	if c.query.Queue == "" {
		return
	}
	s := c.scene.bare([]taskrouter.TaskQueueSID{c.query.Queue})
	for _, w := range c.scene.Workers {
		s.setWorker(w)
	}
	q := s.queues[c.query.Queue]
	var env expr.Env
	for i := range slots.Len() {
		n := s.count(q, slots.Path(i))
		c.Counts[slots.Path(i)] = n
		env.Counts = append(env.Counts, n)
	}
	c.Of = len(q.members)
	c.against(p, &env)
}
