package taskrouter

import "time"

// A Window is a stretch of time: from From until just before To. A zero To means up to now.
type Window struct{ From, To time.Time }

// A Count names something that statistics count.
type Count int

// What is counted, each by the moment of its event.
const (
	ReservationsCreated Count = iota
	ReservationsAccepted
	ReservationsRejected
	ReservationsTimedOut
	ReservationsCanceled
	ReservationsRescinded
	TasksCreated // of workspaces
	TasksEntered // of queues and workflows
	TasksCanceled
	TasksCompleted
	TasksDeleted            // because somebody asked for it, or after 24 hours of work
	TasksMoved              // to another queue; of a queue, those that left it
	TasksTimedOutInWorkflow // of workspaces and workflows
	Counts                  // how many there are
)

// Figures are what happened within a window to the tasks and reservations of a workspace, a
// queue, a workflow or a worker. Spec: rest-api 16.3
type Figures struct {
	Counts [Counts]int
	// UntilAccepted and UntilCanceled are waits since the creation of the task, InQueue those
	// since it entered the queue, until somebody accepted it.
	UntilAccepted, UntilCanceled, InQueue Waits
	// Splits are as many as were asked for, in the same order.
	Splits []Split
}

// Waits sum up how long tasks waited.
type Waits struct {
	Tasks           int
	Total, Min, Max time.Duration
}

// Add counts one more wait.
func (w *Waits) Add(d time.Duration) {
	w.Merge(Waits{1, d, d, d})
}

// Merge counts other waits as well.
func (w *Waits) Merge(o Waits) {
	if o.Tasks == 0 {
		return
	}
	if w.Tasks == 0 || o.Min < w.Min {
		w.Min = o.Min
	}
	w.Max = max(w.Max, o.Max)
	w.Tasks += o.Tasks
	w.Total += o.Total
}

// Average is the mean wait, 0 if there is none.
func (w *Waits) Average() time.Duration {
	if w.Tasks == 0 {
		return 0
	}
	return w.Total / time.Duration(w.Tasks)
}

// A Split tells apart the tasks that waited up to a threshold and those that waited for longer.
type Split struct {
	Seconds      int
	Below, Above SplitSide
}

// A SplitSide counts the tasks on one side of a threshold.
type SplitSide struct{ Accepted, Canceled int }

// A FiguresQuery says which figures are asked for.
type FiguresQuery struct {
	Window
	TaskChannel TaskChannelSID // only what is on it; empty = everything
	// Splits are thresholds in seconds.
	Splits []int
	// Of are the SIDs of whom the figures are: a workspace, queues, workflows or workers.
	Of []string
}

// Stays sum up how long workers were in an activity: each unbroken time of a worker counts as
// one, by the part of it that lies in the window.
type Stays = Waits

// A StaysQuery says whose stays are asked for.
type StaysQuery struct {
	Window
	// Now is where stays that are running are cut off.
	Now time.Time
	// Workers are those whose stays count, as they are now.
	Workers []*Worker
	// Former counts the stays of workers that were deleted since as well.
	Former bool
}
