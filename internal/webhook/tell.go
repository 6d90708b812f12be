package webhook

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// burst is how many requests a track makes before it lets others of its lane go first.
const burst = 64

// A next says how a track goes on after a step.
type next struct {
	again bool          // at once
	pause time.Duration // after a while, whatever comes
	over  bool          // there is nothing to tell, and will not be
	save  time.Duration // after which how far it has come is to be stored; 0 = it is
}

// step tells events until there are none left, the receiver fails, or it is somebody else's turn.
func (t *track) step() next {
	w, ok := t.begin()
	if !ok {
		return t.end()
	}
	if err := t.open(t.m.ctx); err != nil {
		return t.stumbled("find out where to go on", err)
	}
	for left := burst; ; {
		part, err := t.part()
		if err != nil {
			return t.stumbled("read what is to be told", err)
		}
		if part == nil {
			break
		}
		n, done := t.tell(&w, part, &left)
		if !done {
			n.save = t.save(t.m.ctx, n.pause > 0 || t.m.ending())
			return n
		}
		t.seq = part.Seq
		t.batch = t.batch[1:]
	}
	if t.giving {
		return next{pause: t.miss(), save: t.save(t.m.ctx, true)}
	}
	if t.atEnd() {
		return t.end()
	}
	return next{save: t.save(t.m.ctx, false)}
}

// begin returns what the workspace asks for. It is false if that is nothing.
func (t *track) begin() (wish, bool) {
	t.m.tracks.mu.Lock()
	fresh, w := t.fresh, t.wish
	t.other, t.fresh = false, false
	t.m.tracks.mu.Unlock()
	if t.url != w.url { // what did not answer was another receiver
		t.url, t.outage, t.failing = w.url, outage{}, time.Time{}
	}
	if fresh {
		t.forget = true
	}
	return w, w.url != ""
}

// end forgets a workspace that has nothing more to tell.
func (t *track) end() next {
	if err := t.clear(t.m.ctx); err != nil {
		t.forget = true
		return t.stumbled("forget where it stood", err)
	}
	return next{over: true}
}

// atEnd reports whether the last record there will be has been told.
func (t *track) atEnd() bool {
	t.m.tracks.mu.Lock()
	defer t.m.tracks.mu.Unlock()
	return t.final && t.seq >= t.head
}

// stumbled waits after a fault of the store.
func (t *track) stumbled(over string, err error) next {
	t.known, t.batch = false, nil
	if t.m.ctx.Err() != nil {
		return next{}
	}
	t.m.o.Logger.Error("events cannot be told: cannot "+over, "workspace", t.ws,
		"retry", t.m.o.LongestPause, "err", err)
	return next{pause: t.m.o.LongestPause}
}

// tell tells the events of a record that have not been told. It is done unless next says how to
// go on with the record.
func (t *track) tell(w *wish, part *store.Part, left *int) (n next, done bool) {
	for _, c := range part.Changes {
		for i := range c.Events {
			e := &c.Events[i]
			if e.SID <= t.told {
				continue
			}
			if n, done := t.tellOne(w, e, left); !done {
				return n, false
			}
			t.told = e.SID
			t.save(t.m.ctx, false)
		}
	}
	return next{}, true
}

// tellOne tells an event, or finds out that it need not be told.
func (t *track) tellOne(w *wish, e *taskrouter.Event, left *int) (n next, done bool) {
	m := t.m
	switch {
	case m.ending():
		return next{}, false
	case !w.wants(e.Type):
		return next{}, true
	case t.giving && !t.hopeless(e):
		return next{pause: t.miss()}, false
	case t.giving:
		t.dropped++
		m.count.dropped.Add(1)
		return next{}, true
	case *left == 0 || !t.still(e):
		return next{again: true}, false
	}
	*left--
	a, err := answer{}, w.bad
	if err == nil {
		form := eventForm(t.account, t.ws, e)
		a, err = m.client.post(m.ctx, w.target, m.o.Key(t.account), form, m.o.EventTimeout)
	}
	if a.status == 0 && m.ctx.Err() != nil {
		return next{}, false // cut off by the end of the server
	}
	switch judgeEvent(a.status) {
	case told:
		m.count.told.Add(1)
		t.recovered(w)
	case refused:
		m.count.refused.Add(1)
		t.recovered(w)
		t.refused(w, e, a.status)
	default:
		m.count.attempts.Add(1)
		t.failed(w, e, a.status, err)
		if !t.hopeless(e) {
			return next{pause: t.miss()}, false
		}
		t.giving = true
		t.dropped++
		m.count.dropped.Add(1)
	}
	t.unsaved++
	return next{}, true
}

// still reports whether the workspace asks for what the run knows, and notes what is being told.
func (t *track) still(e *taskrouter.Event) bool {
	t.m.tracks.mu.Lock()
	defer t.m.tracks.mu.Unlock()
	t.telling = e.At
	return !t.other
}

