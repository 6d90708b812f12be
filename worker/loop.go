package worker

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// A loop is the one goroutine that moves a client on: it takes events from the socket, hands
// them to the program, gets a lost connection back and a used up token renewed. Whatever may
// take time is done beside it and comes back as a message.
type loop struct {
	c *Client

	line    *line
	busy    bool         // connecting or reading is under way; the line's events wait
	results chan outcome // of that
	started bool         // Ready has been told

	queue    []Event
	behind   bool // events were put aside, the program has to take those that wait
	putAside int

	attempts int // in a row that failed
	retry    *time.Timer

	renewal  *time.Timer
	renewing bool
	renewed  chan error
	failures int // of renewing, in a row

	ending bool // only what waits is handed out any more
}

func newLoop(c *Client) *loop {
	l := &loop{
		c:       c,
		results: make(chan outcome, 1),
		renewed: make(chan error, 1),
		retry:   time.NewTimer(0),
		renewal: time.NewTimer(0),
	}
	l.retry.Stop()
	l.watchToken()
	return l
}

// run works until the client is closed, or has ended and its last event has been taken.
func (l *loop) run() {
	c := l.c
	defer l.stop()
	for !l.ending || len(l.queue) > 0 {
		var out chan<- Event
		var head Event
		if len(l.queue) > 0 {
			out, head = c.events, l.queue[0]
		}
		var frames <-chan Event
		if l.line != nil && !l.busy {
			frames = l.line.frames
		}
		select {
		case out <- head:
			l.taken()
		case e, ok := <-frames:
			if ok {
				l.hear(e)
			} else {
				l.lost(l.line.failure())
			}
		case o := <-l.results:
			l.busy = false
			l.settle(o)
		case <-l.retry.C:
			l.attempt()
		case <-l.renewal.C:
			l.renew()
		case err := <-l.renewed:
			l.renewing = false
			l.tokenCame(err)
		case <-c.given:
			l.tokenCame(nil)
		case <-c.closing:
			return
		}
	}
}

// stop ends what the loop has begun.
func (l *loop) stop() {
	l.retry.Stop()
	l.renewal.Stop()
	l.c.cancel()
	if l.line != nil {
		l.line.close()
	}
	if l.busy {
		if o := <-l.results; o.line != nil {
			o.line.close()
		}
	}
	l.end(ErrClosed)
	close(l.c.events)
}

// end says that the client has ended; the first reason counts.
func (l *loop) end(why error) {
	if l.ending {
		return
	}
	l.ending = true
	l.c.err = why
	close(l.c.ended)
}

// hear takes an event of the socket.
func (l *loop) hear(e Event) {
	switch e := e.(type) {
	case ActivityUpdated:
		l.c.learn(e.Worker)
	case AttributesUpdated:
		l.c.learn(e.Worker)
	}
	if l.behind || len(l.queue) >= l.c.options.Buffer {
		if !l.behind {
			l.c.log.Warn("the program takes its events too slowly; it will be brought up to date",
				"waiting", len(l.queue))
		}
		l.behind = true
		l.putAside++
		return
	}
	if l.c.view.tell(e) {
		l.queue = append(l.queue, e)
	}
}

// say queues an event of the client's own. Only the last one of several losses in a row stays,
// so an outage does not fill the queue.
func (l *loop) say(e Event) {
	if n := len(l.queue); n > 0 {
		_, last := l.queue[n-1].(Disconnected)
		if _, again := e.(Disconnected); last && again {
			l.queue[n-1] = e
			return
		}
	}
	l.queue = append(l.queue, e)
}

// taken notes that the program took an event. When it has taken all that waited, it is brought
// up to date. Spec: worker-sdk 5
func (l *loop) taken() {
	l.queue[0] = nil
	l.queue = l.queue[1:]
	if len(l.queue) > 0 {
		return
	}
	l.queue = nil
	if l.behind && l.line != nil && !l.busy && !l.ending {
		l.begin(func(ctx context.Context) outcome {
			s, err := l.c.readState(ctx)
			return outcome{state: s, err: err}
		})
	}
}

