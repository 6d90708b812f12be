package stats

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// A floor is a large workspace, played in memory.
type floor struct {
	state     *routing.State
	now       time.Time
	ws        taskrouter.WorkspaceSID
	queues    int
	available taskrouter.ActivitySID
}

func newFloor(b *testing.B, queues, workers int) *floor {
	b.Helper()
	f := &floor{
		state:  routing.New(taskrouter.NewSIDSource(1)),
		now:    time.Date(2030, 1, 1, 8, 0, 0, 0, time.UTC),
		queues: queues,
	}
	do := func(c routing.Command) *taskrouter.Change {
		change, err := f.state.Decide(c, f.now)
		if err != nil {
			b.Fatal(err)
		}
		return change
	}
	f.ws = "WS00000000000000000000000000000000"
	do(routing.CreateWorkspace{SID: f.ws, Account: account, FriendlyName: "bench", MultiTaskEnabled: true})
	f.available = f.state.Catalog().Activities()[1].SID
	config := ""
	for i := range queues {
		expression := fmt.Sprintf("team == %d", i)
		c := do(routing.CreateTaskQueue{FriendlyName: fmt.Sprint("queue ", i), TargetWorkers: &expression})
		if i > 0 {
			config += ","
		}
		config += fmt.Sprintf(`{"expression":"to == %d","targets":[{"queue":%q}]}`, i, c.Result)
	}
	do(routing.CreateWorkflow{FriendlyName: "w", Configuration: `{"task_routing":{"filters":[` + config + `]}}`})
	for i := range workers {
		do(routing.CreateWorker{FriendlyName: fmt.Sprint("worker ", i), ActivitySID: f.available,
			Attributes: fmt.Sprintf(`{"team":%d}`, i%queues)})
	}
	return f
}

// life is the changes of a task's life: created and offered, accepted, completed, forgotten.
func (f *floor) life(b testing.TB, queue int, wait time.Duration) []*taskrouter.Change {
	do := func(c routing.Command) *taskrouter.Change {
		change, err := f.state.Decide(c, f.now)
		if err != nil {
			b.Fatal(err)
		}
		return change
	}
	created := do(routing.CreateTask{Attributes: fmt.Sprintf(`{"to":%d}`, queue)})
	f.now = f.now.Add(wait)
	r := f.state.TaskReservations(taskrouter.TaskSID(created.Result))[0]
	changes := []*taskrouter.Change{created,
		do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationAccepted}),
		do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationCompleted}),
	}
	if at, ok := f.state.NextDeadline(); ok && !at.After(f.now) {
		changes = append(changes, do(routing.Tick{}))
	}
	return changes
}

