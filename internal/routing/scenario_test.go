package routing_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
)

var rewrite = flag.Bool("rewrite", false, "write the scenarios' outcomes into their files")

// TestScenarios plays testdata/*.txt. A file is a list of blocks: commands, a line of four
// dashes, and what they caused, up to an empty line. Lines that start with # say what for.
// testdata/README.md lists the commands.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			play(t, file)
		})
	}
}

func play(t *testing.T, file string) {
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	world := newWorld(t)
	var got bytes.Buffer
	lines := bufio.NewScanner(bytes.NewReader(want))
	lines.Buffer(nil, 1<<20)
	var block []string
	inOutcome := false
	for lines.Scan() {
		line := lines.Text()
		switch {
		case inOutcome:
			inOutcome = line != ""
			continue
		case line == "----":
			fmt.Fprintf(&got, "----\n%s\n", world.run(block))
			block, inOutcome = nil, true
			continue
		case line != "" && line[0] != '#':
			block = append(block, line)
		}
		fmt.Fprintln(&got, line)
	}
	if len(block) > 0 {
		t.Errorf("%s: the last commands have no ---- after them", file)
	}
	if *rewrite {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// A world is a state under test, with names for its SIDs.
type world struct {
	t     *testing.T
	state *routing.State
	now   time.Time
	sids  map[string]string // name → SID
	names map[string]string // SID → name
	out   strings.Builder
	begun bool   // the workspace was made
	dry   bool   // commands are tried only
	draft string // a configuration that is not saved
	full  bool   // events are told with all that they say
	// careless leaves out what is checked after each command, for the sake of many of them.
	careless bool
	replay   *routing.State // gets every change by Apply

	newest   map[[2]string]taskrouter.ReservationSID // by names of task and worker
	options  []routing.Option
	portion  int // of re-evaluation; 0 = as always
	restarts uint32
}

func newWorld(t *testing.T) *world {
	w := &world{
		t:      t,
		state:  routing.New(taskrouter.NewSIDSource(1)),
		replay: routing.New(taskrouter.NewSIDSource(2)),
		now:    time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC),
		sids:   make(map[string]string),
		names:  make(map[string]string),
		newest: make(map[[2]string]taskrouter.ReservationSID),
	}
	return w
}

// begin makes the workspace, unless a command did.
func (w *world) begin(multiTask bool, order taskrouter.QueueOrder) {
	if w.begun {
		return
	}
	w.begun = true
	w.decide(routing.CreateWorkspace{
		SID:                  "WS00000000000000000000000000000000",
		Account:              "AC00000000000000000000000000000000",
		FriendlyName:         "test",
		MultiTaskEnabled:     multiTask,
		PrioritizeQueueOrder: order,
	})
	w.learn()
}

// restart replaces the state by one made from its entities alone, as recovery does.
func (w *world) restart() {
	w.restarts++
	fresh := routing.New(taskrouter.NewSIDSource(100+w.restarts), w.options...)
	fresh.Apply(&taskrouter.Change{Puts: snapshot(w.state)})
	w.state = fresh
	w.limit()
}

// limit has the state re-evaluate in portions as the scenario says.
func (w *world) limit() {
	if w.portion > 0 {
		w.state.SetPortion(w.portion)
	}
}

// run plays a block and returns what it caused.
func (w *world) run(block []string) string {
	w.out.Reset()
	for i := 0; i < len(block); i++ {
		line := block[i]
		// A workflow's configuration goes on until its braces are closed.
		for strings.Count(line, "{") > strings.Count(line, "}") && i+1 < len(block) {
			i++
			line += "\n" + block[i]
		}
		w.command(line)
	}
	return w.out.String()
}

func (w *world) printf(format string, args ...any) { fmt.Fprintf(&w.out, format+"\n", args...) }

// decide carries a command out and prints what it told.
func (w *world) decide(cmd routing.Command) *taskrouter.Change {
	var before []taskrouter.Entity
	if !w.careless {
		before = snapshot(w.state)
	}
	var c *taskrouter.Change
	var err error
	if w.dry {
		err = w.state.Try(cmd, w.now, w.tell)
	} else {
		c, err = w.state.Decide(cmd, w.now)
	}
	if (err != nil || w.dry) && !w.careless {
		if diff := cmp.Diff(before, snapshot(w.state)); diff != "" {
			w.t.Errorf("a refused or tried command changed the state:\n%s", diff)
		}
	}
	if err != nil {
		var e *taskrouter.Error
		if !errors.As(err, &e) {
			w.t.Fatalf("error without a kind: %v", err)
		}
		w.printf("error %d/%d: %s", e.Kind.Status(), e.Code(), w.named(e.Message))
		return nil
	}
	if w.dry {
		return nil
	}
	w.replay.Apply(c)
	if w.careless {
		return c
	}
	if diff := cmp.Diff(snapshot(w.state), snapshot(w.replay)); diff != "" {
		w.t.Errorf("replay differs (-state +replay):\n%s", diff)
	}
	return c
}

// tell prints the events of a change, but for those of setting up.
func (w *world) tell(c *taskrouter.Change) {
	if c == nil {
		return
	}
	w.learn()
	for i := range c.Events {
		e := &c.Events[i]
		if e.Type == taskrouter.EventReservationCreated {
			names := [2]string{w.name(string(e.Task.SID)), e.Worker.FriendlyName}
			w.newest[names] = e.Reservation.SID
		}
		switch kind := e.ResourceType(); {
		case strings.HasSuffix(string(e.Type), ".created") && kind != "task" &&
			kind != "reservation":
			continue
		}
		w.printf("%s", w.describe(e))
		if w.full {
			w.detail(e)
		}
	}
	for _, a := range c.Alerts {
		line := fmt.Sprintf("alert %d", a.Code)
		for _, sid := range []string{string(a.TaskSID), string(a.WorkerSID), string(a.WorkflowSID)} {
			if sid != "" {
				line += " " + w.name(sid)
			}
		}
		w.printf("%s: %s", line, w.named(a.Message))
	}
}

// detail prints what an event says beside its subjects, and what its subjects were then.
func (w *world) detail(e *taskrouter.Event) {
	var said []string
	say := func(name, value string) {
		if value != "" {
			said = append(said, name+"="+value)
		}
	}
	say("cause", e.Cause)
	say("re-evaluated", e.ReEvaluated)
	if e.Type == taskrouter.EventWorkflowTargetMatched {
		say("filter-expression", fmt.Sprintf("%q", e.FilterExpression))
		say("target", e.Target)
		say("target-expression", fmt.Sprintf("%q", w.named(e.TargetExpression)))
	}
	if q := e.PreviousTaskQueue; q != nil {
		say("previous-queue", q.FriendlyName)
		say("previous-priority", fmt.Sprint(e.PreviousPriority))
	}
	if e.PreviousActivity != nil {
		say("in-previous-activity", e.At.Sub(e.PreviousSince).String())
	}
	if e.Type == taskrouter.EventWorkerCapacity {
		say("previous-capacity", fmt.Sprint(e.PreviousCapacity))
	}
	if e.Activity != nil {
		say("activity", e.Activity.FriendlyName)
	}
	if e.TaskChannel != nil {
		say("channel", e.TaskChannel.UniqueName)
	}
	if t := e.Task; t != nil {
		say("task", fmt.Sprintf("%s/%d", t.AssignmentStatus, t.Version))
		if t.Step.KnownWorkerSID != "" {
			say("known", w.name(string(t.Step.KnownWorkerSID)))
		}
	}
	if e.TaskQueue != nil && e.ResourceType() != "task-queue" {
		say("queue", e.TaskQueue.FriendlyName)
	}
	if e.Workflow != nil && e.ResourceType() != "workflow" {
		say("workflow", e.Workflow.FriendlyName)
	}
	if r := e.Reservation; r != nil {
		say("reservation", fmt.Sprintf("%s/%d/%ds", r.Status, r.Version, r.Timeout))
	}
	w.printf("  %s", strings.Join(said, " "))
}

func (w *world) describe(e *taskrouter.Event) string {
	var b strings.Builder
	b.WriteString(string(e.Type))
	if e.Task != nil {
		fmt.Fprintf(&b, " %s", w.name(string(e.Task.SID)))
	}
	switch e.ResourceType() {
	case "reservation":
		if e.Worker != nil {
			fmt.Fprintf(&b, " %s", w.name(string(e.Worker.SID)))
		}
	case "worker":
		fmt.Fprintf(&b, " %s", w.name(string(e.Worker.SID)))
		if e.Type == taskrouter.EventWorkerActivity {
			fmt.Fprintf(&b, " %s->%s", w.activity(e.PreviousActivity.SID),
				w.activity(e.Worker.ActivitySID))
		}
	case "task-queue":
		fmt.Fprintf(&b, " %s", e.TaskQueue.FriendlyName)
		if e.PreviousTaskQueue != nil {
			fmt.Fprintf(&b, " from=%s", w.name(string(e.PreviousTaskQueue.SID)))
		}
	case "workflow":
		fmt.Fprintf(&b, " %s", e.Workflow.FriendlyName)
		if e.Type == taskrouter.EventWorkflowTargetMatched {
			fmt.Fprintf(&b, " filter=%q queue=%s priority=%d", e.Filter,
				e.TaskQueue.FriendlyName, e.Task.Priority)
		}
	}
	if e.Why != "" {
		fmt.Fprintf(&b, ": %s", w.named(e.Why))
	}
	return b.String()
}

func (w *world) activity(sid taskrouter.ActivitySID) string { return w.name(string(sid)) }

// learn gives every SID that has a friendly name that name.
func (w *world) learn() {
	c := w.state.Catalog()
	for _, a := range c.Activities() {
		w.call(a.FriendlyName, string(a.SID))
	}
	for _, q := range c.TaskQueues() {
		w.call(q.FriendlyName, string(q.SID))
	}
	for _, f := range c.Workflows() {
		w.call(f.FriendlyName, string(f.SID))
	}
	for wk := range w.state.Workers("") {
		w.call(wk.FriendlyName, string(wk.SID))
	}
}

func (w *world) call(name, sid string) { w.sids[name], w.names[sid] = sid, name }

func (w *world) name(sid string) string {
	if n := w.names[sid]; n != "" {
		return n
	}
	return sid[:2] + "…"
}

func (w *world) sid(name string) string {
	if sid := w.sids[name]; sid != "" {
		return sid
	}
	return name
}

var sidPattern = regexp.MustCompile(`\b[A-Z]{2}[0-9a-f]{32}\b`)

// named replaces SIDs by names in a text.
func (w *world) named(text string) string {
	return sidPattern.ReplaceAllStringFunc(text, func(sid string) string {
		if n := w.names[sid]; n != "" {
			return n
		}
		if r := w.state.Reservation(taskrouter.ReservationSID(sid)); r != nil {
			return w.name(string(r.TaskSID)) + "@" + r.WorkerName
		}
		return sid[:2] + "…"
	})
}

var (
	queuePattern = regexp.MustCompile(`("queue"\s*:\s*)"([^"]*)"`)
	atPattern    = regexp.MustCompile(`@(\w+)`)
)

// withSIDs puts SIDs where a text names things: "queue":"sales", and @name anywhere.
func (w *world) withSIDs(text string) string {
	text = queuePattern.ReplaceAllStringFunc(text, func(m string) string {
		parts := queuePattern.FindStringSubmatch(m)
		return parts[1] + `"` + w.sid(parts[2]) + `"`
	})
	return atPattern.ReplaceAllStringFunc(text, func(m string) string { return w.sid(m[1:]) })
}

// sleep lets time pass, and nobody does what falls due.
func (w *world) sleep(text string) {
	d, err := time.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	w.now = w.now.Add(d)
}

// advance lets time pass and does what falls due, each at its moment.
func (w *world) advance(text string) {
	d, err := time.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	end := w.now.Add(d)
	for {
		at, ok := w.state.NextDeadline()
		if !ok || at.After(end) {
			break
		}
		if at.After(w.now) {
			w.now = at
		}
		c := w.decide(routing.Tick{})
		if c.Empty() {
			w.t.Fatalf("a deadline at %s stays due", at)
		}
		if len(c.Events)+len(c.Alerts) > 0 {
			w.printf("at %s", w.now.Format("15:04:05"))
		}
		w.tell(c)
	}
	w.now = end
}

// show prints tasks and workers as they are.
func (w *world) show() {
	for t := range w.state.Tasks("") {
		line := fmt.Sprintf("%s %s priority=%d", w.name(string(t.SID)), t.AssignmentStatus,
			t.Priority)
		if q := w.state.Catalog().TaskQueue(t.TaskQueueSID); q != nil {
			line += " queue=" + q.FriendlyName
		}
		line += fmt.Sprintf(" version=%d", t.Version)
		if t.Reason != "" {
			line += fmt.Sprintf(" reason=%q", t.Reason)
		}
		if f := w.state.Catalog().Workflow(t.WorkflowSID); f != nil && t.RoutingTarget != "" {
			line += " workflow=" + f.FriendlyName
		}
		if t.FailedCallbacks > 0 {
			line += fmt.Sprintf(" failed-callbacks=%d", t.FailedCallbacks)
		}
		if !t.NotBefore.IsZero() {
			line += " not-before=" + t.NotBefore.Format(time.TimeOnly)
		}
		w.printf("%s", line)
		offers := w.state.TaskReservations(t.SID)
		if n := len(offers); n > 10 {
			w.printf("  … and %d before", n-3)
			offers = offers[n-3:]
		}
		for _, r := range offers {
			callback := ""
			if r.CallbackDue {
				callback = " callback-due"
			}
			w.printf("  %s %s version=%d%s", r.WorkerName, r.Status, r.Version, callback)
		}
	}
	for wk := range w.state.Workers("") {
		line := fmt.Sprintf("%s %s version=%d", wk.FriendlyName, w.activity(wk.ActivitySID),
			wk.Version)
		for _, c := range wk.Channels {
			if c.Reserved > 0 {
				line += fmt.Sprintf(" %s=%d/%d assigned=%d",
					w.state.Catalog().TaskChannel(c.TaskChannelSID).UniqueName,
					c.Reserved, c.ConfiguredCapacity, c.Assigned)
			}
		}
		w.printf("%s", line)
	}
}

// why prints for each worker why it can't take a task.
func (w *world) why(o order) {
	sid := taskrouter.TaskSID(w.sid(o.name(0)))
	for wk := range w.state.Workers("") {
		reason := "can take it"
		if r, refused := w.state.WhyNot(sid, wk.SID); refused {
			reason = r.Reason
		}
		w.printf("%s: %s", wk.FriendlyName, w.named(reason))
	}
}

// snapshot copies everything a state holds.
func snapshot(s *routing.State) []taskrouter.Entity { return slices.Collect(s.Entities()) }
