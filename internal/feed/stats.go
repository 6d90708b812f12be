package feed

import (
	"strconv"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
	"taskrouter/internal/wire"
)

// statsPause is the least time between two messages with figures.
const statsPause = time.Second

// Figures are what a workspace counts at one moment. They are collected in its loop and written
// outside of it.
type figures struct {
	all        routing.Tally
	activities []headcount
	queues     []queueFigures
}

type headcount struct {
	activity taskrouter.ActivitySID
	workers  int
}

type queueFigures struct {
	queue               taskrouter.TaskQueueSID
	tally               routing.Tally
	eligible, available int
}

// figuresOf counts a workspace. It looks at no task and no worker.
func figuresOf(s *routing.State) *figures {
	f := &figures{all: s.WorkspaceTally("")}
	activities := s.Catalog().Activities()
	for _, a := range activities {
		f.activities = append(f.activities, headcount{a.SID, s.WorkersIn(a.SID)})
	}
	for _, q := range s.Catalog().TaskQueues() {
		qf := queueFigures{
			queue: q.SID, tally: s.QueueTally(q.SID, ""), eligible: s.MemberCount(q.SID),
		}
		for _, a := range activities {
			if a.Available {
				qf.available += s.MembersIn(q.SID, a.SID)
			}
		}
		f.queues = append(f.queues, qf)
	}
	return f
}

// append writes the figures. Times are told, not ages: an age would be wrong a second later.
// Spec: feed 1.3
func (f *figures) append(dst []byte) []byte {
	dst = appendTally(append(dst, '{'), &f.all)
	dst = append(dst, `,"workers_by_activity":{`...)
	for i, a := range f.activities {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, string(a.activity))
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, int64(a.workers), 10)
	}
	dst = append(dst, `},"queues":{`...)
	for i := range f.queues {
		q := &f.queues[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, string(q.queue))
		dst = appendTally(append(dst, ":{"...), &q.tally)
		dst = append(dst, `,"eligible_workers":`...)
		dst = strconv.AppendInt(dst, int64(q.eligible), 10)
		dst = append(dst, `,"available_workers":`...)
		dst = strconv.AppendInt(dst, int64(q.available), 10)
		dst = append(dst, '}')
	}
	return append(dst, "}}"...)
}

// appendTally writes the counts of statuses that are not final, and since when the oldest waits.
func appendTally(dst []byte, t *routing.Tally) []byte {
	dst = append(dst, `"tasks_by_status":{`...)
	for i, s := range [...]struct {
		status taskrouter.TaskStatus
		tasks  int
	}{
		{taskrouter.TaskPending, t.Pending}, {taskrouter.TaskReserved, t.Reserved},
		{taskrouter.TaskAssigned, t.Assigned}, {taskrouter.TaskWrapping, t.Wrapping},
	} {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, string(s.status))
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, int64(s.tasks), 10)
	}
	dst = append(dst, `},"longest_waiting_task_sid":`...)
	if t.Oldest == nil {
		return append(dst, `null,"longest_waiting_since":null`...)
	}
	dst = wire.AppendString(dst, string(t.Oldest.SID))
	dst = append(dst, `,"longest_waiting_since":`...)
	return appendMoment(dst, t.Oldest.DateCreated)
}

// A count is what a room last told of its figures.
type count struct {
	at    store.Seq // of the journal; -1 = nothing has been told
	moved time.Time // when it was
	json  []byte
}

// message is the count as a reader gets it. Spec: feed 3.7
func (c *count) message(a *ask) []byte {
	dst := begin("stats", c.at, c.moved)
	dst = append(dst, `,"stats":`...)
	dst = append(dst, c.json...)
	return frame(a.lines, "stats", -1, append(dst, '}'))
}

// count tells the figures to those who want them, if something has happened since they were told
// last. It returns how long to wait before it is asked again, 0 if there is nothing to tell.
func (r *room) count() time.Duration {
	r.mu.Lock()
	wanted := false
	for a, s := range r.streams {
		wanted = wanted || a.topics&stats != 0 && len(s.readers) > 0
	}
	news, final := r.counted.at < r.told, r.final
	moved := r.counted.moved
	r.mu.Unlock()
	if !wanted || !news || final {
		return 0
	}
	if wait := moved.Add(statsPause).Sub(r.hub.now()); wait > 0 {
		return wait
	}
	var f *figures
	at, err := r.hub.options.Engine.ViewAt(r.hub.ctx, engine.Principal{System: true}, r.sid,
		func(s *routing.State) { f = figuresOf(s) })
	if err != nil {
		return statsPause // it stops, or is too busy now
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counted = count{at: at.Seq, moved: r.hub.now(), json: f.append(nil)}
	for _, s := range r.streams {
		if s.ask.topics&stats == 0 {
			continue
		}
		text := r.counted.message(&s.ask)
		for reader := range s.readers {
			if reader.live {
				reader.mail = append(reader.mail, text)
				reader.due()
			}
		}
	}
	return 0
}
