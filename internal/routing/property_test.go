package routing_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"taskrouter"
	"taskrouter/expr"
	"taskrouter/internal/routing"
)

// TestAnyCommands plays random commands and holds, after each, what must always hold: nobody is
// overloaded, no task waits that somebody could take, states that were replayed or rebuilt from
// their entities go on like the original, and a refused or merely tried command leaves no trace.
func TestAnyCommands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t, rapid.Bool().Draw(t, "multitask"), configs.Draw(t, "config"))
		// Slices of slices, because rapid makes single ones short: about 60 steps together.
		for _, few := range rapid.SliceOfN(rapid.SliceOfN(steps, 1, -1), 5, -1).Draw(t, "steps") {
			for _, s := range few {
				m.play(s)
			}
		}
	})
}

// smallPortion has re-evaluation take several changes even with the few tasks of a run.
const smallPortion = 2

// A model is a state under random commands with its companions.
type model struct {
	t      *rapid.T
	naive  *naive
	now    time.Time
	played int
	ticks  int // in a row, each with something left to do

	state  *routing.State // decides
	twin   *routing.State // rebuilt from entities now and then, and decides the same
	replay *routing.State // gets the changes only; changes places with state now and then
}

func newModel(t *rapid.T, multiTask bool, config configDraft) *model {
	m := &model{
		t:      t,
		now:    time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC),
		state:  routing.New(taskrouter.NewSIDSource(1)),
		twin:   routing.New(taskrouter.NewSIDSource(1)),
		replay: routing.New(taskrouter.NewSIDSource(1)),
	}
	for _, s := range []*routing.State{m.state, m.twin, m.replay} {
		s.SetPortion(smallPortion)
	}
	m.naive = newNaive(m.state)
	m.decide(routing.CreateWorkspace{
		SID: "WS00000000000000000000000000000000", Account: "AC00000000000000000000000000000000",
		FriendlyName: "test", MultiTaskEnabled: multiTask,
	})
	m.decide(routing.CreateActivity{FriendlyName: "Lunch"})
	m.decide(routing.CreateActivity{FriendlyName: "Chatting", Available: true})
	activities := m.state.Catalog().Activities()
	for i, text := range []string{`1==1`, `team == "a"`} {
		m.decide(routing.CreateTaskQueue{
			FriendlyName: fmt.Sprint("queue ", i), TargetWorkers: &text,
			ReservationActivitySID: activities[2].SID,
			AssignmentActivitySID:  activities[3].SID,
		})
	}
	m.decide(routing.CreateWorkflow{
		FriendlyName: "workflow", Configuration: config.json(m.state.Catalog().TaskQueues()),
		TaskReservationTimeout: new(10),
	})
	for i := range 2 {
		m.decide(routing.CreateWorker{
			FriendlyName: fmt.Sprint("worker ", i), ActivitySID: activities[1].SID,
			Attributes: workerAttributes([6]int{1 + i, 2, 2 + i}),
		})
	}
	return m
}

func (m *model) workers() []*taskrouter.Worker { return slices.Collect(m.state.Workers("")) }

func (m *model) tasks() []*taskrouter.Task { return slices.Collect(m.state.Tasks("")) }

func (m *model) play(s step) {
	m.played++
	if s.wait > 0 {
		// SIDs start anew with each millisecond, so states with different pasts make the same.
		m.now = m.now.Add(s.wait)
		switch m.played % 7 {
		case 3:
			m.twin = rebuilt(m.state)
		case 6:
			m.state, m.replay = m.replay, m.state
			m.naive.state = m.state
		}
	}
	cmd := m.command(s)
	m.t.Logf("%s %T %s", m.now.Format("15:04:05.000"), cmd, show(cmd))
	switch s.n[5] % 8 {
	case 0, 1:
		m.try(cmd)
	case 2:
		m.try(routing.DeleteWorkspace{})
	}
	m.decide(cmd)
}

// try tries a command on both, so that they make the same SIDs afterwards.
func (m *model) try(cmd routing.Command) {
	before := fingerprint(m.state)
	var tried []taskrouter.Event
	err := m.state.Try(cmd, m.now, func(c *taskrouter.Change) { tried = c.Events })
	twinErr := m.twin.Try(cmd, m.now, func(*taskrouter.Change) {})
	if fmt.Sprint(err) != fmt.Sprint(twinErr) {
		m.t.Fatalf("trying: %v and %v", err, twinErr)
	}
	m.same("a tried command changed the state", before, fingerprint(m.state))
	if err != nil && len(tried) > 0 {
		m.t.Fatalf("refused, yet looked at: %v", tried)
	}
}

