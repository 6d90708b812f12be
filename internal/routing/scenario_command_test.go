package routing_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// An order is a command line: a verb, names, options as key=value, and a text after ":" or
// from "{" on.
type order struct {
	verb    string
	names   []string
	options map[string]string
	text    string
	hasText bool
}

func (w *world) parse(line string) order {
	o := order{options: make(map[string]string)}
	head := line
	if at := strings.IndexAny(line, ":{"); at >= 0 {
		head, o.text, o.hasText = line[:at], line[at:], true
		if o.text[0] == ':' {
			o.text = strings.TrimSpace(o.text[1:])
		}
		o.text = w.withSIDs(o.text)
	}
	for i, word := range strings.Fields(head) {
		key, value, isOption := strings.Cut(word, "=")
		switch {
		case i == 0:
			o.verb = word
		case isOption:
			o.options[key] = value
		default:
			o.names = append(o.names, word)
		}
	}
	return o
}

func (o *order) name(i int) string {
	if i < len(o.names) {
		return o.names[i]
	}
	return ""
}

func (o *order) number(key string) *int {
	v, ok := o.options[key]
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		panic(fmt.Sprintf("%s=%s is no number", key, v))
	}
	return &n
}

func (o *order) given() *string {
	if !o.hasText {
		return nil
	}
	return &o.text
}

func given(v string) *string {
	if v == "" {
		return nil
	}
	return &v
}

// moment reads an option that says how long ago something was.
func (o *order) moment(key string, now time.Time) *time.Time {
	v, ok := o.options[key]
	if !ok {
		return nil
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		panic(err)
	}
	return new(now.Add(-d))
}

// callbackURL is the address that callback=true means.
var callbackURL = map[string]string{"true": "http://127.0.0.1/assignment"}

// activity reads an option that names an activity.
func (o *order) activity(w *world, key string) *taskrouter.ActivitySID {
	if v := o.options[key]; v != "" {
		return new(taskrouter.ActivitySID(w.sid(v)))
	}
	return nil
}

func (o *order) flag(key string) *bool {
	if v, ok := o.options[key]; ok {
		return new(v == "true")
	}
	return nil
}

// command plays one line.
func (w *world) command(line string) {
	line, dry := strings.CutPrefix(line, "try ")
	o := w.parse(line)
	if o.verb == "workspace" {
		if at := o.options["patience"]; at != "" {
			d, err := time.ParseDuration(at)
			if err != nil {
				panic(err)
			}
			w.options = append(w.options, routing.RoutingTargetTimeout(d))
		}
		if n := o.number("portion"); n != nil {
			w.portion = *n
		}
		w.restart()
		w.begin(o.options["multitask"] != "false", taskrouter.QueueOrder(o.options["prioritize"]))
		return
	}
	w.begin(true, taskrouter.FIFO)
	w.dry = dry
	switch o.verb {
	case "advance":
		w.advance(o.name(0))
	case "sleep":
		w.sleep(o.name(0))
	case "show":
		w.show()
	case "details":
		w.full = true
	case "restart":
		w.restart()
	case "repeat":
		w.repeat(line)
	case "why":
		w.why(o)
	case "explain":
		w.explain(o)
	case "idle":
		w.idle(o)
	case "draft":
		w.draft = o.text
	case "dry-run":
		w.dryRun(o)
	case "task":
		w.task(o)
	case "accept", "reject", "wrap", "complete", "call", "dequeue", "set-reservation", "answer":
		w.answer(o)
	default:
		w.tell(w.decide(w.setUp(o)))
	}
}

