package worker

import (
	"context"
	"errors"
	"sync"

	"taskrouter"
)

// ErrTaskEnded is the cause, see [context.Cause], with which the context of a [Handler] ends
// when the reservation has.
var ErrTaskEnded = errors.New("the reservation has ended")

// A Handler is what a program does with what happens to its worker.
type Handler struct {
	// Offer is called for each offer, on a goroutine of its own. The context ends with
	// [Client.Serve], and with [ErrTaskEnded] as its cause when the reservation ends: rejected, timed
	// out, canceled, rescinded or completed. While an action of this client on the task is under
	// way, that waits, so a function may complete its task with its context; what is to happen
	// after that needs another one.
	Offer func(ctx context.Context, r *Reservation)
	// Taken is called in the same way for each reservation that the client first hears of when it
	// has been accepted already: by an earlier run of the program, say.
	Taken func(ctx context.Context, r *Reservation)
	// Event is called with every event, in order, before anything else is done about it. Serve
	// waits for it.
	Event func(ctx context.Context, e Event)
}

// Serve takes the client's events and calls the functions of h, until the context ends or the
// client does. Then it ends the contexts of functions that still run, waits for them, and
// returns the cause of the context's end, or [Client.Err]. Spec: worker-sdk 4
func (c *Client) Serve(ctx context.Context, h Handler) error {
	working, cancel := context.WithCancelCause(ctx)
	s := &service{
		client: c, handler: h, ctx: working, work: make(map[taskrouter.ReservationSID]func()),
	}
	var err error
	for err == nil {
		select {
		case <-ctx.Done():
			err = context.Cause(ctx)
		case e, ok := <-c.events:
			if !ok {
				err = c.Err()
				break
			}
			s.handle(e)
		}
	}
	cancel(err)
	s.running.Wait()
	return err
}

// A service is one run of [Client.Serve].
type service struct {
	client  *Client
	handler Handler
	ctx     context.Context
	work    map[taskrouter.ReservationSID]func() // ends the context of each open reservation
	running sync.WaitGroup
}

func (s *service) handle(e Event) {
	if s.handler.Event != nil {
		s.handler.Event(s.ctx, e)
	}
	about, ok := e.(ReservationEvent)
	if !ok {
		return
	}
	r := about.About()
	end, known := s.work[r.SID]
	switch {
	case r.Status.Open() && !known:
		s.start(r)
	case !r.Status.Open() && known:
		delete(s.work, r.SID)
		s.client.acts.idle(r.TaskSID, end)
	}
}

// start calls the function for a reservation.
func (s *service) start(r *Reservation) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	s.work[r.SID] = func() { cancel(ErrTaskEnded) }
	do := s.handler.Taken
	if r.Status == taskrouter.ReservationPending {
		do = s.handler.Offer
	}
	if do == nil {
		return
	}
	s.running.Go(func() { do(ctx, r) })
}
