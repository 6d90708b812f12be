package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/api/apitest"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// sid makes a SID whose digits are one digit repeated.
func sid(prefix string, digit string) string { return prefix + strings.Repeat(digit, 32) }

var (
	born    = time.Date(2026, 4, 14, 10, 0, 0, 250e6, time.UTC)
	changed = born.Add(90 * time.Second)
	answer  = born.Add(61*time.Second + 900*time.Millisecond)
)

// The nouns of one small workspace. The strings hold what JSON has to escape.
func nouns() (*taskrouter.Workspace, []taskrouter.Entity, *taskrouter.Worker, *taskrouter.Task) {
	ws := &taskrouter.Workspace{
		SID:                  taskrouter.WorkspaceSID(sid("WS", "1")),
		AccountSID:           taskrouter.AccountSID(sid("AC", "2")),
		FriendlyName:         `Support "North" \ Süd`,
		DefaultActivitySID:   taskrouter.ActivitySID(sid("WA", "3")),
		TimeoutActivitySID:   taskrouter.ActivitySID(sid("WA", "3")),
		EventCallbackURL:     "https://example.com/events?a=1&b=2",
		EventsFilter:         "task.created, task.canceled",
		MultiTaskEnabled:     true,
		PrioritizeQueueOrder: taskrouter.FIFO,
		DateCreated:          born,
		DateUpdated:          changed,
	}
	activity := &taskrouter.Activity{
		SID: ws.DefaultActivitySID, FriendlyName: "Available", Available: true,
		DateCreated: born, DateUpdated: changed,
	}
	channel := &taskrouter.TaskChannel{
		SID: taskrouter.TaskChannelSID(sid("TC", "4")), FriendlyName: "Voice calls",
		UniqueName: "voice", ChannelOptimizedRouting: true, DateCreated: born, DateUpdated: changed,
	}
	queue := &taskrouter.TaskQueue{
		SID: taskrouter.TaskQueueSID(sid("WQ", "5")), FriendlyName: "Everyone",
		TargetWorkers: `languages HAS "de"`, MaxReservedWorkers: 3, TaskOrder: taskrouter.LIFO,
		ReservationActivitySID: activity.SID, AssignmentActivitySID: activity.SID,
		DateCreated: born, DateUpdated: changed,
	}
	workflow := &taskrouter.Workflow{
		SID: taskrouter.WorkflowSID(sid("WW", "6")), FriendlyName: "First come",
		Configuration:          `{"task_routing":{"default_filter":{"queue":"` + string(queue.SID) + `"}}}`,
		AssignmentCallbackURL:  "https://example.com/assign",
		TaskReservationTimeout: 120, DateCreated: born, DateUpdated: changed,
	}
	worker := &taskrouter.Worker{
		SID: taskrouter.WorkerSID(sid("WK", "7")), FriendlyName: "alice\n",
		ActivitySID: activity.SID, Attributes: `{"languages":["de","en"]}`,
		Channels: []taskrouter.WorkerChannel{{
			SID: taskrouter.WorkerChannelSID(sid("WC", "8")), TaskChannelSID: channel.SID,
			Available: true, ConfiguredCapacity: 3, Reserved: 2, Assigned: 1,
			DateCreated: born, DateUpdated: changed,
		}},
		DateCreated: born, DateUpdated: changed, DateStatusChanged: changed, Version: 12,
	}
	task := &taskrouter.Task{
		SID: taskrouter.TaskSID(sid("WT", "9")), Attributes: `{"type":"sales","text":"<a&b>"}`,
		AssignmentStatus: taskrouter.TaskReserved, Priority: 10, Reason: "busy", Timeout: 3600,
		TaskChannelSID: channel.SID, WorkflowSID: workflow.SID, TaskQueueSID: queue.SID,
		TaskQueueEnteredDate: born, RoutingTarget: string(worker.SID), IgnoreCapacity: true,
		VirtualStartTime: born, DateCreated: born, DateUpdated: changed, Version: 4,
	}
	return ws, []taskrouter.Entity{ws, activity, channel, queue, workflow}, worker, task
}

