package compat

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	accounts "github.com/twilio/twilio-go/rest/accounts/v1"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/server"
	"taskrouter/test/world"
)

// A shop is the workspace of the public quickstart: customers choose a language, workers speak
// some, and an application accepts for them.
type shop struct {
	t   *testing.T
	app *receiver
	api *taskrouter.ApiService

	workspace, workflow, alice, bob string
	english, spanish                string // queues
}

func newShop(t *testing.T, e world.Endpoint) *shop {
	t.Helper()
	s := &shop{t: t, app: receive(t), api: e.GoClient(t).TaskrouterV1}
	s.workspace = *world.Must(s.api.CreateWorkspace(&taskrouter.CreateWorkspaceParams{
		FriendlyName: world.Ptr("Quickstart"), MultiTaskEnabled: world.Ptr(true),
		EventCallbackUrl: world.Ptr(s.app.eventURL()),
	}))(t).Sid
	idle := *world.Must(s.api.CreateActivity(s.workspace, &taskrouter.CreateActivityParams{
		FriendlyName: world.Ptr("Idle"), Available: world.Ptr(true),
	}))(t).Sid
	worker := func(name, languages string) string {
		return *world.Must(s.api.CreateWorker(s.workspace, &taskrouter.CreateWorkerParams{
			FriendlyName: &name, ActivitySid: &idle, Attributes: &languages,
		}))(t).Sid
	}
	s.alice = worker("Alice", `{"languages":["en"],"contact_uri":"client:alice"}`)
	s.bob = worker("Bob", `{"languages":["en","es"],"contact_uri":"client:bob"}`)
	queue := func(name, language string) string {
		return *world.Must(s.api.CreateTaskQueue(s.workspace, &taskrouter.CreateTaskQueueParams{
			FriendlyName: &name, TargetWorkers: world.Ptr(`languages HAS "` + language + `"`),
		}))(t).Sid
	}
	s.english, s.spanish = queue("Customer Care in English", "en"), queue("Atención", "es")
	s.workflow = *world.Must(s.api.CreateWorkflow(s.workspace, &taskrouter.CreateWorkflowParams{
		FriendlyName: world.Ptr("Customer Care"), TaskReservationTimeout: world.Ptr(60),
		AssignmentCallbackUrl: world.Ptr(s.app.assignURL()),
		Configuration: world.Ptr(fmt.Sprintf(`{"task_routing":{"filters":[
			{"filter_friendly_name":"Español","expression":"selected_language == 'es'",
			 "targets":[{"queue":%q,"priority":5,"expression":"1==1","timeout":300}]},
			{"filter_friendly_name":"English","expression":"selected_language == 'en'",
			 "targets":[{"queue":%q}]}]}}`, s.spanish, s.english)),
	}))(t).Sid
	s.app.untilTold("workflow.created", 1)
	return s
}

// serve brings a customer to whom somebody has to speak a language, waits until the application
// has accepted for a worker, and completes the task.
func (s *shop) serve(language string) (task string) {
	s.t.Helper()
	before := len(s.app.all())
	task = *world.Must(s.api.CreateTask(s.workspace, &taskrouter.CreateTaskParams{
		WorkflowSid: &s.workflow, Attributes: world.Ptr(
			`{"selected_language":"` + language + `","from":"+15005550006"}`),
	}))(s.t).Sid
	about := func(kind string) func([]callback) bool {
		return func(told []callback) bool {
			return slices.ContainsFunc(told, func(c callback) bool {
				return c.form.Get("EventType") == kind && c.form.Get("TaskSid") == task
			})
		}
	}
	s.app.until("a worker has the task", about("reservation.accepted"))
	world.Must(s.api.UpdateTask(s.workspace, task, &taskrouter.UpdateTaskParams{
		AssignmentStatus: world.Ptr("completed"), Reason: world.Ptr("¡gracias!"),
	}))(s.t)
	s.app.until("the work is done", about("reservation.completed"))
	if n := len(s.app.all()) - before; n != 9 {
		s.t.Errorf("the application was called %d times for a task, want 9", n)
	}
	return task
}

