package routing_test

import (
	"fmt"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

const manyTasks = 100_000

// waitingFloor is a floor on which many tasks wait for nobody, in one of two queues.
func waitingFloor(b *testing.B, tasks int) (
	f *floor, workflow taskrouter.WorkflowSID, queues []taskrouter.TaskQueueSID,
) {
	f = newFloor(b)
	for i := range 2 {
		c := f.do(routing.CreateTaskQueue{FriendlyName: fmt.Sprint("queue ", i)})
		queues = append(queues, taskrouter.TaskQueueSID(c.Result))
	}
	c := f.do(routing.CreateWorkflow{FriendlyName: "w", Configuration: waitIn(queues[0])})
	for i := range tasks {
		f.do(routing.CreateTask{
			Attributes: fmt.Sprintf(`{"language":"l%d"}`, i%20),
			Timeout:    new(taskrouter.MaxTaskTimeout),
		})
	}
	return f, taskrouter.WorkflowSID(c.Result), queues
}

func waitIn(queue taskrouter.TaskQueueSID) string {
	return fmt.Sprintf(`{"task_routing":{"filters":[{"expression":"language != 'x'","targets":[`+
		`{"queue":%q,"expression":"worker.language == task.language","timeout":86400}]}]}}`, queue)
}

// BenchmarkReEvaluate sends many waiting tasks through a new configuration, which moves them to
// another queue. It tells how long one portion takes at most, which is what others wait.
func BenchmarkReEvaluate(b *testing.B) {
	f, workflow, queues := waitingFloor(b, manyTasks)
	var longest time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		next := routing.Command(routing.UpdateWorkflow{
			SID: workflow, Configuration: new(waitIn(queues[(i+1)%2])), ReEvaluateTasks: true,
		})
		for next != nil {
			begun := time.Now()
			f.do(next)
			longest = max(longest, time.Since(begun))
			next = nil
			if at, ok := f.state.NextDeadline(); ok && !at.After(f.now) {
				next = routing.Tick{}
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/manyTasks, "ns/task")
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest-change")
}

// BenchmarkSkip is a task that comes to a step which nobody can serve, and to the next one, while
// many wait in the queues of both; and one whose offer fails, so that skip_if is asked again.
func BenchmarkSkip(b *testing.B) {
	for _, tasks := range []int{0, manyTasks} {
		floor := func(b *testing.B) (*floor, taskrouter.WorkflowSID) {
			f, _, queues := waitingFloor(b, tasks)
			f.workers(1000, func(i int) string { return fmt.Sprintf(`{"language":"y%d"}`, i%20) })
			c := f.do(routing.CreateWorkflow{FriendlyName: "skip", Configuration: fmt.Sprintf(
				`{"task_routing":{"filters":[{"expression":"1==1","targets":[{"queue":%q,`+
					`"expression":"worker.language == task.language","skip_if":`+
					`"workers.available > 1 AND workers.unavailable == 0"},{"queue":%q,`+
					`"expression":"worker.language == task.language"}]}]}}`, queues[0], queues[1])})
			return f, taskrouter.WorkflowSID(c.Result)
		}
		b.Run(fmt.Sprintf("enter/tasks=%d", tasks), func(b *testing.B) {
			f, workflow := floor(b)
			b.ReportAllocs()
			for b.Loop() {
				c := f.do(routing.CreateTask{WorkflowSID: workflow, Attributes: `{"language":"z"}`})
				f.do(routing.DeleteTask{SID: taskrouter.TaskSID(c.Result)})
			}
		})
		b.Run(fmt.Sprintf("failed_offer/tasks=%d", tasks), func(b *testing.B) {
			f, workflow := floor(b)
			worker := f.do(routing.CreateWorker{
				FriendlyName: "ann", ActivitySID: f.available, Attributes: `{"language":"ann"}`,
			}).Result
			away := f.state.Catalog().Activities()[2].SID
			b.ReportAllocs()
			for b.Loop() {
				c := f.do(routing.CreateTask{
					WorkflowSID: workflow, Attributes: `{"language":"ann"}`,
				})
				offer := f.state.TaskReservations(taskrouter.TaskSID(c.Result))[0]
				f.do(routing.UpdateReservation{
					SID: offer.SID, Status: taskrouter.ReservationRejected, WorkerActivitySID: away,
				})
				f.do(routing.DeleteTask{SID: taskrouter.TaskSID(c.Result)})
				f.do(routing.UpdateWorker{
					SID: taskrouter.WorkerSID(worker), ActivitySID: &f.available,
				})
			}
		})
	}
}

// BenchmarkKnown is a worker who is set free while many tasks ask for it in person: it takes the
// first of them, and another comes in its place.
func BenchmarkKnown(b *testing.B) {
	for _, tasks := range []int{1000, manyTasks} {
		b.Run(fmt.Sprintf("tasks=%d", tasks), func(b *testing.B) {
			f := newFloor(b)
			f.queues(1, func(int) string { return "1==1" },
				`,"known_worker_friendly_name":"task.agent"`)
			create := func() {
				f.do(routing.CreateTask{
					Attributes: `{"to":0,"agent":"ann"}`, Timeout: new(taskrouter.MaxTaskTimeout),
				})
			}
			for range tasks {
				create()
			}
			c := f.do(routing.CreateWorker{FriendlyName: "Ann", ActivitySID: f.available})
			b.ReportAllocs()
			for b.Loop() {
				r := f.accepted(c)
				create()
				c = f.do(routing.UpdateReservation{
					SID: r.SID, Status: taskrouter.ReservationCompleted,
				})
				f.pass()
			}
		})
	}
}
