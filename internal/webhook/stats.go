package webhook

import (
	"sync/atomic"
	"time"

	"taskrouter/internal/routing"
)

// Stats are figures of a messenger since it was made, and a few of the moment.
type Stats struct {
	// Assignment callbacks by what came of them. Late are those whose reservation had ended
	// when the answer came.
	Accepted, Rejected, Open, Failed, Late uint64
	Fallbacks                              uint64 // that had to be asked
	// Events by what came of them.
	Told, Refused, Dropped uint64
	Attempts               uint64 // to tell an event that failed

	Due     int           // assignment callbacks that have not been answered
	Running int           // requests under way
	Waiting int           // that wait for their turn
	Down    int           // workspaces whose receiver of events does not answer
	Lag     time.Duration // age of the oldest event that is being told
}

// counters are the part of Stats that only grows.
type counters struct {
	accepted, rejected, open, failed, late, fallbacks atomic.Uint64
	told, refused, dropped, attempts                  atomic.Uint64
}

// answered counts what came of an assignment callback.
func (c *counters) answered(a routing.CallbackAnswer, late bool) {
	switch {
	case late:
		c.late.Add(1)
	case a == routing.CallbackAccept:
		c.accepted.Add(1)
	case a == routing.CallbackReject:
		c.rejected.Add(1)
	case a == routing.CallbackFailed:
		c.failed.Add(1)
	default:
		c.open.Add(1)
	}
}

// Stats returns the figures of now.
func (m *Messenger) Stats() Stats {
	c := &m.count
	s := Stats{
		Accepted: c.accepted.Load(), Rejected: c.rejected.Load(), Open: c.open.Load(),
		Failed: c.failed.Load(), Late: c.late.Load(), Fallbacks: c.fallbacks.Load(),
		Told: c.told.Load(), Refused: c.refused.Load(), Dropped: c.dropped.Load(),
		Attempts: c.attempts.Load(),
		Due:      m.dues.len(),
	}
	for _, l := range []*lanes{m.assignments, m.events} {
		running, waiting := l.figures()
		s.Running += running
		s.Waiting += waiting
	}
	s.Down, s.Lag = m.tracks.figures(time.Now())
	return s
}