// TestQuickstart is the story that newcomers play first, from an empty account to a completed
// task, and what everybody who looks on is told of it.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	e := world.ServeWith(t, server.Config{CallbackAllow: "127.0.0.0/8"})
	s := newShop(t, e)
	task := s.serve("es")
	told := s.app.untilTold("reservation.completed", 1)

	want := slices.Concat([]string{"workspace.created"},
		slices.Repeat([]string{"activity.created"}, 3), // that every workspace has
		slices.Repeat([]string{"task-channel.created"}, 5), []string{
			"activity.created", "worker.created", "worker.created",
			"task-queue.created", "task-queue.created", "workflow.created",
			"task.created", "workflow.entered", "workflow.target-matched", "task-queue.entered",
			"reservation.created", "reservation.accepted", "task.completed", "reservation.completed",
		})
	if diff := cmp.Diff(want, types(told)); diff != "" {
		t.Fatalf("events (-want +got):\n%s", diff)
	}
	manual := readManual(t)
	for _, c := range told {
		manual.check(t, c)
	}
	s.checkAssignment(task)
	s.checkEvents(told)
	s.checkTimeline(e, task, told)
	s.checkStatistics(told)
	checkSignatures(t, e, s.app.all())

	// Once the auth token is changed, callbacks are signed with the new one.
	old, before := e, len(s.app.all())
	tokens := e.GoClient(t).AccountsV1
	world.Must(tokens.CreateSecondaryAuthToken(&accounts.CreateSecondaryAuthTokenParams{}))(t)
	e.AuthToken = *world.Must(tokens.UpdateAuthTokenPromotion(
		&accounts.UpdateAuthTokenPromotionParams{}))(t).AuthToken
	if e.AuthToken == old.AuthToken {
		t.Fatal("the auth token is the old one")
	}
	s.api = e.GoClient(t).TaskrouterV1
	s.serve("en")
	checkSignatures(t, e, s.app.all()[before:])
}

// checkAssignment looks at the only question that the application was asked.
func (s *shop) checkAssignment(task string) {
	s.t.Helper()
	s.app.mu.Lock()
	defer s.app.mu.Unlock()
	if len(s.app.asked) != 1 {
		s.t.Fatalf("the application was asked %d times, want once", len(s.app.asked))
	}
	form := s.app.asked[0].form
	for name, want := range map[string]string{
		"AccountSid": "", "WorkspaceSid": s.workspace, "WorkflowSid": s.workflow,
		"TaskQueueSid": s.spanish, "TaskSid": task, "WorkerSid": s.bob, "ReservationSid": "",
		"TaskAttributes":   `{"selected_language":"es","from":"+15005550006"}`,
		"WorkerAttributes": `{"languages":["en","es"],"contact_uri":"client:bob"}`,
		"TaskAge":          "0", "TaskPriority": "5", "TaskChannelSid": "",
		"TaskChannelUniqueName": "default", "WorkerName": "Bob", "WorkerActivitySid": "",
		"Timestamp": "",
	} {
		if got := form.Get(name); got == "" || want != "" && got != want {
			s.t.Errorf("the application was asked with %s %q, want %q", name, got, want)
		}
	}
}

// checkEvents holds the list of events over REST against what was told.
func (s *shop) checkEvents(told []callback) {
	s.t.Helper()
	list := world.Must(s.api.ListEvent(s.workspace, &taskrouter.ListEventParams{
		Minutes: world.Ptr(5), PageSize: world.Ptr(4),
	}))(s.t)
	slices.Reverse(list)
	if len(list) != len(told) {
		s.t.Fatalf("REST lists %d events, and %d were told", len(list), len(told))
	}
	for i, e := range list {
		form := told[i].form
		if *e.Sid != form.Get("Sid") || *e.EventType != form.Get("EventType") ||
			*e.Description != form.Get("EventDescription") ||
			*e.ResourceSid != form.Get("ResourceSid") ||
			*e.ResourceType != form.Get("ResourceType") ||
			fmt.Sprint(*e.EventDateMs) != form.Get("TimestampMs") {
			s.t.Errorf("REST lists %s %s, and %s was told", *e.EventType, *e.Sid, form)
		}
		data, _ := (*e.EventData).(map[string]any)
		params := make(map[string]any)
		for name := range form {
			params[strings.ToLower(name)] = form.Get(name)
		}
		for name, value := range data {
			if params[strings.ReplaceAll(name, "_", "")] != value {
				s.t.Errorf("%s lists %s %v, told %v", *e.EventType, name, value, form)
			}
		}
		if common := 8; len(data) != len(form)-common {
			s.t.Errorf("%s lists %d values, told %d beyond those of every event", *e.EventType,
				len(data), len(form)-common)
		}
	}
}