func TestNouns(t *testing.T) {
	t.Parallel()
	ws, entities, worker, task := nouns()
	state := routing.New(taskrouter.NewSIDSource(1))
	state.Apply(&taskrouter.Change{At: born, Puts: entities})
	catalog := state.Catalog()
	reservation := &taskrouter.Reservation{
		SID: taskrouter.ReservationSID(sid("WR", "a")), TaskSID: task.SID, WorkerSID: worker.SID,
		WorkerName: worker.FriendlyName, Status: taskrouter.ReservationPending, Timeout: 120,
		Expires: born.Add(2 * time.Minute), DateCreated: born, DateUpdated: changed, Version: 1,
	}
	bareQueue := *catalog.TaskQueues()[0]
	bareQueue.TargetWorkers, bareQueue.ReservationActivitySID, bareQueue.AssignmentActivitySID = "", "", ""
	bareWorkflow := *catalog.Workflows()[0]
	bareWorkflow.AssignmentCallbackURL = ""
	bareWorkspace := *ws
	bareWorkspace.EventCallbackURL, bareWorkspace.EventsFilter = "", ""
	bareTask := taskrouter.Task{
		SID: task.SID, Attributes: "{}", AssignmentStatus: taskrouter.TaskPending, Timeout: 86400,
		TaskChannelSID: task.TaskChannelSID, VirtualStartTime: born, DateCreated: born, DateUpdated: born,
	}

	tests := []struct {
		name   string
		schema string
		bridge bool
		write  func(e *wire.Encoder, dst []byte) []byte
	}{
		{"workspace", "workspace", false, func(e *wire.Encoder, dst []byte) []byte { return e.Workspace(dst, ws) }},
		{"workspace-bare", "workspace", false, func(e *wire.Encoder, dst []byte) []byte { return e.Workspace(dst, &bareWorkspace) }},
		{"activity", "workspace.activity", false, func(e *wire.Encoder, dst []byte) []byte { return e.Activity(dst, catalog.Activities()[0]) }},
		{"task-channel", "workspace.task_channel", false, func(e *wire.Encoder, dst []byte) []byte { return e.TaskChannel(dst, catalog.TaskChannels()[0]) }},
		{"task-queue", "workspace.task_queue", false, func(e *wire.Encoder, dst []byte) []byte { return e.TaskQueue(dst, catalog.TaskQueues()[0]) }},
		{"task-queue-bare", "workspace.task_queue", false, func(e *wire.Encoder, dst []byte) []byte { return e.TaskQueue(dst, &bareQueue) }},
		{"workflow", "workspace.workflow", false, func(e *wire.Encoder, dst []byte) []byte { return e.Workflow(dst, catalog.Workflows()[0]) }},
		{"workflow-bare", "workspace.workflow", false, func(e *wire.Encoder, dst []byte) []byte { return e.Workflow(dst, &bareWorkflow) }},
		{"worker", "workspace.worker", false, func(e *wire.Encoder, dst []byte) []byte { return e.Worker(dst, worker) }},
		{"worker-bridge", "workspace.worker", true, func(e *wire.Encoder, dst []byte) []byte { return e.Worker(dst, worker) }},
		{"worker-channel", "workspace.worker.worker_channel", false, func(e *wire.Encoder, dst []byte) []byte { return e.WorkerChannel(dst, worker, &worker.Channels[0]) }},
		{"task", "workspace.task", false, func(e *wire.Encoder, dst []byte) []byte { return e.Task(dst, task) }},
		{"task-bare", "workspace.task", false, func(e *wire.Encoder, dst []byte) []byte { return e.Task(dst, &bareTask) }},
		{"task-bridge", "workspace.task", true, func(e *wire.Encoder, dst []byte) []byte { return e.Task(dst, task) }},
		{"task-reservation", "workspace.task.task_reservation", false, func(e *wire.Encoder, dst []byte) []byte { return e.TaskReservation(dst, reservation) }},
		{"task-reservation-bridge", "workspace.task.task_reservation", true, func(e *wire.Encoder, dst []byte) []byte { return e.TaskReservation(dst, reservation) }},
		{"worker-reservation", "workspace.worker.worker_reservation", false, func(e *wire.Encoder, dst []byte) []byte { return e.WorkerReservation(dst, reservation) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := &wire.Encoder{
				Origin: "http://127.0.0.1:8080", Catalog: catalog, Now: answer, Bridge: tt.bridge,
			}
			before := "kept"
			got := tt.write(e, []byte(before))
			if !bytes.HasPrefix(got, []byte(before)) {
				t.Fatalf("what stood in the buffer is gone: %s", got)
			}
			got = got[len(before):]
			if err := apitest.CheckSchema(apitest.Schema("taskrouter.v1."+tt.schema), got); err != nil {
				t.Errorf("%v\n%s", err, got)
			}
			golden(t, tt.name, got)
		})
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	number := func(dst []byte, n string) []byte { return append(dst, n...) }
	got := wire.AppendList(nil, wire.Meta{
		Key: "tasks", Page: 1, PageSize: 2, URL: "http://h/a?Page=1", First: "http://h/a?Page=0",
		Previous: "http://h/a?Page=0&PageToken=PB1",
	}, []string{"1", "2"}, number)
	golden(t, "list", got)
	got = wire.AppendList(nil, wire.Meta{Key: "tasks", PageSize: 50, Next: "http://h/b"}, nil, number)
	golden(t, "list-empty", got)
}

func TestProblem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{
			"invalid",
			taskrouter.Invalid.Errorf("Worker with the same friendly name already exists"),
			`{"code":20001,"message":"Worker with the same friendly name already exists",` +
				`"more_info":"https://www.twilio.com/docs/errors/20001","status":400}`,
		},
		{
			"code of its own",
			taskrouter.Invalid.Errorf("no").WithCode(40153),
			`{"code":40153,"message":"no",` +
				`"more_info":"https://www.twilio.com/docs/errors/40153","status":400}`,
		},
		{
			"rescinded",
			taskrouter.Gone.Errorf("gone"),
			`{"code":20001,"message":"gone",` +
				`"more_info":"https://www.twilio.com/docs/errors/20001","status":410}`,
		},
		{
			"internal fault keeps its text to itself",
			taskrouter.Internal.Errorf("password is 123"),
			`{"code":20500,"message":"The server failed to answer the request; it is not the ` +
				`request's fault","more_info":"https://www.twilio.com/docs/errors/20500","status":500}`,
		},
		{
			"unknown error is internal",
			os.ErrPermission,
			`{"code":20500,"message":"The server failed to answer the request; it is not the ` +
				`request's fault","more_info":"https://www.twilio.com/docs/errors/20500","status":500}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, string(wire.AppendError(nil, tt.err))); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestAppendDate(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 2*3600)
	for want, at := range map[string]time.Time{
		`null`:                   {},
		`"2026-04-14T10:00:00Z"`: born, // whole seconds, rounded down
		`"2026-04-14T08:30:00Z"`: time.Date(2026, 4, 14, 10, 30, 0, 0, zone),
	} {
		if got := string(wire.AppendDate(nil, at)); got != want {
			t.Errorf("AppendDate(%v) = %s, want %s", at, got, want)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c\n\r\t\x00\x1f\x7f", "Süd 🙂\u2028", "\xff\xfea\xc3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		written := wire.AppendString(nil, s)
		if err := json.Unmarshal(written, &got); err != nil {
			t.Fatalf("%q is written as %s: %v", s, written, err)
		}
		if want := strings.ToValidUTF8(s, "\ufffd"); !strings.Contains(s, "\ufffd") &&
			strings.ReplaceAll(got, "\ufffd", "") != strings.ReplaceAll(want, "\ufffd", "") {
			t.Errorf("%q came back as %q", s, got)
		}
	})
}

// An answer of a busy endpoint costs no memory beyond its buffer.
func TestTaskAllocatesNothing(t *testing.T) {
	_, entities, _, task := nouns()
	state := routing.New(taskrouter.NewSIDSource(1))
	state.Apply(&taskrouter.Change{At: born, Puts: entities})
	e := &wire.Encoder{Origin: "http://127.0.0.1:8080", Catalog: state.Catalog(), Now: answer}
	buffer := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { e.Task(buffer, task) }); n > 0 {
		t.Errorf("writing a task allocates %v times", n)
	}
}

func BenchmarkTask(b *testing.B) {
	_, entities, _, task := nouns()
	state := routing.New(taskrouter.NewSIDSource(1))
	state.Apply(&taskrouter.Change{At: born, Puts: entities})
	e := &wire.Encoder{Origin: "http://127.0.0.1:8080", Catalog: state.Catalog(), Now: answer}
	buffer := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		e.Task(buffer, task)
	}
}

// golden compares JSON with a file of testdata, indented there to be read.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	var indented bytes.Buffer
	if err := json.Indent(&indented, got, "", "  "); err != nil {
		t.Fatalf("%s is not JSON: %v\n%s", name, err, got)
	}
	indented.WriteByte('\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, indented.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), indented.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
