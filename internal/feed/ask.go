package feed

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"taskrouter"
	"taskrouter/internal/store"
	"taskrouter/internal/websocket"
)

// An ask is what a reader wants to be told, and how. Readers who ask for the same share what is
// written for them, so it is comparable.
type ask struct {
	topics     topics
	full       bool
	attributes bool
	events     string // types, sorted and joined; empty = all
	task       taskrouter.TaskSID
	worker     taskrouter.WorkerSID
	queue      taskrouter.TaskQueueSID
	origin     string
	lines      bool // as text/event-stream, else as WebSocket frames
}

// maxList is how many values a list in a request may have.
const maxList = 100

// A query reads parameters. The first that is wrong sets err.
type query struct {
	values url.Values
	err    error
}

func (q *query) fail(name, format string, args ...any) {
	if q.err == nil {
		q.err = taskrouter.Invalid.Errorf(format, args...).At(name)
	}
}

// list returns the values of a parameter that may be repeated, or be a list with commas.
func (q *query) list(name string) []string {
	var list []string
	for _, value := range q.values[name] {
		for v := range strings.SplitSeq(value, ",") {
			if v = strings.TrimSpace(v); v != "" {
				list = append(list, v)
			}
		}
	}
	if len(list) > maxList {
		q.fail(name, "%s has %d values; at most %d are allowed", name, len(list), maxList)
	}
	return list
}

// topics reads a list of topics out of those that are allowed; usual if there is none.
func (q *query) topics(name string, allowed, usual topics) topics {
	list := q.list(name)
	if len(list) == 0 {
		return usual
	}
	var set topics
	for _, v := range list {
		i := slices.IndexFunc(topicNames[:], func(t topicName) bool {
			return t.name == v && t.topic&allowed != 0
		})
		if i < 0 {
			var names []string
			for _, t := range topicNames {
				if t.topic&allowed != 0 {
					names = append(names, t.name)
				}
			}
			q.fail(name, "%s must be a list of %s, not %q", name, strings.Join(names, ", "), shorten(v))
			return 0
		}
		set |= topicNames[i].topic
	}
	return set
}

// full reads how much of each row is wanted.
func (q *query) full() bool {
	switch v := q.values.Get("Fields"); v {
	case "", "slim":
		return false
	case "full":
		return true
	default:
		q.fail("Fields", "Fields must be slim or full, not %q", shorten(v))
		return false
	}
}

func (q *query) flag(name string) bool {
	switch v := strings.ToLower(q.values.Get(name)); v {
	case "true", "1", "yes":
		return true
	case "", "false", "0", "no":
		return false
	default:
		q.fail(name, "%s must be true or false, not %q", name, shorten(v))
		return false
	}
}

// sid reads a SID; empty if it is not given.
func (q *query) sid(name, prefix string) string {
	v := q.values.Get(name)
	if v != "" && !taskrouter.ValidSID(prefix, v) {
		q.fail(name, "%s must be a SID, %s and 32 hexadecimal digits, not %q", name, prefix, shorten(v))
	}
	return v
}

// maxEventType is how long a type of events may be, in bytes.
const maxEventType = 64

// eventTypes reads the types of events. One that does not exist is not refused, just as in lists
// of events.
func (q *query) eventTypes() string {
	list := q.list("EventType")
	for _, v := range list {
		if len(v) > maxEventType {
			q.fail("EventType", "EventType %q is no type of event; types are like task.created",
				shorten(v))
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}

// position reads a sequence number, -1 if none is given.
func (q *query) position(name, v string) store.Seq {
	if v == "" {
		return -1
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 0 {
		q.fail(name, "%s must be a sequence number, a whole number from 0, not %q", name, shorten(v))
	}
	return store.Seq(n)
}

// readAsk reads what a request wants of the stream, and after which position; -1 = from now on.
//
// Spec: feed 2
func readAsk(r *http.Request, origin string) (ask, store.Seq, error) {
	q := &query{values: r.URL.Query()}
	a := ask{
		topics:     q.topics("Topics", everything|stats, everything),
		full:       q.full(),
		attributes: q.flag("Attributes"),
		events:     q.eventTypes(),
		task:       taskrouter.TaskSID(q.sid("TaskSid", taskrouter.PrefixTask)),
		worker:     taskrouter.WorkerSID(q.sid("WorkerSid", taskrouter.PrefixWorker)),
		queue:      taskrouter.TaskQueueSID(q.sid("TaskQueueSid", taskrouter.PrefixTaskQueue)),
		origin:     origin,
		lines:      !websocket.Wanted(r),
	}
	after := q.position("AfterSequence", q.values.Get("AfterSequence"))
	if last := r.Header.Get("Last-Event-ID"); last != "" && a.lines {
		// A browser that comes back sends the address it began with, and this.
		after = q.position("Last-Event-ID", last)
	}
	return a, after, q.err
}

// tells reports whether the reader wants to hear of an event.
func (a *ask) tells(e *taskrouter.Event) bool {
	return (a.events == "" || among(a.events, string(e.Type))) &&
		(a.task == "" || e.Task != nil && e.Task.SID == a.task) &&
		(a.worker == "" || e.Worker != nil && e.Worker.SID == a.worker ||
			e.Reservation != nil && e.Reservation.WorkerSID == a.worker) &&
		(a.queue == "" || e.TaskQueue != nil && e.TaskQueue.SID == a.queue ||
			e.PreviousTaskQueue != nil && e.PreviousTaskQueue.SID == a.queue)
}

// among reports whether a joined list holds v.
func among(list, v string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if item == v {
			return true
		}
	}
	return false
}

// shorten keeps what a message quotes to a reasonable length.
func shorten(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// warns reports whether the reader wants to hear of an alert.
func (a *ask) warns(t *taskrouter.Alert) bool {
	return (a.task == "" || t.TaskSID == a.task) && (a.worker == "" || t.WorkerSID == a.worker)
}
