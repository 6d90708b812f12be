package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/expr"
)

// A Trial is a task to be tried, and the workflow to try it in.
type Trial struct {
	Workflow      taskrouter.WorkflowSID // empty: one that is not saved
	Configuration string                 // empty: the workflow's own
	Task          CreateTask             // of which routing targets are left out
}

// A DryRun tells how a task would go through a workflow, if nobody who is offered it took it, and
// nothing but time changed. Nothing of it happens. As JSON it is what the REST API answers.
// Spec: dry-run 2
type DryRun struct {
	WorkspaceSID taskrouter.WorkspaceSID `json:"workspace_sid"`
	AccountSID   taskrouter.AccountSID   `json:"account_sid"`
	WorkflowSID  *string                 `json:"workflow_sid"`
	WorkflowName *string                 `json:"workflow_friendly_name"`
	At           *time.Time              `json:"at"`
	Sentence     string                  `json:"sentence"`
	Workers      int                     `json:"workers"` // who were there to be asked
	MadeUp       bool                    `json:"workers_made_up"`
	Filters      []FilterExplained       `json:"filters"`
	FiltersTotal int                     `json:"filters_total"`
	Path         []PathStep              `json:"path"`
	PathTotal    int                     `json:"path_total"`
	Outcome      Outcome                 `json:"outcome"` // what comes first
	End          Outcome                 `json:"end"`     // what comes if nobody ever takes it
}

// A PathStep is a step that the task comes to.
type PathStep struct {
	Second     int          `json:"second"` // after the task was made
	Name       string       `json:"name"`   // in words
	Kind       string       `json:"kind"`   // filter or default_filter
	Filter     *int         `json:"filter"`
	FilterName *string      `json:"filter_friendly_name"`
	Target     *int         `json:"target"`
	QueueSID   *string      `json:"task_queue_sid"`
	QueueName  *string      `json:"task_queue_friendly_name"`
	Priority   int          `json:"priority"`
	Matched    *string      `json:"filter_expression"`
	Expression *string      `json:"expression"`
	OrderBy    *string      `json:"order_by"`
	KnownAgent *KnownAgent  `json:"known_agent"`
	Offers     []OfferTried `json:"offers"` // to whom the task is offered first
	Nobody     []Stage      `json:"nobody"` // why to nobody, check by check
	SkipIf     *SkipIf      `json:"skip_if"`
	LeadsOn    LeadsOn      `json:"leads_on"`
}

// An OfferTried is a worker whom the task would be offered to.
type OfferTried struct {
	WorkerSID    *string    `json:"worker_sid"` // null if it is made up
	FriendlyName string     `json:"friendly_name"`
	Why          string     `json:"why"`
	IdleSince    *time.Time `json:"idle_since"` // null: never offered anything
}

// LeadsOn says how a task comes off a step if nobody takes it there.
type LeadsOn struct {
	How    string `json:"how"` // timeout, skipped or end
	Second int    `json:"second"`
	Text   string `json:"text"`
}

// An Outcome is what becomes of the task.
type Outcome struct {
	// Status is offered, waits (until its life ends), canceled, or refused: not even made.
	Status string   `json:"status"`
	Second int      `json:"second"`
	Step   *int     `json:"step"` // place in the path
	Reason *string  `json:"reason"`
	Text   string   `json:"text"`
	Names  []string `json:"worker_friendly_names"`
}

// Limits of a trial; what goes beyond is refused, or told as a number only.
const (
	mostPath     = 1000       // steps that are told
	mostMatches  = 20_000_000 // workers held against queues
	mostExcuses  = 3_000_000  // workers held against steps to say why nobody is offered the task
	unsavedSID   = "WW00000000000000000000000000000000"
	outcomeOffer = "offered"
)

