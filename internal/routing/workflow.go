package routing

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/expr"
)

// A workflow is a workflow with its configurations compiled: the current one, and earlier ones
// that tasks still walk through.
type workflow struct {
	now     *taskrouter.Workflow
	configs map[int]*configuration
}

// A configuration is a compiled workflow configuration. Spec: routing 1
type configuration struct {
	filters       []filter
	defaultTarget *target
}

type filter struct {
	name    string
	text    string
	program *expr.Program
	targets []*target
}

// A target is one routing step.
type target struct {
	queue     taskrouter.TaskQueueSID
	priority  *int
	timeout   time.Duration // 0: no limit
	program   *expr.Program // nil: every worker of the queue
	text      string
	taskSlots []int          // that program reads
	order     *expr.Ordering // nil: longest idle first
	skip      *expr.Program  // nil: never
	skipNames []string       // counts that skip reads, by slot
	known     *knownAgent
	shapes    map[shapeKey]*shape
}

// knownAgent names the task attribute that holds the only worker a step considers.
type knownAgent struct {
	slot   int
	path   expr.Path
	byName bool
	text   string
}

// setWorkflow makes v the workflow's version and compiles configurations that are new.
func (s *State) setWorkflow(v *taskrouter.Workflow) {
	old := s.workflows[v.SID]
	w := &workflow{now: v, configs: make(map[int]*configuration)}
	for _, c := range append(slices.Clone(v.Earlier), taskrouter.Configuration{
		Version: v.ConfigurationVersion, JSON: v.Configuration,
	}) {
		if old != nil && old.configs[c.Version] != nil && sameText(old.now, c) {
			w.configs[c.Version] = old.configs[c.Version]
			continue
		}
		// The configuration was checked when it was given, so it compiles.
		if spec, err := parseConfiguration(c.JSON); err == nil {
			w.configs[c.Version] = s.compileConfiguration(spec)
		}
	}
	s.workflows[v.SID] = w
	delete(s.reEvaluating, v.SID)
	if v.ReEvaluateLast != "" {
		s.reEvaluating[v.SID] = w
	}
	s.noteFacts()
}

func (s *State) unsetWorkflow(sid taskrouter.WorkflowSID) {
	delete(s.workflows, sid)
	delete(s.reEvaluating, sid)
	s.noteFacts()
}

// sameText reports whether the workflow had this very configuration under its version.
func sameText(w *taskrouter.Workflow, c taskrouter.Configuration) bool {
	if w.ConfigurationVersion == c.Version {
		return w.Configuration == c.JSON
	}
	return slices.Contains(w.Earlier, c)
}

// routesTo reports whether the workflow routes to the queue: new tasks, or tasks that wait on an
// earlier configuration.
func (s *State) routesTo(w *workflow, sid taskrouter.TaskQueueSID) bool {
	if w.configs[w.now.ConfigurationVersion].names(sid) {
		return true
	}
	names := func(c taskrouter.Configuration) bool { return w.configs[c.Version].names(sid) }
	// To know which are still walked takes a look at all tasks, so only where it matters.
	return slices.ContainsFunc(w.now.Earlier, names) &&
		slices.ContainsFunc(s.stillWalked(w.now), names)
}

func (c *configuration) names(sid taskrouter.TaskQueueSID) bool {
	if d := c.defaultTarget; d != nil && d.queue == sid {
		return true
	}
	return slices.ContainsFunc(c.filters, func(f filter) bool {
		return slices.ContainsFunc(f.targets, func(g *target) bool { return g.queue == sid })
	})
}

// step returns the target of a step, or nil if the configuration is gone.
func (c *configuration) step(filter, target int) *target {
	switch {
	case c == nil:
		return nil
	case filter == taskrouter.DefaultFilter:
		return c.defaultTarget
	case filter >= 0 && filter < len(c.filters) && target < len(c.filters[filter].targets):
		return c.filters[filter].targets[target]
	}
	return nil
}

func (s *State) compileConfiguration(spec *configurationSpec) *configuration {
	c := &configuration{}
	for _, f := range spec.filters {
		compiled := filter{
			name:    f.name,
			text:    f.expression.String(),
			program: f.expression.Compile(expr.Scope{Task: s.taskSlots}),
		}
		for i := range f.targets {
			compiled.targets = append(compiled.targets, s.compileTarget(&f.targets[i]))
		}
		c.filters = append(c.filters, compiled)
	}
	if spec.defaultTarget != nil {
		c.defaultTarget = s.compileTarget(spec.defaultTarget)
		c.defaultTarget.timeout, c.defaultTarget.skip = 0, nil // Spec: routing 11
	}
	s.slotsGrew()
	return c
}