func (m *model) decide(cmd routing.Command) {
	before := fingerprint(m.state)
	old := versionsOf(m.state)
	check := m.expect(cmd)
	c, err := m.state.Decide(cmd, m.now)
	twin, twinErr := m.twin.Decide(cmd, m.now)
	if fmt.Sprint(err) != fmt.Sprint(twinErr) {
		m.t.Fatalf("the state says %v, one rebuilt from its entities %v", err, twinErr)
	}
	if err != nil {
		if k := taskrouter.KindOf(err); k == taskrouter.Internal {
			m.t.Fatalf("error without a kind: %v", err)
		}
		m.same("a refused command changed the state", before, fingerprint(m.state))
		return
	}
	if !reflect.DeepEqual(c, twin) {
		m.t.Fatalf("a state rebuilt from entities decides otherwise (-state +rebuilt):\n%s",
			cmp.Diff(c, twin))
	}
	for i := range c.Events {
		m.t.Logf("  %s %s: %s", c.Events[i].Type, c.Events[i].ResourceSID(), c.Events[i].Why)
	}
	m.replay.Apply(c)
	m.same("replay differs", fingerprint(m.state), fingerprint(m.replay))
	m.checkTallies([]*routing.State{m.state, m.twin, m.replay}[m.played%3])
	m.checkChange(c, old)
	check(c)
	m.checkTasks()
	m.checkWorkers()
	if _, ok := cmd.(routing.Tick); ok {
		m.tickOn()
	}
}

// tickOn ticks again while there is something left, which is so for as long only as waiting tasks
// are re-evaluated.
func (m *model) tickOn() {
	at, ok := m.state.NextDeadline()
	if !ok || at.After(m.now) {
		m.ticks = 0
		return
	}
	if m.ticks++; m.ticks > len(m.tasks())+len(m.state.Catalog().Workflows()) {
		m.t.Fatalf("after %d Ticks at %s something is still due at %s", m.ticks, m.now, at)
	}
	m.decide(routing.Tick{})
}

// same fails if two fingerprints differ.
func (m *model) same(claim string, a, b []any) {
	if !reflect.DeepEqual(a, b) {
		m.t.Fatalf("%s:\n%s", claim, cmp.Diff(a, b))
	}
}

// fingerprint is everything a state shows.
func fingerprint(s *routing.State) []any {
	var all []any
	for e := range s.Entities() {
		all = append(all, e)
	}
	for w := range s.Workers("") {
		all = append(all, s.WorkerReservations(w.SID))
		for _, q := range s.Catalog().TaskQueues() {
			all = append(all, s.InQueue(w, q))
		}
	}
	at, open := s.NextDeadline()
	return append(all, at, open, s.Open())
}

func versionsOf(s *routing.State) map[string]taskrouter.Entity {
	all := make(map[string]taskrouter.Entity)
	for e := range s.Entities() {
		all[e.EntitySID()] = e
	}
	return all
}

// rebuilt makes a state from another one's entities, as recovery does.
func rebuilt(s *routing.State) *routing.State {
	n := routing.New(taskrouter.NewSIDSource(1))
	n.Apply(&taskrouter.Change{Puts: slices.Collect(s.Entities())})
	n.SetPortion(smallPortion)
	return n
}

// expect returns a check of what the change must do, by the naive reference.
func (m *model) expect(cmd routing.Command) func(*taskrouter.Change) {
	switch cmd := cmd.(type) {
	case routing.CreateTask:
		return m.expectTask(cmd)
	case routing.UpdateWorker:
		w := m.state.Worker(cmd.SID)
		if w == nil || cmd.Attributes != nil || cmd.FriendlyName != nil ||
			cmd.RejectPendingReservations || m.naive.activity(w).Available {
			break
		}
		return m.expectServed(cmd)
	}
	return func(*taskrouter.Change) {}
}

