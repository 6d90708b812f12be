package storetest

import (
	"fmt"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

// moment is the time of record number n.
func moment(n int) time.Time {
	return time.Date(2030, 1, 2, 3, 4, 5, 678_000_000, time.UTC).Add(time.Duration(n) * time.Second)
}

func sid[S ~string](prefix string, n int) S { return S(fmt.Sprintf("%s%032x", prefix, n)) }

// timed is a SID that begins with a time, as those of events and alerts do.
func timed[S ~string](prefix string, at time.Time, n int) S {
	return S(fmt.Sprintf("%s%012x%020x", prefix, at.UnixMilli(), n))
}

// history is what a record of every workspace in these tests says: first the workspace with a
// queue and a worker, then one task after the other that is offered and, three records later,
// done and gone; some raise an alert. It is made anew at each call, so nothing is equal by being the same pointer.
func history(ws taskrouter.WorkspaceSID, seq store.Seq) []*taskrouter.Change {
	n, at := int(seq), moment(int(seq))
	world := &taskrouter.Workspace{SID: ws, AccountSID: account(1), FriendlyName: "World",
		MultiTaskEnabled: true, DateCreated: moment(1), DateUpdated: moment(1)}
	queue := &taskrouter.TaskQueue{SID: sid[taskrouter.TaskQueueSID]("WQ", 1),
		FriendlyName: "Everybody", TargetWorkers: "1==1", MaxReservedWorkers: 1,
		TaskOrder: taskrouter.FIFO, DateCreated: moment(1), DateUpdated: moment(1)}
	worker := &taskrouter.Worker{SID: sid[taskrouter.WorkerSID]("WK", 1), FriendlyName: "Alice",
		Attributes: `{"languages": ["en", "de"]}`, DateCreated: moment(1), DateUpdated: at,
		Version: n, Channels: []taskrouter.WorkerChannel{{
			SID: sid[taskrouter.WorkerChannelSID]("WC", 1), Available: true,
			TaskChannelSID: sid[taskrouter.TaskChannelSID]("TC", 1), ConfiguredCapacity: 1,
		}}}
	c := &taskrouter.Change{At: at, Command: taskrouter.CommandID(fmt.Sprint("command-", n)),
		Actor: taskrouter.Actor{Type: "account", SID: string(account(1)), IP: "192.0.2.7"}}
	event := func(t taskrouter.EventType, e taskrouter.Event) {
		e.SID = timed[taskrouter.EventSID]("EV", at, n<<8|len(c.Events))
		e.Type, e.At, e.Workspace = t, at, world
		c.Events = append(c.Events, e)
	}
	if n == 1 {
		c.Result, c.Puts = string(ws), []taskrouter.Entity{world, queue, worker}
		event(taskrouter.EventWorkspaceCreated, taskrouter.Event{})
		event(taskrouter.EventTaskQueueCreated, taskrouter.Event{TaskQueue: queue})
		event(taskrouter.EventWorkerCreated, taskrouter.Event{Worker: worker})
		return []*taskrouter.Change{c}
	}
	task := &taskrouter.Task{SID: sid[taskrouter.TaskSID]("WT", n),
		Attributes:       `{"text": "` + strings.Repeat("abc ", n%50) + `"}`,
		AssignmentStatus: taskrouter.TaskPending, TaskQueueSID: queue.SID, Timeout: 86400,
		DateCreated: at, DateUpdated: at, TaskQueueEnteredDate: at}
	offered := *task
	offered.AssignmentStatus, offered.Version = taskrouter.TaskReserved, 1
	offer := &taskrouter.Reservation{SID: sid[taskrouter.ReservationSID]("WR", n),
		TaskSID: task.SID, WorkerSID: worker.SID, WorkerName: worker.FriendlyName,
		Status: taskrouter.ReservationPending, TaskQueueSID: queue.SID, Timeout: 120,
		Expires: at.Add(2 * time.Minute), DateCreated: at, DateUpdated: at}
	c.Result = string(task.SID)
	c.Puts = []taskrouter.Entity{task, &offered, offer, worker}
	event(taskrouter.EventTaskCreated, taskrouter.Event{Task: task})
	event(taskrouter.EventReservationCreated, taskrouter.Event{
		Task: &offered, Reservation: offer, Worker: worker, TaskQueue: queue})
	if n%4 == 0 {
		c.Alerts = []taskrouter.Alert{{SID: timed[taskrouter.AlertSID]("NO", at, n<<8),
			Code: taskrouter.AlertUnreachable + taskrouter.AlertCode(n%8), At: at,
			Message: fmt.Sprint("alert ", n), URL: "https://example.test/", TaskSID: task.SID,
			ReservationSID: offer.SID, WorkerSID: worker.SID,
			WorkflowSID: sid[taskrouter.WorkflowSID]("WW", 1)}}
	}
	changes := []*taskrouter.Change{c}
	if n > 4 {
		changes = append(changes, &taskrouter.Change{At: at, Deleted: []string{
			sid[string]("WT", n-3), sid[string]("WR", n-3)}})
	}
	return changes
}
