package taskrouter

import "time"

// A Worker takes tasks. Spec: rest-api 8
type Worker struct {
	SID               WorkerSID
	FriendlyName      string // unique in the workspace, without regard to case
	ActivitySID       ActivitySID
	Attributes        string // a JSON object, as it was given
	Channels          []WorkerChannel
	DateCreated       time.Time
	DateUpdated       time.Time
	DateStatusChanged time.Time // last change of activity
	LastReserved      time.Time // zero: never; who waited longest is asked first
	// Version rises with each change of name, activity or attributes, with a change of a
	// channel's capacity or availability, and when a reservation is made for the worker.
	// Spec: event-bridge 14
	Version int
}

// A WorkerChannel says how many tasks of one [TaskChannel] a worker may hold at once, and how
// many are held. Spec: rest-api 9
type WorkerChannel struct {
	SID                WorkerChannelSID
	TaskChannelSID     TaskChannelSID
	Available          bool
	ConfiguredCapacity int
	Reserved           int // reservations that are pending, accepted or wrapping
	Assigned           int // those of them that are accepted
	LastReserved       time.Time
	DateCreated        time.Time
	DateUpdated        time.Time
}

// Free reports whether the channel can take another task.
func (c *WorkerChannel) Free() bool { return c.Available && c.Reserved < c.ConfiguredCapacity }

// AvailableCapacityPercentage is the share of the capacity that is not in use, 0 to 100,
// rounded down. Spec: routing 8.1
func (c *WorkerChannel) AvailableCapacityPercentage() int {
	if c.ConfiguredCapacity <= 0 || c.Reserved >= c.ConfiguredCapacity {
		return 0
	}
	return (c.ConfiguredCapacity - c.Reserved) * 100 / c.ConfiguredCapacity
}

// Channel returns the worker's side of a task channel, or nil if the worker has none.
func (w *Worker) Channel(sid TaskChannelSID) *WorkerChannel {
	for i := range w.Channels {
		if w.Channels[i].TaskChannelSID == sid {
			return &w.Channels[i]
		}
	}
	return nil
}

// A TaskChannel is a kind of task that workers count apart: voice, chat, tickets.
// Spec: rest-api 14
type TaskChannel struct {
	SID                     TaskChannelSID
	FriendlyName            string
	UniqueName              string
	ChannelOptimizedRouting bool // who waited longest is measured on this channel alone
	DateCreated             time.Time
	DateUpdated             time.Time
}

// DefaultChannel is the unique name of the channel of tasks that name none.
const DefaultChannel = "default"

// BuiltinChannels are the unique names of the channels every new workspace has, in order.
var BuiltinChannels = [...]string{DefaultChannel, "voice", "sms", "chat", "video"}
