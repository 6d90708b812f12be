package api

import (
	"cmp"
	"iter"
	"net/http"
	"slices"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/voice"
	"taskrouter/internal/wire"
)

// Spec: rest-api 10

// A reservationPath is where a request found a reservation: under its task, or under its
// worker. One of the two SIDs is empty.
type reservationPath struct {
	sid    taskrouter.ReservationSID
	task   taskrouter.TaskSID
	worker taskrouter.WorkerSID
}

func reservationInPath(c *call) reservationPath {
	return reservationPath{
		sid:    taskrouter.ReservationSID(c.r.PathValue("Sid")),
		task:   taskrouter.TaskSID(c.r.PathValue("TaskSid")),
		worker: taskrouter.WorkerSID(c.r.PathValue("WorkerSid")),
	}
}

// in returns the reservation, nil if it is not there or belongs to another task or worker.
func (p reservationPath) in(s *routing.State) *taskrouter.Reservation {
	r := s.Reservation(p.sid)
	if r == nil || p.task != "" && r.TaskSID != p.task || p.worker != "" && r.WorkerSID != p.worker {
		return nil
	}
	return r
}

// view writes a reservation as seen from the path.
func (p reservationPath) view(e *wire.Encoder, dst []byte, r *taskrouter.Reservation) []byte {
	if p.task != "" {
		return e.TaskReservation(dst, r)
	}
	return e.WorkerReservation(dst, r)
}

func (c *call) sendReservation(
	p reservationPath, e *wire.Encoder, r *taskrouter.Reservation,
) error {
	c.etag(r.Version)
	return c.answer(http.StatusOK, p.view(e, c.out, r))
}

func readReservation(c *call) error {
	p := reservationInPath(c)
	r, e, err := find(c, p.in)
	if err != nil {
		return err
	}
	return c.sendReservation(p, e, r)
}

// updateReservation moves a reservation on: by ReservationStatus, or by an Instruction that
// says what to do with its call. Spec: rest-api 10.1
func updateReservation(c *call) error {
	f, p := &c.form, reservationInPath(c)
	status := word(f, "ReservationStatus",
		taskrouter.ReservationAccepted, taskrouter.ReservationRejected,
		taskrouter.ReservationWrapping, taskrouter.ReservationCompleted)
	in := readInstruction(f, p)
	if f.err != nil {
		return f.err
	}
	if in.name == "" && status == "" {
		return taskrouter.Invalid.Errorf("the update says nothing; send ReservationStatus " +
			"(accepted, rejected, wrapping or completed) or an Instruction").At("ReservationStatus")
	}
	if in.name != "" && status != "" && status != in.status {
		return taskrouter.Invalid.Errorf("Instruction %s and ReservationStatus %s can't be "+
			"combined; send one of them", in.name, status).At("Instruction")
	}
	if in.name == supervise {
		return c.supervise(p)
	}
	if in.status != "" && in.voice == "" {
		status = in.status
	}
	var cmd routing.Command = routing.UpdateReservation{
		SID: p.sid, Task: p.task, Worker: p.worker, IfMatch: c.ifMatch(),
		Status:            status,
		WorkerActivitySID: f.activity("WorkerActivitySid"),
	}
	if in.voice != "" {
		cmd = routing.InstructReservation{
			SID: p.sid, Task: p.task, Worker: p.worker, IfMatch: c.ifMatch(),
			Instruction: in.voice, Accept: in.accept,
			Alerts: c.unplaced(voice.Kind(in.voice), p.sid),
		}
	}
	r, e, err := submit[taskrouter.Reservation](c, cmd)
	if err != nil {
		return err
	}
	return c.sendReservation(p, e, r)
}

func listTaskReservations(c *call) error {
	worker := filterSID[taskrouter.WorkerSID](&c.form, "WorkerSid", taskrouter.PrefixWorker)
	task := taskrouter.TaskSID(c.r.PathValue("TaskSid"))
	return listReservations(c, worker, func(s *routing.State) []*taskrouter.Reservation {
		if s.Task(task) == nil {
			return nil
		}
		return some(s.TaskReservations(task))
	})
}

func listWorkerReservations(c *call) error {
	worker := workerInPath(c)
	return listReservations(c, nil, func(s *routing.State) []*taskrouter.Reservation {
		if s.Worker(worker) == nil {
			return nil
		}
		return some(s.WorkerReservations(worker))
	})
}

// listReservations lists what all returns, nil meaning that whoever holds them does not exist.
func listReservations(
	c *call, worker *taskrouter.WorkerSID, all func(*routing.State) []*taskrouter.Reservation,
) error {
	p := reservationInPath(c)
	statuses := words(&c.form, "ReservationStatus", taskrouter.ReservationStatuses[:]...)
	return list(c, listing[*taskrouter.Reservation]{
		key:    "reservations",
		prefix: taskrouter.PrefixReservation,
		sid:    entitySID[*taskrouter.Reservation],
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.Reservation] {
			list := all(s)
			if list == nil {
				return nil
			}
			slices.SortFunc(list, func(a, b *taskrouter.Reservation) int {
				return cmp.Compare(a.SID, b.SID)
			})
			return after(list, entitySID, last)
		},
		keep: func(*routing.Catalog) func(*taskrouter.Reservation) bool {
			return func(r *taskrouter.Reservation) bool {
				return is(worker, r.WorkerSID) &&
					(len(statuses) == 0 || slices.Contains(statuses, r.Status))
			}
		},
		write: p.view,
	})
}

// some tells a list that is empty from one that is not there.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
