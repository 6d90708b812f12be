package bridge

import (
	"sync"
	"time"

	"github.com/lxzan/gws"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// A frame is one message to pages. It is made where a change is told and rendered where it is
// written, by the first socket that does so; all others that know the server under the same
// name write the same bytes.
type frame struct {
	opcode  gws.Opcode
	fixed   []byte // of a frame that tells of no event
	event   *taskrouter.Event
	catalog *routing.Catalog

	mu         sync.Mutex
	renderings []rendering
}

// A rendering is a frame for those who reach the server at one origin.
type rendering struct {
	origin string
	text   []byte
}

// newFrame returns the frame that tells of an event, with the names of the catalog.
func newFrame(e *taskrouter.Event, c *routing.Catalog) *frame {
	return &frame{opcode: gws.OpcodeText, event: e, catalog: c}
}

// text returns the frame for an origin. The caller does not change it.
func (f *frame) text(origin string) []byte {
	if f.event == nil {
		return f.fixed
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, r := range f.renderings {
		if r.origin == origin {
			return r.text
		}
	}
	e := wire.Encoder{Origin: origin, Catalog: f.catalog, Now: time.Now(), Bridge: true}
	text := appendFrame(make([]byte, 0, 2048), &e, f.event)
	f.renderings = append(f.renderings, rendering{origin, text})
	return text
}

// appendFrame appends the message that tells of an event. Spec: event-bridge 9.1
func appendFrame(dst []byte, e *wire.Encoder, event *taskrouter.Event) []byte {
	dst = append(dst, `{"event_type":`...)
	dst = wire.AppendString(dst, string(event.Type))
	dst = append(dst, `,"payload":`...)
	dst = appendPayload(dst, e, event)
	return append(dst, '}')
}

// appendPayload appends what an event is about. Reservation events carry the task, whose SID is
// the payload's, and beside it the SID of the reservation. The key "reservation", with all
// of the reservation, is an addition: with it a page need not fetch anything.
//
// Spec: event-bridge 9.2
func appendPayload(dst []byte, e *wire.Encoder, event *taskrouter.Event) []byte {
	switch event.Type {
	case taskrouter.EventWorkerActivity, taskrouter.EventWorkerAttributes:
		return e.Worker(dst, event.Worker)
	case taskrouter.EventWorkerCapacity, taskrouter.EventWorkerAvailability:
		for i := range event.Worker.Channels {
			if c := &event.Worker.Channels[i]; c.SID == event.WorkerChannel {
				return e.WorkerChannel(dst, event.Worker, c)
			}
		}
		return append(dst, "null"...)
	case taskrouter.EventTaskUpdated, taskrouter.EventTaskCanceled,
		taskrouter.EventTaskCompleted, taskrouter.EventTaskWrapup:
		return e.Task(dst, event.Task)
	}
	dst = e.Task(dst, event.Task)
	dst = append(dst[:len(dst)-1], `,"reservation_sid":`...)
	dst = wire.AppendString(dst, string(event.Reservation.SID))
	dst = append(dst, `,"reservation":`...)
	dst = e.TaskReservation(dst, event.Reservation)
	return append(dst, '}')
}
