package engine

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// BenchmarkRecovery opens an engine on a store that a crash left with so many waiting tasks and
// 10,000 workers: a snapshot, and a tail of a tenth as many tasks. The figure to look at is
// seconds/open.
func BenchmarkRecovery(b *testing.B) {
	for _, tasks := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("tasks=%d", tasks), func(b *testing.B) { benchRecovery(b, tasks) })
	}
}

func benchRecovery(b *testing.B, tasks int) {
	dir := b.TempDir()
	st := openStore(b, dir)
	fillStore(b, st, 10_000, tasks)
	for b.Loop() {
		before := heap()
		start := time.Now()
		e, err := Open(b.Context(), st, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds(), "seconds/open")
		b.StopTimer()
		b.ReportMetric(float64(heap()-before)/float64(tasks), "heap-B/task")
		found := 0
		for _, w := range e.loaded {
			found += w.state.Len()
		}
		if found < tasks {
			b.Fatalf("found %d workers and tasks", found)
		}
		if err := e.Shutdown(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// fillStore makes a workspace of so many workers, all busy elsewhere, and waiting tasks.
func fillStore(b *testing.B, st store.Store, workers, tasks int) {
	const ws = "WS00000000000000000000000000000009"
	now := time.Now().UTC().Truncate(time.Millisecond)
	state := routing.New(newSource())
	var changes []*taskrouter.Change
	decide := func(cmd routing.Command) *taskrouter.Change {
		now = now.Add(time.Millisecond / 50)
		c, err := state.Decide(cmd, now.Truncate(time.Millisecond))
		if err != nil {
			b.Fatal(err)
		}
		changes = append(changes, c)
		return c
	}
	lease, err := st.Create(b.Context(), testAccount, ws)
	if err != nil {
		b.Fatal(err)
	}
	codec := store.NewCodec()
	flush := func() {
		r := codec.Record(lease, lease.Pos, now.Truncate(time.Millisecond), changes)
		if o := st.Append([]store.Record{r})[0]; o.State != store.Durable {
			b.Fatal(o.Err)
		}
		lease.Pos, changes = r.Next, nil
	}
	decide(routing.CreateWorkspace{
		SID: ws, Account: testAccount, FriendlyName: "Large", MultiTaskEnabled: true,
	})
	var targets string
	for i := range 50 {
		expression := fmt.Sprintf(`skill HAS "s%d"`, i)
		c := decide(routing.CreateTaskQueue{
			FriendlyName: fmt.Sprint("queue ", i), TargetWorkers: &expression,
		})
		targets += fmt.Sprintf(`{"expression":"kind == %d","targets":[{"queue":%q,"timeout":3600},`+
			`{"priority":5}]},`, i, c.Result)
	}
	decide(routing.CreateWorkflow{
		FriendlyName:  "flow",
		Configuration: `{"task_routing":{"filters":[` + targets[:len(targets)-1] + `]}}`,
	})
	for i := range workers {
		decide(routing.CreateWorker{
			FriendlyName: fmt.Sprint("worker ", i),
			Attributes: fmt.Sprintf(`{"skill":["s%d","s%d"],"level":%d,"contact_uri":"client:w%d"}`,
				i%50, i*7%50, i%9, i),
		})
	}
	task := func(i int) {
		decide(routing.CreateTask{Attributes: fmt.Sprintf(
			`{"kind":%d,"language":"en","customer":{"id":%d,"name":"Customer %d"},"from":"+1555%07d",`+
				`"note":"a note that somebody wrote about what this is about"}`, i%50, i, i, i)})
	}
	for i := range tasks * 9 / 10 {
		if task(i); i%100 == 0 {
			changes = nil // they are in the snapshot
		}
	}
	changes = changes[:0]
	task(tasks)
	flush()
	if err := st.Snapshot(b.Context(), lease, lease.Pos, state.Entities()); err != nil {
		b.Fatal(err)
	}
	for i := range tasks / 10 {
		if task(i); len(changes) == 50 {
			flush()
		}
	}
	if len(changes) > 0 {
		flush()
	}
}
