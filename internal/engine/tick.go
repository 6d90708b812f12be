package engine

import (
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// tick does what is due and arms the timer for what comes next. A timer that is armed too
// early is left alone: it fires, finds nothing due, and is armed again.
func (w *workspace) tick() {
	due, ok := w.due()
	if !ok || !w.armed.IsZero() && !due.Before(w.armed) {
		return
	}
	now := w.now.next()
	if due.After(now) {
		w.arm(now, due)
		return
	}
	w.e.count.commands.Add(1)
	change, err := w.decide(routing.Tick{}, now)
	if err == nil && !change.Empty() {
		from := Principal{
			Account: w.account,
			Actor:   taskrouter.Actor{Type: "workspace", SID: string(w.sid)},
			System:  true,
		}
		change.Actor = from.Actor
		w.next.add(change, &from)
	}
	if w.broken { // once memory is good again
		w.hush(now)
		return
	}
	w.pause, w.quiet = 0, time.Time{}
	if due, ok = w.due(); !ok {
		return
	}
	if !due.After(now) && (err != nil || change.Empty()) {
		w.e.o.Logger.Error("routing left undone what was due", "workspace", w.sid,
			"due", due, "err", err)
		w.hush(now)
		due = w.quiet
	}
	w.arm(now, due)
}

// due is when the next tick is to run.
func (w *workspace) due() (time.Time, bool) {
	due, ok := w.state.NextDeadline()
	if due.Before(w.quiet) {
		due = w.quiet
	}
	return due, ok
}

// hush keeps ticks away for a while that grows with each time, so that one which does not help
// does not run for ever.
func (w *workspace) hush(now time.Time) {
	w.pause = max(time.Second, min(2*w.pause, time.Minute))
	w.quiet = now.Add(w.pause)
}

func (w *workspace) arm(now, due time.Time) {
	w.armed = due
	w.timer.Reset(due.Sub(now))
}
