package wire

import (
	"strconv"
	"time"

	"taskrouter"
)

// A Timeline is a page of what happened to a task.
type Timeline struct {
	Task    taskrouter.TaskSID
	Life    TaskLife
	Entries []TimelineEntry
	// Viewer is the worker whose client reads, empty for everybody else. Other workers stay
	// nameless for it.
	Viewer taskrouter.WorkerSID
}

// A TimelineEntry is an event, with whom its change is by, or else an alert.
type TimelineEntry struct {
	Event    *taskrouter.Event
	Actor    taskrouter.Actor
	Alert    *taskrouter.Alert
	Sequence int64 // of the journal's record
}

// A TaskLife is what became of a task. Zero times are moments that did not come.
type TaskLife struct {
	Status       taskrouter.TaskStatus
	Reason       string
	Created      time.Time
	FirstOffered time.Time
	Accepted     time.Time
	Ended        time.Time // completed or canceled
	Removed      time.Time // deleted, or left the live state after its end
	Offers       int
}

// Timeline appends a page of a timeline. Spec: history 3
func (e *Encoder) Timeline(dst []byte, meta Meta, t *Timeline) []byte {
	dst = AppendList(dst, meta, t.Entries, func(dst []byte, entry TimelineEntry) []byte {
		o := &object{dst}
		o.open()
		if entry.Event != nil {
			e.timelineEvent(o, t.Viewer, &entry)
		} else {
			e.timelineAlert(o, t.Viewer, &entry)
		}
		o.close()
		return o.b
	})
	o := &object{dst[:len(dst)-1]} // goes on in the page's object
	e.life(o, t)
	o.close()
	return o.b
}

func (e *Encoder) timelineEvent(o *object, viewer taskrouter.WorkerSID, entry *TimelineEntry) {
	ev := entry.Event
	o.text("kind", "event")
	o.date("date", ev.At)
	o.long("date_ms", ev.At.UnixMilli())
	o.long("sequence", entry.Sequence)
	o.text("event_sid", string(ev.SID))
	o.text("event_type", string(ev.Type))
	o.text("sentence", Sentence(ev, viewer))
	o.textOrNull("reason", ev.Why)
	o.textOrNull("cause", ev.Cause)
	o.textOrNull("re_evaluated", ev.ReEvaluated)
	by := e.actor(entry.Actor)
	if viewer != "" && by.Type == "worker" && by.SID != string(viewer) {
		by.SID = ""
	}
	o.text("actor_type", by.Type)
	o.textOrNull("actor_sid", by.SID)
	var reservation, worker, name string
	if r := ev.Reservation; r != nil {
		reservation = string(r.SID)
		if viewer == "" || r.WorkerSID == viewer {
			worker, name = string(r.WorkerSID), r.WorkerName
		}
	}
	o.textOrNull("reservation_sid", reservation)
	o.textOrNull("worker_sid", worker)
	o.textOrNull("worker_name", name)
	var queue, queueName, workflow, workflowName string
	if q := ev.TaskQueue; q != nil {
		queue, queueName = string(q.SID), q.FriendlyName
	}
	if w := ev.Workflow; w != nil {
		workflow, workflowName = string(w.SID), w.FriendlyName
	}
	o.textOrNull("task_queue_sid", queue)
	o.textOrNull("task_queue_name", queueName)
	o.textOrNull("workflow_sid", workflow)
	o.textOrNull("workflow_name", workflowName)
	o.textOrNull("workflow_filter_name", ev.Filter)
	o.textOrNull("workflow_filter_target_name", ev.Target)
}

func (e *Encoder) timelineAlert(o *object, viewer taskrouter.WorkerSID, entry *TimelineEntry) {
	a := entry.Alert
	mine := viewer == "" || a.WorkerSID == viewer
	text := a.Message
	if !mine || text == "" {
		text = a.Code.String() // the message may name whom it is about
	}
	o.text("kind", "alert")
	o.date("date", a.At)
	o.long("date_ms", a.At.UnixMilli())
	o.long("sequence", entry.Sequence)
	o.text("alert_sid", string(a.SID))
	o.text("error_code", strconv.Itoa(int(a.Code)))
	o.text("log_level", string(a.Code.Level()))
	o.text("sentence", text)
	o.textOrNull("reservation_sid", string(a.ReservationSID))
	worker := ""
	if mine {
		worker = string(a.WorkerSID)
	}
	o.textOrNull("worker_sid", worker)
	o.textOrNull("workflow_sid", string(a.WorkflowSID))
}

// life writes the figures of the task. Times between are whole seconds.
func (e *Encoder) life(o *object, t *Timeline) {
	l := &t.Life
	o.key("task")
	o.open()
	o.text("sid", string(t.Task))
	o.text("assignment_status", string(l.Status))
	o.textOrNull("reason", l.Reason)
	o.date("date_created", l.Created)
	o.number("offers", l.Offers)
	o.date("date_first_offered", l.FirstOffered)
	o.span("first_offered_after", l.Created, l.FirstOffered)
	o.date("date_accepted", l.Accepted)
	o.span("accepted_after", l.Created, l.Accepted)
	o.date("date_ended", l.Ended)
	o.span("ended_after", l.Created, l.Ended)
	o.date("date_removed", l.Removed)
	o.url(e, "url", "/Tasks/", string(t.Task))
	o.close()
}

// span writes the whole seconds from one moment to another, null if one of them did not come.
func (o *object) span(k string, from, to time.Time) {
	if from.IsZero() || to.IsZero() {
		o.null(k)
		return
	}
	o.long(k, int64(max(0, to.Sub(from))/time.Second))
}
