package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// Waiting tasks that go through a new configuration do so in many changes, which other commands
// come between, and a server that dies on the way goes on where it stopped: in the end each has
// gone once.
func TestReEvaluationGoesOn(t *testing.T) {
	const tasks = 2300
	b := newBench(t, Options{})
	b.createTask() // Alice gets it
	for range tasks {
		b.createTask()
	}
	var largest int
	changes := make(chan int, 100)
	defer b.Subscribe("test", func(p Publication) {
		for _, c := range p.Changes {
			changes <- len(c.Puts)
		}
	})()
	workflow := b.must(b.ws, routing.UpdateWorkflow{SID: b.flow}).Entity.(*taskrouter.Workflow)
	b.must(b.ws, routing.UpdateWorkflow{
		SID: b.flow, Configuration: new(workflow.Configuration + " "), ReEvaluateTasks: true,
	})
	after := b.crash(Options{})
	fresh := b.createTask() // between two portions, or after the last
	for _, b := range []*bench{b, after} {
		eventually(t, "every task has gone through the new configuration", func() bool {
			return b.waitingOn(1) >= tasks && b.reEvaluated()
		})
		err := b.View(t.Context(), alice, b.ws, func(s *routing.State) {
			for task := range s.Tasks("") {
				want := 2
				if task.SID == fresh.SID {
					want = 1
				}
				if task.AssignmentStatus == taskrouter.TaskPending && task.Version != want {
					t.Errorf("task %s has version %d; want %d", task.SID, task.Version, want)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for len(changes) > 0 {
		largest = max(largest, <-changes)
	}
	if largest < 1000 || largest > 1100 {
		t.Errorf("the largest change puts %d entities; want about a thousand", largest)
	}
}

// waitingOn counts the pending tasks that are on a version of the configuration.
func (b *bench) waitingOn(version int) (n int) {
	b.t.Helper()
	err := b.View(b.t.Context(), alice, b.ws, func(s *routing.State) {
		for task := range s.Tasks("") {
			if task.AssignmentStatus == taskrouter.TaskPending &&
				task.Step.Configuration == version {
				n++
			}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// reEvaluated reports whether no task is still to go.
func (b *bench) reEvaluated() (done bool) {
	b.t.Helper()
	err := b.View(b.t.Context(), alice, b.ws, func(s *routing.State) {
		done = s.Catalog().Workflow(b.flow).ReEvaluateLast == ""
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return done
}

// A task for one worker waits as long as the engine was told, not as long as it would otherwise.
func TestRoutingTargetTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{RoutingTargetTimeout: 30 * time.Second}
		b := newBench(t, o)
		b.createTask() // Alice is busy
		task := b.must(b.ws, routing.CreateTask{
			RoutingTarget: string(b.worker), IgnoreCapacity: new(false),
		}).Entity.(*taskrouter.Task)
		time.Sleep(20 * time.Second)
		b = b.reopen(o)
		time.Sleep(task.DateCreated.Add(30*time.Second - time.Millisecond).Sub(time.Now()))
		settle(t)
		if got := b.task(task.SID); got.AssignmentStatus != taskrouter.TaskPending {
			t.Errorf("just before its time is over the task is %s", got.AssignmentStatus)
		}
		time.Sleep(2 * time.Millisecond)
		eventually(t, "the task is canceled", func() bool {
			return b.task(task.SID).Reason == taskrouter.ReasonRoutingTarget
		})
	})
}

// A pause after a callback that failed ends when it should, and not with a restart.
func TestPauseOutlivesARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		task := b.createTask()
		offer := b.reservation(task.SID)
		b.must(b.ws, routing.AnswerCallback{SID: offer.SID, Answer: routing.CallbackFailed})
		b = b.reopen(Options{})
		again := b.task(task.SID).NotBefore
		if again.IsZero() {
			t.Fatal("after the restart the task does not pause")
		}
		time.Sleep(again.Add(-time.Millisecond).Sub(time.Now()))
		settle(t)
		if r := b.reservation(task.SID); r.SID != offer.SID {
			t.Error("the task was offered again before its pause was over")
		}
		time.Sleep(2 * time.Millisecond)
		eventually(t, "the task is offered again", func() bool {
			r := b.reservation(task.SID)
			return r.SID != offer.SID && r.Status == taskrouter.ReservationPending
		})
	})
}