// What an answer to an event callback means.
const (
	failed  = iota // try again
	told           // the receiver has it
	refused        // the receiver does not want it: trying again would not help
)

// judgeEvent tells what the status of an answer means. A redirect is not followed; whoever
// answers with one is tried again, so that nothing is lost once the URL is right.
// Spec: callbacks 6
func judgeEvent(status int) int {
	switch {
	case status >= 200 && status < 300:
		return told
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		return failed
	case status >= 400 && status < 500:
		return refused
	}
	return failed
}

// An outage is a receiver that does not answer. Since when is part of [place], which is stored.
type outage struct {
	attempts int
	giving   bool // the attempt of this step failed, and what waited for too long is dropped
	dropped  int  // events, in this run of the server
	alerted  bool // that events are dropped
	why      string
}

// failed notes that an event could not be told.
func (t *track) failed(w *wish, e *taskrouter.Event, status int, err error) {
	t.attempts++
	t.why = fmt.Sprintf("answered with status %d", status)
	if status == 0 {
		t.why = fmt.Sprintf("cannot be reached: %v", err)
	}
	if !t.failing.IsZero() {
		return
	}
	t.failing = time.Now()
	t.unsaved++
	if t.failures.pass(t.m.o.AlertEvery) {
		t.alert(w, "event callback %s %s; event %s and those after it wait, and are tried again "+
			"for %v", w.target.shown, t.why, e.SID, t.m.o.GiveUp)
	}
}

// hopeless reports whether an event has waited for its receiver for as long as it may.
func (t *track) hopeless(e *taskrouter.Event) bool {
	since := t.failing
	if e.At.After(since) {
		since = e.At
	}
	return time.Since(since) >= t.m.o.GiveUp
}

// miss ends a step in which the receiver failed, and returns how long to wait: twice as long each
// time, and not as long as others that it failed at the same time.
func (t *track) miss() time.Duration {
	if t.giving {
		t.giving = false
		if !t.alerted {
			t.alerted = true
			w := t.wishNow()
			t.alert(&w, "event callback %s %s since %s; %d events could not be told within %v and "+
				"were dropped, and so are later ones until it answers", w.target.shown, t.why,
				t.failing.UTC().Format(time.RFC3339), t.dropped, t.m.o.GiveUp)
		}
	}
	pause := t.m.o.LongestPause
	if n := t.attempts - 1; n < 16 {
		pause = min(pause, t.m.o.FirstPause<<max(0, n))
	}
	return pause*3/4 + rand.N(pause/2+1)
}

// recovered notes that the receiver answers.
func (t *track) recovered(w *wish) {
	if t.failing.IsZero() {
		return
	}
	t.m.o.Logger.Info("event callback answers again", "workspace", t.ws, "url", w.target.shown,
		"after", time.Since(t.failing).Round(time.Second), "dropped", t.dropped)
	if t.dropped > 0 {
		t.alert(w, "event callback %s answers again; %d events since %s were dropped",
			w.target.shown, t.dropped, t.failing.UTC().Format(time.RFC3339))
	}
	t.outage = outage{}
	t.failing = time.Time{}
}

// refused notes that the receiver does not want an event.
func (t *track) refused(w *wish, e *taskrouter.Event, status int) {
	t.refusals.passed++
	if t.refusals.pass(t.m.o.AlertEvery) {
		t.alert(w, "event callback %s answered with status %d to event %s (%s), which is not "+
			"told again; that makes %d refused since the last such alert", w.target.shown, status,
			e.SID, e.Type, t.refusals.passed)
		t.refusals.passed = 0
	}
}

// An alertLimit lets one alert through in a while.
type alertLimit struct {
	last   time.Time
	passed int // over in silence
}

func (l *alertLimit) pass(every time.Duration) bool {
	now := time.Now()
	if !l.last.IsZero() && now.Sub(l.last) < every {
		return false
	}
	l.last = now
	return true
}

// alert raises an alert in the workspace. Where that is not possible it is logged.
func (t *track) alert(w *wish, format string, args ...any) {
	a := taskrouter.Alert{
		Code: taskrouter.AlertUnreachable, URL: w.target.shown,
		Message: fmt.Sprintf(format, args...),
	}
	_, err := t.m.o.Engine.Submit(t.m.ctx, engine.Command{
		Workspace: t.ws,
		From: engine.Principal{System: true, Account: t.account, Actor: taskrouter.Actor{
			Type: "workspace", SID: string(t.ws)}},
		Do: routing.RaiseAlerts{Alerts: []taskrouter.Alert{a}},
	})
	if err != nil {
		t.m.o.Logger.Error(a.Message, "workspace", t.ws, "alert", int(a.Code))
	}
}

// wishNow is what the workspace asks for.
func (t *track) wishNow() wish {
	t.m.tracks.mu.Lock()
	defer t.m.tracks.mu.Unlock()
	return t.wish
}

// ending reports whether nothing is to be begun any more.
func (m *Messenger) ending() bool {
	select {
	case <-m.stopping:
		return true
	default:
		return false
	}
}
