package stats

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
)

// A naive remembers everything that happened, one by one.
type naive struct {
	events []happened
	stays  map[taskrouter.WorkerSID][]stay
}

type happened struct {
	at      time.Time
	count   taskrouter.Count
	owners  []string
	channel taskrouter.TaskChannelSID
	wait    time.Duration // of accepted and canceled tasks
	inQueue time.Duration // of accepted ones
	queue   string
}

// remember reads the whole journal of a workspace.
func (b *bench) remember() *naive {
	b.Helper()
	n := &naive{stays: make(map[taskrouter.WorkerSID][]stay)}
	for part, err := range b.engine.Read(b.Context(), b.ws, 0) {
		b.must(err)
		for _, c := range part.Changes {
			for i := range c.Events {
				n.event(string(b.ws), c.At, &c.Events[i])
			}
		}
	}
	return n
}

var reservationCounts = map[taskrouter.EventType]taskrouter.Count{
	"reservation.created": taskrouter.ReservationsCreated, "reservation.accepted": taskrouter.ReservationsAccepted,
	"reservation.rejected": taskrouter.ReservationsRejected, "reservation.timeout": taskrouter.ReservationsTimedOut,
	"reservation.canceled": taskrouter.ReservationsCanceled, "reservation.rescinded": taskrouter.ReservationsRescinded,
}

func (n *naive) event(ws string, at time.Time, e *taskrouter.Event) {
	add := func(h happened) {
		h.at = at
		n.events = append(n.events, h)
	}
	if what, ok := reservationCounts[e.Type]; ok {
		r := e.Reservation
		h := happened{count: what, channel: r.TaskChannelSID, queue: string(r.TaskQueueSID),
			owners: []string{ws, string(r.TaskQueueSID), string(r.WorkflowSID), string(r.WorkerSID)}}
		if what == taskrouter.ReservationsAccepted {
			h.wait, h.inQueue = at.Sub(e.Task.DateCreated), at.Sub(e.Task.TaskQueueEnteredDate)
		}
		add(h)
		return
	}
	t := e.Task
	on := func(what taskrouter.Count, owners ...string) {
		add(happened{count: what, channel: t.TaskChannelSID, owners: owners, wait: at.Sub(t.DateCreated)})
	}
	switch e.Type {
	case "task.created":
		on(taskrouter.TasksCreated, ws)
	case "workflow.entered":
		on(taskrouter.TasksEntered, string(t.WorkflowSID))
	case "task-queue.entered":
		on(taskrouter.TasksEntered, string(t.TaskQueueSID))
	case "task-queue.moved":
		on(taskrouter.TasksMoved, ws, string(t.WorkflowSID), string(e.PreviousTaskQueue.SID))
	case "workflow.timeout":
		on(taskrouter.TasksTimedOutInWorkflow, ws, string(t.WorkflowSID))
	case "task.canceled":
		on(taskrouter.TasksCanceled, ws, string(t.TaskQueueSID), string(t.WorkflowSID))
	case "task.completed":
		on(taskrouter.TasksCompleted, ws, string(t.TaskQueueSID), string(t.WorkflowSID))
	case "task.deleted", "task.system-deleted":
		on(taskrouter.TasksDeleted, ws, string(t.TaskQueueSID), string(t.WorkflowSID))
	case "worker.activity.update":
		n.stays[e.Worker.SID] = append(n.stays[e.Worker.SID], stay{
			e.PreviousActivity.SID, e.PreviousSince.UnixMilli(), at.UnixMilli()})
	case "worker.deleted":
		n.stays[e.Worker.SID] = append(n.stays[e.Worker.SID], stay{
			e.Worker.ActivitySID, e.Worker.DateStatusChanged.UnixMilli(), at.UnixMilli()})
	}
}

// figures are those of one owner.
func (n *naive) figures(q taskrouter.FiguresQuery, owner string) taskrouter.Figures {
	var f taskrouter.Figures
	for _, s := range q.Splits {
		f.Splits = append(f.Splits, taskrouter.Split{Seconds: s})
	}
	for _, h := range n.events {
		if h.at.Before(q.From) || !q.To.IsZero() && !h.at.Before(q.To) ||
			!slices.Contains(h.owners, owner) || q.TaskChannel != "" && q.TaskChannel != h.channel {
			continue
		}
		f.Counts[h.count]++
		if owner[:2] == taskrouter.PrefixWorker {
			continue
		}
		switch h.count {
		case taskrouter.ReservationsAccepted:
			f.UntilAccepted.Add(h.wait)
			if h.queue == owner {
				f.InQueue.Add(h.inQueue)
			}
		case taskrouter.TasksCanceled:
			f.UntilCanceled.Add(h.wait)
		default:
			continue
		}
		for i := range f.Splits {
			side := &f.Splits[i].Below
			if h.wait > time.Duration(f.Splits[i].Seconds)*time.Second {
				side = &f.Splits[i].Above
			}
			if h.count == taskrouter.TasksCanceled {
				side.Canceled++
			} else {
				side.Accepted++
			}
		}
	}
	return f
}