// BenchmarkFold counts the changes of lives; an operation is one change.
func BenchmarkFold(b *testing.B) {
	for _, size := range []struct{ queues, workers int }{{1, 100}, {500, 1000}} {
		b.Run(fmt.Sprintf("queues=%d/workers=%d", size.queues, size.workers), func(b *testing.B) {
			f := newFloor(b, size.queues, size.workers)
			var changes []*taskrouter.Change
			for i := range 20_000 {
				changes = append(changes, f.life(b, i%size.queues, 20*time.Microsecond)...)
			}
			book := newBook()
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i++ {
				c := changes[i%len(changes)]
				if i > len(changes) { // time goes on, at 50,000 changes a second
					later := *c
					later.At = c.At.Add(time.Duration(i/len(changes)) * time.Second)
					c = &later
				}
				book.fold(f.ws, c)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
		})
	}
}

// history fills a workspace with 30 days of figures: every queue and worker has something to
// count in ten minutes of every hour of five hours a day, and every worker ten stays a day.
func history(b *bench, queues, workers int) (owners []string) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	b.pass(-30 * 24 * time.Hour)
	var names []string
	for i := range queues {
		nobody := "1==2"
		names = append(names, string(b.do(routing.CreateTaskQueue{
			FriendlyName: fmt.Sprint("queue ", i), TargetWorkers: &nobody}).Entity.EntitySID()))
	}
	owners = names
	var list []taskrouter.WorkerSID
	for i := range workers {
		list = append(list, b.worker(fmt.Sprint("worker ", i)))
	}
	channel := taskrouter.TaskChannelSID("TC00000000000000000000000000000001")
	track := b.count()
	b.must(b.reader.save(b.Context(), track))
	for day := range 30 {
		for hour := range 5 {
			at := b.read().Add(time.Duration(day)*24*time.Hour + time.Duration(hour)*time.Hour)
			for minute := range 10 {
				now := at.Add(time.Duration(minute) * 5 * time.Minute)
				count := func(owner string) {
					t := track.book.tally(owner, channel, now.Unix())
					t.counts[taskrouter.ReservationsCreated]++
					t.counts[taskrouter.ReservationsAccepted]++
					wait := uint64(rng.IntN(600_000))
					t.untilAccepted.add(wait)
					t.accept(wholeSeconds(wait), 1)
				}
				count(string(b.ws))
				for _, o := range names {
					count(o)
				}
				for _, w := range list {
					count(string(w))
				}
			}
			for _, w := range list {
				track.book.ended(w, b.here, at, at.Add(20*time.Minute))
				track.book.ended(w, b.away, at.Add(20*time.Minute), at.Add(30*time.Minute))
			}
		}
		b.must(b.store.Count(b.Context(), b.ws, track.stored, track.stored, track.book.unsaved()))
		track.book.saved()
		b.must(b.reader.tidy(b.Context(), track, floorTo(b.read().Unix(), aDay)+int64(day+1)*aDay))
	}
	b.pass(30 * 24 * time.Hour)
	return owners
}

// BenchmarkRead reads figures of 500 queues and 1,000 workers over windows of all lengths.
func BenchmarkRead(b *testing.B) {
	world := newBench(b)
	queues := history(world, 500, 1000)
	b.Logf("%d bytes of figures", sizeOf(b, world))
	workers := world.workers()
	run := func(name string, days time.Duration, do func(taskrouter.Window) error) {
		b.Run(fmt.Sprintf("%s/%v", name, days), func(b *testing.B) {
			w := taskrouter.Window{From: world.read().Add(-days)}
			for b.Loop() {
				if err := do(w); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	figures := func(splits []int, of ...string) func(taskrouter.Window) error {
		return func(w taskrouter.Window) error {
			_, err := world.reader.Figures(b.Context(), engine.Principal{System: true}, world.ws,
				taskrouter.FiguresQuery{Window: w, Of: of, Splits: splits})
			return err
		}
	}
	stays := func(of ...*taskrouter.Worker) func(taskrouter.Window) error {
		return func(w taskrouter.Window) error {
			_, err := world.reader.Stays(b.Context(), engine.Principal{System: true}, world.ws,
				taskrouter.StaysQuery{Window: w, Now: world.read(), Workers: of, Former: len(of) > 1})
			return err
		}
	}
	for _, window := range []time.Duration{15 * time.Minute, 24 * time.Hour, 30*24*time.Hour - time.Hour - 17*time.Minute} {
		run("workspace", window, figures(nil, string(world.ws)))
		run("workspace, split", window, figures([]int{5, 30}, string(world.ws)))
		run("50 queues", window, figures(nil, queues[:50]...))
		run("500 queues, split", window, figures([]int{5, 30}, queues...))
		run("stays of a worker", window, stays(workers[0]))
		run("stays of 1,000 workers", window, stays(workers...))
	}
}

func sizeOf(b *testing.B, world *bench) (size int) {
	for kind := range kindStays + 1 {
		for row, err := range world.store.Statistics(b.Context(), world.ws, store.StatisticQuery{Kind: kind, To: 1 << 60, Last: lastOwner}) {
			if err != nil {
				b.Fatal(err)
			}
			size += len(row.Data) + len(row.Owner) + 8
		}
	}
	return size
}