// DryRun tries a task in the scene. Wrong parameters are told as for the real thing.
func (sc Scene) DryRun(trial Trial, now time.Time) (*DryRun, error) {
	now = now.UTC().Truncate(time.Millisecond)
	w, err := sc.workflow(trial)
	if err != nil {
		return nil, err
	}
	spec, err := parseConfiguration(w.Configuration)
	if err != nil {
		return nil, err
	}
	attributes, err := checkAttributes(trial.Task.Attributes)
	if err != nil {
		return nil, err
	}
	queues, routed := spec.reach(attributes)
	if n := len(queues) * len(sc.Workers); n > mostMatches {
		return nil, taskrouter.Invalid.Errorf("a trial of %d workers in %d queues is more than is "+
			"tried at once; give Workers, a few of them tell as much", len(sc.Workers), len(queues)).
			At("Workers")
	}
	s := sc.state(w, queues)
	if err := s.checkQueues(spec); err != nil {
		return nil, err
	}
	r := &rehearsal{State: s, scene: sc, workflow: w, begun: now, excuses: mostExcuses}
	if err := r.play(trial.Task, routed); err != nil {
		return nil, err
	}
	return r.tell(trial), nil
}

// workflow is the one in which a trial happens.
func (sc Scene) workflow(trial Trial) (*taskrouter.Workflow, error) {
	w := taskrouter.Workflow{
		SID: unsavedSID, FriendlyName: "unsaved",
		TaskReservationTimeout: taskrouter.DefaultReservation,
	}
	if trial.Workflow != "" {
		saved := sc.Catalog.Workflow(trial.Workflow)
		if saved == nil {
			return nil, missing("Workflow", trial.Workflow)
		}
		w = *saved
	}
	if trial.Configuration != "" {
		w.Configuration = trial.Configuration
		w.ConfigurationVersion++
	}
	w.Earlier = nil
	w.ReEvaluateAfter, w.ReEvaluateLast = "", "" // the task of a trial is no part of that
	return &w, nil
}

// reach lists the queues that a task with these attributes can come to, and reports whether the
// configuration has a way for it at all.
func (spec *configurationSpec) reach(attributes string) ([]taskrouter.TaskQueueSID, bool) {
	way := configurationSpec{defaultTarget: spec.defaultTarget}
	slots := new(expr.Slots)
	programs := make([]*expr.Program, len(spec.filters))
	for i := range spec.filters {
		programs[i] = spec.filters[i].expression.Compile(expr.Scope{Task: slots})
	}
	values, _ := slots.Extract(attributes, nil)
	for i, p := range programs {
		if p.Match(&expr.Env{Task: values}) {
			way.filters = append(way.filters, spec.filters[i])
		}
	}
	return way.queues(), len(way.filters) > 0 || way.defaultTarget != nil
}

// state makes a state with the scene's workers, the workflow, and those queues that matter.
func (sc Scene) state(
	w *taskrouter.Workflow, queues []taskrouter.TaskQueueSID,
) *State {
	s := sc.bare(queues)
	s.set(w)
	for _, worker := range sc.Workers {
		s.setWorker(worker)
	}
	return s
}

// bare makes a state with the scene's catalog and some of its queues, but without workers.
func (sc Scene) bare(queues []taskrouter.TaskQueueSID) *State {
	s := New(taskrouter.NewSIDSource(0))
	s.catalog = sc.Catalog
	for _, sid := range queues {
		if q := sc.Catalog.TaskQueue(sid); q != nil {
			s.setQueue(q)
		}
	}
	return s
}

// A rehearsal is a dry run on its way.
type rehearsal struct {
	*State
	scene    Scene
	workflow *taskrouter.Workflow
	begun    time.Time
	task     *task
	path     []rehearsed
	steps    int // of which path tells the first
	offered  *Outcome
	end      Outcome
	excuses  int // workers that may still be held against steps
}

// A rehearsed step is one that the task came to.
type rehearsed struct {
	PathStep
	now *taskrouter.Task // as it came there
	at  time.Time
}

// play has the task made and time pass until it is canceled, by the rules of the real thing. Each
// offer is taken back as soon as it is noted.
func (r *rehearsal) play(c CreateTask, routed bool) error {
	c.WorkflowSID = r.workflow.SID
	if !routed {
		r.end = Outcome{
			Status: "refused",
			Text: "The task would be refused: its attributes match no filter, and there is no " +
				"default filter.",
		}
		return r.wouldCreate(c)
	}
	change, err := r.Decide(c, r.begun)
	if err != nil {
		return err
	}
	r.task = r.tasks[taskrouter.TaskSID(change.Result)]
	r.note(change.Events)
	for !r.task.now.AssignmentStatus.Final() {
		r.takeBack()
		at, ok := r.NextDeadline()
		if !ok {
			break
		}
		change, err := r.Decide(Tick{}, at)
		if err != nil {
			return err
		}
		if change.Empty() {
			break
		}
		r.note(change.Events)
	}
	return nil
}

