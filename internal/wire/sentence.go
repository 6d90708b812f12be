package wire

import (
	"fmt"
	"strings"
	"time"

	"taskrouter"
)

// Sentence says for people what an event did to its task: "offered to Alice: longest idle of 3
// free". For a viewer, the worker whose client reads, it says "you", and other workers have no
// name; empty is everybody else. Spec: history 3
func Sentence(e *taskrouter.Event, viewer taskrouter.WorkerSID) string {
	switch e.ResourceType() {
	case "reservation":
		return offerSentence(e, viewer)
	case "workflow", "task-queue":
		if e.Task != nil {
			return stepSentence(e)
		}
	case "task":
		return taskSentence(e)
	}
	return e.Description()
}

// because adds a reason, unless it says nothing.
func because(sentence, why string) string {
	if why == "" || why == "asked for" {
		return sentence
	}
	return sentence + ": " + why
}

func taskSentence(e *taskrouter.Event) string {
	switch e.Type {
	case taskrouter.EventTaskCreated:
		return because("created", e.Why)
	case taskrouter.EventTaskUpdated:
		return because("updated", e.Why)
	case taskrouter.EventTaskCanceled:
		return because("canceled", e.Why)
	case taskrouter.EventTaskWrapup:
		return because("wrapping up", e.Why)
	case taskrouter.EventTaskCompleted:
		return because("completed", e.Why)
	case taskrouter.EventTaskDeleted:
		return because("deleted", e.Why)
	case taskrouter.EventTaskSystemDeleted:
		return because("removed by the system", e.Why)
	}
	return because(e.Description(), e.Why)
}

func stepSentence(e *taskrouter.Event) string {
	queue, workflow := "its queue", "its workflow"
	if e.TaskQueue != nil {
		queue = "queue " + e.TaskQueue.FriendlyName
	}
	if e.Workflow != nil {
		workflow = "workflow " + e.Workflow.FriendlyName
	}
	switch e.Type {
	case taskrouter.EventWorkflowEntered:
		return "entered " + workflow
	case taskrouter.EventWorkflowTargetMatched:
		return matchSentence(e) + ", " + queue
	case taskrouter.EventWorkflowTimeout:
		return "no step was left in " + workflow
	case taskrouter.EventWorkflowSkipped:
		return "every step left in " + workflow + " was skipped"
	case taskrouter.EventTaskQueueEntered:
		return "entered " + queue
	case taskrouter.EventTaskQueueTimeout:
		return "the step's time in " + queue + " was over"
	case taskrouter.EventTaskQueueMoved:
		if e.PreviousTaskQueue != nil {
			return "left queue " + e.PreviousTaskQueue.FriendlyName + " for " +
				strings.TrimPrefix(queue, "queue ")
		}
	}
	return because(e.Description(), e.Why)
}

// matchSentence says which step a task came to, and how.
func matchSentence(e *taskrouter.Event) string {
	step := "the default step"
	if e.Task.Step.Filter >= 0 {
		step = fmt.Sprintf("step %d", e.Task.Step.Target+1)
		if e.Filter != "" {
			step += " of filter " + e.Filter
		}
	}
	switch e.Cause {
	case "timeout":
		return step + " entered after the step's time was over"
	case "skipped":
		return step + " entered since the step before was skipped"
	case "re_evaluated":
		return step + " entered after the task was evaluated again"
	}
	if e.Task.Step.Filter < 0 {
		return "no filter matched: " + step
	}
	return "filter " + e.Filter + " matched: step 1"
}

func offerSentence(e *taskrouter.Event, viewer taskrouter.WorkerSID) string {
	r := e.Reservation
	who := r.WorkerName
	switch {
	case viewer != "" && r.WorkerSID == viewer:
		who = "you"
	case viewer != "":
		who = "another worker"
	case who == "":
		who = "a worker"
	}
	after := fmt.Sprintf("%d s", max(0, e.At.Sub(r.DateCreated))/time.Second)
	switch e.Type {
	case taskrouter.EventReservationCreated:
		return because("offered to "+who, e.Why)
	case taskrouter.EventReservationAccepted:
		return because("accepted by "+who+" after "+after, e.Why)
	case taskrouter.EventReservationRejected:
		return because("declined by "+who+" after "+after, e.Why)
	case taskrouter.EventReservationTimeout:
		return "no answer from " + who + " in " + after
	case taskrouter.EventReservationCanceled:
		return because("offer to "+who+" canceled", e.Why)
	case taskrouter.EventReservationRescinded:
		return because("offer to "+who+" withdrawn", e.Why)
	case taskrouter.EventReservationWrapup:
		return because("wrap-up by "+who, e.Why)
	case taskrouter.EventReservationCompleted:
		return because("finished by "+who, e.Why)
	case taskrouter.EventReservationFailed:
		return because("could not be offered to anybody", e.Why)
	}
	return because(e.Description(), e.Why)
}
