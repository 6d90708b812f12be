package taskrouter

import (
	"strings"
	"time"
)

// An EventType says what happened, in the words that clients filter by.
type EventType string

// Spec: routing 6.3
const (
	EventWorkspaceCreated EventType = "workspace.created"
	EventWorkspaceUpdated EventType = "workspace.updated"
	EventWorkspaceDeleted EventType = "workspace.deleted"

	EventActivityCreated EventType = "activity.created"
	EventActivityUpdated EventType = "activity.updated"
	EventActivityDeleted EventType = "activity.deleted"

	EventTaskChannelCreated EventType = "task-channel.created"
	EventTaskChannelUpdated EventType = "task-channel.updated"
	EventTaskChannelDeleted EventType = "task-channel.deleted"

	EventTaskQueueCreated    EventType = "task-queue.created"
	EventTaskQueueDeleted    EventType = "task-queue.deleted"
	EventTaskQueueExpression EventType = "task-queue.expression.updated"
	EventTaskQueueEntered    EventType = "task-queue.entered"
	EventTaskQueueTimeout    EventType = "task-queue.timeout"
	EventTaskQueueMoved      EventType = "task-queue.moved"

	EventWorkflowCreated       EventType = "workflow.created"
	EventWorkflowUpdated       EventType = "workflow.updated"
	EventWorkflowDeleted       EventType = "workflow.deleted"
	EventWorkflowEntered       EventType = "workflow.entered"
	EventWorkflowTargetMatched EventType = "workflow.target-matched"
	EventWorkflowTimeout       EventType = "workflow.timeout"
	EventWorkflowSkipped       EventType = "workflow.skipped"

	EventWorkerCreated      EventType = "worker.created"
	EventWorkerDeleted      EventType = "worker.deleted"
	EventWorkerActivity     EventType = "worker.activity.update"
	EventWorkerAttributes   EventType = "worker.attributes.update"
	EventWorkerCapacity     EventType = "worker.capacity.update"
	EventWorkerAvailability EventType = "worker.channel.availability.update"

	EventTaskCreated       EventType = "task.created"
	EventTaskUpdated       EventType = "task.updated"
	EventTaskCanceled      EventType = "task.canceled"
	EventTaskWrapup        EventType = "task.wrapup"
	EventTaskCompleted     EventType = "task.completed"
	EventTaskDeleted       EventType = "task.deleted"
	EventTaskSystemDeleted EventType = "task.system-deleted"

	EventReservationCreated   EventType = "reservation.created"
	EventReservationAccepted  EventType = "reservation.accepted"
	EventReservationRejected  EventType = "reservation.rejected"
	EventReservationTimeout   EventType = "reservation.timeout"
	EventReservationCanceled  EventType = "reservation.canceled"
	EventReservationRescinded EventType = "reservation.rescinded"
	EventReservationCompleted EventType = "reservation.completed"
	EventReservationWrapup    EventType = "reservation.wrapup"
	EventReservationFailed    EventType = "reservation.failed"
)

// An Event tells one thing that happened. Its subjects are the versions that were true right
// after it; a subject that the event does not mention is nil. Events of a workspace are ordered
// by their SIDs, also those of the same millisecond.
//
// An event says everything that its readers render, the names of that moment included: who
// reads it years later needs nothing else.
type Event struct {
	SID  EventSID
	Type EventType
	At   time.Time

	Workspace   *Workspace
	Activity    *Activity    // that the event is about, else the worker's
	TaskChannel *TaskChannel // that the event is about, else the task's or the worker channel's
	TaskQueue   *TaskQueue
	Workflow    *Workflow
	Worker      *Worker
	Task        *Task
	Reservation *Reservation

	// WorkerChannel is the channel of Worker that the event is about, if any.
	WorkerChannel WorkerChannelSID
	// PreviousActivity and PreviousSince belong to worker.activity.update.
	PreviousActivity *Activity
	PreviousSince    time.Time
	// PreviousTaskQueue belongs to task-queue.moved, with PreviousPriority.
	PreviousTaskQueue *TaskQueue
	PreviousPriority  int
	// PreviousCapacity belongs to worker.capacity.update.
	PreviousCapacity int
	// Filter and Target name the step of workflow.target-matched, with their expressions.
	Filter, FilterExpression string
	Target, TargetExpression string
	// Cause is why a task left its step for another one: timeout, skipped or re_evaluated.
	Cause string
	// ReEvaluated is why a task that had been offered looks for a worker again:
	// reservation_rejected, reservation_timeout or reservation_canceled.
	ReEvaluated string
	// Why is routing's reason, one short clause: "longest idle of 3", "step timed out".
	Why string
}

// ResourceSID is the SID of the thing that the event is about.
func (e *Event) ResourceSID() string {
	switch e.ResourceType() {
	case "reservation":
		return string(e.Reservation.SID)
	case "task":
		return string(e.Task.SID)
	case "worker":
		return string(e.Worker.SID)
	case "task-queue":
		return string(e.TaskQueue.SID)
	case "workflow":
		return string(e.Workflow.SID)
	case "task-channel":
		return string(e.TaskChannel.SID)
	case "activity":
		return string(e.Activity.SID)
	default:
		return string(e.Workspace.SID)
	}
}

// ResourceType is the kind of the thing that the event is about, as REST names it.
func (e *Event) ResourceType() string {
	for i := 0; i < len(e.Type); i++ {
		if e.Type[i] == '.' {
			return string(e.Type[:i])
		}
	}
	return string(e.Type)
}

// Description says in a few words what happened.
func (e *Event) Description() string {
	switch e.Type {
	case EventWorkerActivity:
		if e.Worker != nil && e.Activity != nil {
			return "Worker " + e.Worker.FriendlyName + " updated to " + e.Activity.FriendlyName +
				" Activity"
		}
	case EventWorkflowTargetMatched:
		return "Task matched a workflow target"
	case EventTaskQueueExpression:
		return "TaskQueue expression updated"
	}
	resource, what, _ := strings.Cut(string(e.Type), ".")
	noun := resource
	switch resource {
	case "task-queue":
		noun = "TaskQueue"
	case "task-channel":
		noun = "TaskChannel"
	case "":
	default:
		noun = strings.ToUpper(resource[:1]) + resource[1:]
	}
	return noun + " " + strings.ReplaceAll(strings.ReplaceAll(what, ".", " "), "-", " ")
}