// wouldCreate checks the parameters of a task that has no way, as its creation would.
func (r *rehearsal) wouldCreate(c CreateTask) error {
	r.begin(r.begun)
	defer r.rollback()
	_, err := r.newTask(c)
	return err
}

// takeBack undoes offers without a trace: who was offered the task is as idle as before.
func (r *rehearsal) takeBack() {
	if r.task.now.AssignmentStatus != taskrouter.TaskReserved {
		return
	}
	for _, offer := range slices.Clone(r.task.reservations) {
		r.unset(offer.now)
		if w := r.original(offer.now.WorkerSID); w != nil {
			r.set(w)
		}
	}
	n := *r.task.now
	n.AssignmentStatus, n.Assignments = taskrouter.TaskPending, 0
	r.set(&n)
}

// original is a worker as it is in the scene.
func (r *rehearsal) original(sid taskrouter.WorkerSID) *taskrouter.Worker {
	at, found := slices.BinarySearchFunc(r.scene.Workers, sid,
		func(w *taskrouter.Worker, sid taskrouter.WorkerSID) int {
			return strings.Compare(string(w.SID), string(sid))
		})
	if !found {
		return nil
	}
	return r.scene.Workers[at]
}

func (r *rehearsal) second(at time.Time) int { return int(at.Sub(r.begun) / time.Second) }

// note writes down what events tell.
func (r *rehearsal) note(events []taskrouter.Event) {
	for i := range events {
		switch e := &events[i]; e.Type {
		case taskrouter.EventWorkflowTargetMatched:
			r.noteLeft(cmp.Or(e.Cause, "timeout"), e.At)
			r.steps++
			if len(r.path) < mostPath {
				r.path = append(r.path, rehearsed{now: e.Task, at: e.At})
			}
		case taskrouter.EventReservationCreated:
			r.noteOffer(e)
		case taskrouter.EventTaskCanceled:
			r.noteEnd(e)
		}
	}
}

// noteLeft writes down how the task came off the step it was on.
func (r *rehearsal) noteLeft(how string, at time.Time) {
	if r.steps == 0 || r.steps > len(r.path) {
		return
	}
	p := &r.path[r.steps-1]
	p.LeadsOn = LeadsOn{How: how, Second: r.second(at)}
	switch how {
	case string(skipped):
		p.LeadsOn.Text = "nobody can take it now and skip_if holds: left at once"
	case string(timedOut):
		p.LeadsOn.Text = "its time is over after " + span(at.Sub(p.at))
	}
}

func (r *rehearsal) noteOffer(e *taskrouter.Event) {
	name := e.Worker.FriendlyName
	if r.offered == nil {
		r.offered = &Outcome{
			Status: outcomeOffer, Second: r.second(e.At), Step: new(r.steps - 1),
			Reason: orNull(e.Why), Names: []string{},
		}
	}
	if *r.offered.Step == r.steps-1 {
		r.offered.Names = append(r.offered.Names, name)
	}
	if r.steps > len(r.path) {
		return
	}
	p := &r.path[r.steps-1]
	o := OfferTried{FriendlyName: name, Why: e.Why}
	if w := r.original(e.Worker.SID); w != nil {
		o.IdleSince = dateOf(w.LastReserved)
	}
	if !r.scene.MadeUp {
		o.WorkerSID = orNull(e.Worker.SID)
	}
	p.Offers = append(p.Offers, o)
}

func (r *rehearsal) noteEnd(e *taskrouter.Event) {
	how, status := "end", "canceled"
	text := "is canceled after " + span(e.At.Sub(r.begun)) + ": " + e.Task.Reason
	switch e.Task.Reason {
	case taskrouter.ReasonWorkflowSkipped:
		how = string(skipped)
	case taskrouter.ReasonWorkflowTimeout:
		how = string(timedOut)
	default:
		status = "waits"
		text = "waits until its life ends after " + span(e.At.Sub(r.begun)) + ": " + e.Task.Reason
	}
	r.noteLeft(how, e.At)
	if how == "end" && r.steps == len(r.path) && r.steps > 0 {
		r.path[r.steps-1].LeadsOn.Text = text
	}
	r.end = Outcome{
		Status: status, Second: r.second(e.At), Step: new(r.steps - 1),
		Reason: orNull(e.Task.Reason), Text: "The task " + text + ".",
	}
}

