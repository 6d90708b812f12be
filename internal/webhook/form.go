package webhook

import (
	"net/url"
	"strconv"
	"time"

	"taskrouter"
	"taskrouter/internal/wire"
)

// eventForm holds what is posted for an event. Spec: callbacks 3
func eventForm(
	account taskrouter.AccountSID, ws taskrouter.WorkspaceSID, e *taskrouter.Event,
) url.Values {
	form := make(url.Values, 48)
	for name, value := range wire.EventData(e) {
		form.Set(wire.ParameterName(name), value)
	}
	form.Set("EventType", string(e.Type))
	form.Set("EventDescription", wire.EventDescription(e))
	form.Set("AccountSid", string(account))
	form.Set("WorkspaceSid", string(ws))
	form.Set("ResourceType", e.ResourceType())
	form.Set("ResourceSid", e.ResourceSID())
	form.Set("Timestamp", seconds(e.At))
	form.Set("TimestampMs", strconv.FormatInt(e.At.UnixMilli(), 10))
	form.Set("Sid", string(e.SID))
	return form
}

// form holds what is posted for a reservation. Spec: callbacks 1
func (d *due) form() url.Values {
	r, t, w := d.reservation, d.task, d.worker
	form := url.Values{
		"Timestamp":         {seconds(r.DateCreated)},
		"AccountSid":        {string(d.account)},
		"WorkspaceSid":      {string(d.ws)},
		"WorkflowSid":       {string(r.WorkflowSID)},
		"TaskQueueSid":      {string(r.TaskQueueSID)},
		"TaskSid":           {string(r.TaskSID)},
		"WorkerSid":         {string(r.WorkerSID)},
		"ReservationSid":    {string(r.SID)},
		"TaskAttributes":    {t.Attributes},
		"TaskAge":           {strconv.Itoa(t.Age(r.DateCreated))},
		"TaskPriority":      {strconv.Itoa(t.Priority)},
		"TaskChannelSid":    {string(r.TaskChannelSID)},
		"WorkerName":        {w.FriendlyName},
		"WorkerAttributes":  {w.Attributes},
		"WorkerActivitySid": {string(w.ActivitySID)},
	}
	if d.channel != nil {
		form.Set("TaskChannelUniqueName", d.channel.UniqueName)
	}
	return form
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
