package wire

import (
	"strconv"
	"time"

	"taskrouter"
)

// eventSource is where every event of the hosted service comes from, too. Spec: rest-api 15
const eventSource = "twilio"

// AttributesKept is how long events show the attributes of their task. Spec: rest-api 15
const AttributesKept = 30 * 24 * time.Hour

// Event appends an event, whom the change that it belongs to is by, and the sequence number of
// the journal's record. Spec: rest-api 15
func (e *Encoder) Event(
	dst []byte, ev *taskrouter.Event, by taskrouter.Actor, sequence int64,
) []byte {
	sid := string(ev.SID)
	by = e.actor(by)
	o := &object{dst}
	o.open()
	o.text("sid", sid)
	e.owner(o)
	o.text("event_type", string(ev.Type))
	o.date("event_date", ev.At)
	o.long("event_date_ms", ev.At.UnixMilli())
	o.text("description", EventDescription(ev))
	o.text("resource_type", ev.ResourceType())
	o.text("resource_sid", ev.ResourceSID())
	o.url(e, "resource_url", resourcePath(ev)...)
	o.text("actor_type", by.Type)
	o.textOrNull("actor_sid", by.SID)
	switch by.Type {
	case "workspace":
		o.url(e, "actor_url")
	case "worker":
		o.url(e, "actor_url", "/Workers/", by.SID)
	default:
		o.null("actor_url")
	}
	o.text("source", eventSource)
	o.textOrNull("source_ip_address", by.IP)
	e.eventData(o, ev)
	o.long("sequence", sequence)
	o.url(e, "url", "/Events/", sid)
	o.close()
	return o.b
}

// actor is who acted; where nobody is named it was routing itself.
func (e *Encoder) actor(by taskrouter.Actor) taskrouter.Actor {
	if by.Type == "" {
		return taskrouter.Actor{Type: "workspace", SID: string(e.Catalog.Workspace.SID)}
	}
	return by
}

// eventData writes what the event says. The attributes of the task are left empty when the event
// is so old that they are no longer shown.
func (e *Encoder) eventData(o *object, ev *taskrouter.Event) {
	old := e.Now.Sub(ev.At) > AttributesKept
	o.key("event_data")
	o.open()
	for name, value := range EventData(ev) {
		if old && name == "task_attributes" {
			value = ""
		}
		o.text(name, value)
	}
	o.close()
}

// resourcePath is where below the workspace the thing is that the event is about.
func resourcePath(ev *taskrouter.Event) []string {
	sid := ev.ResourceSID()
	switch ev.ResourceType() {
	case "reservation":
		return []string{"/Tasks/", string(ev.Reservation.TaskSID), "/Reservations/", sid}
	case "task":
		return []string{"/Tasks/", sid}
	case "worker":
		return []string{"/Workers/", sid}
	case "task-queue":
		return []string{"/TaskQueues/", sid}
	case "workflow":
		return []string{"/Workflows/", sid}
	case "task-channel":
		return []string{"/TaskChannels/", sid}
	case "activity":
		return []string{"/Activities/", sid}
	}
	return nil
}

// Alert appends an alert and the sequence number of the journal's record. Spec: history 2
func (e *Encoder) Alert(dst []byte, a *taskrouter.Alert, sequence int64) []byte {
	code := strconv.Itoa(int(a.Code))
	o := &object{dst}
	o.open()
	o.text("sid", string(a.SID))
	e.owner(o)
	o.text("error_code", code)
	o.text("log_level", string(a.Code.Level()))
	o.text("alert_text", a.Message)
	o.text("more_info", moreInfo+code)
	o.date("date_created", a.At)
	o.long("date_created_ms", a.At.UnixMilli())
	o.textOrNull("resource_sid", alertResource(a))
	o.textOrNull("task_sid", string(a.TaskSID))
	o.textOrNull("reservation_sid", string(a.ReservationSID))
	o.textOrNull("worker_sid", string(a.WorkerSID))
	o.textOrNull("workflow_sid", string(a.WorkflowSID))
	o.textOrNull("request_url", a.URL)
	o.long("sequence", sequence)
	o.url(e, "url", "/Alerts/", string(a.SID))
	o.close()
	return o.b
}

// alertResource is the SID of what an alert is about first of all.
func alertResource(a *taskrouter.Alert) string {
	switch {
	case a.ReservationSID != "":
		return string(a.ReservationSID)
	case a.TaskSID != "":
		return string(a.TaskSID)
	case a.WorkerSID != "":
		return string(a.WorkerSID)
	}
	return string(a.WorkflowSID)
}
