package routing

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"taskrouter"
)

// A transaction collects what one command does. Each put is applied at once, so that what
// follows sees it, and remembered, so that an error can take it back.
type transaction struct {
	now    time.Time
	change *taskrouter.Change
	undo   []undo
	puts   map[string]int // place of an entity in change.Puts

	// What the change collects in until it is done; the next one uses it again.
	roomForPuts   []taskrouter.Entity
	roomForEvents []taskrouter.Event

	// Whom the change gave a reason to look again: workers who may take another task, and
	// tasks that came to a step or back to it, those first that are served first.
	workers []taskrouter.WorkerSID
	seen    int // of workers
	tasks   heap[*task]

	retries map[taskrouter.TaskSID]string // why tasks came back from their offers
}

// retry has the events of a task tell from here on why it looks for a worker again.
func (tx *transaction) retry(t taskrouter.TaskSID, why string) {
	if tx.retries == nil {
		tx.retries = make(map[taskrouter.TaskSID]string)
	}
	tx.retries[t] = why
}

// An undo is what was there before, nil when there was nothing, and what came of it, nil when it
// was removed.
type undo struct{ before, after taskrouter.Entity }

// Decide carries a command out on the state and returns what changed, with the events that
// tell it. It follows every consequence: a worker set free takes the next task, a step that
// nobody can serve is left. An error means that nothing changed. Decide is a pure function of
// the state, the command and now: it reads no clock, does no I/O and draws no random number.
func (s *State) Decide(cmd Command, now time.Time) (*taskrouter.Change, error) {
	s.begin(now)
	err := s.do(cmd)
	if err == nil {
		s.settle()
	}
	if err != nil {
		s.rollback()
		return nil, err
	}
	return s.commit(), nil
}

// Try carries a command out like Decide, hands the state after it to look, and takes
// everything back.
func (s *State) Try(cmd Command, now time.Time, look func(*taskrouter.Change)) error {
	s.begin(now)
	defer s.rollback()
	if err := s.do(cmd); err != nil {
		return err
	}
	s.settle()
	s.tx.finish()
	look(s.tx.change)
	return nil
}

func (s *State) begin(now time.Time) {
	tx := &s.tx
	tx.now = now
	tx.change = &taskrouter.Change{At: now, Puts: tx.roomForPuts, Events: tx.roomForEvents}
	tx.undo = tx.undo[:0]
	if tx.puts == nil || len(tx.puts) > usualPuts {
		tx.puts = make(map[string]int) // clearing one takes as long as it was ever full
	}
	clear(tx.puts)
	tx.workers, tx.seen = tx.workers[:0], 0
	clear(tx.retries)
	for tx.tasks.len() > 0 { // of a command that failed
		tx.tasks.remove(tx.tasks.first())
	}
}

// finish gives the change memory of its own, just as much as it needs.
func (tx *transaction) finish() {
	c := tx.change
	puts, events := c.Puts, c.Events
	c.Puts = append([]taskrouter.Entity(nil), puts...)
	c.Events = append([]taskrouter.Event(nil), events...)
	clear(puts)
	clear(events)
	tx.roomForPuts, tx.roomForEvents = puts[:0], events[:0]
	if len(puts) > usualPuts {
		tx.roomForPuts, tx.roomForEvents = nil, nil
	}
}

func (s *State) commit() *taskrouter.Change {
	s.tx.finish()
	c := s.tx.change
	s.tx.change = nil
	clear(s.tx.undo)
	return c
}

func (s *State) rollback() {
	for _, u := range slices.Backward(s.tx.undo) {
		if u.before == nil {
			s.unset(u.after)
			continue
		}
		s.set(u.before)
		if w, ok := u.before.(*taskrouter.Worker); ok && u.after == nil {
			s.regain(w.SID)
		}
	}
	s.tx.change = nil
	clear(s.tx.undo)
}

// regain gives a worker whose removal was taken back its ended reservations, which stayed.
func (s *State) regain(sid taskrouter.WorkerSID) {
	w := s.workers[sid]
	for _, r := range s.reservations {
		if r.now.WorkerSID == sid {
			w.reservations = with(w.reservations, r)
		}
	}
}

// put makes e the current version of its entity.
func (s *State) put(e taskrouter.Entity) {
	tx := &s.tx
	sid := e.EntitySID()
	tx.undo = append(tx.undo, undo{before: s.Entity(sid), after: e})
	s.set(e)
	if w, ok := e.(*taskrouter.Worker); ok && s.factsMatter {
		s.lookAgainWorker(w.SID) // its load may be what a task was waiting for
	}
	if at, ok := tx.puts[sid]; ok {
		tx.change.Puts[at] = e
		return
	}
	tx.puts[sid] = len(tx.change.Puts)
	tx.change.Puts = append(tx.change.Puts, e)
}

// remove makes e a thing of the past.
func (s *State) remove(e taskrouter.Entity) {
	tx := &s.tx
	tx.undo = append(tx.undo, undo{before: e})
	s.unset(e)
	tx.change.Deleted = append(tx.change.Deleted, e.EntitySID())
}

// answer makes e the version that answers the command.
func (s *State) answer(e taskrouter.Entity) {
	s.tx.change.Result = e.EntitySID()
	s.tx.change.Answer = e
}

// usualPuts is how many entities a change puts at most, but for rare ones.
const usualPuts = 1000

