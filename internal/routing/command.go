package routing

import (
	"time"

	"taskrouter"
)

// A Command asks for one change of a workspace. Parameters that an update may leave out are
// pointers; nil leaves the thing as it is. Callers have checked types; routing checks meaning.
type Command interface{ command() }

type (
	// CreateWorkspace makes the workspace itself; it is the first command of every state.
	CreateWorkspace struct {
		SID                  taskrouter.WorkspaceSID
		Account              taskrouter.AccountSID
		FriendlyName         string
		EventCallbackURL     string
		EventsFilter         string
		MultiTaskEnabled     bool
		Template             string // "", NONE or FIFO
		PrioritizeQueueOrder taskrouter.QueueOrder
	}
	// UpdateWorkspace changes the workspace.
	UpdateWorkspace struct {
		FriendlyName         *string
		EventCallbackURL     *string
		EventsFilter         *string
		MultiTaskEnabled     *bool
		PrioritizeQueueOrder *taskrouter.QueueOrder
		DefaultActivitySID   *taskrouter.ActivitySID
		TimeoutActivitySID   *taskrouter.ActivitySID
	}
	// DeleteWorkspace removes the workspace and everything in it.
	DeleteWorkspace struct{}

	// CreateActivity makes an activity; its availability never changes.
	CreateActivity struct {
		FriendlyName string
		Available    bool
	}
	// UpdateActivity renames an activity.
	UpdateActivity struct {
		SID          taskrouter.ActivitySID
		FriendlyName *string
	}
	// DeleteActivity removes an activity that nothing uses.
	DeleteActivity struct{ SID taskrouter.ActivitySID }

	// CreateTaskChannel makes a channel, and a worker channel for every worker.
	CreateTaskChannel struct {
		FriendlyName            string
		UniqueName              string
		ChannelOptimizedRouting bool
	}
	// UpdateTaskChannel changes a channel named by SID or unique name.
	UpdateTaskChannel struct {
		Channel                 string
		FriendlyName            *string
		ChannelOptimizedRouting *bool
	}
	// DeleteTaskChannel removes a channel, named by SID or unique name, that holds no tasks.
	DeleteTaskChannel struct{ Channel string }

	// CreateTaskQueue makes a queue. TargetWorkers nil means everybody (1==1).
	CreateTaskQueue struct {
		FriendlyName           string
		TargetWorkers          *string
		MaxReservedWorkers     *int
		TaskOrder              taskrouter.QueueOrder // empty = FIFO
		ReservationActivitySID taskrouter.ActivitySID
		AssignmentActivitySID  taskrouter.ActivitySID
	}
	// UpdateTaskQueue changes a queue.
	UpdateTaskQueue struct {
		SID                    taskrouter.TaskQueueSID
		FriendlyName           *string
		TargetWorkers          *string
		MaxReservedWorkers     *int
		TaskOrder              *taskrouter.QueueOrder
		ReservationActivitySID *taskrouter.ActivitySID
		AssignmentActivitySID  *taskrouter.ActivitySID
	}
	// DeleteTaskQueue removes a queue that no workflow names and no task is in.
	DeleteTaskQueue struct{ SID taskrouter.TaskQueueSID }

	// CreateWorkflow makes a workflow.
	CreateWorkflow struct {
		FriendlyName                  string
		Configuration                 string
		AssignmentCallbackURL         string
		FallbackAssignmentCallbackURL string
		TaskReservationTimeout        *int
	}
	// UpdateWorkflow changes a workflow; tasks already in it keep the configuration they
	// entered with, unless ReEvaluateTasks sends the waiting ones through the new one.
	UpdateWorkflow struct {
		SID                           taskrouter.WorkflowSID
		FriendlyName                  *string
		Configuration                 *string
		AssignmentCallbackURL         *string
		FallbackAssignmentCallbackURL *string
		TaskReservationTimeout        *int
		ReEvaluateTasks               bool
	}
	// DeleteWorkflow removes a workflow that no waiting task is in.
	DeleteWorkflow struct{ SID taskrouter.WorkflowSID }

	// CreateWorker makes a worker, with a worker channel for every task channel.
	CreateWorker struct {
		FriendlyName string
		ActivitySID  taskrouter.ActivitySID // empty = the workspace's default
		Attributes   string                 // empty = {}
	}
	// UpdateWorker changes a worker.
	UpdateWorker struct {
		SID          taskrouter.WorkerSID
		IfMatch      *int
		FriendlyName *string
		ActivitySID  *taskrouter.ActivitySID
		Attributes   *string
		// RejectPendingReservations rejects what is offered to the worker; only together with
		// a move to an unavailable activity.
		RejectPendingReservations bool
	}
	// DeleteWorker removes a worker who holds no reservation.
	DeleteWorker struct {
		SID     taskrouter.WorkerSID
		IfMatch *int
	}
	// UpdateWorkerChannel changes what a worker takes of one channel; Channel is the SID of the
	// worker channel or of the task channel, or the latter's unique name.
	UpdateWorkerChannel struct {
		Worker    taskrouter.WorkerSID
		Channel   string
		Capacity  *int
		Available *bool
	}

	// CreateTask makes a task and sends it on its way.
	CreateTask struct {
		Attributes       string // empty = {}
		WorkflowSID      taskrouter.WorkflowSID
		TaskChannel      string // SID or unique name; empty = default
		Priority         *int
		Timeout          *int
		VirtualStartTime *time.Time
		RoutingTarget    string // SID of a worker, queue or workflow
		IgnoreCapacity   *bool
		TaskQueueSID     taskrouter.TaskQueueSID
	}
	// UpdateTask changes a task, or moves it on in its life.
	UpdateTask struct {
		SID              taskrouter.TaskSID
		IfMatch          *int
		Attributes       *string
		AssignmentStatus taskrouter.TaskStatus // empty = unchanged
		Reason           *string
		Priority         *int
		TaskChannel      *string
		VirtualStartTime *time.Time
	}
	// DeleteTask removes a task in any status.
	DeleteTask struct {
		SID     taskrouter.TaskSID
		IfMatch *int
	}

	// UpdateReservation answers an offer or moves work on. Task and Worker are the address it
	// was reached by; one of them may be empty.
	UpdateReservation struct {
		SID               taskrouter.ReservationSID
		Task              taskrouter.TaskSID
		Worker            taskrouter.WorkerSID
		IfMatch           *int
		Status            taskrouter.ReservationStatus
		WorkerActivitySID taskrouter.ActivitySID // with rejected: what the worker does next
	}
	// InstructReservation checks that a telephony instruction can be given to a reservation,
	// which must be pending, and accepts it if Accept is set.
	InstructReservation struct {
		SID         taskrouter.ReservationSID
		Task        taskrouter.TaskSID
		Worker      taskrouter.WorkerSID
		IfMatch     *int
		Instruction string // dequeue, call, redirect, conference
		Accept      bool
		// Alerts say why the call was not placed. They are no part of what is asked, so that a
		// repeated request is known again.
		Alerts []taskrouter.Alert `json:"-"`
	}

	// AnswerCallback records how the receiver of a reservation's assignment callback answered,
	// and does what it asks for. It is never refused: an answer that comes too late, for a
	// reservation that is no longer pending or is gone, only leaves its alerts, and what cannot
	// be done leaves one.
	AnswerCallback struct {
		SID    taskrouter.ReservationSID
		Answer CallbackAnswer
		// ActivitySID is what the worker does next, with Answer reject; empty = as before.
		ActivitySID taskrouter.ActivitySID
		Why         string             // one clause: "the callback answered accept"
		Alerts      []taskrouter.Alert // SID, At and what they are about are filled in
	}
	// RaiseAlerts keeps alerts that belong to no other command.
	RaiseAlerts struct{ Alerts []taskrouter.Alert }

	// Tick does what is due: timeouts of reservations, steps and tasks, and removals.
	Tick struct{}
)

