package voice

import (
	"context"

	"taskrouter"
)

// A Kind is what an instruction does. Spec: callbacks 2
type Kind string

// The kinds of instructions that need telephony.
const (
	Dequeue    Kind = "dequeue"    // connect the waiting caller with the worker
	Call       Kind = "call"       // call the worker, and run a document when he answers
	Redirect   Kind = "redirect"   // let the waiting call run another document
	Conference Kind = "conference" // put caller and worker into a conference
	Supervise  Kind = "supervise"  // let a supervisor join it
)

// Kinds are all kinds.
var Kinds = [...]Kind{Dequeue, Call, Redirect, Conference, Supervise}

// An Instruction is what is to become of a task's call, with every parameter filled in.
type Instruction struct {
	Kind           Kind
	AccountSID     taskrouter.AccountSID
	WorkspaceSID   taskrouter.WorkspaceSID
	TaskSID        taskrouter.TaskSID
	ReservationSID taskrouter.ReservationSID
	WorkerSID      taskrouter.WorkerSID

	To      string // address of the worker, or of the supervisor
	From    string // number to show; empty if the task tells none
	CallSID string // of the caller who waits; for redirect the call that is moved
	URL     string // of the document that the worker's leg, or the moved call, runs
	Accept  bool   // accept the reservation as soon as the call is under way
	Record  string // record-from-answer, do-not-record, true or false; empty = not given
	Timeout int    // seconds that it may ring

	PostWorkActivitySID taskrouter.ActivitySID // after the call; empty = as it is then
	StatusCallback      Callback
	SupervisorMode      string // monitor, whisper or barge
	// Options are those of a conference, by their names in JSON answers; their values are
	// checked. Absent ones have their documented defaults.
	Options Params
}

// A Callback is where the progress of a call is told.
type Callback struct {
	URL    string // empty = nowhere
	Method string
	Events []string // initiated, ringing, answered, completed
}

// A Caller places calls. Instruct returns when it is certain that the call is under way, or with
// an error that says why it is not; what follows from the call it tells the engine with commands
// of its own.
type Caller interface {
	Instruct(ctx context.Context, in Instruction) error
}

// failed is the alert of a call that could not be placed. Spec: callbacks 7
var failed = map[Kind]taskrouter.AlertCode{
	Dequeue:    taskrouter.AlertDequeueFailed,
	Call:       taskrouter.AlertCallFailed,
	Redirect:   taskrouter.AlertRedirectFailed,
	Conference: taskrouter.AlertConferenceFailed,
	Supervise:  taskrouter.AlertConferenceFailed, // what cannot be joined is the conference
}

// Place has a caller carry an instruction out; nil is a server without telephony. It returns nil
// if the call is under way, and otherwise the alert that says why it is not.
func Place(ctx context.Context, c Caller, in Instruction) *taskrouter.Alert {
	if c == nil {
		return alert(failed[in.Kind], "instruction %s for reservation %s placed no call: this "+
			"server has no telephony; accept the reservation and connect the call yourself",
			in.Kind, in.ReservationSID)
	}
	if err := c.Instruct(ctx, in); err != nil {
		return alert(failed[in.Kind], "instruction %s for reservation %s failed: %v",
			in.Kind, in.ReservationSID, err)
	}
	return nil
}
