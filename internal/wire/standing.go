package wire

import (
	"time"

	"taskrouter"
)

// A Standing is what is known about how soon a task is served. It is an addition.
type Standing struct {
	// Position is the task's place in its queue and channel, from 1; 0 = it does not wait.
	Position int
	// Wait is how long it will probably wait; negative = unknown.
	Wait time.Duration
	// Filter is the name of the workflow's filter that it matched; empty = not told.
	Filter string
}

// Wait is how long a task at a place probably waits where so many are accepted in a second;
// negative if none are.
func Wait(place int, perSecond float64) time.Duration {
	if perSecond <= 0 {
		return -1
	}
	const most = 14 * 24 * time.Hour // tasks do not live longer
	return min(most, time.Duration(float64(place)/perSecond*float64(time.Second)))
}

// StandingTask appends a task as [Encoder.Task] does, with its step and, unless s is nil, its
// standing. Spec: feed 5
func (e *Encoder) StandingTask(dst []byte, t *taskrouter.Task, s *Standing) []byte {
	o := reopen(e.Task(dst, t))
	e.step(o, &t.Step, s)
	if s != nil {
		s.append(o)
	}
	o.close()
	return o.b
}

func (s *Standing) append(o *object) {
	if s.Position > 0 {
		o.number("position", s.Position)
	} else {
		o.null("position")
	}
	if s.Position > 0 && s.Wait >= 0 {
		o.number("estimated_wait", int(s.Wait/time.Second))
	} else {
		o.null("estimated_wait")
	}
}

// step writes where a task is in its workflow, null before it has been anywhere.
func (e *Encoder) step(o *object, step *taskrouter.Step, s *Standing) {
	if step.Entered.IsZero() {
		o.null("step")
		return
	}
	o.key("step")
	o.open()
	if step.Filter == taskrouter.NoFilter {
		o.null("configuration")
		o.null("filter")
	} else {
		o.number("configuration", step.Configuration)
		o.number("filter", step.Filter)
	}
	if s != nil && s.Filter != "" {
		o.text("filter_name", s.Filter)
	}
	o.number("target", step.Target)
	o.date("date_entered", step.Entered)
	o.date("date_expires", step.Expires)
	o.textOrNull("known_worker_sid", string(step.KnownWorkerSID))
	o.close()
}

// A Presence is who of a worker's pages is there. It is an addition.
type Presence struct {
	Connections int
	Seen        time.Time // last sign of life; zero = none since the server was started
}

// PresentWorker appends a worker as [Encoder.Worker] does, with its presence unless that is nil,
// and, if channels is true, its channels. Spec: feed 5
func (e *Encoder) PresentWorker(
	dst []byte, w *taskrouter.Worker, p *Presence, channels bool,
) []byte {
	o := reopen(e.Worker(dst, w))
	if p != nil {
		p.append(o)
	}
	if channels {
		o.key("channels")
		o.b = append(o.b, '[')
		for i := range w.Channels {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.b = e.WorkerChannel(o.b, w, &w.Channels[i])
		}
		o.b = append(o.b, ']')
	}
	o.close()
	return o.b
}

func (p *Presence) append(o *object) {
	o.truth("connected", p.Connections > 0)
	o.number("connections", p.Connections)
	o.date("last_seen", p.Seen)
}

// reopen takes the end off an object that was just appended, so that more can follow.
func reopen(b []byte) *object { return &object{b[:len(b)-1]} }
