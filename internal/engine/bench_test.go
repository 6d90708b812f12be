package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// benchWorkers is how many workers a workspace of a benchmark has, and benchCapacity how many
// tasks each takes at once.
const (
	benchWorkers  = 100
	benchCapacity = 50
)

// A floor is a workspace of a benchmark.
type floor struct {
	b    *bench
	ws   taskrouter.WorkspaceSID
	flow taskrouter.WorkflowSID
}

func newFloors(b *bench, n int) []floor {
	b.t.Helper()
	floors := make([]floor, n)
	capacity := benchCapacity
	for i := range floors {
		ws, first, flow, idle := b.newWorkspace()
		floors[i] = floor{b, ws, flow}
		workers := []taskrouter.WorkerSID{first}
		for w := range benchWorkers - 1 {
			r := b.must(ws, routing.CreateWorker{
				FriendlyName: fmt.Sprintf("Worker %d", w), ActivitySID: idle,
				Attributes: `{"skill":"go","level":3,"languages":["en","de"]}`,
			})
			workers = append(workers, r.Entity.(*taskrouter.Worker).SID)
		}
		for _, w := range workers {
			b.must(ws, routing.UpdateWorkerChannel{Worker: w, Channel: "default", Capacity: &capacity})
		}
	}
	return floors
}

// live takes a task through its life: created and offered, accepted, completed. It returns how
// long the slowest of the three commands took.
func (f *floor) live(ctx context.Context, attributes string) (time.Duration, error) {
	var slowest time.Duration
	do := func(cmd routing.Command) (Result, error) {
		start := time.Now()
		r, err := f.b.Submit(ctx, Command{Workspace: f.ws, From: alice, Do: cmd})
		slowest = max(slowest, time.Since(start))
		return r, err
	}
	r, err := do(routing.CreateTask{WorkflowSID: f.flow, Attributes: attributes})
	if err != nil {
		return 0, err
	}
	var offer *taskrouter.Reservation
	for _, e := range r.Change.Puts {
		if found, ok := e.(*taskrouter.Reservation); ok {
			offer = found
		}
	}
	if offer == nil {
		return 0, fmt.Errorf("task %s was not offered", r.Change.Result)
	}
	_, err = do(routing.UpdateReservation{
		SID: offer.SID, Task: offer.TaskSID, Status: taskrouter.ReservationAccepted,
	})
	if err != nil {
		return 0, err
	}
	_, err = do(routing.UpdateTask{
		SID: offer.TaskSID, AssignmentStatus: taskrouter.TaskCompleted,
	})
	return slowest, err
}

// BenchmarkLives measures durable task lives. The figure to look at is lives/s.
func BenchmarkLives(b *testing.B) {
	for _, workspaces := range []int{1, 16} {
		for _, callers := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("workspaces=%d/callers=%d", workspaces, callers), func(b *testing.B) {
				benchLives(b, workspaces, callers)
			})
		}
	}
}

func benchLives(b *testing.B, workspaces, callers int) {
	bench := newBench(b, Options{})
	floors := newFloors(bench, workspaces)
	attributes := `{"type":"support","language":"en","from":"+15550100","note":"` +
		string(slices.Repeat([]byte("x"), 400)) + `"}`
	before := bench.Stats()
	var next atomic.Int64
	latencies := make([][]time.Duration, callers)
	var wait sync.WaitGroup
	b.ResetTimer()
	for c := range callers {
		wait.Go(func() {
			f := floors[c%len(floors)]
			for next.Add(1) <= int64(b.N) {
				slowest, err := f.live(b.Context(), attributes)
				if err != nil {
					b.Error(err)
					return
				}
				latencies[c] = append(latencies[c], slowest)
			}
		})
	}
	wait.Wait()
	b.StopTimer()
	after := bench.Stats()
	all := slices.Concat(latencies...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lives/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
	records := float64(after.Records - before.Records)
	b.ReportMetric(float64(after.Changes-before.Changes)/records, "changes/record")
	b.ReportMetric(records/float64(after.Appends-before.Appends), "records/append")
	b.ReportMetric(float64((after.AppendTime-before.AppendTime).Microseconds())/
		float64(after.Appends-before.Appends), "append-µs")
	b.ReportMetric(float64(after.Bytes-before.Bytes)/float64(b.N), "journal-B/life")
}

// BenchmarkView measures a view that looks one task up.
func BenchmarkView(b *testing.B) {
	bench := newBench(b, Options{})
	task := bench.createTask()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := bench.View(b.Context(), alice, bench.ws, func(s *routing.State) {
				if s.Task(task.SID) == nil {
					b.Error("the task is not there")
				}
			})
			if err != nil {
				b.Error(err)
			}
		}
	})
}