func (s *State) compileTarget(spec *targetSpec) *target {
	g := &target{queue: spec.queue, priority: spec.priority, timeout: spec.timeout}
	if spec.expression != nil {
		g.text = spec.expression.String()
		g.program = spec.expression.Compile(expr.Scope{Task: s.taskSlots, Worker: s.workerSlots})
		g.taskSlots = g.program.TaskSlots()
		if match, known := g.program.Constant(); known && match {
			g.program, g.taskSlots = nil, nil
		}
	}
	if spec.order != nil {
		g.order = spec.order.Compile(s.workerSlots)
	}
	if spec.skip != nil {
		counts := new(expr.Slots)
		g.skip = spec.skip.Compile(expr.Scope{Counts: counts})
		for i := range counts.Len() {
			g.skipNames = append(g.skipNames, counts.Path(i))
		}
	}
	if spec.known != nil {
		g.known = &knownAgent{
			slot:   s.taskSlots.Intern(spec.known.Path),
			path:   spec.known.Path,
			byName: spec.knownByName,
			text:   spec.known.String(),
		}
	}
	return g
}

// A configurationSpec is a workflow configuration as it is written, checked but not bound to
// a state.
type configurationSpec struct {
	root          string // where routing is in the document, a JSON pointer
	filters       []filterSpec
	defaultTarget *targetSpec
}

type filterSpec struct {
	name       string
	expression *expr.Expr
	targets    []targetSpec
}

type targetSpec struct {
	queue       taskrouter.TaskQueueSID
	priority    *int
	timeout     time.Duration
	expression  *expr.Expr
	order       *expr.Order
	skip        *expr.Expr
	known       *expr.Ref
	knownByName bool
}

// The document as JSON. Unknown keys are kept by whoever stores the text, and ignored here.
type (
	documentJSON struct {
		TaskRouting *routingJSON `json:"task_routing"`
		routingJSON
	}
	routingJSON struct {
		Filters       []filterJSON `json:"filters"`
		DefaultFilter *targetJSON  `json:"default_filter"`
	}
	filterJSON struct {
		Name       string       `json:"filter_friendly_name"`
		OldName    string       `json:"friendly_name"`
		Expression string       `json:"expression"`
		Targets    []targetJSON `json:"targets"`
	}
	targetJSON struct {
		Queue       string          `json:"queue"`
		Priority    json.RawMessage `json:"priority"`
		Timeout     json.RawMessage `json:"timeout"`
		Expression  string          `json:"expression"`
		OrderBy     string          `json:"order_by"`
		SkipIf      string          `json:"skip_if"`
		KnownWorker string          `json:"known_worker_sid"`
		KnownName   string          `json:"known_worker_friendly_name"`
	}
)

// parseConfiguration reads a workflow configuration and checks all that does not depend on the
// workspace. Every error names the place in the document, and points at it.
func parseConfiguration(text string) (*configurationSpec, error) {
	spec, err := readConfiguration(text)
	if err == nil {
		return spec, nil
	}
	var f *flaw
	if errors.As(err, &f) {
		return nil, taskrouter.Invalid.Errorf("Configuration: %w", err).
			At("Configuration", spec.root, f.pointer)
	}
	return nil, taskrouter.Invalid.Errorf("Configuration%w", err).At("Configuration")
}

// readConfiguration returns what it has read with its errors, too.
func readConfiguration(text string) (*configurationSpec, error) {
	spec := &configurationSpec{}
	if len(text) > taskrouter.MaxConfiguration {
		return spec, fmt.Errorf(" is %d bytes long; at most %d are allowed",
			len(text), taskrouter.MaxConfiguration)
	}
	var doc documentJSON
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return spec, fmt.Errorf(": %s can't be a JSON %s",
				cmp.Or(wrong.Field, "the document"), wrong.Value)
		}
		return spec, fmt.Errorf(" is not valid JSON: %w", err)
	}
	routing := doc.routingJSON
	if doc.TaskRouting != nil {
		spec.root, routing = "/task_routing", *doc.TaskRouting
	}
	if len(routing.Filters) == 0 && routing.DefaultFilter == nil {
		return spec, fmt.Errorf(" routes nothing: task_routing needs filters or a default_filter")
	}
	for i, f := range routing.Filters {
		parsed, err := parseFilter(f)
		if err != nil {
			return spec, under("/filters/"+strconv.Itoa(i), err)
		}
		spec.filters = append(spec.filters, parsed)
	}
	if routing.DefaultFilter != nil {
		g, err := parseTarget(*routing.DefaultFilter)
		if err == nil && g.queue == "" {
			err = flawed("/queue", "is missing")
		}
		if err != nil {
			return spec, under("/default_filter", err)
		}
		spec.defaultTarget = &g
	}
	return spec, nil
}

