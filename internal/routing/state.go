package routing

import (
	"iter"
	"slices"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/expr"
)

// A State is a workspace as it is now: its entities, and indexes over them that make a match
// cheap. All indexes follow from the entities alone, so replaying changes, or taking a failed
// command back, ends in the same state as never having left it.
//
// A State is owned by one goroutine.
type State struct {
	sids    *taskrouter.SIDSource
	catalog *Catalog

	workers      map[taskrouter.WorkerSID]*worker
	workerNames  map[string]*worker // by lower-case friendly name
	workerOrder  sequence[taskrouter.WorkerSID, worker]
	tasks        map[taskrouter.TaskSID]*task
	taskOrder    sequence[taskrouter.TaskSID, task]
	reservations map[taskrouter.ReservationSID]*reservation
	queues       map[taskrouter.TaskQueueSID]*queue
	workflows    map[taskrouter.WorkflowSID]*workflow
	personal     map[agent]map[personalKey]*line                 // tasks that ask for one worker
	tallies      map[string]map[taskrouter.TaskChannelSID]*tally // by owner, see tallyOf
	byActivity   map[taskrouter.ActivitySID]int                  // workers
	anyone       target                                          // the step of tasks without a workflow

	workerSlots *expr.Slots
	taskSlots   *expr.Slots
	fields      []field    // slots of workerSlots that hold facts, not attributes
	readers     [][]*queue // queues whose expression reads a slot of workerSlots
	factsMatter bool       // some queue or step reads a fact

	deadlines    heap[*deadline]
	reEvaluating map[taskrouter.WorkflowSID]*workflow // whose tasks go again, see goOn
	portion      int

	targetPatience time.Duration // see RoutingTargetTimeout

	env expr.Env // scratch of evaluations
	tx  transaction
}

// An Option sets what the server decides about the rules, and no workspace.
type Option func(*State)

// RoutingTargetTimeout is how long a task that was routed to one worker, whose capacity counts,
// may wait for its first offer; [taskrouter.RoutingTargetPatience] without it. Spec: routing 7
func RoutingTargetTimeout(d time.Duration) Option {
	return func(s *State) { s.targetPatience = d }
}

// New returns an empty state, whose first command is [CreateWorkspace].
func New(sids *taskrouter.SIDSource, options ...Option) *State {
	s := &State{
		targetPatience: taskrouter.RoutingTargetPatience,
		portion:        portion,

		sids:         sids,
		catalog:      &Catalog{},
		workers:      make(map[taskrouter.WorkerSID]*worker),
		workerNames:  make(map[string]*worker),
		tasks:        make(map[taskrouter.TaskSID]*task),
		reservations: make(map[taskrouter.ReservationSID]*reservation),
		queues:       make(map[taskrouter.TaskQueueSID]*queue),
		reEvaluating: make(map[taskrouter.WorkflowSID]*workflow),
		workflows:    make(map[taskrouter.WorkflowSID]*workflow),
		personal:     make(map[agent]map[personalKey]*line),
		tallies:      make(map[string]map[taskrouter.TaskChannelSID]*tally),
		byActivity:   make(map[taskrouter.ActivitySID]int),
		workerSlots:  new(expr.Slots),
		taskSlots:    new(expr.Slots),
		deadlines:    newDeadlines(),
	}
	s.tx.tasks = heap[*task]{
		less:  s.served,
		place: func(t *task) *int { return &t.again },
	}
	for _, o := range options {
		o(s)
	}
	return s
}

// Catalog returns the activities, channels, queues and workflows of now. It never changes.
func (s *State) Catalog() *Catalog { return s.catalog }

// Worker returns the worker with this SID, or nil.
func (s *State) Worker(sid taskrouter.WorkerSID) *taskrouter.Worker {
	if w := s.workers[sid]; w != nil {
		return w.now
	}
	return nil
}

// Task returns the task with this SID, or nil.
func (s *State) Task(sid taskrouter.TaskSID) *taskrouter.Task {
	if t := s.tasks[sid]; t != nil {
		return t.now
	}
	return nil
}

// Reservation returns the reservation with this SID, or nil.
func (s *State) Reservation(sid taskrouter.ReservationSID) *taskrouter.Reservation {
	if r := s.reservations[sid]; r != nil {
		return r.now
	}
	return nil
}

// Workers yields the workers in order of creation, those after the given SID; "" = all. The
// state must not change while it yields.
func (s *State) Workers(after taskrouter.WorkerSID) iter.Seq[*taskrouter.Worker] {
	return func(yield func(*taskrouter.Worker) bool) {
		for w := range s.workerOrder.after(after) {
			if !yield(w.now) {
				return
			}
		}
	}
}

// Tasks yields the tasks in order of creation, those after the given SID; "" = all. The state
// must not change while it yields.
func (s *State) Tasks(after taskrouter.TaskSID) iter.Seq[*taskrouter.Task] {
	return func(yield func(*taskrouter.Task) bool) {
		for t := range s.taskOrder.after(after) {
			if !yield(t.now) {
				return
			}
		}
	}
}

// TaskReservations returns the reservations of a task in order of creation.
func (s *State) TaskReservations(sid taskrouter.TaskSID) []*taskrouter.Reservation {
	if t := s.tasks[sid]; t != nil {
		return versions(t.reservations)
	}
	return nil
}

// WorkerReservations returns the reservations of a worker in order of creation, ended ones
// included as long as their task is kept.
func (s *State) WorkerReservations(sid taskrouter.WorkerSID) []*taskrouter.Reservation {
	if w := s.workers[sid]; w != nil {
		return versions(w.reservations)
	}
	return nil
}

