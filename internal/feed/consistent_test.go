package feed_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// A load sends random commands to a workspace.
type load struct {
	*world
	rng   *rand.Rand
	name  string
	tasks []taskrouter.TaskSID
	count int
}

// play sends one command. Some are refused, as with any clients.
func (l *load) play() {
	l.count++
	pick := func() taskrouter.TaskSID {
		if len(l.tasks) == 0 {
			return "WT"
		}
		return l.tasks[l.rng.IntN(len(l.tasks))]
	}
	var do routing.Command
	switch n := l.rng.IntN(20); {
	case n < 7:
		do = routing.CreateTask{
			WorkflowSID: l.workflow, Attributes: fmt.Sprintf(`{"n":%d}`, l.count),
		}
	case n < 13:
		l.answer()
		return
	case n < 14:
		do = routing.UpdateTask{SID: pick(), Priority: new(l.rng.IntN(5))}
	case n < 15:
		do = routing.UpdateTask{SID: pick(), AssignmentStatus: taskrouter.TaskCompleted}
	case n < 16:
		do = routing.DeleteTask{SID: pick()}
	case n < 17:
		do = routing.CreateWorker{
			FriendlyName: l.name + strconv.Itoa(l.count), ActivitySID: l.idle,
		}
	case n < 18:
		activity := []taskrouter.ActivitySID{l.idle, l.away}[l.rng.IntN(2)]
		do = routing.UpdateWorker{SID: l.alice, ActivitySID: &activity}
	case n < 19:
		do = routing.CreateTaskQueue{FriendlyName: l.name + strconv.Itoa(l.count)}
	default:
		do = routing.CreateActivity{FriendlyName: l.name + strconv.Itoa(l.count)}
	}
	result, err := l.try(do)
	if t, ok := result.Entity.(*taskrouter.Task); ok && err == nil {
		l.tasks = append(l.tasks, t.SID)
	}
	switch e := result.Entity.(type) {
	case *taskrouter.Activity:
		if l.rng.IntN(2) == 0 {
			_, _ = l.try(routing.DeleteActivity{SID: e.SID})
		}
	case *taskrouter.TaskQueue:
		if l.rng.IntN(2) == 0 && e.SID != l.queue {
			_, _ = l.try(routing.DeleteTaskQueue{SID: e.SID})
		}
	}
}

// answer answers an offer, or ends what was accepted.
func (l *load) answer() {
	var open []*taskrouter.Reservation
	_ = l.engine.View(l.t.Context(), l.as(account), l.ws, func(s *routing.State) {
		for r := range s.Reservations() {
			if r.Status.Open() {
				open = append(open, r)
			}
		}
	})
	if len(open) == 0 {
		return
	}
	r := open[l.rng.IntN(len(open))]
	next := map[taskrouter.ReservationStatus][]taskrouter.ReservationStatus{
		taskrouter.ReservationPending: {
			taskrouter.ReservationAccepted, taskrouter.ReservationAccepted,
			taskrouter.ReservationRejected,
		},
		taskrouter.ReservationAccepted: {
			taskrouter.ReservationCompleted, taskrouter.ReservationWrapping,
		},
		taskrouter.ReservationWrapping: {taskrouter.ReservationCompleted},
	}[r.Status]
	_, _ = l.try(routing.UpdateReservation{SID: r.SID, Status: next[l.rng.IntN(len(next))]})
}

// loads plays commands from several sides at once until each has sent so many.
func (w *world) loads(sides, commands int) (wait func()) {
	var group sync.WaitGroup
	for i := range sides {
		l := &load{world: w, rng: rand.New(rand.NewPCG(1, uint64(i))), name: fmt.Sprint("side ", i, " ")}
		group.Go(func() {
			for range commands {
				l.play()
			}
		})
	}
	return group.Wait
}