func parseFilter(f filterJSON) (filterSpec, error) {
	spec := filterSpec{name: f.Name}
	if spec.name == "" {
		spec.name = f.OldName
	}
	var err error
	if strings.TrimSpace(f.Expression) == "" {
		return spec, flawed("/expression", "is missing; 1==1 matches every task")
	}
	if spec.expression, err = expr.Parse(expr.Task, f.Expression); err != nil {
		return spec, flawed("/expression", "does not parse: %w", err)
	}
	if len(f.Targets) == 0 {
		return spec, flawed("/targets", "is empty; a filter needs at least one target")
	}
	for i, t := range f.Targets {
		g, err := parseTarget(t)
		if err == nil && g.queue == "" {
			if i == 0 {
				err = flawed("/queue", "is missing; the first target of a filter must name one")
			} else {
				g.queue = spec.targets[i-1].queue
			}
		}
		if err != nil {
			return spec, under("/targets/"+strconv.Itoa(i), err)
		}
		spec.targets = append(spec.targets, g)
	}
	return spec, nil
}

func parseTarget(t targetJSON) (targetSpec, error) {
	g := targetSpec{queue: taskrouter.TaskQueueSID(t.Queue)}
	priority, given, err := wholeNumber(t.Priority)
	if err != nil || priority < 0 || priority > taskrouter.MaxPriority {
		return g, flawed("/priority", "is %s; it must be a whole number from 0 to %d",
			shorten(t.Priority), taskrouter.MaxPriority)
	}
	if given {
		g.priority = &priority
	}
	seconds, given, err := wholeNumber(t.Timeout)
	if err != nil || given && (seconds < 1 || seconds > taskrouter.MaxTaskTimeout) {
		return g, flawed("/timeout", "is %s; it must be a whole number of seconds from 1 to %d",
			shorten(t.Timeout), taskrouter.MaxTaskTimeout)
	}
	g.timeout = time.Duration(seconds) * time.Second
	if strings.TrimSpace(t.Expression) != "" {
		if g.expression, err = expr.Parse(expr.Target, t.Expression); err != nil {
			return g, flawed("/expression", "does not parse: %w", err)
		}
	}
	if strings.TrimSpace(t.OrderBy) != "" {
		if g.order, err = expr.ParseOrder(t.OrderBy); err != nil {
			return g, flawed("/order_by", "does not parse: %w", err)
		}
	}
	if strings.TrimSpace(t.SkipIf) != "" {
		if g.skip, err = expr.Parse(expr.Skip, t.SkipIf); err != nil {
			return g, flawed("/skip_if", "does not parse: %w", err)
		}
	}
	return g, g.parseKnown(t)
}

func (g *targetSpec) parseKnown(t targetJSON) error {
	key, text := "known_worker_sid", t.KnownWorker
	if t.KnownName != "" {
		key, text = "known_worker_friendly_name", t.KnownName
		g.knownByName = true
	}
	switch {
	case text == "":
		return nil
	case t.KnownWorker != "" && t.KnownName != "":
		return flawed("", "has both known_worker_sid and known_worker_friendly_name; keep one")
	}
	ref, err := expr.ParseRef(expr.Target, text)
	if err == nil && ref.Side != expr.TaskSide {
		err = fmt.Errorf("%s is not an attribute of the task", ref)
	}
	if err != nil {
		return flawed("/"+key, "must name a task attribute, such as task.agent: %w", err)
	}
	g.known = &ref
	return nil
}

// wholeNumber reads a number that may be written as a string.
func wholeNumber(raw json.RawMessage) (n int, given bool, err error) {
	text := string(raw)
	if text == "" || text == "null" {
		return 0, false, nil
	}
	if text[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return 0, true, err
		}
	}
	n, err = strconv.Atoi(strings.TrimSpace(text))
	return n, true, err
}

// checkQueues refuses a configuration that names a queue the workspace does not have.
func (s *State) checkQueues(spec *configurationSpec) error {
	unknown := func(sid taskrouter.TaskQueueSID, place string) error {
		pointer := place + "/queue"
		return taskrouter.Invalid.Errorf("Configuration: %s %q is no task queue of workspace %s",
			spoken(pointer), shorten(sid), s.catalog.Workspace.SID).
			At("Configuration", spec.root, pointer)
	}
	for i, f := range spec.filters {
		for j, g := range f.targets {
			if s.catalog.TaskQueue(g.queue) == nil {
				return unknown(g.queue, fmt.Sprintf("/filters/%d/targets/%d", i, j))
			}
		}
	}
	if g := spec.defaultTarget; g != nil && s.catalog.TaskQueue(g.queue) == nil {
		return unknown(g.queue, "/default_filter")
	}
	return nil
}