// checkTimeline holds the timeline of the task against what was told.
func (s *shop) checkTimeline(e world.Endpoint, task string, told []callback) {
	s.t.Helper()
	resp := world.Must(e.GoClient(s.t).RequestHandler.Get("https://taskrouter.twilio.com/v1/"+
		"Workspaces/"+s.workspace+"/Tasks/"+task+"/Timeline", nil, nil, ""))(s.t)
	defer resp.Body.Close()
	var page struct {
		Timeline []struct {
			EventSID string `json:"event_sid"`
			Sentence string
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		s.t.Fatal(err)
	}
	var got, want, sentences []string
	for _, entry := range page.Timeline {
		got, sentences = append(got, entry.EventSID), append(sentences, entry.Sentence)
	}
	for _, c := range told {
		if c.form.Get("TaskSid") == task {
			want = append(want, c.form.Get("Sid"))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("the timeline has other events (-want +got):\n%s", diff)
	}
	if all := strings.Join(sentences, "\n"); !strings.Contains(all, "accepted by Bob") {
		s.t.Errorf("the timeline does not say who accepted:\n%s", all)
	}
}

// checkStatistics holds the figures against what was told.
func (s *shop) checkStatistics(told []callback) {
	s.t.Helper()
	total := world.Must(s.api.FetchWorkspaceCumulativeStatistics(s.workspace, nil))(s.t)
	for kind, figure := range map[string]int{
		"task.created":         total.TasksCreated,
		"task.completed":       total.TasksCompleted,
		"task.canceled":        total.TasksCanceled,
		"reservation.created":  total.ReservationsCreated,
		"reservation.accepted": total.ReservationsAccepted,
		"reservation.rejected": total.ReservationsRejected,
		"reservation.timeout":  total.ReservationsTimedOut,
		"workflow.timeout":     total.TasksTimedOutInWorkflow,
	} {
		if n := count(told, kind); n != figure {
			s.t.Errorf("%s was told %d times, the figure is %d", kind, n, figure)
		}
	}
	for queue, want := range map[string]int{s.spanish: 1, s.english: 0} {
		figures := world.Must(s.api.FetchTaskQueueCumulativeStatistics(s.workspace, queue, nil))(s.t)
		if figures.TasksEntered != want || figures.ReservationsAccepted != want {
			s.t.Errorf("queue %s: %d tasks entered, %d accepted, want %d", queue,
				figures.TasksEntered, figures.ReservationsAccepted, want)
		}
	}
	for worker, want := range map[string]float64{s.bob: 1, s.alice: 0} {
		figures := world.Must(s.api.FetchWorkerInstanceStatistics(s.workspace, worker, nil))(s.t)
		cumulative, _ := (*figures.Cumulative).(map[string]any)
		if got := fmt.Sprint(cumulative["reservations_accepted"]); got != fmt.Sprint(want) {
			s.t.Errorf("worker %s accepted %s, want %v", worker, got, want)
		}
	}
	flow := world.Must(s.api.FetchWorkflowCumulativeStatistics(s.workspace, s.workflow, nil))(s.t)
	if flow.TasksEntered != 1 || flow.TasksCompleted != 1 {
		s.t.Errorf("workflow: %d entered, %d completed", flow.TasksEntered, flow.TasksCompleted)
	}
	now := world.Must(s.api.FetchWorkspaceRealTimeStatistics(s.workspace, nil))(s.t)
	if now.TotalTasks != 0 || now.TotalWorkers != 2 {
		s.t.Errorf("now there are %d tasks and %d workers", now.TotalTasks, now.TotalWorkers)
	}
}