// A CallbackAnswer is what the receiver of an assignment callback wants done.
type CallbackAnswer string

// Spec: routing 6.1
const (
	CallbackNothing CallbackAnswer = ""       // the reservation stays pending
	CallbackAccept  CallbackAnswer = "accept" // accept for the worker
	CallbackReject  CallbackAnswer = "reject" // reject for the worker
	CallbackFailed  CallbackAnswer = "failed" // nobody answered: cancel, and offer again later
)

func (CreateWorkspace) command()     {}
func (UpdateWorkspace) command()     {}
func (DeleteWorkspace) command()     {}
func (CreateActivity) command()      {}
func (UpdateActivity) command()      {}
func (DeleteActivity) command()      {}
func (CreateTaskChannel) command()   {}
func (UpdateTaskChannel) command()   {}
func (DeleteTaskChannel) command()   {}
func (CreateTaskQueue) command()     {}
func (UpdateTaskQueue) command()     {}
func (DeleteTaskQueue) command()     {}
func (CreateWorkflow) command()      {}
func (UpdateWorkflow) command()      {}
func (DeleteWorkflow) command()      {}
func (CreateWorker) command()        {}
func (UpdateWorker) command()        {}
func (DeleteWorker) command()        {}
func (UpdateWorkerChannel) command() {}
func (CreateTask) command()          {}
func (UpdateTask) command()          {}
func (DeleteTask) command()          {}
func (UpdateReservation) command()   {}
func (InstructReservation) command() {}
func (AnswerCallback) command()      {}
func (RaiseAlerts) command()         {}
func (Tick) command()                {}
