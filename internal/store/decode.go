package store

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"taskrouter"
)

// errMalformed is a body that AppendChanges or AppendEntity cannot have written.
var errMalformed = errors.New("body is malformed")

// DecodeChanges returns the changes of a record's plain body. Puts and subjects of events that
// were one version when they were written are one pointer again. The result shares no memory
// with body.
func DecodeChanges(body []byte) ([]*taskrouter.Change, error) {
	var d decoder
	_, changes, err := d.decode(body)
	return changes, err
}

// DecodeEntities returns the entities of a plain body in the order they were appended. The
// result shares no memory with body.
func DecodeEntities(body []byte) ([]taskrouter.Entity, error) {
	var d decoder
	entities, _, err := d.decode(body)
	return entities, err
}

// A decoder reads bodies of one workspace. It gives out one string for texts that are many
// times the same, such as the SID of a queue in each of its tasks: a workspace with a million
// tasks would else hold each a million times.
type decoder struct {
	words map[string]string // by their text
	sids  map[string]string // by their stored bytes
}

// maxShared bounds the texts that a decoder remembers.
const maxShared = 1 << 16

func (d *decoder) decode(body []byte) ([]taskrouter.Entity, []*taskrouter.Change, error) {
	var entities []taskrouter.Entity
	var changes []*taskrouter.Change
	r := fields{b: body, d: d}
	for r.next() {
		if r.field == fieldChange {
			m := r.message()
			if r.err != nil {
				break
			}
			c, err := d.change(m, entities)
			if err != nil {
				return nil, nil, fmt.Errorf("change %d: %w", len(changes), err)
			}
			changes = append(changes, c)
			continue
		}
		v, err := d.entity(&r)
		if err != nil {
			return nil, nil, fmt.Errorf("entity %d: %w", len(entities), err)
		}
		if v != nil {
			entities = append(entities, v)
		}
	}
	return entities, changes, r.err
}

// entity decodes the entity that r stands on; nil is a field that bodies may get one day and
// that holds neither entity nor change.
func (d *decoder) entity(r *fields) (taskrouter.Entity, error) {
	if r.field > fieldChange {
		return nil, nil
	}
	b := r.bytes()
	if r.err != nil {
		return nil, r.err
	}
	switch r.field {
	case fieldWorkspace:
		return d.workspace(b)
	case fieldActivity:
		return d.activity(b)
	case fieldTaskChannel:
		return d.taskChannel(b)
	case fieldTaskQueue:
		return d.taskQueue(b)
	case fieldWorkflow:
		return d.workflow(b)
	case fieldWorker:
		return d.worker(b)
	case fieldTask:
		return d.task(b)
	case fieldReservation:
		return d.reservation(b)
	default:
		return nil, fmt.Errorf("kind %d is unknown here; a newer release wrote it", r.field)
	}
}

// change decodes a change whose puts and subjects are among entities.
func (d *decoder) change(r fields, entities []taskrouter.Entity) (*taskrouter.Change, error) {
	c := new(taskrouter.Change)
	for r.next() {
		switch r.field {
		case 1:
			c.At = r.time()
		case 2:
			c.Command = taskrouter.CommandID(r.text())
		case 3:
			c.Actor.Type = r.word()
		case 4:
			c.Actor.SID = r.sharedSID()
		case 5:
			c.Actor.IP = r.word()
		case 6:
			c.Result = r.sid()
		case 7:
			c.Puts = append(c.Puts, r.puts(entities)...)
		case 8:
			c.Deleted = append(c.Deleted, r.sid())
		case 9:
			m := r.message()
			c.Events = append(c.Events, d.event(&m, entities))
			r.fail(m.err)
		case 10:
			m := r.message()
			c.Alerts = append(c.Alerts, alert(&m))
			r.fail(m.err)
		}
	}
	return c, r.err
}

// puts reads a list of numbers of entities.
func (r *fields) puts(entities []taskrouter.Entity) []taskrouter.Entity {
	var puts []taskrouter.Entity
	for b := r.bytes(); len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 || v >= uint64(len(entities)) {
			r.fail(fmt.Errorf("%w: puts an entity that is not there", errMalformed))
			return nil
		}
		puts = append(puts, entities[v])
		b = b[n:]
	}
	return puts
}

// subject reads the number of an entity of one kind.
func subject[E taskrouter.Entity](r *fields, entities []taskrouter.Entity) E {
	var none E
	n := r.uint()
	if n == 0 || n > uint64(len(entities)) {
		r.fail(fmt.Errorf("%w: an event's subject is not there", errMalformed))
		return none
	}
	v, ok := entities[n-1].(E)
	if !ok {
		r.fail(fmt.Errorf("%w: an event's subject is a %T instead of a %T",
			errMalformed, entities[n-1], none))
	}
	return v
}

func (d *decoder) event(r *fields, entities []taskrouter.Entity) taskrouter.Event {
	var v taskrouter.Event
	for r.next() {
		switch r.field {
		case 1:
			v.SID = taskrouter.EventSID(r.sid())
		case 2:
			v.Type = taskrouter.EventType(r.word())
		case 3:
			v.At = r.time()
		case 4:
			v.Workspace = subject[*taskrouter.Workspace](r, entities)
		case 5:
			v.Activity = subject[*taskrouter.Activity](r, entities)
		case 6:
			v.TaskChannel = subject[*taskrouter.TaskChannel](r, entities)
		case 7:
			v.TaskQueue = subject[*taskrouter.TaskQueue](r, entities)
		case 8:
			v.Workflow = subject[*taskrouter.Workflow](r, entities)
		case 9:
			v.Worker = subject[*taskrouter.Worker](r, entities)
		case 10:
			v.Task = subject[*taskrouter.Task](r, entities)
		case 11:
			v.Reservation = subject[*taskrouter.Reservation](r, entities)
		case 12:
			v.WorkerChannel = taskrouter.WorkerChannelSID(r.sid())
		case 13: // as it was written before 25
			v.PreviousActivity = &taskrouter.Activity{SID: taskrouter.ActivitySID(r.sharedSID())}
		case 14:
			v.PreviousSince = r.time()
		case 15: // as it was written before 26
			v.PreviousTaskQueue = &taskrouter.TaskQueue{
				SID: taskrouter.TaskQueueSID(r.sharedSID()),
			}
		case 16:
			v.PreviousCapacity = r.int()
		case 17:
			v.Filter = r.word()
		case 18:
			v.Target = r.word()
		case 19:
			v.Why = r.word()
		case 20:
			v.PreviousPriority = r.int()
		case 21:
			v.FilterExpression = r.word()
		case 22:
			v.TargetExpression = r.word()
		case 23:
			v.Cause = r.word()
		case 24:
			v.ReEvaluated = r.word()
		case 25:
			v.PreviousActivity = subject[*taskrouter.Activity](r, entities)
		case 26:
			v.PreviousTaskQueue = subject[*taskrouter.TaskQueue](r, entities)
		}
	}
	return v
}
