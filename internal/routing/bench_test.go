package routing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// A floor is a workspace of any size for benchmarks.
type floor struct {
	b         testing.TB
	state     *routing.State
	now       time.Time
	available taskrouter.ActivitySID
}

func newFloor(b testing.TB) *floor {
	f := &floor{
		b:     b,
		state: routing.New(taskrouter.NewSIDSource(1)),
		now:   time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC),
	}
	f.do(routing.CreateWorkspace{
		SID: "WS00000000000000000000000000000000", Account: "AC00000000000000000000000000000000",
		FriendlyName: "bench", MultiTaskEnabled: true,
	})
	f.available = f.state.Catalog().Activities()[1].SID
	return f
}

func (f *floor) do(cmd routing.Command) *taskrouter.Change {
	c, err := f.state.Decide(cmd, f.now)
	if err != nil {
		f.b.Fatal(err)
	}
	return c
}

// workers makes workers, each with the attributes that of says.
func (f *floor) workers(count int, of func(i int) string) {
	for i := range count {
		f.do(routing.CreateWorker{
			FriendlyName: fmt.Sprint("worker ", i), ActivitySID: f.available, Attributes: of(i),
		})
	}
}

// queues makes queues, and a workflow in which a task's attribute to picks one of them. The
// target text is added to each of its targets.
func (f *floor) queues(count int, expression func(i int) string, target string) {
	var filters strings.Builder
	for i := range count {
		c := f.do(routing.CreateTaskQueue{
			FriendlyName: fmt.Sprint("queue ", i), TargetWorkers: new(expression(i)),
		})
		if i > 0 {
			filters.WriteByte(',')
		}
		fmt.Fprintf(&filters, `{"expression":"to == %d","targets":[{"queue":%q%s}]}`,
			i, c.Result, target)
	}
	f.do(routing.CreateWorkflow{
		FriendlyName: "w", Configuration: `{"task_routing":{"filters":[` + filters.String() + `]}}`,
	})
}

// pass lets time pass and removes what ended five minutes ago.
func (f *floor) pass() {
	f.now = f.now.Add(100 * time.Millisecond)
	if at, ok := f.state.NextDeadline(); ok && !at.After(f.now) {
		f.do(routing.Tick{})
	}
}

// accepted answers the offer that a change made.
func (f *floor) accepted(c *taskrouter.Change) *taskrouter.Reservation {
	for _, e := range slices.Backward(c.Puts) {
		if r, ok := e.(*taskrouter.Reservation); ok && r.Status == taskrouter.ReservationPending {
			f.do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationAccepted})
			return r
		}
	}
	f.b.Fatal("nobody was offered anything")
	return nil
}

// life is a task's whole life: created and offered, accepted, completed, and removed in time.
func (f *floor) life(attributes string) {
	r := f.accepted(f.do(routing.CreateTask{Attributes: attributes}))
	f.do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationCompleted})
	f.pass()
}

// BenchmarkLife is one task's whole life, four commands, among many workers and queues.
func BenchmarkLife(b *testing.B) {
	for _, queues := range []int{1, 50} {
		for _, workers := range []int{100, 10_000, 100_000} {
			b.Run(fmt.Sprintf("queues=%d/workers=%d", queues, workers), func(b *testing.B) {
				f := newFloor(b)
				f.queues(queues, func(i int) string { return fmt.Sprintf(`team == %d`, i) }, "")
				f.workers(workers, func(i int) string {
					return fmt.Sprintf(`{"team":%d,"level":%d}`, i%queues, i%10)
				})
				tasks := make([]string, queues)
				for i := range tasks {
					tasks[i] = fmt.Sprintf(`{"to":%d,"from":"+4930123456"}`, i)
				}
				for _, t := range tasks {
					f.life(t) // the first one of a step sorts its workers
				}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					f.life(tasks[i%queues])
				}
			})
		}
	}
}

// BenchmarkTarget is one task's whole life on a step that narrows or sorts its workers.
func BenchmarkTarget(b *testing.B) {
	for _, step := range []struct{ name, target string }{
		{"order_by", `,"order_by":"worker.level DESC"`},
		{"expression", `,"expression":"worker.level >= task.level"`},
		{"anchor", `,"expression":"worker.team == task.team"`},
		{"anchor_has", `,"expression":"worker.skills HAS task.skill","order_by":"worker.level DESC"`},
		{"load", `,"expression":"worker.channel.voice.assigned_tasks == 0"`},
	} {
		for _, workers := range []int{1000, 100_000} {
			b.Run(fmt.Sprintf("%s/workers=%d", step.name, workers), func(b *testing.B) {
				f := newFloor(b)
				f.queues(1, func(int) string { return "1==1" }, step.target)
				f.workers(workers, func(i int) string {
					return fmt.Sprintf(`{"team":%d,"level":%d,"skills":["s%d","s%d"]}`,
						i%200, i%10, i%100, i%7)
				})
				tasks := make([]string, 200)
				for i := range tasks {
					tasks[i] = fmt.Sprintf(`{"to":0,"team":%d,"level":5,"skill":"s%d"}`, i, i%100)
				}
				f.life(tasks[0]) // the first one of a step sorts its workers
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					f.life(tasks[i%len(tasks)])
				}
			})
		}
	}
}