// expectTask checks where a new task goes at once and who it is offered to.
func (m *model) expectTask(cmd routing.CreateTask) func(*taskrouter.Change) {
	c := m.state.Catalog()
	workflow := c.Workflow(cmd.WorkflowSID)
	channel := c.FindTaskChannel(cmd.TaskChannel)
	if workflow == nil || channel == nil || cmd.RoutingTarget != "" ||
		!strings.HasPrefix(cmd.Attributes, "{") {
		return func(*taskrouter.Change) {}
	}
	t := taskrouter.Task{
		Attributes: cmd.Attributes, WorkflowSID: workflow.SID, TaskChannelSID: channel.SID,
		SID: "new", VirtualStartTime: m.now,
	}
	if cmd.Priority != nil {
		t.Priority = *cmd.Priority
	}
	want, chosen, alerts, matched, ok := m.naive.enter(t)
	return func(change *taskrouter.Change) {
		if v, ok := change.Answer.(*taskrouter.Task); !ok || v.Version != 0 {
			m.t.Fatalf("the answer is %v, want version 0", change.Answer)
		}
		got := m.state.Task(taskrouter.TaskSID(change.Result))
		var raised []taskrouter.AlertCode
		for _, a := range change.Alerts {
			raised = append(raised, a.Code)
		}
		if !slices.Equal(raised, alerts) {
			m.t.Fatalf("alerts %v are raised, want %v", raised, alerts)
		}
		switch {
		case !matched:
			m.t.Fatal("a task that matches nothing was taken")
		case !ok:
			if got.AssignmentStatus != taskrouter.TaskCanceled ||
				got.Reason != taskrouter.ReasonWorkflowSkipped {
				m.t.Fatalf("task is %s (%s), want it skipped out", got.AssignmentStatus, got.Reason)
			}
			return
		}
		if got.Step.Filter != want.Step.Filter || got.Step.Target != want.Step.Target ||
			got.TaskQueueSID != want.TaskQueueSID || got.Priority != want.Priority ||
			got.Step.KnownWorkerSID != want.Step.KnownWorkerSID {
			m.t.Fatalf("task is on step %+v of queue %s with priority %d,\n"+
				"want %+v of queue %s with priority %d", got.Step, got.TaskQueueSID, got.Priority,
				want.Step, want.TaskQueueSID, want.Priority)
		}
		var offered []taskrouter.WorkerSID
		for _, r := range m.state.TaskReservations(got.SID) {
			offered = append(offered, r.WorkerSID)
		}
		if !slices.Equal(offered, chosen) {
			m.t.Fatalf("offered to %v, want %v", offered, chosen)
		}
	}
}

// expectServed checks which task a worker takes who was away and is back.
func (m *model) expectServed(cmd routing.UpdateWorker) func(*taskrouter.Change) {
	world := rebuilt(m.state)
	return func(c *taskrouter.Change) {
		var first *taskrouter.Event
		for i := range c.Events {
			if c.Events[i].Type == taskrouter.EventReservationCreated {
				first = &c.Events[i]
				break
			}
		}
		if first == nil {
			return
		}
		world.Apply(&taskrouter.Change{Puts: []taskrouter.Entity{movedIn(c)}})
		n := newNaive(world)
		want := n.servedFirst(world.Worker(cmd.SID))
		if want == nil || want.SID != first.Task.SID {
			m.t.Fatalf("%s was offered first, want %v", first.Task.SID, want)
		}
	}
}

// movedIn is the version of the worker right after it moved.
func movedIn(c *taskrouter.Change) *taskrouter.Worker {
	for i := range c.Events {
		if c.Events[i].Type == taskrouter.EventWorkerActivity {
			return c.Events[i].Worker
		}
	}
	return nil
}

