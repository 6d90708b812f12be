package routing_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"taskrouter"
	"taskrouter/internal/routing"
)

// TestPositions holds the two ways to count places against a third, the plainest: how many of
// the tasks that wait in the same queue on the same channel are served before.
func TestPositions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t, rapid.Bool().Draw(t, "multitask"), configs.Draw(t, "config"))
		for _, few := range rapid.SliceOfN(rapid.SliceOfN(steps, 1, -1), 5, -1).Draw(t, "steps") {
			for _, s := range few {
				m.decide(m.command(s))
			}
			tasks, c := m.tasks(), m.state.Catalog()
			for i, place := range routing.Positions(c, tasks) {
				want := plainPosition(c, tasks, tasks[i])
				if got := m.state.Position(tasks[i].SID); place != want || got != want {
					t.Fatalf("task %s: Positions says %d, Position %d, want %d",
						tasks[i].SID, place, got, want)
				}
			}
		}
	})
}

func plainPosition(c *routing.Catalog, tasks []*taskrouter.Task, t *taskrouter.Task) int {
	waits := func(x *taskrouter.Task) bool {
		return x.AssignmentStatus == taskrouter.TaskPending && c.TaskQueue(x.TaskQueueSID) != nil &&
			x.NotBefore.IsZero() &&
			x.TaskQueueSID == t.TaskQueueSID && x.TaskChannelSID == t.TaskChannelSID
	}
	if !waits(t) {
		return 0
	}
	place := 1
	for _, x := range tasks {
		older := x.VirtualStartTime.Before(t.VirtualStartTime) ||
			x.VirtualStartTime.Equal(t.VirtualStartTime) && x.SID < t.SID
		before := x.Priority > t.Priority || x.Priority == t.Priority && older
		if c.TaskQueue(t.TaskQueueSID).TaskOrder == taskrouter.LIFO {
			before = !older
		}
		if x != t && waits(x) && before {
			place++
		}
	}
	return place
}

// TestPosition moves tasks past each other.
func TestPosition(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.queues(1, func(int) string { return "1==2" }, "")
	var sids []taskrouter.TaskSID
	for i, priority := range []int{0, 5, 0, 5} {
		c := f.do(routing.CreateTask{
			Attributes: fmt.Sprintf(`{"to":0,"n":%d}`, i), Priority: &priority,
		})
		sids = append(sids, c.Answer.(*taskrouter.Task).SID)
	}
	check := func(want ...int) {
		t.Helper()
		var got []int
		for _, sid := range sids {
			got = append(got, f.state.Position(sid))
		}
		if !slices.Equal(got, want) {
			t.Errorf("places %v, want %v", got, want)
		}
	}
	check(3, 1, 4, 2)
	f.do(routing.UpdateTask{SID: sids[2], Priority: new(9)})
	check(4, 2, 1, 3)
	f.do(routing.UpdateTask{SID: sids[1], AssignmentStatus: taskrouter.TaskCanceled})
	check(3, 0, 1, 2)
	lifo := taskrouter.LIFO
	f.do(routing.UpdateTaskQueue{SID: f.state.Catalog().TaskQueues()[0].SID, TaskOrder: &lifo})
	check(3, 0, 2, 1)
}

// TestPositionFarBack asks for places so far back that they are kept in order from then on, while
// tasks come, go and move.
func TestPositionFarBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := newFloor(nil)
		f.queues(1, func(int) string { return "1==2" }, "")
		create := func(priority int) {
			f.now = f.now.Add(time.Millisecond)
			f.do(routing.CreateTask{Attributes: `{"to":0}`, Priority: &priority})
		}
		for i := range 1500 {
			create(i % 3)
		}
		for range rapid.IntRange(50, 200).Draw(t, "steps") {
			tasks := slices.Collect(f.state.Tasks(""))
			at := rapid.IntRange(0, len(tasks)-1).Draw(t, "task")
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0, 1, 2:
				create(at % 5)
			case 3, 4:
				f.do(routing.DeleteTask{SID: tasks[at].SID})
			case 5, 6:
				f.do(routing.UpdateTask{SID: tasks[at].SID, Priority: new(at % 7)})
			case 7:
				order := []taskrouter.QueueOrder{taskrouter.FIFO, taskrouter.LIFO}[at%2]
				queue := f.state.Catalog().TaskQueues()[0].SID
				f.do(routing.UpdateTaskQueue{SID: queue, TaskOrder: &order})
			default:
				want := routing.Positions(f.state.Catalog(), tasks)[at]
				if got := f.state.Position(tasks[at].SID); got != want {
					t.Fatalf("task %d of %d: place %d, want %d", at, len(tasks), got, want)
				}
			}
		}
	})
}

// BenchmarkPosition asks for the places of the first, the middle and the last of many tasks
// that wait, half of them alike, and for those of all at once.
func BenchmarkPosition(b *testing.B) {
	const waiting = 100_000
	f := newFloor(b)
	f.queues(1, func(int) string { return "1==1" },
		`,"expression":"worker.language == task.language"`)
	var sids []taskrouter.TaskSID
	for i := range waiting {
		c := f.do(routing.CreateTask{
			Attributes: fmt.Sprintf(`{"to":0,"language":"x%d"}`, i%2*(i%100)),
			Timeout:    new(taskrouter.MaxTaskTimeout),
		})
		sids = append(sids, c.Answer.(*taskrouter.Task).SID)
	}
	for _, at := range []int{1, waiting / 2, waiting} {
		b.Run(fmt.Sprintf("place=%d", at), func(b *testing.B) {
			for b.Loop() {
				if got := f.state.Position(sids[at-1]); got != at {
					b.Fatalf("place %d, want %d", got, at)
				}
			}
		})
	}
	b.Run("all", func(b *testing.B) {
		tasks := slices.Collect(f.state.Tasks(""))
		for b.Loop() {
			routing.Positions(f.state.Catalog(), tasks)
		}
	})
}
