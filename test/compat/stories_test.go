package compat

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	diff "github.com/google/go-cmp/cmp"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/server"
	"taskrouter/test/world"
)

// A story is a workspace of its own, whose events an application is told of.
type story struct {
	*world.World
	t        *testing.T
	app      *receiver
	ana, ben world.Worker // Ana is asked first
}

func newStory(t *testing.T, e world.Endpoint) *story {
	s := &story{World: world.Build(t, e), t: t, app: receive(t)}
	s.ana, s.ben = s.NewWorker("Ana", 2), s.NewWorker("Ben", 1)
	s.ana.Become("Available")
	s.ben.Become("Available")
	world.Must(s.API.UpdateWorkspace(s.Workspace, &taskrouter.UpdateWorkspaceParams{
		EventCallbackUrl: world.Ptr(s.app.eventURL()),
	}))(t)
	return s
}

// workflow makes a workflow of steps, filters in JSON, whose offers last so many seconds.
func (s *story) workflow(timeout int, filters string) (sid string) {
	s.t.Helper()
	return *world.Must(s.API.CreateWorkflow(s.Workspace, &taskrouter.CreateWorkflowParams{
		FriendlyName: world.Ptr("Steps"), TaskReservationTimeout: &timeout,
		Configuration: world.Ptr(`{"task_routing":{"filters":` + filters + `}}`),
	}))(s.t).Sid
}

// arrival is the events of a task that comes in, up to its first queue.
const arrival = " task.created workflow.entered workflow.target-matched task-queue.entered "