// checkTasks holds each task against its reservations, and its waiting against everybody.
func (m *model) checkTasks() {
	for t := range m.state.Tasks("") {
		count := make(map[taskrouter.ReservationStatus]int)
		open := 0
		for _, r := range m.state.TaskReservations(t.SID) {
			count[r.Status]++
			if r.Status.Open() {
				open++
			}
		}
		pending := count[taskrouter.ReservationPending]
		ok := false
		switch t.AssignmentStatus {
		case taskrouter.TaskReserved:
			ok = pending > 0 && open == pending
		case taskrouter.TaskAssigned:
			ok = open == 1 && count[taskrouter.ReservationAccepted] == 1
		case taskrouter.TaskWrapping:
			ok = open == 1 && count[taskrouter.ReservationWrapping] == 1
		default:
			ok = open == 0
		}
		if !ok {
			m.t.Fatalf("task %s is %s with reservations %v", t.SID, t.AssignmentStatus, count)
		}
		if t.Step.Filter != taskrouter.NoFilter && t.AssignmentStatus.Waiting() {
			if g := m.naive.target(t); g.Queue != "" && g.Queue != t.TaskQueueSID {
				m.t.Fatalf("task %s is in queue %s, its step's is %s", t.SID, t.TaskQueueSID, g.Queue)
			}
		}
		if t.AssignmentStatus != taskrouter.TaskPending {
			if t.AssignmentStatus != taskrouter.TaskReserved && !t.NotBefore.IsZero() {
				m.t.Fatalf("task %s is %s and yet held back", t.SID, t.AssignmentStatus)
			}
			continue
		}
		for w := range m.state.Workers("") {
			if m.naive.waits(t) && m.naive.eligible(t, w) {
				m.t.Fatalf("task %s waits, though %s could take it", t.SID, w.FriendlyName)
			}
			if _, refused := m.state.WhyNot(t.SID, w.SID); !refused {
				m.t.Fatalf("nothing keeps %s from task %s, and yet it waits", w.FriendlyName, t.SID)
			}
		}
	}
}

// checkWorkers holds each worker's load and queues against what they follow from.
func (m *model) checkWorkers() {
	c := m.state.Catalog()
	names := make(map[string]bool)
	for w := range m.state.Workers("") {
		if c.Activity(w.ActivitySID) == nil {
			m.t.Fatalf("%s is in activity %s, which is gone", w.FriendlyName, w.ActivitySID)
		}
		if name := strings.ToLower(w.FriendlyName); names[name] {
			m.t.Fatalf("two workers are called %s", name)
		} else {
			names[name] = true
		}
		for i, ch := range c.TaskChannels() {
			got := w.Channels[i]
			if got.TaskChannelSID != ch.SID || got.Reserved != m.naive.open(w, ch.SID) ||
				got.Assigned != m.naive.assigned(w, &got) {
				m.t.Fatalf("%s on channel %s: %+v, but %d are reserved and %d assigned",
					w.FriendlyName, ch.UniqueName, got, m.naive.open(w, ch.SID),
					m.naive.assigned(w, &got))
			}
		}
		for _, q := range c.TaskQueues() {
			want := q.TargetWorkers != "" && m.naive.match(expr.Worker, q.TargetWorkers, nil, w)
			if got := m.state.InQueue(w, q); got != want {
				m.t.Fatalf("%s in queue %q: %v, want %v", w.FriendlyName, q.TargetWorkers, got, want)
			}
			if e, err := expr.Parse(expr.Worker, q.TargetWorkers); err == nil && m.played%4 == 0 {
				if got := routing.WorkerFilter(e, c)(w); got != want {
					m.t.Fatalf("filter %q of %s: %v, want %v", e, w.FriendlyName, got, want)
				}
			}
		}
	}
}

// checkChange walks the events of a change and holds each step against the laws of the nouns.
func (m *model) checkChange(c *taskrouter.Change, old map[string]taskrouter.Entity) {
	tasks := make(map[taskrouter.TaskSID]*taskrouter.Task)
	reservations := make(map[taskrouter.ReservationSID]*taskrouter.Reservation)
	for i := range c.Events {
		e := &c.Events[i]
		if i > 0 && e.SID <= c.Events[i-1].SID {
			m.t.Fatalf("event %s comes after %s", e.SID, c.Events[i-1].SID)
		}
		if t := e.Task; t != nil {
			before := tasks[t.SID]
			if before == nil {
				before, _ = old[string(t.SID)].(*taskrouter.Task)
			}
			m.checkTask(before, t)
			tasks[t.SID] = t
		}
		if r := e.Reservation; r != nil && e.Type != taskrouter.EventReservationFailed {
			before := reservations[r.SID]
			if before == nil {
				before, _ = old[string(r.SID)].(*taskrouter.Reservation)
			}
			m.checkReservation(e, before, r)
			reservations[r.SID] = r
		}
	}
	for _, e := range c.Puts {
		switch e := e.(type) {
		case *taskrouter.Task:
			before, _ := old[string(e.SID)].(*taskrouter.Task)
			m.checkTask(before, e)
		case *taskrouter.Reservation:
			told := reservations[e.SID]
			if told == nil {
				told, _ = old[string(e.SID)].(*taskrouter.Reservation)
			}
			answered := *told
			answered.CallbackDue = e.CallbackDue && told.CallbackDue
			if !reflect.DeepEqual(&answered, e) {
				m.t.Fatalf("reservation %s is %s, which no event told", e.SID, e.Status)
			}
		case *taskrouter.Worker:
			before, _ := old[string(e.SID)].(*taskrouter.Worker)
			m.checkWorker(before, e)
		}
	}
}

