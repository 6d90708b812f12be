package wire

import "taskrouter"

// TaskReservation appends a reservation as one of its task's. Spec: rest-api 10
func (e *Encoder) TaskReservation(dst []byte, r *taskrouter.Reservation) []byte {
	return e.reservation(dst, r, "/Tasks/", string(r.TaskSID))
}

// WorkerReservation appends a reservation as one of its worker's. Spec: rest-api 10
func (e *Encoder) WorkerReservation(dst []byte, r *taskrouter.Reservation) []byte {
	return e.reservation(dst, r, "/Workers/", string(r.WorkerSID))
}

// reservation writes both views: they differ in their own URL alone.
func (e *Encoder) reservation(
	dst []byte, r *taskrouter.Reservation, parent, parentSID string,
) []byte {
	o := &object{dst}
	o.open()
	o.text("sid", string(r.SID))
	e.owner(o)
	o.text("task_sid", string(r.TaskSID))
	o.text("worker_sid", string(r.WorkerSID))
	o.text("worker_name", r.WorkerName)
	o.text("reservation_status", string(r.Status))
	dates(o, r.DateCreated, r.DateUpdated)
	o.number("reservation_timeout", r.Timeout)
	o.date("date_expires", r.Expires)
	if e.Bridge {
		o.number("version", r.Version)
	}
	o.url(e, "url", parent, parentSID, "/Reservations/", string(r.SID))
	o.key("links")
	o.open()
	o.url(e, "task", "/Tasks/", string(r.TaskSID))
	o.url(e, "worker", "/Workers/", string(r.WorkerSID))
	o.url(e, "workspace")
	o.close()
	o.close()
	return o.b
}