// stories are what can become of tasks and of everything else, with all events that are told, in
// order.
var stories = []struct {
	name string
	play func(s *story)
	want string
}{
	{"reject into an activity, then wrap up", func(s *story) {
		task := s.NewTask(`{"a":1}`)
		world.Must(s.API.UpdateTaskReservation(s.Workspace, task, s.ana.Offered(task),
			&taskrouter.UpdateTaskReservationParams{
				ReservationStatus: world.Ptr("rejected"),
				WorkerActivitySid: world.Ptr(s.Activity("Unavailable")),
			}))(s.t)
		s.ben.Bring(task, "accepted")
		s.MoveTask(task, "wrapping")
		s.MoveTask(task, "completed")
	}, arrival + "reservation.created reservation.rejected worker.activity.update " +
		"reservation.created reservation.accepted task.wrapup reservation.wrapup " +
		"task.completed reservation.completed"},
	{"nobody answers in time", func(s *story) {
		s.ben.Become("Offline")
		s.NewTaskIn(s.NewWorkflow("Quick", s.Queue, 1), `{}`)
		s.app.untilTold("reservation.timeout", 1)
		s.ben.Become("Available")
	}, "worker.activity.update workflow.created" + arrival + "reservation.created reservation.timeout worker.activity.update " +
		"worker.activity.update reservation.created"},
	{"steps end, then the workflow", func(s *story) {
		flow := s.workflow(60, fmt.Sprintf(`[{"filter_friendly_name":"All","expression":"1==1",
			"targets":[{"queue":%q,"expression":"1==2","timeout":1,"priority":3},
			{"queue":%q,"expression":"1==2","timeout":1}]}]`, s.Queue, s.NewQueue("Next", 1)))
		s.NewTaskIn(flow, `{}`)
		s.app.untilTold("task.canceled", 1)
	}, "task-queue.created workflow.created" + arrival + "task-queue.timeout task-queue.moved workflow.target-matched task-queue.entered " +
		"task-queue.timeout workflow.timeout task.canceled"},
	{"offered to two, taken by one", func(s *story) {
		flow := s.NewWorkflow("Both", s.NewQueue("Both", 2), 60)
		task := s.NewTaskIn(flow, `{}`)
		late := s.ben.Offered(task)
		s.ana.Bring(task, "accepted")
		_, err := s.API.UpdateTaskReservation(s.Workspace, task, late,
			&taskrouter.UpdateTaskReservationParams{ReservationStatus: world.Ptr("accepted")})
		refused(s.t, "Ben accepts what Ana has", err, 410)
		s.ana.Move(s.ana.Offered(task), "completed")
	}, "task-queue.created workflow.created" + arrival + "reservation.created reservation.created reservation.accepted " +
		"reservation.rescinded task.completed reservation.completed"},
	{"canceled while offered", func(s *story) {
		s.ana.Bring(s.NewTask(`{}`), "canceled")
	}, arrival + "reservation.created reservation.canceled task.canceled"},
	{"deleted while offered", func(s *story) {
		if err := s.API.DeleteTask(s.Workspace, s.NewTask(`{}`), nil); err != nil {
			s.t.Error(err)
		}
	}, arrival + "reservation.created reservation.canceled task.deleted"},
	{"skipped out of its workflow", func(s *story) {
		s.NewTaskIn(s.workflow(60, fmt.Sprintf(`[{"expression":"1==1","targets":[
			{"queue":%[1]q,"expression":"1==2","skip_if":"1==1"},
			{"queue":%[1]q,"expression":"1==2","skip_if":"1==1"}]}]`, s.Queue)), `{}`)
	}, "workflow.created" + arrival + "workflow.target-matched workflow.skipped task.canceled"},
	{"for an agent that is known, and changed", func(s *story) {
		flow := s.workflow(60, fmt.Sprintf(`[{"expression":"1==1",
			"targets":[{"queue":%q,"known_worker_friendly_name":"task.agent"}]}]`, s.Queue))
		s.ben.Become("Offline")
		task := s.NewTaskIn(flow, `{"agent":"Ben"}`)
		world.Must(s.API.UpdateTask(s.Workspace, task, &taskrouter.UpdateTaskParams{
			Attributes: world.Ptr(`{"agent":"Ana"}`),
		}))(s.t)
	}, "workflow.created worker.activity.update" + arrival + "task.updated workflow.target-matched reservation.created"},
	{"for one worker", func(s *story) {
		world.Must(s.API.CreateTask(s.Workspace, &taskrouter.CreateTaskParams{
			RoutingTarget: &s.ben.SID,
		}))(s.t)
	}, "task.created task-queue.entered " + "reservation.created"},
	{"for one worker who is busy", func(s *story) {
		s.ben.Become("Offline")
		world.Must(s.API.CreateTask(s.Workspace, &taskrouter.CreateTaskParams{
			RoutingTarget: &s.ben.SID, IgnoreCapacity: world.Ptr("false"),
		}))(s.t)
		s.app.untilTold("task.canceled", 1)
	}, "worker.activity.update task.created task-queue.entered reservation.failed task.canceled"},
	{"everything is changed", (*story).changeEverything, "activity.created activity.updated activity.deleted task-channel.created " +
		"task-channel.updated task-channel.deleted task-queue.created " +
		"task-queue.expression.updated workflow.created workflow.updated workflow.deleted " +
		"task-queue.deleted worker.created worker.attributes.update " +
		"worker.capacity.update worker.channel.availability.update worker.deleted " +
		"workspace.updated workspace.deleted"},
}