// durations are those of all workers that are kept.
func (n *naive) durations(
	q taskrouter.StaysQuery,
) map[taskrouter.ActivitySID]taskrouter.Stays {
	to := q.Now
	if !q.To.IsZero() && q.To.Before(to) {
		to = q.To
	}
	c := newStayCount(q.From.UnixMilli(), to.UnixMilli())
	for sid, list := range n.stays {
		in := q.Former || slices.ContainsFunc(q.Workers, func(w *taskrouter.Worker) bool { return w.SID == sid })
		for _, s := range list {
			if in {
				c.add(s)
			}
		}
	}
	for _, w := range q.Workers {
		c.add(stay{w.ActivitySID, w.DateStatusChanged.UnixMilli(), to.UnixMilli()})
	}
	return c.sums()
}

// TestAgainstHistory lets random things happen over days, while the reader is stopped, killed
// and tidied up at random moments, and holds what it says about random windows against what
// the whole journal says.
func TestAgainstHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := &player{bench: newBench(t), rand: rand.New(rand.NewPCG(seed, 1))}
			p.prepare()
			for range 400 {
				p.step()
			}
			p.ask(20)
			p.tidy()
			p.ask(20)
		})
	}
}

// A player does random things.
type player struct {
	*bench
	rand   *rand.Rand
	owners []string
	named  int
}

func (p *player) prepare() {
	nobody := "1==2"
	for i := range 3 {
		p.worker(fmt.Sprint("worker ", i))
	}
	other := p.do(routing.CreateTaskQueue{FriendlyName: "nobody", TargetWorkers: &nobody}).Entity.(*taskrouter.TaskQueue)
	second := p.do(routing.CreateWorkflow{FriendlyName: "second", Configuration: fmt.Sprintf(
		`{"task_routing":{"filters":[{"expression":"1==1","targets":[{"queue":%q,"timeout":40},{"queue":%q,"timeout":200}]}]}}`,
		other.SID, p.queue)}).Entity.(*taskrouter.Workflow)
	p.owners = []string{string(p.ws), string(p.flow), string(second.SID), string(p.queue), string(other.SID), string(p.workers()[0].SID)}
}

func (p *player) chance(percent int) bool { return p.rand.IntN(100) < percent }

func (p *player) step() {
	p.pass(time.Duration(p.rand.IntN(40_000)) * time.Millisecond)
	switch {
	case p.chance(4):
		p.pass(time.Duration(p.rand.IntN(5)) * time.Hour)
	case p.chance(1):
		p.pass(time.Duration(p.rand.IntN(50)) * time.Hour)
	}
	p.do(routing.Tick{})
	switch n := p.rand.IntN(100); {
	case n < 30:
		flow := p.flow
		if p.chance(30) {
			flow = taskrouter.WorkflowSID(p.owners[2])
		}
		p.do(routing.CreateTask{WorkflowSID: flow, TaskChannel: []string{"voice", "sms"}[p.rand.IntN(2)]})
	case n < 65:
		p.answer()
	case n < 75:
		p.end()
	case n < 88:
		p.moveWorker()
	case n < 90:
		p.count()
		p.must(p.reader.save(p.Context(), p.count()))
	case n < 92:
		p.reopen() // without saving
	case n < 94:
		p.must(p.reader.save(p.Context(), p.count()))
		p.reopen()
	case n < 96:
		p.tidy()
	default:
		p.ask(1)
	}
}

func (p *player) tidy() {
	t := p.count()
	if p.chance(30) { // broken off
		p.must(p.reader.save(p.Context(), t))
		rows, err := t.book.hours(floorTo(p.read().Unix()-keepMinutes, anHour))
		p.must(err)
		p.must(p.reader.put(p.Context(), t, rows[:p.rand.IntN(len(rows)+1)]))
		p.reopen()
		t = p.count()
	}
	floor := floorTo(p.read().Unix()-keepMinutes, anHour)
	if p.chance(30) && floor > t.book.floor { // broken off later
		p.must(p.reader.sumUp(p.Context(), t, floor))
		p.must(p.store.Uncount(p.Context(), p.ws, kindMinute, floor-p.rand.Int64N(2*anHour)))
		p.reopen()
		return
	}
	p.must(p.reader.tidy(p.Context(), t, floor))
	if p.chance(30) {
		p.reopen()
	}
}

