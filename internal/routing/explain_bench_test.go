package routing_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// A crowd is a floor on which a task waits for a worker who fits: half of the workers are in no
// queue, the others fail at the step's expression, their activity, or their capacity.
func crowd(b *testing.B, workers int) (f *floor, waiting taskrouter.TaskSID) {
	f = newFloor(b)
	f.queues(1, func(int) string { return `skills HAS "sales"` },
		`,"expression":"worker.level >= task.level AND worker.languages HAS task.language"`)
	offline := f.state.Catalog().Activities()[0].SID
	for i := range workers {
		skill := "sales"
		if i%2 == 0 {
			skill = "help"
		}
		activity := f.available
		if i%5 == 0 {
			activity = offline
		}
		f.do(routing.CreateWorker{
			FriendlyName: fmt.Sprint("worker ", i), ActivitySID: activity,
			Attributes: fmt.Sprintf(`{"skills":["%s"],"level":%d,"languages":["en","l%d"]}`,
				skill, i%10, i%20),
		})
	}
	const attributes = `{"to":0,"level":7,"language":"en"}`
	for {
		c := f.do(routing.CreateTask{Attributes: attributes})
		waiting = taskrouter.TaskSID(c.Result)
		if f.state.Task(waiting).AssignmentStatus == taskrouter.TaskPending {
			return f, waiting
		}
		f.accepted(c)
	}
}

// An inquiry is either of the two.
type inquiry interface {
	Look(s *routing.State, now time.Time) (done bool, err error)
}

// inquire asks again and again. The longest look is how long the workspace does nothing else; of
// all inquiries the one in the middle counts.
func inquire(b *testing.B, f *floor, ask func() inquiry) {
	var longest []time.Duration
	looks := 0
	b.ReportAllocs()
	for b.Loop() {
		q, slowest := ask(), time.Duration(0)
		for done := false; !done; looks++ {
			begin := time.Now()
			var err error
			if done, err = q.Look(f.state, f.now); err != nil {
				b.Fatal(err)
			}
			slowest = max(slowest, time.Since(begin))
		}
		longest = append(longest, slowest)
	}
	slices.Sort(longest)
	b.ReportMetric(float64(longest[len(longest)/2].Microseconds())/1000, "ms/longest")
	b.ReportMetric(float64(looks)/float64(b.N), "looks")
}

// BenchmarkExplanation is the first page of why a task has nobody.
func BenchmarkExplanation(b *testing.B) {
	for _, workers := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			f, task := crowd(b, workers)
			inquire(b, f, func() inquiry { return &routing.TaskInquiry{Task: task, Size: 50} })
		})
	}
}

// BenchmarkIdle is why nothing comes to a worker, with many tasks that wait for others.
func BenchmarkIdle(b *testing.B) {
	for _, many := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("workers=%d/tasks=%d", many, many), func(b *testing.B) {
			f, _ := crowd(b, many)
			for range many {
				f.do(routing.CreateTask{Attributes: `{"to":0,"level":99,"language":"en"}`})
			}
			var sid taskrouter.WorkerSID
			for w := range f.state.Workers("") {
				if w.ActivitySID == f.available && w.Channels[0].Reserved == 0 &&
					f.state.InQueue(w, f.state.Catalog().TaskQueues()[0]) {
					sid = w.SID
				}
			}
			inquire(b, f, func() inquiry { return &routing.WorkerInquiry{Worker: sid} })
		})
	}
}

// BenchmarkDryRun is a task tried with all workers of a workspace; collecting them is all that
// the workspace itself has to do with it.
func BenchmarkDryRun(b *testing.B) {
	for _, workers := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			f, _ := crowd(b, workers)
			scene := routing.Scene{Catalog: f.state.Catalog()}
			workflow := scene.Catalog.Workflows()[0].SID
			collecting := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				begin := time.Now()
				scene.Workers = slices.Collect(f.state.Workers(""))
				collecting = max(collecting, time.Since(begin))
				x, err := scene.DryRun(routing.Trial{Workflow: workflow, Task: routing.CreateTask{
					Attributes: `{"to":0,"level":7,"language":"en"}`,
				}}, f.now)
				if err != nil || x.PathTotal != 1 {
					b.Fatal(x, err)
				}
			}
			b.ReportMetric(float64(collecting.Microseconds())/1000, "ms/collecting")
		})
	}
}

// BenchmarkCheck is a look at a configuration of 50 filters with all workers of a workspace.
func BenchmarkCheck(b *testing.B) {
	for _, workers := range []int{1000, 100_000} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			f := newFloor(b)
			f.queues(50, func(i int) string { return fmt.Sprintf("team == %d", i) },
				`,"expression":"worker.level >= task.level","timeout":30`)
			f.workers(workers, func(i int) string {
				return fmt.Sprintf(`{"team":%d,"level":%d}`, i%50, i%10)
			})
			scene := routing.Scene{
				Catalog: f.state.Catalog(), Workers: slices.Collect(f.state.Workers("")),
			}
			b.ReportAllocs()
			for b.Loop() {
				c := scene.CheckWorkflow(scene.Catalog.Workflows()[0].Configuration, 0)
				if !c.Valid || c.Warnings > 0 {
					b.Fatal(c.Findings)
				}
			}
		})
	}
}