// changeEverything makes, changes and deletes one of each thing, and at last the workspace.
func (s *story) changeEverything() {
	t, api, ws := s.t, s.API, s.Workspace
	t.Helper()
	deleted := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	activity := *world.Must(api.CreateActivity(ws, &taskrouter.CreateActivityParams{
		FriendlyName: world.Ptr("Lunch"),
	}))(t).Sid
	world.Must(api.UpdateActivity(ws, activity, &taskrouter.UpdateActivityParams{
		FriendlyName: world.Ptr("Break"),
	}))(t)
	deleted(api.DeleteActivity(ws, activity))

	channel := *world.Must(api.CreateTaskChannel(ws, &taskrouter.CreateTaskChannelParams{
		FriendlyName: world.Ptr("Letters"), UniqueName: world.Ptr("letters"),
	}))(t).Sid
	world.Must(api.UpdateTaskChannel(ws, channel, &taskrouter.UpdateTaskChannelParams{
		ChannelOptimizedRouting: world.Ptr(true),
	}))(t)
	deleted(api.DeleteTaskChannel(ws, channel))

	queue := s.NewQueue("Second", 1)
	world.Must(api.UpdateTaskQueue(ws, queue, &taskrouter.UpdateTaskQueueParams{
		TargetWorkers: world.Ptr("rank > 3"),
	}))(t)
	workflow := s.NewWorkflow("Second", queue, 60)
	world.Must(api.UpdateWorkflow(ws, workflow, &taskrouter.UpdateWorkflowParams{
		FriendlyName: world.Ptr("Third"),
	}))(t)
	deleted(api.DeleteWorkflow(ws, workflow))
	deleted(api.DeleteTaskQueue(ws, queue))

	eva := s.NewWorker("Eva", 3)
	world.Must(api.UpdateWorker(ws, eva.SID, &taskrouter.UpdateWorkerParams{
		Attributes: world.Ptr(`{"rank":4}`),
	}))(t)
	eva.Capacity(2)
	world.Must(api.UpdateWorkerChannel(ws, eva.SID, "default",
		&taskrouter.UpdateWorkerChannelParams{Available: world.Ptr(false)}))(t)
	deleted(api.DeleteWorker(ws, eva.SID, nil))

	world.Must(api.UpdateWorkspace(ws, &taskrouter.UpdateWorkspaceParams{
		FriendlyName: world.Ptr("Old"),
	}))(t)
	deleted(api.DeleteWorkspace(ws))
}

// told waits until the application has been told what the story has, and checks that this is all
// that happened.
func (s *story) told(tale string) []callback {
	s.t.Helper()
	want := strings.Fields(tale)
	told := s.app.until("the story is told", func(told []callback) bool {
		return len(told) > len(want)
	})[1:] // the first tells of the URL
	if d := diff.Diff(want, types(told)); d != "" {
		s.t.Fatalf("events (-want +got):\n%s", d)
	}
	if last := told[len(told)-1].form; last.Get("EventType") != "workspace.deleted" {
		newest := world.Must(s.API.ListEvent(s.Workspace, &taskrouter.ListEventParams{
			Limit: world.Ptr(1),
		}))(s.t)
		if *newest[0].Sid != last.Get("Sid") {
			s.t.Errorf("the last event is %s, told was %s", *newest[0].EventType,
				last.Get("EventType"))
		}
	}
	return told
}

// TestEventCallbacks plays all stories, and holds order, parameters and signatures of every event
// that is told. Spec: routing 6.5
func TestEventCallbacks(t *testing.T) {
	t.Parallel()
	e := world.ServeWith(t, server.Config{
		CallbackAllow: "127.0.0.0/8", RoutingTargetTimeout: time.Second,
	})
	var mu sync.Mutex
	var all []callback
	t.Run("stories", func(t *testing.T) {
		for _, test := range stories {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				s := newStory(t, e)
				test.play(s)
				told := s.told(test.want)
				mu.Lock()
				defer mu.Unlock()
				all = append(all, told...)
			})
		}
	})
	if t.Failed() {
		return // what is missing was not told
	}
	readManual(t).checkAll(t, all)
	checkSignatures(t, e, all)
	for _, kind := range documentedTypes(t) {
		if count(all, kind) == 0 && !slices.Contains(untold, kind) {
			t.Errorf("no story tells of %s", kind)
		}
	}
}

// untold are types of events that no story has: every workspace's first is in [TestQuickstart],
// and the system deletes a task after a day.
var untold = []string{"workspace.created", "task.system-deleted"}

var eventType = regexp.MustCompile("`([a-z-]*)(\\.[a-z.-]+)`")

// documentedTypes reads the types of events in routing.md 6.3.
func documentedTypes(t *testing.T) (list []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/reference/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n### 6.3 ")
	section, _, _ = strings.Cut(section, "\n### ")
	for line := range strings.SplitSeq(section, "\n") {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		noun := ""
		for _, m := range eventType.FindAllStringSubmatch(line, -1) {
			noun = cmp.Or(m[1], noun)
			list = append(list, noun+m[2])
		}
	}
	if len(list) < 40 {
		t.Fatalf("routing.md 6.3 has %d types of events; has its form changed?", len(list))
	}
	return list
}