func (s *State) checkConfiguration(text string) error {
	spec, err := parseConfiguration(text)
	if err != nil {
		return err
	}
	return s.checkQueues(spec)
}

func (s *State) checkWorkflow(w *taskrouter.Workflow) error {
	if w.FriendlyName == "" {
		return taskrouter.Invalid.Errorf("FriendlyName is empty; give it a value").At("FriendlyName")
	}
	if n := w.TaskReservationTimeout; n < 1 || n > taskrouter.MaxReservation {
		return taskrouter.Invalid.Errorf(
			"TaskReservationTimeout is %d; it must be from 1 to %d seconds",
			n, taskrouter.MaxReservation).At("TaskReservationTimeout")
	}
	return nil
}

func (s *State) createWorkflow(c CreateWorkflow) error {
	now := s.tx.now
	w := &taskrouter.Workflow{
		SID:                           taskrouter.WorkflowSID(s.sid(taskrouter.PrefixWorkflow)),
		FriendlyName:                  c.FriendlyName,
		Configuration:                 c.Configuration,
		AssignmentCallbackURL:         c.AssignmentCallbackURL,
		FallbackAssignmentCallbackURL: c.FallbackAssignmentCallbackURL,
		TaskReservationTimeout:        taskrouter.DefaultReservation,
		DateCreated:                   now,
		DateUpdated:                   now,
	}
	set(&w.TaskReservationTimeout, c.TaskReservationTimeout)
	if err := s.checkWorkflow(w); err != nil {
		return err
	}
	if err := s.checkConfiguration(c.Configuration); err != nil {
		return err
	}
	s.put(w)
	s.answer(w)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkflowCreated, Workflow: w})
	return nil
}

// updateWorkflow changes a workflow. Tasks in it keep the configuration they entered with.
// Spec: routing 3.6
func (s *State) updateWorkflow(c UpdateWorkflow) error {
	old := s.catalog.Workflow(c.SID)
	if old == nil {
		return missing("Workflow", c.SID)
	}
	w := *old
	set(&w.FriendlyName, c.FriendlyName)
	set(&w.AssignmentCallbackURL, c.AssignmentCallbackURL)
	set(&w.FallbackAssignmentCallbackURL, c.FallbackAssignmentCallbackURL)
	set(&w.TaskReservationTimeout, c.TaskReservationTimeout)
	if err := s.checkWorkflow(&w); err != nil {
		return err
	}
	if c.Configuration != nil && *c.Configuration != old.Configuration {
		if err := s.checkConfiguration(*c.Configuration); err != nil {
			return err
		}
		w.Configuration = *c.Configuration
		w.ConfigurationVersion++
		w.Earlier = s.stillWalked(old)
	}
	var again []*task
	if c.ReEvaluateTasks {
		w.ReEvaluateAfter, w.ReEvaluateLast = "", s.taskOrder.last()
		again = s.portionOf(&w)
	}
	w.DateUpdated = s.tx.now
	s.put(&w)
	s.answer(&w)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkflowUpdated, Workflow: &w})
	s.reEvaluate(again)
	return nil
}

// stillWalked lists the configurations of a workflow that waiting tasks are in.
func (s *State) stillWalked(w *taskrouter.Workflow) []taskrouter.Configuration {
	used := make(map[int]bool)
	for t := range s.taskOrder.all() {
		if t.walks(w.SID) {
			used[t.now.Step.Configuration] = true
		}
	}
	var keep []taskrouter.Configuration
	for _, c := range append(slices.Clone(w.Earlier), taskrouter.Configuration{
		Version: w.ConfigurationVersion, JSON: w.Configuration,
	}) {
		if used[c.Version] {
			keep = append(keep, c)
		}
	}
	return keep
}

// walks reports whether a task waits on a step of the workflow.
func (t *task) walks(sid taskrouter.WorkflowSID) bool {
	return t.now.WorkflowSID == sid && t.now.AssignmentStatus.Waiting() &&
		t.now.Step.Filter != taskrouter.NoFilter
}

func (s *State) deleteWorkflow(c DeleteWorkflow) error {
	w := s.catalog.Workflow(c.SID)
	if w == nil {
		return missing("Workflow", c.SID)
	}
	for t := range s.taskOrder.all() {
		if t.now.WorkflowSID == c.SID && t.now.AssignmentStatus.Waiting() {
			return taskrouter.Invalid.Errorf("workflow %q (%s) can't be deleted: task %s in it is "+
				"%s; cancel its waiting tasks first",
				w.FriendlyName, w.SID, t.now.SID, t.now.AssignmentStatus)
		}
	}
	s.remove(w)
	s.answer(w)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkflowDeleted, Workflow: w})
	return nil
}
