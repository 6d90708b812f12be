package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// toldAll waits until the application has every event of the workspace, and checks that it has
// them in order and each once.
func (w *world) toldAll(app *receiver) {
	w.t.Helper()
	want := w.events()
	until(w.t, "every event is told", func() bool {
		got := app.got("Sid")
		return len(got) > 0 && got[len(got)-1] == want[len(want)-1]
	})
	got := app.got("Sid")
	if w.o.EventTimeout != 0 { // what was told may have come too late to count
		got = slices.Compact(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestEventCallbacks tells the life of a task, every parameter included.
func TestEventCallbacks(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, app.URL+"/events?a=b#rc=2")
	r := w.newTask(w.workflow, `{"language":"de"}`)
	w.answer(r.SID, taskrouter.ReservationAccepted)
	w.answer(r.SID, taskrouter.ReservationCompleted)
	w.toldAll(app)
	types := app.got("EventType")
	want := []string{"task.created", "workflow.entered", "workflow.target-matched",
		"task-queue.entered", "reservation.created", "reservation.accepted", "task.completed",
		"reservation.completed"}
	if got := types[len(types)-len(want):]; !slices.Equal(got, want) {
		t.Errorf("events of the task are %v, want %v", got, want)
	}
	if types[0] != "workspace.created" {
		t.Errorf("the first event is %s, want that of the workspace", types[0])
	}
	app.mu.Lock()
	accepted := app.requests[len(types)-3]
	app.mu.Unlock()
	ms, err := strconv.ParseInt(accepted.Get("TimestampMs"), 10, 64)
	if err != nil || accepted.Get("Timestamp") != strconv.FormatInt(ms/1000, 10) {
		t.Errorf("times are %s and %s", accepted.Get("Timestamp"), accepted.Get("TimestampMs"))
	}
	for name, value := range map[string]string{
		"EventType": "reservation.accepted", "EventDescription": "Reservation accepted",
		"AccountSid": string(testAccount), "WorkspaceSid": string(w.ws),
		"WorkspaceName": "Support", "ResourceType": "reservation", "ResourceSid": string(r.SID),
		"TaskSid": string(r.TaskSID), "TaskAttributes": `{"language":"de"}`, "TaskAge": "0",
		"TaskPriority": "0", "TaskAssignmentStatus": "assigned",
		"TaskChannelUniqueName": "default", "TaskQueueSid": string(w.queue),
		"TaskQueueName": "Everyone", "TaskQueueTargetExpression": "1==1",
		"WorkflowSid": string(w.workflow), "WorkflowName": "Flow ",
		"ReservationSid": string(r.SID), "ReservationStatus": "accepted",
		"ReservationTimeout": "120", "ReservationVersion": "1", "WorkerSid": string(w.worker),
		"WorkerName": "Alice", "WorkerAttributes": `{"contact_uri":"client:alice"}`,
		"WorkerActivitySid": string(w.idle), "WorkerActivityName": "Available",
	} {
		if got := accepted.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

// TestEventsFilter names types, with blanks and one that does not exist.
func TestEventsFilter(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, "")
	w.setEvents(app.URL, " task.created ,,reservation.accepted, task.exploded,worker")
	for range 3 {
		r := w.newTask(w.workflow, "")
		w.answer(r.SID, taskrouter.ReservationAccepted)
	}
	want := w.events(taskrouter.EventTaskCreated, taskrouter.EventReservationAccepted)
	until(t, "the events are told", func() bool { return app.count() >= len(want) })
	if diff := cmp.Diff(want, app.got("Sid")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	// The filter is that of now: one that names nothing known lets nothing through.
	w.setEvents(app.URL, "nothing")
	w.newTask(w.workflow, "")
	w.setEvents(app.URL, "activity.created")
	w.must(routing.CreateActivity{FriendlyName: "Lunch"})
	until(t, "the next event is told", func() bool { return app.count() > len(want) })
	if got := app.last().Get("EventType"); got != "activity.created" {
		t.Errorf("after the filter changed, %s is told", got)
	}
}

// TestURLSetLater tells nothing of what was before, and nothing after the URL is taken off.
func TestURLSetLater(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, "")
	w.newTask(w.workflow, "")
	before := len(w.events())
	w.setEvents(app.URL, "")
	w.newTask(w.workflow, "")
	want := w.events()[before:]
	until(t, "the events since are told", func() bool { return app.count() >= len(want) })
	if diff := cmp.Diff(want, app.got("Sid")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	w.setEvents("", "")
	w.newTask(w.workflow, "")
	until(t, "the position is forgotten", func() bool {
		_, ok, err := w.store.Bookmark(t.Context(), w.ws, reader)
		return err == nil && !ok
	})
	after := len(w.events())
	w.setEvents(app.URL, "")
	want = append(want, w.events()[after:]...)
	until(t, "the events since are told", func() bool { return app.count() >= len(want) })
	if diff := cmp.Diff(want, app.got("Sid")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestURLChanges while the receiver is down: all that waits goes to the new one.
func TestURLChanges(t *testing.T) {
	t.Parallel()
	down, app := newReceiver(t, nil), newReceiver(t, nil)
	down.Close()
	w := newWorld(t, Options{FirstPause: time.Hour, LongestPause: time.Hour}, down.URL)
	w.newTask(w.workflow, "")
	until(t, "the receiver is known to be down", func() bool { return w.Stats().Down == 1 })
	w.setEvents(app.URL, "")
	w.toldAll(app)
	until(t, "nobody is down any more", func() bool { return w.Stats().Down == 0 })
}

// TestReceiverIsDown in each way in which one can be, while much happens: when it is back it gets
// all it missed, in order, and one alert tells of it.
func TestReceiverIsDown(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(http.ResponseWriter, *http.Request, url.Values){
		"500": status(500), "503": status(503), "429": status(429), "408": status(408),
		"redirects": status(302), "hangs": hangs,
		"closes": func(w http.ResponseWriter, _ *http.Request, _ url.Values) {
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				conn.Close()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := newReceiver(t, nil)
			down := newReceiver(t, how)
			var back atomic.Bool
			gate := newReceiver(t, func(w http.ResponseWriter, q *http.Request, f url.Values) {
				if back.Load() {
					up.mu.Lock()
					up.requests = append(up.requests, f)
					up.mu.Unlock()
					return
				}
				down.do(w, q, f)
			})
			o := Options{LongestPause: 20 * time.Millisecond}
			if name == "hangs" {
				o.EventTimeout = time.Second
			}
			w := newWorld(t, o, gate.URL)
			tasks := 20
			if name == "500" {
				tasks = maxQueuedTrack + 100 // more than is kept in memory
			}
			for range tasks {
				w.newTask(w.workflow, "")
			}
			until(t, "it was tried again", func() bool { return w.Stats().Attempts >= 3 })
			w.tracks.mu.Lock()
			kept := w.tracks.all[w.ws].changes
			w.tracks.mu.Unlock()
			if kept > maxQueuedTrack {
				t.Errorf("%d changes are kept in memory, want at most %d", kept, maxQueuedTrack)
			}
			back.Store(true)
			w.toldAll(up)
			alerts := w.alerts()
			if len(alerts) != 1 || alerts[0].Code != taskrouter.AlertUnreachable {
				t.Errorf("alerts are %+v, want one", alerts)
			}
			until(t, "it is known to be back", func() bool { return w.Stats().Down == 0 })
			if !strings.Contains(w.log.String(), "answers again") {
				t.Errorf("the log does not tell that it is back:\n%s", w.log)
			}
		})
	}
}

// TestRefusedEvents are not told again, whatever follows.
func TestRefusedEvents(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, "")
	app.behave(func(rw http.ResponseWriter, _ *http.Request, f url.Values) {
		if strings.HasPrefix(f.Get("EventType"), "task.") {
			rw.WriteHeader(http.StatusUnprocessableEntity)
		}
	})
	w.setEvents(app.URL, "task.created,reservation.created")
	for range 5 {
		w.newTask(w.workflow, "")
	}
	want := w.events(taskrouter.EventTaskCreated, taskrouter.EventReservationCreated)
	until(t, "all is told", func() bool { return w.Stats().Told == 5 })
	if diff := cmp.Diff(want, app.got("Sid")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if s := w.Stats(); s.Refused != 5 || s.Attempts != 0 {
		t.Errorf("figures are %+v", s)
	}
	alerts := w.alerts()
	if len(alerts) != 1 || !strings.Contains(alerts[0].Message, "422") {
		t.Errorf("alerts are %+v, want one for all of them", alerts)
	}
}

// TestGivingUp drops what waited for too long, says so once, and tells the rest.
func TestGivingUp(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, status(500))
	w := newWorld(t, Options{GiveUp: 50 * time.Millisecond, LongestPause: 5 * time.Millisecond}, "")
	w.setEvents(app.URL, "task.created")
	for range 20 {
		w.newTask(w.workflow, "")
	}
	until(t, "what is old is dropped", func() bool { return w.Stats().Dropped == 20 })
	w.setEvents(app.URL, "task.created,task.deleted") // the same outage goes on with another wish
	app.behave(nil)
	before := app.count()
	for range 3 {
		w.newTask(w.workflow, "")
	}
	want := w.events(taskrouter.EventTaskCreated)[20:]
	until(t, "the rest is told", func() bool { return w.Stats().Told == 3 })
	if got := app.got("Sid")[before:]; !slices.Equal(got, want) {
		t.Errorf("told are %v, want %v", got, want)
	}
	var texts []string
	for _, a := range w.alerts() {
		texts = append(texts, a.Message)
	}
	if len(texts) != 3 || !strings.Contains(texts[2], "answers again; 20 events") || !strings.Contains(texts[0], "tried again for 50ms") ||
		!strings.Contains(texts[1], "were dropped") {
		t.Errorf("alerts are %q, want one of the outage, one of the loss and one of its end", texts)
	}
}

// TestGivingUpSurvivesRestarts: the time that a receiver has been down is stored.
func TestGivingUpSurvivesRestarts(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, status(500))
	w := newWorld(t, Options{LongestPause: time.Millisecond}, "")
	w.setEvents(app.URL, "task.created")
	w.newTask(w.workflow, "")
	until(t, "it fails", func() bool { return w.Stats().Attempts > 0 })
	begun := time.Now()
	w.restart()
	until(t, "it fails again", func() bool { return w.Stats().Attempts > 0 })
	w.stop()
	mark, _, err := w.store.Bookmark(t.Context(), w.ws, reader)
	if err != nil {
		t.Fatal(err)
	}
	var p place
	if p.setMark(mark); p.failing.IsZero() || p.failing.After(begun) {
		t.Errorf("the outage began at %v by what is stored, want before %v", p.failing, begun)
	}
	if n := len(w.alerts()); n != 1 {
		t.Errorf("%d alerts, want one for one outage", n)
	}
}

// TestRestart stops in the middle of a record, twice, in good order: nothing is told twice, and
// nothing is left out.
func TestRestart(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, app.URL)
	for range 3 {
		seen, reached := app.count(), make(chan struct{})
		var n atomic.Int32
		app.behave(func(rw http.ResponseWriter, _ *http.Request, _ url.Values) {
			if n.Add(1) == 7 {
				close(reached)
			}
			rw.WriteHeader(http.StatusOK)
		})
		for range 5 {
			w.newTask(w.workflow, "")
		}
		<-reached
		w.restart()
		if app.count() < seen+7 {
			t.Fatalf("%d events were told", app.count()-seen)
		}
	}
	w.toldAll(app)
}

// TestCrash copies the files while an event is told, as a crash would leave them: what is told
// from the copy begins at most a few events before that one.
func TestCrash(t *testing.T) {
	t.Parallel()
	const told = 250
	var n atomic.Int32
	reached, release := make(chan struct{}), make(chan struct{})
	app := newReceiver(t, func(rw http.ResponseWriter, q *http.Request, _ url.Values) {
		if n.Add(1) == told+1 {
			close(reached)
			<-release
		}
	})
	w := newWorld(t, Options{EventTimeout: time.Hour}, app.URL)
	for range 100 {
		w.newTask(w.workflow, "")
	}
	<-reached // nothing is written while the application thinks
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(w.dir, "taskrouter.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database: %v", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "-shm") {
			continue // not part of what is durable
		}
		data, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	want := w.events()
	close(release)
	w.toldAll(app)
	w.stop()

	seen := app.count()
	w.openStore(dir)
	w.start()
	until(t, "the rest is told", func() bool {
		got := app.got("Sid")[seen:]
		return len(got) > 0 && got[len(got)-1] == want[len(want)-1]
	})
	got := app.got("Sid")[seen:]
	first := slices.Index(want, got[0])
	if first < told-saveAfter || first > told {
		t.Errorf("of %d told events, telling goes on with number %d", told, first)
	}
	if diff := cmp.Diff(want[first:], got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestSlowReceiverDelaysNobody has a receiver of events that hangs: tasks are offered, and the
// events of another workspace told.
func TestSlowReceiverDelaysNobody(t *testing.T) {
	t.Parallel()
	slow := newReceiver(t, hangs)
	w := newWorld(t, Options{EventTimeout: time.Hour, StopPatience: time.Millisecond}, slow.URL)
	until(t, "it hangs", func() bool { return slow.count() == 1 })
	for range 600 {
		w.newTask(w.workflow, "")
	}
	until(t, "only some are kept in memory", func() bool {
		w.tracks.mu.Lock()
		defer w.tracks.mu.Unlock()
		track := w.tracks.all[w.ws]
		return track.head > 600 && track.changes <= maxQueuedTrack
	})
	app := newReceiver(t, nil)
	one := w.ws
	w.furnish(app.URL)
	w.newTask(w.workflow, "")
	w.toldAll(app)
	if slow.count() != 1 {
		t.Errorf("%d requests are under way for %s, want one", slow.count(), one)
	}
	if lag := w.Stats().Lag; lag <= 0 {
		t.Errorf("lag is %v", lag)
	}
}

// TestDeletedWorkspace tells its end, also when the receiver was down and the server restarted,
// and then forgets it.
func TestDeletedWorkspace(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart ", restart), func(t *testing.T) {
			t.Parallel()
			app := newReceiver(t, nil)
			w := newWorld(t, Options{LongestPause: 5 * time.Millisecond}, app.URL)
			w.toldAll(app)
			app.behave(status(500))
			w.must(routing.DeleteWorkspace{})
			if restart {
				until(t, "it fails", func() bool { return w.Stats().Attempts > 0 })
				w.restart()
			}
			until(t, "it fails", func() bool { return w.Stats().Attempts > 0 })
			app.behave(nil)
			until(t, "the end is told", func() bool { return w.Stats().Told > 0 })
			until(t, "the position is forgotten", func() bool {
				_, ok, err := w.store.Bookmark(t.Context(), w.ws, reader)
				w.tracks.mu.Lock()
				defer w.tracks.mu.Unlock()
				return err == nil && !ok && len(w.tracks.all) == 0
			})
			if got := app.last().Get("EventType"); got != "workspace.deleted" {
				t.Errorf("the last event is %s", got)
			}
		})
	}
}

// TestURLSetRightBeforeTheEnd stops the server before it could store where telling begins.
func TestURLSetRightBeforeTheEnd(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, "")
	w.newTask(w.workflow, "")
	w.stop() // as a crash would: nothing is noted any more
	before := len(w.events())
	w.setEvents(app.URL, "")
	w.newTask(w.workflow, "")
	w.shutDown()
	w.open()
	want := w.events()[before:]
	until(t, "the events since are told", func() bool { return app.count() >= len(want) })
	if diff := cmp.Diff(want, app.got("Sid")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestTrimmedJournal has lost the records that were to be told: an alert says so, and telling
// goes on with what is there.
func TestTrimmedJournal(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, app.URL)
	w.toldAll(app)
	w.stop()
	known := app.count()
	var making sync.WaitGroup
	for range 22 {
		making.Go(func() {
			for range 50 { // together enough for a snapshot at the end
				_, err := w.engine.Submit(ctx, engine.Command{
					Workspace: w.ws, From: alice, Do: routing.CreateTask{WorkflowSID: w.workflow},
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	making.Wait()
	head, err := w.engine.Head(ctx, alice, w.ws)
	if err != nil {
		t.Fatal(err)
	}
	w.project(head.Seq)
	// A reader's position holds its records; without one they can be taken away.
	if err := w.store.Forget(ctx, w.ws, reader); err != nil {
		t.Fatal(err)
	}
	w.shutDown()
	w.openStore(w.dir)
	if err := w.store.Trim(ctx, w.ws, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Advance(ctx, w.ws, reader, 0, 1); err != nil {
		t.Fatal(err)
	}
	w.start()
	r := w.newTask(w.workflow, "")
	until(t, "telling goes on", func() bool {
		return app.count() > known && app.last().Get("ReservationSid") == string(r.SID)
	})
	var alerts []taskrouter.Alert
	for part, err := range w.engine.Read(ctx, w.ws, head.Seq) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range part.Changes {
			alerts = append(alerts, c.Alerts...)
		}
	}
	if len(alerts) != 1 || !strings.Contains(alerts[0].Message, "no longer kept") {
		t.Errorf("alerts are %+v, want one of the gap", alerts)
	}
}

// project has the SQL projection written up to a record, as a server does.
func (w *world) project(seq store.Seq) {
	w.t.Helper()
	p := engine.NewProjector(w.engine)
	ctx, cancel := context.WithCancel(w.t.Context())
	ran := make(chan error, 1)
	go func() { ran <- p.Run(ctx) }()
	until(w.t, "the projection is written", func() bool {
		return p.CaughtUp(ctx, w.ws, seq) == nil
	})
	cancel()
	if err := <-ran; err != nil {
		w.t.Error(err)
	}
}

// unreadable is a store in which nobody finds where the telling of events stood.
type unreadable struct{ store.Store }

func (u unreadable) Bookmark(
	context.Context, taskrouter.WorkspaceSID, string,
) (string, bool, error) {
	return "", false, errors.New("the disk is bad here")
}

// TestUnreadableWorkspace holds that one workspace whose past cannot be read is told to the
// operator and does not end everything.
func TestUnreadableWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, "")
	log := new(logText)
	m := New(Options{
		Engine: w.engine, Store: unreadable{w.store},
		Key:    func(taskrouter.AccountSID) string { return "secret" },
		Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	until(t, "it is logged", func() bool {
		return strings.Contains(log.String(), "the disk is bad here")
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