// setUp translates the lines that are one command each.
func (w *world) setUp(o order) routing.Command {
	name := o.name(0)
	switch o.verb {
	case "activity":
		return routing.CreateActivity{FriendlyName: name, Available: o.name(1) == "available"}
	case "set-activity":
		return routing.UpdateActivity{
			SID: taskrouter.ActivitySID(w.sid(name)), FriendlyName: given(o.options["name"]),
		}
	case "delete-activity":
		return routing.DeleteActivity{SID: taskrouter.ActivitySID(w.sid(name))}
	case "set-channel":
		return routing.UpdateTaskChannel{
			Channel: name, FriendlyName: given(o.options["name"]),
			ChannelOptimizedRouting: o.flag("optimized"),
		}
	case "delete-channel":
		return routing.DeleteTaskChannel{Channel: name}
	case "set-workspace":
		c := routing.UpdateWorkspace{
			MultiTaskEnabled:   o.flag("multitask"),
			DefaultActivitySID: o.activity(w, "default"),
			TimeoutActivitySID: o.activity(w, "timeout"),
		}
		if v := taskrouter.QueueOrder(o.options["prioritize"]); v != "" {
			c.PrioritizeQueueOrder = &v
		}
		return c
	case "delete-workspace":
		return routing.DeleteWorkspace{}
	case "channel":
		return routing.CreateTaskChannel{
			FriendlyName: name, UniqueName: name,
			ChannelOptimizedRouting: o.options["optimized"] == "true",
		}
	case "worker":
		activity := o.name(1)
		switch {
		case activity == "-":
			activity = ""
		case activity == "" && w.state.Catalog().Workspace.MultiTaskEnabled:
			activity = "Available"
		case activity == "":
			activity = "Idle"
		}
		return routing.CreateWorker{
			FriendlyName: name,
			ActivitySID:  taskrouter.ActivitySID(w.sid(activity)),
			Attributes:   o.text,
		}
	case "set":
		c := routing.UpdateWorker{
			SID:                       taskrouter.WorkerSID(w.sid(name)),
			IfMatch:                   o.number("if-match"),
			FriendlyName:              given(o.options["name"]),
			Attributes:                o.given(),
			RejectPendingReservations: o.options["reject"] == "true",
		}
		if o.name(1) != "" {
			activity := taskrouter.ActivitySID(w.sid(o.name(1)))
			c.ActivitySID = &activity
		}
		return c
	case "capacity":
		c := routing.UpdateWorkerChannel{
			Worker: taskrouter.WorkerSID(w.sid(name)), Channel: o.name(1),
			Capacity: o.number("capacity"),
		}
		c.Available = o.flag("available")
		return c
	case "delete-worker":
		return routing.DeleteWorker{
			SID: taskrouter.WorkerSID(w.sid(name)), IfMatch: o.number("if-match"),
		}
	case "queue":
		return routing.CreateTaskQueue{
			FriendlyName: name, TargetWorkers: o.given(),
			MaxReservedWorkers:     o.number("max"),
			TaskOrder:              taskrouter.QueueOrder(o.options["order"]),
			ReservationActivitySID: taskrouter.ActivitySID(w.sid(o.options["reserved"])),
			AssignmentActivitySID:  taskrouter.ActivitySID(w.sid(o.options["assigned"])),
		}
	case "set-queue":
		c := routing.UpdateTaskQueue{
			SID: taskrouter.TaskQueueSID(w.sid(name)), TargetWorkers: o.given(),
			MaxReservedWorkers: o.number("max"),
		}
		if v := taskrouter.QueueOrder(o.options["order"]); v != "" {
			c.TaskOrder = &v
		}
		return c
	case "delete-queue":
		return routing.DeleteTaskQueue{SID: taskrouter.TaskQueueSID(w.sid(name))}
	case "workflow":
		return routing.CreateWorkflow{
			FriendlyName: name, Configuration: o.text,
			TaskReservationTimeout: o.number("timeout"),
			AssignmentCallbackURL:  callbackURL[o.options["callback"]],
		}
	case "set-workflow":
		return routing.UpdateWorkflow{
			SID: taskrouter.WorkflowSID(w.sid(name)), Configuration: o.given(),
			TaskReservationTimeout: o.number("timeout"),
			AssignmentCallbackURL:  given(callbackURL[o.options["callback"]]),
			ReEvaluateTasks:        o.options["re-evaluate"] == "true",
		}
	case "delete-workflow":
		return routing.DeleteWorkflow{SID: taskrouter.WorkflowSID(w.sid(name))}
	case "set-task":
		c := routing.UpdateTask{
			SID: taskrouter.TaskSID(w.sid(name)), Attributes: o.given(),
			IfMatch: o.number("if-match"), VirtualStartTime: o.moment("since", w.now),
			Priority: o.number("priority"), TaskChannel: given(o.options["channel"]),
			AssignmentStatus: taskrouter.TaskStatus(o.options["status"]),
			Reason:           given(o.options["reason"]),
		}
		return c
	case "cancel":
		return routing.UpdateTask{
			SID: taskrouter.TaskSID(w.sid(name)), AssignmentStatus: taskrouter.TaskCanceled,
			Reason: given(o.options["reason"]),
		}
	case "delete-task":
		return routing.DeleteTask{
			SID: taskrouter.TaskSID(w.sid(name)), IfMatch: o.number("if-match"),
		}
	}
	panic("no such scenario command: " + o.verb)
}