// events returns the SIDs of the events after a position, as the journal has them.
func (w *world) events(after store.Seq) (list []string) {
	w.t.Helper()
	for part, err := range w.engine.Read(w.t.Context(), w.ws, after) {
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range part.Changes {
			for _, e := range c.Events {
				list = append(list, string(e.SID))
			}
		}
	}
	return list
}

// TestConsistent is what the feed is for: whoever takes a picture at any moment and follows the
// feed from there has, at the end, what a picture of the end shows, and has heard of every event
// exactly once, whatever happens at the same time and however often the connection breaks.
func TestConsistent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	wait := w.loads(4, 100)
	var readers sync.WaitGroup
	var done sync.WaitGroup
	done.Add(1)
	for i := range 8 {
		fields := []string{"slim", "full"}[i%2]
		open := []func(*world, string, ...string) *client{(*world).socket, (*world).lines}[i/2%2]
		breaks := i >= 3 // the connection breaks after some messages
		readers.Go(func() {
			m := w.picture("Fields=" + fields)
			from := m.sequence
			var heard []string
			rng := rand.New(rand.NewPCG(2, uint64(i)))
			ended := make(chan store.Seq, 1)
			go func() {
				done.Wait()
				ended <- w.head()
			}()
			target := store.Seq(-1)
			for target < 0 || m.sequence < int64(target) {
				c := open(w, fmt.Sprint("Fields=", fields, "&AfterSequence=", m.sequence))
				if got := c.wants("hello").Sequence; got != m.sequence {
					t.Errorf("hello at %d, want %d", got, m.sequence)
				}
				left := rng.IntN(20)
				for (!breaks || left > 0) && (target < 0 || m.sequence < int64(target)) {
					select {
					case target = <-ended:
						continue
					case msg := <-c.messages:
						m.fold(t, msg)
						for _, e := range msg.Events {
							heard = append(heard, e["sid"].(string))
						}
						left--
					}
				}
				c.stop()
			}
			same(t, fmt.Sprint("reader ", i), m, w.picture("Fields="+fields))
			if want := w.events(store.Seq(from)); !slices.Equal(heard, want) {
				t.Errorf("reader %d heard %d events, want %d, in order", i, len(heard), len(want))
			}
		})
	}
	wait()
	done.Done()
	readers.Wait()
}

// TestResume goes on from every position there is.
func TestResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.loads(2, 60)()
	head := w.head()
	state := routing.New(taskrouter.NewSIDSource(1))
	all := w.events(0)
	for part, err := range w.engine.Read(t.Context(), w.ws, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range part.Changes {
			state.Apply(c)
			all = all[len(c.Events):]
		}
		if part.Seq%7 != 0 && part.Seq != head {
			continue
		}
		c := w.socket(fmt.Sprint("Topics=events,tasks&AfterSequence=", part.Seq))
		c.wants("hello")
		var heard []string
		tasks := map[string]float64{}
		for v := range state.Tasks("") {
			tasks[string(v.SID)] = float64(v.Version)
		}
		if part.Seq < head {
			for _, m := range c.reaches(head) {
				for _, e := range m.Events {
					heard = append(heard, e["sid"].(string))
				}
				for _, row := range m.Put["tasks"] {
					tasks[row["sid"].(string)] = row["version"].(float64)
				}
				for _, sid := range m.Del {
					delete(tasks, sid)
				}
			}
		}
		c.stop()
		if !slices.Equal(heard, all) {
			t.Fatalf("after %d: heard %d events, want %d", part.Seq, len(heard), len(all))
		}
		want := 0
		err := w.engine.View(t.Context(), w.as(account), w.ws, func(s *routing.State) {
			for v := range s.Tasks("") {
				want++
				if tasks[string(v.SID)] != float64(v.Version) {
					t.Errorf("after %d: task %s has version %v, want %d", part.Seq, v.SID,
						tasks[string(v.SID)], v.Version)
				}
			}
		})
		if err != nil || len(tasks) != want {
			t.Fatalf("after %d: %d tasks, want %d (%v)", part.Seq, len(tasks), want, err)
		}
	}
}
