package routing

import (
	"time"

	"taskrouter"
)

// A TaskExplanation says where a task is, what it waits for, and why nobody has it yet. As JSON
// it is what the REST API answers; what does not apply is null or empty. Spec: explanation 3
type TaskExplanation struct {
	TaskSID          taskrouter.TaskSID      `json:"task_sid"`
	WorkspaceSID     taskrouter.WorkspaceSID `json:"workspace_sid"`
	AccountSID       taskrouter.AccountSID   `json:"account_sid"`
	AssignmentStatus taskrouter.TaskStatus   `json:"assignment_status"`
	At               *time.Time              `json:"at"`
	Sentence         string                  `json:"sentence"`
	Step             *StepExplained          `json:"step"`
	Filters          []FilterExplained       `json:"filters"`
	FiltersTotal     int                     `json:"filters_total"`
	Position         *int                    `json:"position"` // in its queue and channel, from 1
	Waiting          int                     `json:"waiting"`  // tasks there
	Funnel           []Stage                 `json:"funnel"`
	Workers          []WorkerLine            `json:"workers"`
	Reservations     []OfferExplained        `json:"reservations"`
	// ReservationsOfOthers are those that the viewer is not shown.
	ReservationsOfOthers int        `json:"reservations_of_others"`
	Next                 []Upcoming `json:"next"`
	Changes              []Remedy   `json:"changes"`
	// NextPageURL is where the list of workers goes on; whoever asked fills it in.
	NextPageURL *string `json:"next_page_url"`

	// NextPage is where the next page begins, nil after the last one.
	NextPage *Place `json:"-"`
}

// A StepExplained is the step of the workflow that a task is on.
type StepExplained struct {
	Kind                 string      `json:"kind"` // filter, default_filter or direct
	Name                 string      `json:"name"` // in words
	WorkflowSID          *string     `json:"workflow_sid"`
	WorkflowName         *string     `json:"workflow_friendly_name"`
	ConfigurationVersion *int        `json:"configuration_version"` // that the task walks through
	CurrentVersion       *int        `json:"current_version"`       // that new tasks get
	Filter               *int        `json:"filter"`                // place in the list
	FilterName           *string     `json:"filter_friendly_name"`
	Target               *int        `json:"target"` // place in the filter's targets
	Targets              int         `json:"targets"`
	TaskQueueSID         *string     `json:"task_queue_sid"`
	TaskQueueName        *string     `json:"task_queue_friendly_name"`
	Priority             int         `json:"priority"` // of the task there
	Expression           *string     `json:"expression"`
	OrderBy              *string     `json:"order_by"`
	Timeout              *int        `json:"timeout"` // seconds
	Entered              *time.Time  `json:"date_entered"`
	Expires              *time.Time  `json:"date_expires"`
	Then                 *string     `json:"then"` // what its end leads to
	SkipIf               *SkipIf     `json:"skip_if"`
	KnownAgent           *KnownAgent `json:"known_agent"`
}

// A SkipIf is a step's skip_if with what it counts now.
type SkipIf struct {
	Expression string         `json:"expression"`
	Counts     map[string]int `json:"counts"`
	Matches    bool           `json:"matches"`
}

// A KnownAgent is the only worker that a step asks for.
type KnownAgent struct {
	Reference    string  `json:"reference"` // such as task.agent
	WorkerSID    *string `json:"worker_sid"`
	FriendlyName *string `json:"friendly_name"`
	Problem      *string `json:"problem"` // why nobody is meant
}

// A FilterExplained is a filter of the task's configuration and whether it matches.
type FilterExplained struct {
	Filter     *int        `json:"filter"` // place in the list; null: the default filter
	Name       *string     `json:"filter_friendly_name"`
	Expression *string     `json:"expression"`
	Matches    bool        `json:"matches"`
	Taken      bool        `json:"taken"`      // the task is on it
	Conditions []Condition `json:"conditions"` // that decided
}

// A Condition is one that decided, with its values.
type Condition struct {
	Condition string `json:"condition"`
	Matches   bool   `json:"matches"`
	Left      string `json:"left"`
	Right     string `json:"right"`
	Sentence  string `json:"sentence"`
}

// A Stage is a check on the way from all workers to those who could take the task.
type Stage struct {
	Reason   Reason         `json:"reason"`  // of those whom it refuses
	Text     string         `json:"text"`    // what those who pass have in common
	Count    int            `json:"count"`   // of those who passed it and all before
	Refused  int            `json:"refused"` // whom it is the first to refuse
	Examples []WorkerExcuse `json:"examples"`
}

// ReasonEverybody marks the first stage, which refuses nobody.
const ReasonEverybody Reason = "workspace"

// A WorkerExcuse is a worker and why it does not get a task.
type WorkerExcuse struct {
	WorkerSID    *string `json:"worker_sid"` // null if it is made up
	FriendlyName string  `json:"friendly_name"`
	Sentence     string  `json:"sentence"`
}

// A WorkerLine is a worker and the first thing between it and the task.
type WorkerLine struct {
	WorkerSID    taskrouter.WorkerSID `json:"worker_sid"`
	FriendlyName string               `json:"friendly_name"`
	Reason       Reason               `json:"reason"`
	Sentence     string               `json:"sentence"`
	Wanted       *string              `json:"wanted"`
	Actual       *string              `json:"actual"`
	// AlreadyRejected is when the worker last let an offer of this task go by. That refuses
	// nobody: the task may be offered again.
	AlreadyRejected *time.Time `json:"already_rejected"`
}

// An OfferExplained is a reservation of the task.
type OfferExplained struct {
	ReservationSID taskrouter.ReservationSID    `json:"reservation_sid"`
	WorkerSID      taskrouter.WorkerSID         `json:"worker_sid"`
	WorkerName     string                       `json:"worker_name"`
	Status         taskrouter.ReservationStatus `json:"reservation_status"`
	DateCreated    *time.Time                   `json:"date_created"`
	DateUpdated    *time.Time                   `json:"date_updated"`
	DateExpires    *time.Time                   `json:"date_expires"` // of one that is pending
	Sentence       string                       `json:"sentence"`
}

// An Upcoming is what time alone will do, unless something else comes before.
type Upcoming struct {
	At    *time.Time `json:"at"`
	Event string     `json:"event"`
	Text  string     `json:"text"`
}

// A Remedy is a change after which somebody could get the task.
type Remedy struct {
	Reason  Reason `json:"reason"`
	Workers int    `json:"workers"` // for how many it would do
	Text    string `json:"text"`
}

// A Place is where a page of workers ended.
type Place struct {
	Rank   int
	Worker taskrouter.WorkerSID
}
