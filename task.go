package taskrouter

import "time"

// A TaskStatus is where a task stands in its life.
type TaskStatus string

// Spec: routing 5.1
const (
	TaskPending   TaskStatus = "pending"
	TaskReserved  TaskStatus = "reserved"
	TaskAssigned  TaskStatus = "assigned"
	TaskWrapping  TaskStatus = "wrapping"
	TaskCompleted TaskStatus = "completed"
	TaskCanceled  TaskStatus = "canceled"
)

// taskTransitions lists, for each status, the statuses a task may go to from there.
var taskTransitions = map[TaskStatus][]TaskStatus{
	TaskPending:   {TaskReserved, TaskCanceled},
	TaskReserved:  {TaskPending, TaskAssigned, TaskCanceled},
	TaskAssigned:  {TaskWrapping, TaskCompleted},
	TaskWrapping:  {TaskCompleted},
	TaskCompleted: {},
	TaskCanceled:  {},
}

// TaskStatuses are all statuses of a task, in the order of its life.
var TaskStatuses = [...]TaskStatus{
	TaskPending, TaskReserved, TaskAssigned, TaskWrapping, TaskCompleted, TaskCanceled,
}

// Valid reports whether s is a status that exists.
func (s TaskStatus) Valid() bool { _, ok := taskTransitions[s]; return ok }

// Final reports whether a task with this status never changes again.
func (s TaskStatus) Final() bool { return s.Valid() && len(taskTransitions[s]) == 0 }

// Waiting reports whether a task with this status still looks for its worker.
func (s TaskStatus) Waiting() bool { return s == TaskPending || s == TaskReserved }

// CanBecome reports whether a task may go from s to next.
func (s TaskStatus) CanBecome(next TaskStatus) bool { return contains(taskTransitions[s], next) }

// Reasons that routing itself gives for the end of a task. Spec: routing 5.1, 11
const (
	ReasonTTL             = "Task TTL Exceeded"
	ReasonWorkflowTimeout = "Task canceled on Workflow timeout"
	ReasonWorkflowSkipped = "Task skipped out of Workflow"
	ReasonAssignments     = "Max assignment count exceeded"
	ReasonRoutingTarget   = "RoutingTarget SLA for Reservation creation was not met"
)

// A Task is one piece of work on its way to a worker. Spec: rest-api 13
type Task struct {
	SID                  TaskSID
	Attributes           string // a JSON object, as it was given
	AssignmentStatus     TaskStatus
	Priority             int
	Reason               string
	Timeout              int // seconds from creation until it must be assigned
	TaskChannelSID       TaskChannelSID
	WorkflowSID          WorkflowSID
	TaskQueueSID         TaskQueueSID
	TaskQueueEnteredDate time.Time
	RoutingTarget        string // SID of a worker, queue or workflow; empty = none
	IgnoreCapacity       bool
	VirtualStartTime     time.Time
	DateCreated          time.Time
	DateUpdated          time.Time
	Version              int

	Step        Step // where it is in its workflow
	Assignments int  // rounds of reservations so far
	// FailedCallbacks counts rounds in a row in which an assignment callback was not answered.
	FailedCallbacks int
	// NotBefore is set while the task pauses: it is offered again then. Spec: routing 3.8
	NotBefore  time.Time
	AssignedAt time.Time // zero until accepted
	EndedAt    time.Time // zero until completed or canceled
}

// Age is how long ago the task was created, in whole seconds.
func (t *Task) Age(now time.Time) int { return max(0, int(now.Sub(t.DateCreated)/time.Second)) }

// Filters that are not in a configuration's list.
const (
	// NoFilter is the filter of a task that was routed directly, without a workflow.
	NoFilter = -2
	// DefaultFilter is the filter of a task that none of the list matched.
	DefaultFilter = -1
)

// A Step is a task's place in its workflow: the target of the filter that it waits on.
type Step struct {
	Configuration int // version of the workflow's configuration
	Filter        int // place in the list, or DefaultFilter, or NoFilter
	Target        int // place in the filter's targets
	Entered       time.Time
	Expires       time.Time // zero: no limit but the task's own
	// TimedOut records that the task left some filter by timeout; such a task never reaches
	// the default filter. Spec: routing 3.3
	TimedOut bool
	// Known says that the step asks for a known agent: the only worker it considers.
	Known bool
	// KnownWorkerSID is who that was when the task came to the step, or was last offered there;
	// empty = nobody. Who it is at any other moment follows from the task's attributes.
	KnownWorkerSID WorkerSID
	// Stale says that the task changed while it was offered to somebody: if the offer fails it
	// starts again at the top of the workflow. Spec: routing 3.6
	Stale bool
}

// Limits of tasks. Spec: rest-api 18, routing 9
const (
	MaxAttributes         = 4096 // characters
	DefaultTaskTimeout    = 86400
	MaxTaskTimeout        = 1209600
	MaxPriority           = 1<<31 - 1
	MaxAssignments        = 1000
	MaxAssigned           = 24 * time.Hour
	KeepEnded             = 5 * time.Minute
	DefaultReservation    = 120 // seconds
	MaxReservation        = 86400
	MaxFriendlyName       = 64 // characters
	MaxConfiguration      = 1038576
	MaxActivities         = 100
	MaxTaskQueues         = 5000
	MaxReservedWorkers    = 50
	RoutingTargetPatience = 120 * time.Second
)

func contains[S comparable](list []S, s S) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