func (w *world) task(o order) {
	cmd := routing.CreateTask{
		Attributes:    o.text,
		WorkflowSID:   taskrouter.WorkflowSID(w.sid(o.options["workflow"])),
		TaskChannel:   o.options["channel"],
		Priority:      o.number("priority"),
		Timeout:       o.number("ttl"),
		RoutingTarget: w.sid(o.options["to"]),
		TaskQueueSID:  taskrouter.TaskQueueSID(w.sid(o.options["queue"])),
	}
	cmd.IgnoreCapacity = o.flag("ignore-capacity")
	cmd.VirtualStartTime = o.moment("since", w.now)
	c := w.decide(cmd)
	if c != nil {
		w.call(o.name(0), c.Result)
	}
	w.tell(c)
}

// answer plays "accept TASK WORKER" and its like.
func (w *world) answer(o order) {
	sid := taskrouter.TaskSID(w.sid(o.name(0)))
	if o.name(1) == "" {
		status := map[string]taskrouter.TaskStatus{
			"wrap": taskrouter.TaskWrapping, "complete": taskrouter.TaskCompleted,
		}[o.verb]
		w.tell(w.decide(routing.UpdateTask{
			SID: sid, AssignmentStatus: status, Reason: given(o.options["reason"]),
		}))
		return
	}
	var found *taskrouter.Reservation
	for _, r := range w.state.TaskReservations(sid) {
		if r.WorkerName == o.name(1) {
			found = r
		}
	}
	if o.verb == "answer" {
		w.answerCallback(o)
		return
	}
	if found == nil {
		w.printf("no reservation of %s for %s", o.name(0), o.name(1))
		return
	}
	switch o.verb {
	case "call", "dequeue":
		w.tell(w.decide(routing.InstructReservation{
			SID: found.SID, Instruction: o.verb, Accept: o.options["accept"] == "true",
		}))
		return
	}
	status := map[string]taskrouter.ReservationStatus{
		"accept": taskrouter.ReservationAccepted, "reject": taskrouter.ReservationRejected,
		"wrap": taskrouter.ReservationWrapping, "complete": taskrouter.ReservationCompleted,
	}[o.verb]
	activity := o.name(2)
	if o.verb == "set-reservation" {
		status, activity = taskrouter.ReservationStatus(activity), ""
	}
	w.tell(w.decide(routing.UpdateReservation{
		SID: found.SID, Status: status, IfMatch: o.number("if-match"),
		WorkerActivitySID: taskrouter.ActivitySID(w.sid(activity)),
	}))
}

// answerCallback plays "answer TASK WORKER accept", the answer to an assignment callback. It may
// come when the reservation is gone.
func (w *world) answerCallback(o order) {
	cmd := routing.AnswerCallback{
		SID:         w.newest[[2]string{o.name(0), o.name(1)}],
		Answer:      routing.CallbackAnswer(o.name(2)),
		ActivitySID: taskrouter.ActivitySID(w.sid(o.name(3))),
		Why:         "the callback was answered",
	}
	if cmd.Answer == "nothing" {
		cmd.Answer = routing.CallbackNothing
	}
	if code := o.number("alert"); code != nil {
		cmd.Alerts = []taskrouter.Alert{{Code: taskrouter.AlertCode(*code), Message: "as it was"}}
	}
	w.tell(w.decide(cmd))
}

// repeat plays "repeat 1000 LINE" and prints what the last time caused.
func (w *world) repeat(line string) {
	parts := strings.SplitN(line, " ", 3)
	times, err := strconv.Atoi(parts[1])
	if err != nil {
		panic(err)
	}
	before := w.out.String()
	defer func() { w.careless = false }()
	for i := range times {
		w.careless = i < times-1
		w.out.Reset()
		for command := range strings.SplitSeq(parts[2], " ; ") {
			w.command(command)
		}
	}
	last := w.out.String()
	w.out.Reset()
	w.out.WriteString(before + last)
}
