package worker

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"taskrouter"
)

// A state is what a client reads of its worker after each connect.
type state struct {
	worker *Worker
	open   []*Reservation // by when they were made
	ended  []*Reservation // those of the view that are not open any more
}

// pending reports whether an offer waits for an answer.
func (s *state) pending() bool {
	return slices.ContainsFunc(s.open, func(r *Reservation) bool {
		return r.Status == taskrouter.ReservationPending
	})
}

// readState reads the worker, its open reservations, and how those of the view ended that are
// not among them.
//
// Open reservations are read status by status in the order of a reservation's life: one that
// moves on in the meantime is seen twice, and its later status counts, but never not at all.
//
// Spec: event-bridge 10
func (c *Client) readState(ctx context.Context) (*state, error) {
	w, err := c.FetchWorker(ctx)
	if err != nil {
		return nil, err
	}
	s := &state{worker: w}
	open := make(map[taskrouter.ReservationSID]*Reservation)
	for _, status := range []taskrouter.ReservationStatus{
		taskrouter.ReservationPending, taskrouter.ReservationAccepted,
		taskrouter.ReservationWrapping,
	} {
		page, err := c.listReservations(ctx, status)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			open[r.SID] = r
		}
	}
	known := c.view.list()
	for _, r := range known {
		if open[r.SID] != nil {
			open[r.SID].Task = r.Task
			continue
		}
		now, err := c.FetchReservation(ctx, r.TaskSID, r.SID)
		switch {
		case statusOf(err) == http.StatusNotFound:
			gone := *r
			gone.Status = ""
			s.ended = append(s.ended, &gone)
		case err != nil:
			return nil, err
		case now.Status.Open():
			open[r.SID] = now
		default:
			if now.Task.AssignmentStatus == "" {
				now.Task = r.Task
			}
			s.ended = append(s.ended, now)
		}
	}
	s.open = inOrder(open)
	return s, c.attachTasks(ctx, s.open)
}

// listReservations lists reservations of one status, or all, without their tasks.
func (c *Client) listReservations(
	ctx context.Context, status taskrouter.ReservationStatus,
) ([]*Reservation, error) {
	p := params{}
	p.text("ReservationStatus", string(status))
	all, err := list[Reservation](ctx, c, "list the worker's reservations",
		c.workerURL("/Reservations"), p)
	for _, r := range all {
		r.client = c
		r.Task = &Task{SID: r.TaskSID, client: c}
	}
	return all, err
}

// atOnce is how many tasks are read at the same time.
const atOnce = 4

// attachTasks reads the task of each reservation. One that the server does not have any more
// stays what it was; any other failure is one of the whole. Spec: sdk-v1-api 9
func (c *Client) attachTasks(ctx context.Context, all []*Reservation) error {
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	turn := make(chan struct{}, atOnce)
	for i, r := range all {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			t, err := c.FetchTask(ctx, r.TaskSID)
			switch {
			case err == nil:
				r.Task = t
			case statusOf(err) != http.StatusNotFound:
				errs[i] = err
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
