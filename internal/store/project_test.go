package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
)

// tables are those that users query.
var tables = []string{"workspaces", "activities", "task_channels", "task_queues", "workflows",
	"workers", "worker_channels", "tasks", "reservations", "events", "alerts"}

// dump is what a user sees in a table: one line per row, "column=value …", NULLs left out.
func dump(t *testing.T, dir, query string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, databaseFile)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var line []string
		for i, v := range values {
			if v := *v.(*any); v != nil {
				line = append(line, fmt.Sprintf("%s=%v", columns[i], v))
			}
		}
		lines = append(lines, strings.Join(line, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestProjectionRows(t *testing.T) {
	t.Parallel()
	at := func(n int64) time.Time { return time.UnixMilli(1000 * n).UTC() }
	world := &taskrouter.Workspace{SID: "WS1", AccountSID: "AC1", FriendlyName: "World",
		MultiTaskEnabled: true, PrioritizeQueueOrder: taskrouter.FIFO, DateCreated: at(1)}
	workflow := &taskrouter.Workflow{SID: "WW1", FriendlyName: "Flow", Configuration: "{}"}
	worker := &taskrouter.Worker{SID: "WK1", FriendlyName: "Alice", ActivitySID: "WA1",
		Attributes: `{"a":1}`, Version: 1, Channels: []taskrouter.WorkerChannel{
			{SID: "WC1", TaskChannelSID: "TC1", Available: true, ConfiguredCapacity: 3},
			{SID: "WC2", TaskChannelSID: "TC2"},
		}}
	task := &taskrouter.Task{SID: "WT1", Attributes: `{"b":2}`, Priority: 7, WorkflowSID: "WW1",
		AssignmentStatus: taskrouter.TaskPending, TaskChannelSID: "TC1", DateCreated: at(2)}
	offered := *task
	offered.AssignmentStatus, offered.TaskQueueSID = taskrouter.TaskReserved, "WQ1"
	offered.Version = 1
	offer := &taskrouter.Reservation{SID: "WR1", TaskSID: "WT1", WorkerSID: "WK1",
		WorkerName: "Alice", Status: taskrouter.ReservationPending, TaskQueueSID: "WQ1",
		WorkflowSID: "WW1", TaskChannelSID: "TC1", Timeout: 120, Expires: at(122), DateCreated: at(2)}
	actor := taskrouter.Actor{Type: "account", SID: "AC1", IP: "192.0.2.1"}
	event := func(n int, kind taskrouter.EventType, e taskrouter.Event) taskrouter.Event {
		e.SID, e.Type, e.At, e.Workspace = taskrouter.EventSID(fmt.Sprint("EV", n)), kind, at(2), world
		return e
	}
	parts := []Part{
		{Seq: 1, Changes: []*taskrouter.Change{{At: at(1), Actor: actor,
			Puts:   []taskrouter.Entity{world, workflow, worker},
			Events: []taskrouter.Event{event(1, taskrouter.EventWorkspaceCreated, taskrouter.Event{})},
			Alerts: []taskrouter.Alert{
				{SID: "NO1", Code: taskrouter.AlertCallbackJSON, At: at(1), Message: "not JSON",
					URL: "https://h/", TaskSID: "WT1", ReservationSID: "WR1", WorkerSID: "WK1",
					WorkflowSID: "WW1"},
				{SID: "NO2", Code: taskrouter.AlertUnreachable, At: at(1)},
			}}}},
		{Seq: 2, Changes: []*taskrouter.Change{
			{At: at(2), Actor: actor, Puts: []taskrouter.Entity{task}, Events: []taskrouter.Event{
				event(2, taskrouter.EventTaskCreated, taskrouter.Event{Task: task, Workflow: workflow})}},
			{At: at(2), Puts: []taskrouter.Entity{&offered, offer}, Events: []taskrouter.Event{
				event(3, taskrouter.EventReservationCreated, taskrouter.Event{Reservation: offer})}},
		}},
		{Seq: 3, Changes: []*taskrouter.Change{{At: at(3), Deleted: []string{"WK1", "WR1", "XX1"}}}},
	}
	dir := t.TempDir()
	s := openFile(t, dir)
	l := start(t, s, 0)
	if err := s.Project(t.Context(), l.Workspace, 0, parts); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		query string
		want  []string
	}{
		{`SELECT sid, account_sid, friendly_name, multi_task_enabled, prioritize_queue_order,
			date_created, date_updated, removed_at, seq FROM workspaces`, []string{
			"sid=WS1 account_sid=AC1 friendly_name=World multi_task_enabled=1 " +
				"prioritize_queue_order=FIFO date_created=1000 seq=1"}},
		{`SELECT sid, attributes, assignment_status, priority, task_queue_sid, date_created,
			ended_at, version, removed_at, seq FROM tasks WHERE workspace_sid = 'WS1'`, []string{
			`sid=WT1 attributes={"b":2} assignment_status=reserved priority=7 task_queue_sid=WQ1 ` +
				`date_created=2000 version=1 seq=2`}},
		{`SELECT sid, task_sid, worker_name, reservation_status, timeout, expires, removed_at, seq
			FROM reservations`, []string{"sid=WR1 task_sid=WT1 worker_name=Alice " +
			"reservation_status=pending timeout=120 expires=122000 removed_at=3000 seq=3"}},
		{`SELECT sid, friendly_name, activity_sid, removed_at FROM workers`, []string{
			"sid=WK1 friendly_name=Alice activity_sid=WA1 removed_at=3000"}},
		{`SELECT sid, worker_sid, task_channel_sid, available, configured_capacity, removed_at
			FROM worker_channels ORDER BY sid`, []string{
			"sid=WC1 worker_sid=WK1 task_channel_sid=TC1 available=1 configured_capacity=3 removed_at=3000",
			"sid=WC2 worker_sid=WK1 task_channel_sid=TC2 available=0 configured_capacity=0 removed_at=3000"}},
		{`SELECT sid, event_type, event_date, resource_type, resource_sid, actor_type,
			source_ip_address, task_sid, reservation_sid, worker_sid, task_queue_sid, workflow_sid,
			task_channel_sid, seq, idx FROM events ORDER BY sid`, []string{
			"sid=EV1 event_type=workspace.created event_date=2000 resource_type=workspace " +
				"resource_sid=WS1 actor_type=account source_ip_address=192.0.2.1 seq=1 idx=0",
			"sid=EV2 event_type=task.created event_date=2000 resource_type=task resource_sid=WT1 " +
				"actor_type=account source_ip_address=192.0.2.1 task_sid=WT1 task_queue_sid= " +
				"workflow_sid=WW1 task_channel_sid=TC1 seq=2 idx=0",
			"sid=EV3 event_type=reservation.created event_date=2000 resource_type=reservation " +
				"resource_sid=WR1 actor_type= source_ip_address= task_sid=WT1 reservation_sid=WR1 " +
				"worker_sid=WK1 task_queue_sid=WQ1 workflow_sid=WW1 task_channel_sid=TC1 seq=2 idx=1"}},
		{`SELECT sid, description FROM events ORDER BY sid`, []string{
			"sid=EV1 description=Workspace created", "sid=EV2 description=Task created",
			"sid=EV3 description=Reservation created"}},
		{`SELECT * FROM alerts ORDER BY sid`, []string{
			"workspace_sid=WS1 sid=NO1 error_code=40001 log_level=warning alert_date=1000 " +
				"alert_text=not JSON request_url=https://h/ task_sid=WT1 reservation_sid=WR1 " +
				"worker_sid=WK1 workflow_sid=WW1 seq=1",
			"workspace_sid=WS1 sid=NO2 error_code=11200 log_level=error alert_date=1000 " +
				"alert_text= request_url= seq=1"}},
	}
	for _, tt := range tests {
		want := slices.Clone(tt.want)
		for i := range want { // a SID that is not there is NULL
			want[i] = strings.ReplaceAll(want[i], "task_queue_sid= ", "")
		}
		if diff := cmp.Diff(want, dump(t, dir, tt.query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}

// TestProjectionInAnyBatches projects a long history record by record, all at once, in batches
// of all sizes, and twice, and wants the same tables each time.
func TestProjectionInAnyBatches(t *testing.T) {
	t.Parallel()
	parts := wildHistory(300)
	tests := []struct {
		name  string
		batch func(*rand.Rand) int
		again bool
	}{
		{"one by one", func(*rand.Rand) int { return 1 }, false},
		{"all at once", func(*rand.Rand) int { return len(parts) }, false},
		{"in batches", func(r *rand.Rand) int { return 1 + r.IntN(40) }, false},
		{"in batches, each of them twice", func(r *rand.Rand) int { return 1 + r.IntN(40) }, true},
	}
	var want map[string][]string
	for _, tt := range tests {
		dir := t.TempDir()
		s := openFile(t, dir)
		l := start(t, s, 0)
		key, err := s.key(l.Workspace)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 2))
		for pos := 0; pos < len(parts); {
			end := min(len(parts), pos+tt.batch(r))
			err := s.Project(t.Context(), l.Workspace, Seq(pos), parts[pos:end])
			if err == nil && tt.again {
				// As after a crash that kept the rows and lost the position.
				_, err = s.w.exec(`UPDATE reader SET pos = ? WHERE ws = ?`, pos, key)
				s.projection.channels = nil
				err = errors.Join(err, s.Project(t.Context(), l.Workspace, Seq(pos), parts[pos:end]))
			}
			if err != nil {
				t.Fatal(err)
			}
			pos = end
		}
		got := make(map[string][]string)
		for _, table := range tables {
			rows := dump(t, dir, `SELECT * FROM `+table+` ORDER BY 1, 2, 3`)
			if table == "worker_channels" { // a row that needs no writing keeps its record
				for i := range rows {
					rows[i], _, _ = strings.Cut(rows[i], " seq=")
				}
			}
			got[table] = rows
		}
		if want == nil {
			want = got
			for _, table := range tables {
				if len(got[table]) == 0 {
					t.Errorf("the history leaves table %s empty", table)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-%s +%s):\n%s", tt.name, tests[0].name, tt.name, diff)
		}
	}
}

// Whoever comes second with the same records does not move the position.
func TestPositionMovesOnce(t *testing.T) {
	t.Parallel()
	s := openFile(t, t.TempDir())
	l := start(t, s, 1)
	key, err := s.key(l.Workspace)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		from, to Seq
		want     error
	}{{0, 5, nil}, {0, 5, ErrMoved}, {4, 6, ErrMoved}, {5, 6, nil}, {5, 6, ErrMoved}}
	for _, tt := range tests {
		if err := s.movePosition(key, Projection, tt.from, tt.to); !errors.Is(err, tt.want) {
			t.Errorf("from %d to %d: got error %v, want %v", tt.from, tt.to, err, tt.want)
		}
	}
}

// wildHistory is n records that put, put again and delete things of all kinds.
func wildHistory(n int) []Part {
	r := rand.New(rand.NewPCG(3, 4))
	sid := func(prefix string, n int) string { return fmt.Sprintf("%s%032x", prefix, n) }
	dead := make(map[string]bool)
	world := &taskrouter.Workspace{SID: "WS1"}
	parts := make([]Part, n)
	for i := range parts {
		at := time.UnixMilli(int64(1e6 + i)).UTC()
		p := Part{Seq: Seq(i + 1), At: at}
		for range 1 + r.IntN(3) {
			c := &taskrouter.Change{At: at}
			for range r.IntN(6) {
				k, v := r.IntN(12), r.IntN(1000)
				e := [...]taskrouter.Entity{
					&taskrouter.Workspace{SID: "WS1", FriendlyName: fmt.Sprint(v)},
					&taskrouter.Activity{SID: taskrouter.ActivitySID(sid("WA", k)), FriendlyName: fmt.Sprint(v)},
					&taskrouter.TaskChannel{SID: taskrouter.TaskChannelSID(sid("TC", k)), UniqueName: fmt.Sprint(v)},
					&taskrouter.TaskQueue{SID: taskrouter.TaskQueueSID(sid("WQ", k)), MaxReservedWorkers: v},
					&taskrouter.Workflow{SID: taskrouter.WorkflowSID(sid("WW", k)), Configuration: fmt.Sprint(v)},
					&taskrouter.Worker{SID: taskrouter.WorkerSID(sid("WK", k)), Version: v,
						Channels: []taskrouter.WorkerChannel{
							{SID: taskrouter.WorkerChannelSID(sid("WC", 2*k)), Reserved: v % 3, TaskChannelSID: "TC1"},
							{SID: taskrouter.WorkerChannelSID(sid("WC", 2*k+1)), Assigned: v % 2, TaskChannelSID: "TC2"},
						}},
					&taskrouter.Task{SID: taskrouter.TaskSID(sid("WT", k)), Version: v, DateUpdated: at},
					&taskrouter.Reservation{SID: taskrouter.ReservationSID(sid("WR", k)), Version: v, Expires: at},
				}[r.IntN(8)]
				if id := e.EntitySID(); !dead[id] {
					c.Puts = append(c.Puts, e)
					if r.IntN(40) == 0 && id != "WS1" {
						c.Deleted = append(c.Deleted, id)
						dead[id] = true
					}
				}
			}
			c.Events = []taskrouter.Event{{
				SID: taskrouter.EventSID(sid("EV", i<<8|len(p.Changes))), At: at,
				Type: taskrouter.EventWorkspaceUpdated, Workspace: world,
			}}
			if v := r.IntN(100); v < 20 {
				c.Alerts = []taskrouter.Alert{{
					SID: taskrouter.AlertSID(sid("NO", i<<8|len(p.Changes))), At: at,
					Code: taskrouter.AlertCallbackJSON, Message: fmt.Sprint(v),
				}}
			}
			p.Changes = append(p.Changes, c)
		}
		parts[i] = p
	}
	return parts
}

// A deleted workspace is marked, and leaves nothing but its entry once everything is trimmed.
func TestTrimADeletedWorkspace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(t, dir)
	l := start(t, s, 3)
	if err := s.Snapshot(t.Context(), l, l.Pos, func(yield func(taskrouter.Entity) bool) {
		yield(&taskrouter.Workspace{SID: "WS1"})
	}); err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1.95e12).UTC()
	world := &taskrouter.Workspace{SID: l.Workspace}
	last := s.codec.Record(l, l.Pos, at, []*taskrouter.Change{{
		At: at, Puts: []taskrouter.Entity{world, &taskrouter.Activity{SID: "WA1"}},
		Events: []taskrouter.Event{{SID: "EV1", At: at,
			Type: taskrouter.EventWorkspaceDeleted, Workspace: world}},
		Alerts:  []taskrouter.Alert{{SID: "NO1", At: at, Code: taskrouter.AlertInstruction}},
		Deleted: []string{"WS1"},
	}})
	last.Final = true
	if o := s.Append([]Record{last})[0]; o.State != Durable {
		t.Fatal(o.Err)
	}
	var parts []Part
	for p, err := range s.Read(t.Context(), l.Workspace, 0) {
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	if err := s.Project(t.Context(), l.Workspace, 0, parts); err != nil {
		t.Fatal(err)
	}
	want := []string{"removed_at=1950000000000"}
	if diff := cmp.Diff(want, dump(t, dir, `SELECT removed_at FROM workspaces`)); diff != "" {
		t.Errorf("workspace (-want +got):\n%s", diff)
	}
	if err := s.Trim(t.Context(), l.Workspace, at); err != nil {
		t.Fatal(err)
	}
	if got := len(dump(t, dir, `SELECT * FROM tasks`)); got != 3 {
		t.Errorf("%d tasks are left while a record is kept, want 3", got)
	}
	if err := s.Trim(t.Context(), l.Workspace, at.Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for _, table := range append(tables, "journal", "snapshot") {
		if rows := dump(t, dir, `SELECT * FROM `+table); len(rows) > 0 {
			t.Errorf("table %s keeps %v", table, rows)
		}
	}
	if entries, err := s.AllWorkspaces(t.Context()); err != nil || len(entries) != 1 {
		t.Errorf("directory: %v, %v", entries, err)
	}
}

// Trimming takes events with their records, and finished tasks with their age.
func TestTrimTheProjection(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(t, dir)
	l := start(t, s, 0)
	sids := taskrouter.NewSIDSource(1)
	world := &taskrouter.Workspace{SID: l.Workspace}
	start := time.UnixMilli(1.9e12).UTC()
	for n := range 10 {
		at := start.Add(time.Duration(n) * time.Hour)
		c := &taskrouter.Change{At: at, Puts: []taskrouter.Entity{
			&taskrouter.Task{SID: taskrouter.TaskSID(fmt.Sprint("WT", n))},
			&taskrouter.Reservation{SID: taskrouter.ReservationSID(fmt.Sprint("WR", n))},
		}, Events: []taskrouter.Event{{SID: taskrouter.EventSID(sids.Next("EV", at)), At: at,
			Type: taskrouter.EventWorkspaceUpdated, Workspace: world}}}
		if n > 0 {
			c.Deleted = []string{fmt.Sprint("WT", n-1), fmt.Sprint("WR", n-1)}
		}
		r := s.codec.Record(l, l.Pos, at, []*taskrouter.Change{c})
		if o := s.Append([]Record{r})[0]; o.State != Durable {
			t.Fatal(o.Err)
		}
		l.Pos = r.Next
		if err := s.Project(t.Context(), l.Workspace, Seq(n), []Part{
			{Seq: Seq(n + 1), At: at, Changes: []*taskrouter.Change{c}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Snapshot(t.Context(), l, l.Pos, func(func(taskrouter.Entity) bool) {}); err != nil {
		t.Fatal(err)
	}
	if err := s.Trim(t.Context(), l.Workspace, start.Add(4*time.Hour)); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ query, want string }{
		{`SELECT count(*) AS n, min(seq) AS first FROM journal`, "n=6 first=5"},
		{`SELECT count(*) AS n, min(seq) AS first FROM events`, "n=6 first=5"},
		{`SELECT count(*) AS n, min(sid) AS first FROM tasks`, "n=7 first=WT3"},
		{`SELECT count(*) AS n, min(sid) AS first FROM reservations`, "n=7 first=WR3"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff([]string{tt.want}, dump(t, dir, tt.query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}
