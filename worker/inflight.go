package worker

import (
	"sync"

	"taskrouter"
)

// acts counts, for each task, the actions of this client that are under way. Whoever wants to
// cancel work on a task because it has ended waits for them: it may be one of them that ended
// it, and its answer is still on its way.
type acts struct {
	mu    sync.Mutex
	count map[taskrouter.TaskSID]int
	after map[taskrouter.TaskSID][]func()
}

// begin notes an action; the function it returns is called at its end.
func (a *acts) begin(task taskrouter.TaskSID) (end func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == nil {
		a.count = make(map[taskrouter.TaskSID]int)
		a.after = make(map[taskrouter.TaskSID][]func())
	}
	a.count[task]++
	return func() { a.end(task) }
}

func (a *acts) end(task taskrouter.TaskSID) {
	a.mu.Lock()
	a.count[task]--
	var due []func()
	if a.count[task] == 0 {
		due = a.after[task]
		delete(a.count, task)
		delete(a.after, task)
	}
	a.mu.Unlock()
	for _, f := range due {
		f()
	}
}

// idle calls f once no action on the task is under way, which may be at once.
func (a *acts) idle(task taskrouter.TaskSID, f func()) {
	a.mu.Lock()
	if a.count[task] > 0 {
		a.after[task] = append(a.after[task], f)
		a.mu.Unlock()
		return
	}
	a.mu.Unlock()
	f()
}