// BenchmarkFirst is the first task of a step: it sorts the workers of the queue.
func BenchmarkFirst(b *testing.B) {
	const workers = 100_000
	for _, step := range []struct{ name, target string }{
		{"idle", ""},
		{"order_by", `,"order_by":"worker.level DESC"`},
		{"anchor_has", `,"expression":"worker.skills HAS task.skill"`},
	} {
		b.Run(step.name, func(b *testing.B) {
			f := newFloor(b)
			f.workers(workers, func(i int) string {
				return fmt.Sprintf(`{"level":%d,"skills":["s%d","s%d"]}`, i%10, i%100, i%7)
			})
			f.queues(1, func(int) string { return "1==1" }, step.target)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				f.do(routing.UpdateTaskQueue{
					SID:           f.state.Catalog().TaskQueues()[0].SID,
					TargetWorkers: new([]string{"1==1", "2==2"}[i%2]),
				})
				f.life(`{"to":0,"skill":"s1"}`)
			}
		})
	}
}

// BenchmarkWaiting is a worker who completes a task and takes the next of many that wait, half
// of which are in front and wait for somebody else. Another task comes in its place.
func BenchmarkWaiting(b *testing.B) {
	for _, waiting := range []int{1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("tasks=%d", waiting), func(b *testing.B) {
			f := newFloor(b)
			f.queues(1, func(int) string { return "1==1" },
				`,"expression":"worker.language == task.language"`)
			const english = `{"to":0,"language":"en"}`
			for i := range waiting / 2 {
				f.do(routing.CreateTask{
					Attributes: fmt.Sprintf(`{"to":0,"language":"x%d"}`, i%100),
					Priority:   new(9), Timeout: new(taskrouter.MaxTaskTimeout),
				})
				f.do(routing.CreateTask{
					Attributes: english, Timeout: new(taskrouter.MaxTaskTimeout),
				})
			}
			c := f.do(routing.CreateWorker{
				FriendlyName: "ann", ActivitySID: f.available, Attributes: `{"language":"en"}`,
			})
			b.ReportAllocs()
			for b.Loop() {
				r := f.accepted(c)
				f.do(routing.CreateTask{
					Attributes: english, Timeout: new(taskrouter.MaxTaskTimeout),
				})
				c = f.do(routing.UpdateReservation{
					SID: r.SID, Status: taskrouter.ReservationCompleted,
				})
				f.pass()
			}
		})
	}
}

// BenchmarkApart is the same where no two tasks that wait are alike to every worker: each leaves
// other workers out.
func BenchmarkApart(b *testing.B) {
	for _, waiting := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("tasks=%d", waiting), func(b *testing.B) {
			f := newFloor(b)
			f.queues(1, func(int) string { return "1==1" },
				`,"expression":"worker.sid NOT IN task.declined"`)
			create := func(i int) {
				f.do(routing.CreateTask{
					Attributes: fmt.Sprintf(`{"to":0,"declined":["WK%d"]}`, i),
					Timeout:    new(taskrouter.MaxTaskTimeout),
				})
			}
			for i := range waiting {
				create(i)
			}
			c := f.do(routing.CreateWorker{FriendlyName: "ann", ActivitySID: f.available})
			b.ReportAllocs()
			for i := waiting; b.Loop(); i++ {
				r := f.accepted(c)
				create(i)
				c = f.do(routing.UpdateReservation{
					SID: r.SID, Status: taskrouter.ReservationCompleted,
				})
				f.pass()
			}
		})
	}
}

// BenchmarkDescribe changes a worker's attributes among 500 queues: all of which read what
// changes, or one of which does.
func BenchmarkDescribe(b *testing.B) {
	for _, test := range []struct {
		name       string
		expression func(i int) string
	}{
		{"all_read_it", func(i int) string { return fmt.Sprintf(`level > %d AND team == "a"`, i) }},
		{"one_reads_it", func(i int) string { return fmt.Sprintf(`skill_%d == true`, i) }},
	} {
		b.Run(test.name, func(b *testing.B) {
			f := newFloor(b)
			f.queues(500, test.expression, "")
			f.workers(1000, func(int) string { return `{"team":"a","level":1}` })
			var sid taskrouter.WorkerSID
			for w := range f.state.Workers("") {
				sid = w.SID
				break
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				f.do(routing.UpdateWorker{SID: sid, Attributes: new(fmt.Sprintf(
					`{"team":"a","level":%d,"skill_7":%v}`, 250+i%2, i%2 == 0))})
			}
		})
	}
}

// BenchmarkApply is recovery: 100,000 tasks that wait or are worked on, 50,000 reservations and
// as many workers.
func BenchmarkApply(b *testing.B) {
	const tasks = 100_000
	f := newFloor(b)
	f.queues(50, func(i int) string { return fmt.Sprintf(`team == %d`, i) },
		`,"timeout":3600,"expression":"worker.level >= task.level"`)
	f.workers(tasks/2, func(i int) string { return fmt.Sprintf(`{"team":%d,"level":5}`, i%50) })
	for i := range tasks {
		f.do(routing.CreateTask{Attributes: fmt.Sprintf(`{"to":%d,"level":3}`, i%50)})
	}
	all := slices.Collect(f.state.Entities())
	b.ReportAllocs()
	for b.Loop() {
		s := routing.New(taskrouter.NewSIDSource(1))
		s.Apply(&taskrouter.Change{Puts: all})
	}
	b.ReportMetric(float64(len(all))*float64(b.N)/b.Elapsed().Seconds(), "entities/s")
}
