package store

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"taskrouter"
)

// maxContext is the length of a workflow's configurations up to which a version that is mere
// context keeps them.
const maxContext = 8 << 10

// AppendChanges appends the plain body of a record to dst.
func AppendChanges(dst []byte, changes []*taskrouter.Change) []byte {
	var e encoder
	return append(dst, e.encode(changes)...)
}

// AppendEntity appends one entity to a plain body.
func AppendEntity(dst []byte, e taskrouter.Entity) []byte {
	return appendEntity(dst, e)
}

// An encoder writes one body after the other and keeps its buffers.
type encoder struct {
	buf     message
	numbers map[taskrouter.Entity]int
	last    int // number of entities so far
}

// encode returns the plain body of changes; it is valid until the next call.
func (e *encoder) encode(changes []*taskrouter.Change) []byte {
	e.buf, e.last = e.buf[:0], 0
	if e.numbers == nil {
		e.numbers = make(map[taskrouter.Entity]int)
	}
	clear(e.numbers)
	for _, c := range changes {
		for _, p := range c.Puts {
			e.write(p)
		}
	}
	for _, c := range changes {
		for i := range c.Events {
			e.writeContext(&c.Events[i])
		}
	}
	for _, c := range changes {
		e.change(c)
	}
	return e.buf
}

// release lets go of the entities, and of a buffer that grew beyond what is usual.
func (e *encoder) release() {
	clear(e.numbers)
	if cap(e.buf) > 1<<20 {
		e.buf = nil
	}
}

// write writes a version, unless it is there already.
func (e *encoder) write(v taskrouter.Entity) {
	if _, ok := e.numbers[v]; ok {
		return
	}
	e.numbers[v] = e.last
	e.last++
	e.buf = appendEntity(e.buf, v)
}

// writeContext writes the subjects of an event that no change of the record puts.
func (e *encoder) writeContext(v *taskrouter.Event) {
	if v.Workspace != nil {
		e.write(v.Workspace)
	}
	if v.Activity != nil {
		e.write(v.Activity)
	}
	if v.TaskChannel != nil {
		e.write(v.TaskChannel)
	}
	if v.TaskQueue != nil {
		e.write(v.TaskQueue)
	}
	if v.Workflow != nil {
		e.writeWorkflow(v.Workflow)
	}
	if v.Worker != nil {
		e.write(v.Worker)
	}
	if v.Task != nil {
		e.write(v.Task)
	}
	if v.Reservation != nil {
		e.write(v.Reservation)
	}
	if v.PreviousActivity != nil {
		e.write(v.PreviousActivity)
	}
	if v.PreviousTaskQueue != nil {
		e.write(v.PreviousTaskQueue)
	}
}

// writeWorkflow writes a workflow as context. A long configuration would be repeated in every
// record that mentions it, so it stays away.
func (e *encoder) writeWorkflow(w *taskrouter.Workflow) {
	if _, ok := e.numbers[w]; ok {
		return
	}
	e.numbers[w] = e.last
	e.last++
	size := len(w.Configuration)
	for _, c := range w.Earlier {
		size += len(c.JSON)
	}
	if size > maxContext {
		short := *w
		short.Configuration, short.Earlier = "", nil
		w = &short
	}
	e.buf = appendEntity(e.buf, w)
}

// number is the number of an event's subject, -1 for none.
func number[T any, P interface {
	*T
	taskrouter.Entity
}](e *encoder, p P) int {
	if p == nil {
		return -1
	}
	return e.numbers[p]
}

func (e *encoder) change(c *taskrouter.Change) {
	m, start := e.buf.open(fieldChange)
	m = m.time(1, c.At)
	m = m.text(2, string(c.Command))
	m = m.text(3, c.Actor.Type)
	m = m.sid(4, c.Actor.SID)
	m = m.text(5, c.Actor.IP)
	m = m.sid(6, c.Result)
	if len(c.Puts) > 0 {
		var puts int
		m, puts = m.open(7)
		for _, p := range c.Puts {
			m = protowire.AppendVarint(m, uint64(e.numbers[p]))
		}
		m = m.close(puts)
	}
	for _, d := range c.Deleted {
		m = m.element(8, d)
	}
	for i := range c.Events {
		m = e.event(m, &c.Events[i])
	}
	for i := range c.Alerts {
		m = appendAlert(m, &c.Alerts[i])
	}
	e.buf = m.close(start)
}

func (e *encoder) event(m message, v *taskrouter.Event) message {
	m, start := m.open(9)
	m = m.sid(1, string(v.SID))
	m = m.text(2, string(v.Type))
	m = m.time(3, v.At)
	m = m.ref(4, number(e, v.Workspace))
	m = m.ref(5, number(e, v.Activity))
	m = m.ref(6, number(e, v.TaskChannel))
	m = m.ref(7, number(e, v.TaskQueue))
	m = m.ref(8, number(e, v.Workflow))
	m = m.ref(9, number(e, v.Worker))
	m = m.ref(10, number(e, v.Task))
	m = m.ref(11, number(e, v.Reservation))
	m = m.sid(12, string(v.WorkerChannel))
	m = m.time(14, v.PreviousSince)
	m = m.int(16, v.PreviousCapacity)
	m = m.text(17, v.Filter)
	m = m.text(18, v.Target)
	m = m.text(19, v.Why)
	m = m.int(20, v.PreviousPriority)
	m = m.text(21, v.FilterExpression)
	m = m.text(22, v.TargetExpression)
	m = m.text(23, v.Cause)
	m = m.text(24, v.ReEvaluated)
	m = m.ref(25, number(e, v.PreviousActivity))
	m = m.ref(26, number(e, v.PreviousTaskQueue))
	return m.close(start)
}

func appendEntity(m message, v taskrouter.Entity) message {
	switch v := v.(type) {
	case *taskrouter.Workspace:
		return appendWorkspace(m, v)
	case *taskrouter.Activity:
		return appendActivity(m, v)
	case *taskrouter.TaskChannel:
		return appendTaskChannel(m, v)
	case *taskrouter.TaskQueue:
		return appendTaskQueue(m, v)
	case *taskrouter.Workflow:
		return appendWorkflow(m, v)
	case *taskrouter.Worker:
		return appendWorker(m, v)
	case *taskrouter.Task:
		return appendTask(m, v)
	case *taskrouter.Reservation:
		return appendReservation(m, v)
	default:
		panic(fmt.Sprintf("store: a %T is no entity", v))
	}
}
