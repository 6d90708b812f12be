package taskrouter

import "time"

// A ReservationStatus is where an offer of a task to a worker stands.
type ReservationStatus string

// Spec: routing 5.2
const (
	ReservationPending   ReservationStatus = "pending"
	ReservationAccepted  ReservationStatus = "accepted"
	ReservationRejected  ReservationStatus = "rejected"
	ReservationTimeout   ReservationStatus = "timeout"
	ReservationCanceled  ReservationStatus = "canceled"
	ReservationRescinded ReservationStatus = "rescinded"
	ReservationWrapping  ReservationStatus = "wrapping"
	ReservationCompleted ReservationStatus = "completed"
)

// reservationTransitions lists, for each status, the statuses that may follow.
var reservationTransitions = map[ReservationStatus][]ReservationStatus{
	ReservationPending: {
		ReservationAccepted, ReservationRejected, ReservationTimeout,
		ReservationCanceled, ReservationRescinded,
	},
	ReservationAccepted:  {ReservationWrapping, ReservationCompleted},
	ReservationWrapping:  {ReservationCompleted},
	ReservationRejected:  {},
	ReservationTimeout:   {},
	ReservationCanceled:  {},
	ReservationRescinded: {},
	ReservationCompleted: {},
}

// ReservationStatuses are all statuses of a reservation.
var ReservationStatuses = [...]ReservationStatus{
	ReservationPending, ReservationAccepted, ReservationRejected, ReservationTimeout,
	ReservationCanceled, ReservationRescinded, ReservationWrapping, ReservationCompleted,
}

// Valid reports whether s is a status that exists.
func (s ReservationStatus) Valid() bool { _, ok := reservationTransitions[s]; return ok }

// Open reports whether a reservation with this status uses capacity of its worker.
func (s ReservationStatus) Open() bool {
	return s == ReservationPending || s == ReservationAccepted || s == ReservationWrapping
}

// CanBecome reports whether a reservation may go from s to next.
func (s ReservationStatus) CanBecome(next ReservationStatus) bool {
	return contains(reservationTransitions[s], next)
}

// A Reservation is a task held for a worker: an offer while it is pending, work once it is
// accepted. Spec: rest-api 10
type Reservation struct {
	SID            ReservationSID
	TaskSID        TaskSID
	WorkerSID      WorkerSID
	WorkerName     string
	Status         ReservationStatus
	TaskQueueSID   TaskQueueSID
	WorkflowSID    WorkflowSID
	TaskChannelSID TaskChannelSID
	// PreviousActivitySID is what the worker was doing when the offer was made.
	PreviousActivitySID ActivitySID
	// CallbackDue says that the workflow's assignment callback has not been answered yet.
	CallbackDue bool
	Timeout     int       // seconds the worker has to answer
	Expires     time.Time // when that time is over
	DateCreated time.Time
	DateUpdated time.Time
	Version     int
}
