package taskrouter

import "time"

// A TaskQueue is a set of workers, named by an expression over their attributes, and the tasks
// that wait for one of them. Spec: rest-api 11
type TaskQueue struct {
	SID                    TaskQueueSID
	FriendlyName           string
	TargetWorkers          string // empty: no worker ever matches
	MaxReservedWorkers     int    // how many workers are offered a task at the same time
	TaskOrder              QueueOrder
	ReservationActivitySID ActivitySID // single-tasking workspaces only
	AssignmentActivitySID  ActivitySID // single-tasking workspaces only
	DateCreated            time.Time
	DateUpdated            time.Time
}

// A Workflow is the way of a task: filters that pick its steps, and steps that name a queue,
// a priority, a time limit and the workers preferred. Spec: rest-api 12, routing 1
type Workflow struct {
	SID                           WorkflowSID
	FriendlyName                  string
	Configuration                 string // JSON, as it was given
	ConfigurationVersion          int    // rises when Configuration changes
	Earlier                       []Configuration
	AssignmentCallbackURL         string
	FallbackAssignmentCallbackURL string
	TaskReservationTimeout        int // seconds
	// ReEvaluateAfter and ReEvaluateLast say which of the waiting tasks are still to go through
	// the configuration again: those after the one, up to the other. Empty: none.
	ReEvaluateAfter, ReEvaluateLast TaskSID
	DateCreated                     time.Time
	DateUpdated                     time.Time
}

// A Configuration is an earlier version of a workflow's configuration that tasks are still
// walking through: a change of a workflow does not move tasks that are already in it.
type Configuration struct {
	Version int
	JSON    string
}
