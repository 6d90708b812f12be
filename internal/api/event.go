package api

import (
	"math"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/wire"
)

// Spec: rest-api 15

func listEvents(c *call) error {
	h, err := c.past()
	if err != nil {
		return err
	}
	q := c.eventQuery()
	if c.form.err != nil {
		return c.form.err
	}
	p, err := c.pageOfHistory(taskrouter.PrefixEvent, &q.Window)
	if err != nil {
		return err
	}
	past, err := h.Events(c.r.Context(), c.from, c.workspace(), q)
	if err != nil {
		return err
	}
	return sendPast(c, "events", p, past, eventSID, writeEvent)
}

func eventSID(e engine.PastEvent) string { return string(e.SID) }

func writeEvent(e *wire.Encoder, dst []byte, ev engine.PastEvent) []byte {
	return e.Event(dst, ev.Event, ev.Actor, int64(ev.Seq))
}

// eventQuery reads the filters of the list.
func (c *call) eventQuery() engine.EventQuery {
	f := &c.form
	q := engine.EventQuery{
		SID:         sid[taskrouter.EventSID](f, "Sid", taskrouter.PrefixEvent),
		Task:        sid[taskrouter.TaskSID](f, "TaskSid", taskrouter.PrefixTask),
		Worker:      sid[taskrouter.WorkerSID](f, "WorkerSid", taskrouter.PrefixWorker),
		Reservation: sid[taskrouter.ReservationSID](f, "ReservationSid", taskrouter.PrefixReservation),
		TaskQueue:   sid[taskrouter.TaskQueueSID](f, "TaskQueueSid", taskrouter.PrefixTaskQueue),
		Workflow:    sid[taskrouter.WorkflowSID](f, "WorkflowSid", taskrouter.PrefixWorkflow),
		TaskChannel: f.limited("TaskChannel", longestSearch),
		Actor:       f.limited("ActorSid", longestSearch),
		Search:      f.limited("Search", longestSearch),
	}
	types := f.all("EventType")
	if len(types) > mostWords {
		f.fail("EventType", "EventType is given %d times; at most %d are allowed", len(types), mostWords)
	}
	for _, t := range types {
		q.Types = append(q.Types, taskrouter.EventType(t))
	}
	after := f.optNumber("AfterSequence", 0, math.MaxInt)
	q.Window = c.window(after == nil && q.SID == "")
	if after != nil {
		q.AfterSeq = engine.Seq(*after)
	}
	return q
}

func readEvent(c *call) error {
	h, err := c.past()
	if err != nil {
		return err
	}
	q := engine.EventQuery{SID: taskrouter.EventSID(c.r.PathValue("Sid"))}
	if !taskrouter.ValidSID(taskrouter.PrefixEvent, string(q.SID)) {
		return taskrouter.NotFound.Errorf("no such event")
	}
	q.Limit = 1
	past, err := h.Events(c.r.Context(), c.from, c.workspace(), q)
	if err != nil {
		return err
	}
	return sendOne(c, past, writeEvent)
}
