package routing

import (
	"slices"

	"taskrouter"
)

// ages finds the oldest of the tasks that wait in a tally. Tasks come nearly always in order of
// their age, so they stand in a run to which new ones are appended; the few that do not, such as
// those that a snapshot brings, or that a command taken back lets wait again, stand in a heap
// beside it. Who stops waiting is not looked for: an entry counts only as long as its task says
// so. The ones in front that do not are dropped at once, and all others when they have become
// more than half. So coming and going costs a few nanoseconds, however many wait.
type ages struct {
	byEntry bool // by entry into the queue, not by creation
	run     []aged
	from    int    // the run begins here
	odd     []aged // a heap
}

type aged struct {
	at   int64 // milliseconds
	task *task
}

// few is how many outdated entries are never worth the trouble.
const few = 64

func (a aged) before(b aged) bool {
	return before(a.at, a.task.now.SID, b.at, b.task.now.SID)
}

// holds reports whether the entry still counts.
func (a *ages) holds(t *tally, e aged) bool {
	x := e.task
	if !x.now.AssignmentStatus.Waiting() {
		return false
	}
	if a.byEntry {
		return x.seats[queueSeat] == t && millis(x.now.TaskQueueEnteredDate) == e.at
	}
	return x.seats[0] == t || x.seats[1] == t || x.seats[2] == t
}

func (a *ages) add(t *tally, at int64, x *task) {
	e := aged{at, x}
	n := len(a.run)
	if n == a.from || !e.before(a.run[n-1]) {
		a.run = append(a.run, e)
	} else {
		a.odd = append(a.odd, e)
		for i := len(a.odd) - 1; i > 0; {
			parent := (i - 1) / 2
			if !a.odd[i].before(a.odd[parent]) {
				break
			}
			a.odd[i], a.odd[parent] = a.odd[parent], a.odd[i]
			i = parent
		}
	}
	a.pack(t)
}

// left drops what is outdated in front, after a task has stopped waiting.
func (a *ages) left(t *tally) {
	a.clean(t)
	a.pack(t)
}

// first is the oldest task, nil if none waits.
func (a *ages) first(t *tally) *taskrouter.Task {
	a.clean(t)
	inRun := a.from < len(a.run)
	switch {
	case inRun && (len(a.odd) == 0 || a.run[a.from].before(a.odd[0])):
		return a.run[a.from].task.now
	case len(a.odd) > 0:
		return a.odd[0].task.now
	}
	return nil
}

// clean drops entries in front that do not count any more.
func (a *ages) clean(t *tally) {
	for a.from < len(a.run) && !a.holds(t, a.run[a.from]) {
		a.run[a.from] = aged{}
		a.from++
	}
	if a.from == len(a.run) {
		a.run, a.from = a.run[:0], 0
	}
	for len(a.odd) > 0 && !a.holds(t, a.odd[0]) {
		last := len(a.odd) - 1
		a.odd[0] = a.odd[last]
		a.odd[last] = aged{}
		a.odd = a.odd[:last]
		a.sink()
	}
}

func (a *ages) sink() {
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(a.odd) {
			return
		}
		if right := child + 1; right < len(a.odd) && a.odd[right].before(a.odd[child]) {
			child = right
		}
		if !a.odd[child].before(a.odd[i]) {
			return
		}
		a.odd[i], a.odd[child] = a.odd[child], a.odd[i]
		i = child
	}
}

// pack makes one run of all entries that count, once those that do not are the most. A task
// that left and came back has two entries, of which one stays.
func (a *ages) pack(t *tally) {
	if len(a.run)+len(a.odd) <= few+2*t.waiting() {
		return
	}
	all := slices.DeleteFunc(append(a.run[a.from:], a.odd...), func(e aged) bool {
		return !a.holds(t, e)
	})
	slices.SortFunc(all, func(x, y aged) int {
		switch {
		case x.before(y):
			return -1
		case y.before(x):
			return 1
		}
		return 0
	})
	a.run, a.from, a.odd = slices.Clone(slices.Compact(all)), 0, nil
}