func versions(list []*reservation) []*taskrouter.Reservation {
	out := make([]*taskrouter.Reservation, len(list))
	for i, r := range list {
		out[i] = r.now
	}
	return out
}

// Entity returns the thing with this SID, or nil.
func (s *State) Entity(sid string) taskrouter.Entity {
	if len(sid) < 2 {
		return nil
	}
	switch sid[:2] {
	case taskrouter.PrefixWorkspace:
		if w := s.catalog.Workspace; w != nil && string(w.SID) == sid {
			return w
		}
	case taskrouter.PrefixActivity:
		return entity(s.catalog.Activity(taskrouter.ActivitySID(sid)))
	case taskrouter.PrefixTaskChannel:
		return entity(s.catalog.TaskChannel(taskrouter.TaskChannelSID(sid)))
	case taskrouter.PrefixTaskQueue:
		return entity(s.catalog.TaskQueue(taskrouter.TaskQueueSID(sid)))
	case taskrouter.PrefixWorkflow:
		return entity(s.catalog.Workflow(taskrouter.WorkflowSID(sid)))
	case taskrouter.PrefixWorker:
		return entity(s.Worker(taskrouter.WorkerSID(sid)))
	case taskrouter.PrefixTask:
		return entity(s.Task(taskrouter.TaskSID(sid)))
	case taskrouter.PrefixReservation:
		return entity(s.Reservation(taskrouter.ReservationSID(sid)))
	}
	return nil
}

// entity keeps a nil pointer from becoming an interface that is not nil.
func entity[T any, E interface {
	*T
	taskrouter.Entity
}](e E) taskrouter.Entity {
	if e == nil {
		return nil
	}
	return e
}

// Entities yields everything, in an order in which it can be put into an empty state.
func (s *State) Entities() iter.Seq[taskrouter.Entity] {
	return func(yield func(taskrouter.Entity) bool) {
		c := s.catalog
		if c.Workspace == nil || !yield(c.Workspace) {
			return
		}
		_ = yieldAll(yield, slices.Values(c.Activities())) &&
			yieldAll(yield, slices.Values(c.TaskChannels())) &&
			yieldAll(yield, slices.Values(c.TaskQueues())) &&
			yieldAll(yield, slices.Values(c.Workflows())) &&
			yieldAll(yield, s.Workers("")) &&
			yieldAll(yield, s.Tasks("")) &&
			yieldAll(yield, s.Reservations())
	}
}

func yieldAll[E taskrouter.Entity](
	yield func(taskrouter.Entity) bool, list iter.Seq[E],
) bool {
	for e := range list {
		if !yield(e) {
			return false
		}
	}
	return true
}

// Reservations yields all reservations, those of one task after the other. The state must not
// change while it yields.
func (s *State) Reservations() iter.Seq[*taskrouter.Reservation] {
	return func(yield func(*taskrouter.Reservation) bool) {
		for t := range s.taskOrder.all() {
			for _, r := range t.reservations {
				if !yield(r.now) {
					return
				}
			}
		}
	}
}

// Len is how many workers, tasks and reservations the state holds.
func (s *State) Len() int { return len(s.workers) + len(s.tasks) + len(s.reservations) }

// Open reports whether the state has anything that time alone will change.
func (s *State) Open() bool { return s.deadlines.len() > 0 || len(s.reEvaluating) > 0 }

// Apply puts a change that was decided earlier, without asking any rule.
func (s *State) Apply(c *taskrouter.Change) {
	for _, e := range c.Puts {
		s.set(e)
	}
	for _, sid := range c.Deleted {
		if e := s.Entity(sid); e != nil {
			s.unset(e)
		}
	}
}

// set gives e the place of its earlier version, in the maps and in every index.
func (s *State) set(e taskrouter.Entity) {
	switch e := e.(type) {
	case *taskrouter.Worker:
		s.setWorker(e)
	case *taskrouter.Task:
		s.setTask(e)
	case *taskrouter.Reservation:
		s.setReservation(e)
	default:
		before := s.catalog
		s.catalog, _ = before.put(e)
		switch e := e.(type) {
		case *taskrouter.Workspace:
			s.workspaceChanged(before.Workspace, e)
		case *taskrouter.Activity:
			s.activityChanged(before.Activity(e.SID), e)
		case *taskrouter.TaskChannel:
			s.channelChanged(before.TaskChannel(e.SID), e)
		case *taskrouter.TaskQueue:
			s.setQueue(e)
		case *taskrouter.Workflow:
			s.setWorkflow(e)
		}
	}
}

// unset takes e out of the maps and every index.
func (s *State) unset(e taskrouter.Entity) {
	switch e := e.(type) {
	case *taskrouter.Worker:
		s.unsetWorker(e.SID)
	case *taskrouter.Task:
		s.unsetTask(e.SID)
	case *taskrouter.Reservation:
		s.unsetReservation(e.SID)
	case *taskrouter.TaskQueue:
		s.unsetQueue(e.SID)
		delete(s.tallies, string(e.SID))
		s.catalog = s.catalog.delete(e)
	case *taskrouter.Workflow:
		s.unsetWorkflow(e.SID)
		delete(s.tallies, string(e.SID))
		s.catalog = s.catalog.delete(e)
	case *taskrouter.TaskChannel:
		for _, channels := range s.tallies {
			delete(channels, e.SID)
		}
		s.catalog = s.catalog.delete(e)
	default:
		s.catalog = s.catalog.delete(e)
	}
}

// millis is a time as indexes compare it; the zero time comes first.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func foldName(name string) string { return strings.ToLower(name) }
