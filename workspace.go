package taskrouter

import "time"

// A QueueOrder says which waiting task goes first.
type QueueOrder string

const (
	// FIFO takes the highest priority first, then the longest wait.
	FIFO QueueOrder = "FIFO"
	// LIFO takes the newest first and does not look at priority.
	LIFO QueueOrder = "LIFO"
)

// Valid reports whether o is an order that exists.
func (o QueueOrder) Valid() bool { return o == FIFO || o == LIFO }

// A Workspace is one routing world: its workers, queues, workflows and tasks know nothing of
// those in another. Spec: rest-api 6
type Workspace struct {
	SID                  WorkspaceSID
	AccountSID           AccountSID
	FriendlyName         string
	DefaultActivitySID   ActivitySID // of workers created without one
	TimeoutActivitySID   ActivitySID // of workers who let a reservation run out
	EventCallbackURL     string
	EventsFilter         string // comma-separated event types as given; empty = all
	MultiTaskEnabled     bool
	PrioritizeQueueOrder QueueOrder
	DateCreated          time.Time
	DateUpdated          time.Time
}

// An Activity is what a worker is doing; only workers in an available one are offered tasks.
// Availability is fixed when the activity is made. Spec: rest-api 7
type Activity struct {
	SID          ActivitySID
	FriendlyName string
	Available    bool
	DateCreated  time.Time
	DateUpdated  time.Time
}