// begin does something beside the loop.
func (l *loop) begin(do func(context.Context) outcome) {
	l.busy = true
	l.c.work.Go(func() { l.results <- do(l.c.ctx) })
}

// attempt begins to connect.
func (l *loop) attempt() {
	if l.busy || l.line != nil || l.ending {
		return
	}
	l.retry.Stop()
	l.begin(l.c.establish)
}

// settle takes what came of connecting or reading.
func (l *loop) settle(o outcome) {
	if o.err != nil {
		l.lost(o.err)
		return
	}
	if o.line != nil {
		l.line, l.attempts = o.line, 0
	}
	if l.behind && len(l.queue) > 0 {
		// The program is not there yet; what has been read will be old when it is.
		return
	}
	var events []Event
	differences := l.c.view.read(o.state)
	if l.started {
		events = append(events, Resumed{o.state.worker, o.state.open, l.putAside})
	} else {
		events = append(events, Ready{o.state.worker, o.state.open})
	}
	l.started, l.behind, l.putAside = true, false, 0
	l.queue = append(append(l.queue, events...), differences...)
}

// lost notes that there is no connection, or none yet, and sees to the next one.
// Spec: worker-sdk 6, 10
func (l *loop) lost(err error) {
	c := l.c
	c.log.Info("not connected", "err", err)
	if l.line != nil {
		l.line.close()
		if errors.Is(err, ErrTokenExpired) {
			c.tokens.refuse(l.line.token)
		}
		l.line = nil
	}
	if errors.Is(err, ErrDisplaced) || errors.Is(err, ErrDeleted) {
		l.say(Disconnected{Err: err})
		l.end(err)
		return
	}
	if c.tokens.usedUp(time.Now()) && c.tokens.renew == nil && !l.mayBeWrong(err) {
		l.say(Disconnected{Err: err})
		return
	}
	l.attempts++
	wait := max(c.options.Backoff(l.attempts), retryAfter(err), time.Millisecond)
	l.retry.Reset(wait)
	l.say(Disconnected{Err: err, Retry: wait})
}

// mayBeWrong reports whether a refused token may be taken another time: its life is not over.
func (l *loop) mayBeWrong(err error) bool {
	end := l.c.tokens.expires()
	return statusOf(err) == http.StatusUnauthorized && (end.IsZero() || time.Now().Before(end))
}

// retryAfter is how long the server asks to wait.
func retryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// watchToken sets the timer by which the token is renewed.
func (l *loop) watchToken() {
	l.renewal.Stop()
	if end := l.c.tokens.expires(); !end.IsZero() {
		now := time.Now()
		l.renewal.Reset(max(0, renewal(now, end).Sub(now)))
	}
}

// renew asks for another token, or says that one is needed. Spec: worker-sdk 7
func (l *loop) renew() {
	if l.ending || l.renewing {
		return
	}
	if l.c.tokens.renew == nil {
		l.say(TokenExpiring{Expires: l.c.tokens.expires()})
		return
	}
	l.renewing = true
	old := l.c.tokens.current()
	l.c.work.Go(func() { l.renewed <- l.c.tokens.replace(l.c.ctx, old) })
}

// tokenCame goes on with a new token, or tries again to get one.
func (l *loop) tokenCame(err error) {
	if l.ending {
		return
	}
	if err != nil {
		l.failures++
		l.c.log.Warn("the token could not be renewed", "err", err)
		l.say(TokenExpiring{Expires: l.c.tokens.expires(), Err: err})
		l.renewal.Reset(max(l.c.options.Backoff(l.failures), time.Millisecond))
		return
	}
	l.failures = 0
	l.watchToken()
	if l.line == nil {
		l.attempt()
		return
	}
	// A request is how the server learns that the connection may live on. Spec: event-bridge 13
	l.c.work.Go(func() {
		if _, err := l.c.FetchWorker(l.c.ctx); err != nil {
			l.c.log.Warn("the new token could not be shown to the server", "err", err)
		}
	})
}
