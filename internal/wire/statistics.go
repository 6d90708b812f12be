package wire

import (
	"strconv"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// A StatisticsOf says whose statistics are told.
type StatisticsOf int

// Whose statistics there are. Spec: rest-api 16
const (
	OfWorkspace StatisticsOf = iota
	OfWorkers                // all of the workspace, or some
	OfWorker
	OfTaskQueue
	OfWorkflow
)

// Names reports whether a SID is one of theirs.
func (of StatisticsOf) Names(sid string) bool {
	switch of {
	case OfWorker:
		return taskrouter.ValidSID(taskrouter.PrefixWorker, sid)
	case OfTaskQueue:
		return taskrouter.ValidSID(taskrouter.PrefixTaskQueue, sid)
	case OfWorkflow:
		return taskrouter.ValidSID(taskrouter.PrefixWorkflow, sid)
	}
	return false
}

// Statistics are what is to be told of one of them. A part that is not asked for is nil.
type Statistics struct {
	Of         StatisticsOf
	SID        string // of the worker, queue or workflow
	RealTime   *RealTime
	Cumulative *Cumulative
}

// RealTime is what is true now. Spec: rest-api 16.2
type RealTime struct {
	Tally      routing.Tally
	Workers    int
	Activities []ActivityCount
	// Eligible is how many workers are in a queue, Available how many of them are in an
	// available activity.
	Eligible, Available int
}

// An ActivityCount is how many workers are in an activity.
type ActivityCount struct {
	Activity *taskrouter.Activity
	Workers  int
}

// Cumulative is what happened from Start to End. Spec: rest-api 16.3
type Cumulative struct {
	Start, End time.Time
	taskrouter.Figures
	Stays map[taskrouter.ActivitySID]taskrouter.Stays // of workers
}

// RealTimeStatistics appends what is true now as a resource of its own.
func (e *Encoder) RealTimeStatistics(dst []byte, s *Statistics) []byte {
	o := &object{dst}
	o.open()
	e.ids(o, s)
	e.realTime(o, s)
	e.statisticsURL(o, s, "/RealTimeStatistics")
	o.close()
	return o.b
}

// CumulativeStatistics appends what happened as a resource of its own.
func (e *Encoder) CumulativeStatistics(dst []byte, s *Statistics) []byte {
	o := &object{dst}
	o.open()
	e.ids(o, s)
	if s.Of != OfWorkers && s.Of != OfWorker {
		o.number("avg_task_acceptance_time", wholeSeconds(s.Cumulative.UntilAccepted.Average()))
	}
	e.cumulative(o, s)
	e.statisticsURL(o, s, "/CumulativeStatistics")
	o.close()
	return o.b
}

// CombinedStatistics appends both in one resource. Spec: rest-api 16.4
func (e *Encoder) CombinedStatistics(dst []byte, s *Statistics) []byte {
	o := &object{dst}
	o.open()
	e.combined(o, s)
	e.statisticsURL(o, s, "/Statistics")
	o.close()
	return o.b
}

// ListedStatistics appends both as an item of a list, which has no URL of its own.
func (e *Encoder) ListedStatistics(dst []byte, s *Statistics) []byte {
	o := &object{dst}
	o.open()
	e.combined(o, s)
	o.close()
	return o.b
}

// BulkStatistics appends what is true now of the queues that were asked for.
// Spec: rest-api 16.5
func (e *Encoder) BulkStatistics(dst []byte, queues []Statistics) []byte {
	o := &object{dst}
	o.open()
	e.owner(o)
	o.key("task_queue_data")
	o.b = append(o.b, '[')
	for i := range queues {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.open()
		o.text("task_queue_sid", queues[i].SID)
		e.tally(o, &queues[i])
		e.activities(o, queues[i].RealTime)
		o.close()
	}
	o.b = append(o.b, ']')
	o.number("task_queue_response_count", len(queues))
	o.url(e, "url", "/TaskQueues/RealTimeStatistics")
	o.close()
	return o.b
}

// statisticsKeys are, by StatisticsOf, the path and the key of the SID.
var statisticsKeys = [...]struct{ path, key string }{
	OfWorkspace: {"", ""},
	OfWorkers:   {"/Workers", ""},
	OfWorker:    {"/Workers/", "worker_sid"},
	OfTaskQueue: {"/TaskQueues/", "task_queue_sid"},
	OfWorkflow:  {"/Workflows/", "workflow_sid"},
}

func (e *Encoder) ids(o *object, s *Statistics) {
	e.owner(o)
	if key := statisticsKeys[s.Of].key; key != "" {
		o.text(key, s.SID)
	}
}

func (e *Encoder) statisticsURL(o *object, s *Statistics, last string) {
	o.url(e, "url", statisticsKeys[s.Of].path, s.SID, last)
}

func (e *Encoder) combined(o *object, s *Statistics) {
	e.ids(o, s)
	o.key("cumulative")
	o.open()
	if s.Of != OfWorkers && s.Of != OfWorker {
		o.key("avg_task_acceptance_time")
		o.b = appendSeconds(o.b, s.Cumulative.UntilAccepted.Average())
	}
	e.cumulative(o, s)
	o.close()
	if s.RealTime == nil {
		return
	}
	o.key("realtime")
	o.open()
	e.realTime(o, s)
	o.close()
}

func (e *Encoder) realTime(o *object, s *Statistics) {
	if s.Of != OfWorkers {
		e.tally(o, s)
	}
	if s.Of == OfTaskQueue {
		o.number("longest_relative_task_age_in_queue", e.ageInQueue(s.RealTime))
		o.textOrNull("longest_relative_task_sid_in_queue",
			taskSID(s.RealTime.Tally.OldestInQueue))
	}
	if s.Of == OfWorkspace || s.Of == OfWorkers {
		o.number("total_workers", s.RealTime.Workers)
	}
	if s.Of != OfWorkflow {
		e.activities(o, s.RealTime)
	}
}

// tally writes what is told of tasks, and of queues also of their workers.
func (e *Encoder) tally(o *object, s *Statistics) {
	t := &s.RealTime.Tally
	o.number("total_tasks", t.Total())
	age := 0
	if t.Oldest != nil {
		age = t.Oldest.Age(e.Now)
	}
	o.number("longest_task_waiting_age", age)
	o.textOrNull("longest_task_waiting_sid", taskSID(t.Oldest))
	o.key("tasks_by_status")
	o.open()
	o.number("pending", t.Pending)
	o.number("reserved", t.Reserved)
	o.number("assigned", t.Assigned)
	o.number("wrapping", t.Wrapping)
	o.close()
	o.key("tasks_by_priority")
	o.open()
	for _, p := range t.Priorities {
		o.number(strconv.Itoa(p.Priority), p.Tasks)
	}
	o.close()
	if s.Of == OfTaskQueue {
		o.number("total_eligible_workers", s.RealTime.Eligible)
		o.number("total_available_workers", s.RealTime.Available)
	}
}

func (e *Encoder) ageInQueue(r *RealTime) int {
	if r.Tally.OldestInQueue == nil {
		return 0
	}
	return max(0, wholeSeconds(e.Now.Sub(r.Tally.OldestInQueue.TaskQueueEnteredDate)))
}

func taskSID(t *taskrouter.Task) string {
	if t == nil {
		return ""
	}
	return string(t.SID)
}

func (e *Encoder) activities(o *object, r *RealTime) {
	o.key("activity_statistics")
	o.b = append(o.b, '[')
	for i, a := range r.Activities {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.open()
		o.text("sid", string(a.Activity.SID))
		o.text("friendly_name", a.Activity.FriendlyName)
		o.number("workers", a.Workers)
		o.close()
	}
	o.b = append(o.b, ']')
}

// told says which counts are told of whom. Spec: rest-api 16.3
var told = [taskrouter.Counts]struct {
	key string
	of  []StatisticsOf // empty = of all
}{
	taskrouter.ReservationsCreated:   {key: "reservations_created"},
	taskrouter.ReservationsAccepted:  {key: "reservations_accepted"},
	taskrouter.ReservationsRejected:  {key: "reservations_rejected"},
	taskrouter.ReservationsTimedOut:  {key: "reservations_timed_out"},
	taskrouter.ReservationsCanceled:  {key: "reservations_canceled"},
	taskrouter.ReservationsRescinded: {key: "reservations_rescinded"},
	taskrouter.TasksCreated:          {"tasks_created", []StatisticsOf{OfWorkspace}},
	taskrouter.TasksEntered:          {"tasks_entered", []StatisticsOf{OfTaskQueue, OfWorkflow}},
	taskrouter.TasksCanceled:         {"tasks_canceled", ofTasks},
	taskrouter.TasksCompleted:        {"tasks_completed", ofTasks},
	taskrouter.TasksDeleted:          {"tasks_deleted", ofTasks},
	taskrouter.TasksMoved:            {"tasks_moved", ofTasks},
	taskrouter.TasksTimedOutInWorkflow: {
		"tasks_timed_out_in_workflow", []StatisticsOf{OfWorkspace, OfWorkflow},
	},
}

var ofTasks = []StatisticsOf{OfWorkspace, OfTaskQueue, OfWorkflow}

func (e *Encoder) cumulative(o *object, s *Statistics) {
	c := s.Cumulative
	o.date("start_time", c.Start)
	o.date("end_time", c.End)
	for i, t := range told {
		if isTold(t.of, s.Of) {
			o.number(t.key, c.Counts[i])
		}
	}
	if s.Of == OfWorkers || s.Of == OfWorker {
		e.stays(o, c)
		return
	}
	o.waits("wait_duration_until_accepted", c.UntilAccepted)
	o.waits("wait_duration_until_canceled", c.UntilCanceled)
	if s.Of == OfTaskQueue {
		o.waits("wait_duration_in_queue_until_accepted", c.InQueue)
	}
	e.splits(o, c.Splits)
}

func isTold(list []StatisticsOf, of StatisticsOf) bool {
	for _, x := range list {
		if x == of {
			return true
		}
	}
	return len(list) == 0
}

func (e *Encoder) stays(o *object, c *Cumulative) {
	o.key("activity_durations")
	o.b = append(o.b, '[')
	for i, a := range e.Catalog.Activities() {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.open()
		o.text("sid", string(a.SID))
		o.text("friendly_name", a.FriendlyName)
		o.sums(c.Stays[a.SID])
		o.close()
	}
	o.b = append(o.b, ']')
}

// splitLimit is the most that is told on each side of a threshold. Spec: rest-api 16
const splitLimit = 10_000

func (e *Encoder) splits(o *object, splits []taskrouter.Split) {
	o.key("split_by_wait_time")
	if len(splits) == 0 {
		o.b = append(o.b, "null"...)
		return
	}
	side := func(key string, s taskrouter.SplitSide) {
		o.key(key)
		o.open()
		o.number("tasks_canceled", min(s.Canceled, splitLimit))
		o.number("reservations_accepted", min(s.Accepted, splitLimit))
		o.close()
	}
	o.open()
	for _, s := range splits {
		o.key(strconv.Itoa(s.Seconds))
		o.open()
		side("above", s.Above)
		side("below", s.Below)
		o.close()
	}
	o.close()
}

func (o *object) waits(key string, w taskrouter.Waits) {
	o.key(key)
	o.open()
	o.sums(w)
	o.close()
}

// sums writes what is told of durations, in whole seconds.
func (o *object) sums(w taskrouter.Waits) {
	o.number("avg", wholeSeconds(w.Average()))
	o.number("min", wholeSeconds(w.Min))
	o.number("max", wholeSeconds(w.Max))
	o.number("total", wholeSeconds(w.Total))
}

func wholeSeconds(d time.Duration) int { return int(d / time.Second) }

// appendSeconds writes seconds as a number that has a point: 0.0, 12.5, 3.25.
func appendSeconds(dst []byte, d time.Duration) []byte {
	seconds := d.Truncate(time.Millisecond).Seconds()
	n := len(dst)
	dst = strconv.AppendFloat(dst, seconds, 'f', -1, 64)
	for _, c := range dst[n:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, ".0"...)
}