func pick[T any](r *rand.Rand, list []T) (one T, ok bool) {
	if len(list) == 0 {
		return one, false
	}
	return list[r.IntN(len(list))], true
}

func (p *player) answer() {
	var open []*taskrouter.Reservation
	p.look(func(s *routing.State) {
		for t := range s.Tasks("") {
			for _, r := range s.TaskReservations(t.SID) {
				if r.Status.Open() {
					open = append(open, r)
				}
			}
		}
	})
	r, ok := pick(p.rand, open)
	switch {
	case !ok:
	case r.Status != taskrouter.ReservationPending:
		p.do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationCompleted})
	case p.chance(80):
		p.do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationAccepted})
	default:
		p.do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationRejected, WorkerActivitySID: p.away})
	}
}

func (p *player) end() {
	var tasks []*taskrouter.Task
	p.look(func(s *routing.State) {
		for t := range s.Tasks("") {
			tasks = append(tasks, t)
		}
	})
	task, ok := pick(p.rand, tasks)
	switch {
	case !ok:
	case p.chance(30):
		p.do(routing.DeleteTask{SID: task.SID})
	case task.AssignmentStatus.Waiting():
		p.do(routing.UpdateTask{SID: task.SID, AssignmentStatus: taskrouter.TaskCanceled})
	}
}

func (p *player) moveWorker() {
	w, _ := pick(p.rand, p.workers())
	switch {
	case w == nil || p.chance(5):
		p.named++
		p.worker(fmt.Sprint("new worker ", p.named))
	case p.chance(5):
		_, _ = p.try(routing.DeleteWorker{SID: w.SID}) // refused while it holds something
	default:
		to := p.here
		if w.ActivitySID == p.here {
			to = p.away
		}
		p.do(routing.UpdateWorker{SID: w.SID, ActivitySID: &to})
	}
}

// ask asks about random windows.
func (p *player) ask(times int) {
	p.Helper()
	p.count()
	n := p.remember()
	var channels []taskrouter.TaskChannelSID
	p.look(func(s *routing.State) {
		for _, ch := range s.Catalog().TaskChannels() {
			channels = append(channels, ch.SID)
		}
	})
	for range times {
		q := taskrouter.FiguresQuery{Window: p.window(), Of: p.owners}
		if p.chance(50) {
			q.TaskChannel, _ = pick(p.rand, channels)
		}
		if p.chance(50) {
			q.Splits = []int{p.rand.IntN(60), p.rand.IntN(6000)}
		}
		if p.chance(20) {
			q.Of = p.owners[3:4]
		}
		got := p.figures(q)
		for i, owner := range q.Of {
			want := n.figures(q, owner)
			if diff := cmp.Diff(want, got[i]); diff != "" {
				p.Fatalf("%s at %v in %v (-journal +figures):\n%s", owner, p.read(), q, diff)
			}
		}
		stays := taskrouter.StaysQuery{Window: q.Window, Now: p.read(), Workers: p.workers(), Former: p.chance(50)}
		if !stays.Former {
			stays.Workers = stays.Workers[:p.rand.IntN(len(stays.Workers)+1)]
		}
		durations, err := p.reader.Stays(p.Context(), alice, p.ws, stays)
		p.must(err)
		if diff := cmp.Diff(n.durations(stays), durations); diff != "" {
			p.Fatalf("activities at %v in %v (-journal +figures):\n%s", p.read(), stays.Window, diff)
		}
	}
}

// window is one whose edges are exact: to the second in the last two hours, to the minute before.
func (p *player) window() (w taskrouter.Window) {
	now := p.read()
	edge := func(t time.Time) time.Time {
		if now.Sub(t) > 2*time.Hour {
			return t.Truncate(time.Minute)
		}
		return t.Truncate(time.Second)
	}
	reach := []time.Duration{time.Minute, time.Hour, 5 * time.Hour, 100 * time.Hour, 700 * time.Hour}
	back, _ := pick(p.rand, reach)
	from := now.Add(-time.Duration(p.rand.Int64N(int64(back))))
	w.From = edge(from)
	if p.chance(50) {
		w.To = edge(from.Add(time.Duration(p.rand.Int64N(int64(now.Sub(from)) + 1))))
	}
	return w
}