// tell adds an event to the change, with the names that go with its subjects.
func (s *State) tell(e taskrouter.Event) {
	e.SID = taskrouter.EventSID(s.sid(taskrouter.PrefixEvent))
	e.At = s.tx.now
	if e.Workspace == nil {
		e.Workspace = s.catalog.Workspace
	}
	if e.Worker != nil && e.Activity == nil {
		e.Activity = s.catalog.Activity(e.Worker.ActivitySID)
	}
	if e.TaskChannel == nil {
		e.TaskChannel = s.channelOf(&e)
	}
	if e.Task != nil && len(s.tx.retries) > 0 {
		e.ReEvaluated = s.tx.retries[e.Task.SID]
	}
	s.tx.change.Events = append(s.tx.change.Events, e)
}

// channelOf is the channel of the task or of the worker channel that an event is about.
func (s *State) channelOf(e *taskrouter.Event) *taskrouter.TaskChannel {
	if e.Task != nil {
		return s.catalog.TaskChannel(e.Task.TaskChannelSID)
	}
	if e.WorkerChannel == "" {
		return nil
	}
	for i := range e.Worker.Channels {
		if c := &e.Worker.Channels[i]; c.SID == e.WorkerChannel {
			return s.catalog.TaskChannel(c.TaskChannelSID)
		}
	}
	return nil
}

// alert adds an alert to the change, filled in with what it is about as far as r tells.
func (s *State) alert(a taskrouter.Alert, t *taskrouter.Task, r *taskrouter.Reservation) {
	a.SID = taskrouter.AlertSID(s.sid(taskrouter.PrefixAlert))
	a.At = s.tx.now
	if t != nil {
		a.TaskSID, a.WorkflowSID = t.SID, t.WorkflowSID
	}
	if r != nil {
		a.ReservationSID, a.WorkerSID = r.SID, r.WorkerSID
	}
	s.tx.change.Alerts = append(s.tx.change.Alerts, a)
}

func (s *State) sid(prefix string) string { return s.sids.Next(prefix, s.tx.now) }

// settle looks again wherever the change gave a reason to, until there is none left. Workers
// choose before tasks do, so that one who was set free goes to whatever is served first and not
// to the task that happened to set it free. Spec: routing 4.1
func (s *State) settle() {
	tx := &s.tx
	for {
		if tx.seen < len(tx.workers) {
			tx.seen++
			s.fill(tx.workers[tx.seen-1])
			continue
		}
		tx.workers, tx.seen = tx.workers[:0], 0
		if tx.tasks.len() == 0 {
			return
		}
		t := tx.tasks.first()
		tx.tasks.remove(t)
		s.retryTask(t.now.SID)
	}
}

// lookAgainTask has settle find a worker for the task.
func (s *State) lookAgainTask(t *task) {
	if t.again >= 0 {
		s.tx.tasks.remove(t) // its place may be another one by now
	}
	s.tx.tasks.push(t)
}

// lookAgainWorker has settle find tasks for the worker.
func (s *State) lookAgainWorker(sid taskrouter.WorkerSID) {
	if n := len(s.tx.workers); n == s.tx.seen || s.tx.workers[n-1] != sid {
		s.tx.workers = append(s.tx.workers, sid)
	}
}

// do hands a command to its rule.
func (s *State) do(cmd Command) error {
	if create, ok := cmd.(CreateWorkspace); ok {
		return s.createWorkspace(create)
	}
	if s.catalog.Workspace == nil {
		return taskrouter.NotFound.Errorf("the workspace does not exist")
	}
	switch c := cmd.(type) {
	case CreateTask:
		return s.createTask(c)
	case UpdateTask:
		return s.updateTask(c)
	case DeleteTask:
		return s.deleteTask(c)
	case UpdateReservation:
		return s.updateReservation(c)
	case InstructReservation:
		return s.instructReservation(c)
	case AnswerCallback:
		s.answerCallback(c)
		return nil
	case RaiseAlerts:
		for _, a := range c.Alerts {
			s.alert(a, nil, nil)
		}
		return nil
	case Tick:
		s.tick()
		return nil
	case CreateWorker:
		return s.createWorker(c)
	case UpdateWorker:
		return s.updateWorker(c)
	case DeleteWorker:
		return s.deleteWorker(c)
	case UpdateWorkerChannel:
		return s.updateWorkerChannel(c)
	case UpdateWorkspace:
		return s.updateWorkspace(c)
	case DeleteWorkspace:
		s.deleteWorkspace()
		return nil
	case CreateActivity:
		return s.createActivity(c)
	case UpdateActivity:
		return s.updateActivity(c)
	case DeleteActivity:
		return s.deleteActivity(c)
	case CreateTaskChannel:
		return s.createTaskChannel(c)
	case UpdateTaskChannel:
		return s.updateTaskChannel(c)
	case DeleteTaskChannel:
		return s.deleteTaskChannel(c)
	case CreateTaskQueue:
		return s.createTaskQueue(c)
	case UpdateTaskQueue:
		return s.updateTaskQueue(c)
	case DeleteTaskQueue:
		return s.deleteTaskQueue(c)
	case CreateWorkflow:
		return s.createWorkflow(c)
	case UpdateWorkflow:
		return s.updateWorkflow(c)
	case DeleteWorkflow:
		return s.deleteWorkflow(c)
	}
	return fmt.Errorf("routing: no rule for command %T: %w", cmd, errors.ErrUnsupported)
}