// tell makes the answer of what was noted.
func (r *rehearsal) tell(trial Trial) *DryRun {
	w := r.catalog.Workspace
	x := &DryRun{
		WorkspaceSID: w.SID,
		AccountSID:   w.AccountSID,
		At:           dateOf(r.begun),
		Workers:      len(r.scene.Workers),
		MadeUp:       r.scene.MadeUp,
		Path:         []PathStep{},
		PathTotal:    r.steps,
		Outcome:      r.end,
		End:          r.end,
	}
	if trial.Workflow != "" {
		x.WorkflowSID, x.WorkflowName = orNull(r.workflow.SID), orNull(r.workflow.FriendlyName)
	}
	config := r.workflows[r.workflow.SID].configs[r.workflow.ConfigurationVersion]
	x.FiltersTotal = len(config.filters)
	taken := taskrouter.NoFilter
	values, _ := r.taskSlots.Extract(trial.Task.Attributes, nil)
	if len(r.path) > 0 {
		taken = r.path[0].now.Step.Filter
		values = r.valuesOf(r.task)
	}
	x.Filters = config.explain(values, taken)
	for i := range r.path {
		r.describe(&r.path[i], config)
		x.Path = append(x.Path, r.path[i].PathStep)
	}
	x.Sentence = r.end.Text
	if r.offered != nil {
		x.Outcome = *r.offered
		x.Outcome.Text = r.offeredText(x)
		x.Sentence = x.Outcome.Text + " If nobody ever takes it: " + lowerFirst(r.end.Text)
	}
	for _, o := range []*Outcome{&x.Outcome, &x.End} {
		if o.Names == nil {
			o.Names = []string{}
		}
	}
	return x
}

func (r *rehearsal) offeredText(x *DryRun) string {
	o := &x.Outcome
	names := strings.Join(o.Names[:min(len(o.Names), 5)], ", ")
	if more := len(o.Names) - 5; more > 0 {
		names += " and " + plural(more, "other")
	}
	when := "at once"
	if o.Second > 0 {
		when = "after " + span(time.Duration(o.Second)*time.Second)
	}
	where := fmt.Sprintf("the step %d that it comes to", *o.Step+1)
	if *o.Step < len(x.Path) {
		where = x.Path[*o.Step].Name
	}
	text := "The task is offered " + when + " to " + names + ", on " + where
	if o.Reason != nil {
		text += ": " + *o.Reason
	}
	return text + "."
}

func lowerFirst(text string) string { return strings.ToLower(text[:1]) + text[1:] }

// describe fills in what a step is, and why nobody is offered the task there.
func (r *rehearsal) describe(p *rehearsed, config *configuration) {
	v := p.now
	probe := &task{now: v, values: r.valuesOf(r.task)}
	e := &explainer{State: r.State, task: probe, now: p.at}
	step := e.step()
	p.Second, p.Name, p.Kind = r.second(p.at), step.Name, step.Kind
	p.Filter, p.FilterName, p.Target = step.Filter, step.FilterName, step.Target
	p.QueueSID, p.QueueName, p.Priority = step.TaskQueueSID, step.TaskQueueName, step.Priority
	p.Expression, p.OrderBy = step.Expression, step.OrderBy
	p.KnownAgent, p.SkipIf = step.KnownAgent, step.SkipIf
	if f := v.Step.Filter; f >= 0 {
		p.Matched = orNull(clip(config.filters[f].text))
	}
	p.Nobody = []Stage{}
	if len(p.Offers) > 0 {
		return
	}
	p.Offers = []OfferTried{}
	if r.excuses -= len(r.scene.Workers); r.excuses < 0 {
		return
	}
	var groups [numberOfReasons]group
	total := 0
	for w := range r.workerOrder.all() {
		g := &groups[e.obstacle(probe, w).reason.rank()]
		if g.count++; len(g.examples) < mostExamples {
			g.examples = append(g.examples, w.now.SID)
		}
		total++
	}
	p.Nobody = e.stages(&groups, total)
	if r.scene.MadeUp {
		for i := range p.Nobody {
			for j := range p.Nobody[i].Examples {
				p.Nobody[i].Examples[j].WorkerSID = nil
			}
		}
	}
}