func (m *model) checkTask(before, t *taskrouter.Task) {
	switch {
	case before == nil:
		if t.Version == 0 && t.AssignmentStatus != taskrouter.TaskPending {
			m.t.Fatalf("task %s begins as %s", t.SID, t.AssignmentStatus)
		}
		return
	case before == t || reflect.DeepEqual(before, t):
		return
	}
	if before.AssignmentStatus.Final() {
		m.t.Fatalf("task %s changed after it was %s", t.SID, before.AssignmentStatus)
	}
	// A task may have waited in between, and been offered, without an event of its own.
	ways := []taskrouter.TaskStatus{before.AssignmentStatus}
	if before.AssignmentStatus == taskrouter.TaskReserved {
		ways = append(ways, taskrouter.TaskPending)
	}
	if !slices.ContainsFunc(ways, func(s taskrouter.TaskStatus) bool {
		return s == t.AssignmentStatus || s.CanBecome(t.AssignmentStatus)
	}) {
		m.t.Fatalf("task %s went from %s to %s", t.SID, before.AssignmentStatus,
			t.AssignmentStatus)
	}
	marked := *before
	marked.Step.Stale = t.Step.Stale
	marked.NotBefore, marked.FailedCallbacks = t.NotBefore, t.FailedCallbacks
	if t.Version <= before.Version && marked != *t {
		m.t.Fatalf("task %s changed and stayed at version %d", t.SID, t.Version)
	}
}

func (m *model) checkReservation(e *taskrouter.Event, before, r *taskrouter.Reservation) {
	if before == nil {
		if e.Type != taskrouter.EventReservationCreated || r.Version != 0 ||
			r.Status != taskrouter.ReservationPending {
			m.t.Fatalf("reservation %s begins with %s as %s version %d", r.SID, e.Type, r.Status,
				r.Version)
		}
		m.checkCapacity(e)
		return
	}
	if !before.Status.CanBecome(r.Status) || r.Version != before.Version+1 {
		m.t.Fatalf("reservation %s went from %s version %d to %s version %d", r.SID,
			before.Status, before.Version, r.Status, r.Version)
	}
}

// checkCapacity holds a new offer against what its worker may hold.
func (m *model) checkCapacity(e *taskrouter.Event) {
	if e.Task.IgnoreCapacity {
		return
	}
	if !m.state.Catalog().Workspace.MultiTaskEnabled {
		held := 0
		for _, c := range e.Worker.Channels {
			held += c.Reserved
		}
		if held > 1 {
			m.t.Fatalf("%s holds %d tasks in a single-tasking workspace", e.Worker.FriendlyName, held)
		}
		return
	}
	c := e.Worker.Channel(e.Task.TaskChannelSID)
	if c == nil || !c.Available || c.Reserved > c.ConfiguredCapacity {
		m.t.Fatalf("%s was offered a task with channel %+v", e.Worker.FriendlyName, c)
	}
}

func (m *model) checkWorker(before, w *taskrouter.Worker) {
	if before == nil {
		return
	}
	kept := *before
	kept.Channels, kept.Version, kept.DateUpdated = w.Channels, w.Version, w.DateUpdated
	changed := !reflect.DeepEqual(&kept, w)
	if w.Version < before.Version || changed && w.Version == before.Version {
		m.t.Fatalf("worker %s went from version %d to %d", w.SID, before.Version, w.Version)
	}
}

// show writes a command for people.
func show(cmd routing.Command) string {
	text, err := json.Marshal(cmd)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
