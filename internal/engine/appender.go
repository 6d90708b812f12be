package engine

import (
	"runtime"
	"time"

	"taskrouter/internal/store"
)

// Bounds of what one call of the store takes.
const (
	maxAppendRecords = 256
	maxAppendBytes   = 4 << 20
)

// An appender makes records durable, those of all workspaces together: whatever waits shares
// one transaction and one sync.
type appender struct {
	store   store.Store
	count   *counters
	waiting *queue[writing]
	done    chan struct{}
}

// A writing is a record and who waits for its outcome. The channel has room for it.
type writing struct {
	record  store.Record
	outcome chan<- store.Outcome
}

func newAppender(st store.Store, count *counters) *appender {
	return &appender{
		store:   st,
		count:   count,
		waiting: newQueue[writing](0),
		done:    make(chan struct{}),
	}
}

// run appends until the queue is closed and drained.
func (a *appender) run() {
	defer close(a.done)
	var list []writing
	for !a.waiting.drained() {
		<-a.waiting.wake
		// Loops that were told of the append before hand over now: sharing the next one with
		// them halves its cost, and a lone record waits for nobody.
		runtime.Gosched()
		list = a.waiting.take(list)
		for rest := list; len(rest) > 0; {
			n := batch(rest)
			a.append(rest[:n])
			rest = rest[n:]
		}
	}
}

// batch says how many of the first records go into one append.
func batch(list []writing) int {
	size := 0
	for i := range list {
		size += len(list[i].record.Body)
		if i > 0 && (i >= maxAppendRecords || size > maxAppendBytes) {
			return i
		}
	}
	return len(list)
}

func (a *appender) append(list []writing) {
	records := make([]store.Record, len(list))
	for i := range list {
		records[i] = list[i].record
	}
	start := time.Now()
	outcomes := a.store.Append(records)
	a.count.appendNanos.Add(int64(time.Since(start)))
	a.count.appends.Add(1)
	for i, o := range outcomes {
		list[i].outcome <- o
	}
}
