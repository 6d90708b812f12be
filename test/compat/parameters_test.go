package compat

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A manual is what the reference says about the parameters of event callbacks.
type manual struct {
	common []string            // of every event
	groups map[string][]string // by what an event has to do with
}

var (
	manualRow = regexp.MustCompile(`^\| ([^|]*)\| ([^|]*)\|$`)
	parameter = regexp.MustCompile("`([A-Z][A-Za-z]+)`")
)

// readManual reads the tables of callbacks.md §3.
func readManual(t *testing.T) manual {
	t.Helper()
	page, err := os.ReadFile("../../docs/reference/callbacks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## 3. ")
	section, _, _ = strings.Cut(section, "\n## ")
	m := manual{groups: make(map[string][]string)}
	for line := range strings.SplitSeq(section, "\n") {
		row := manualRow.FindStringSubmatch(line)
		if row == nil {
			continue
		}
		if group := strings.TrimSpace(row[1]); strings.HasPrefix(group, "`") {
			m.common = append(m.common, names(group)...)
		} else if list := names(row[2]); len(list) > 0 {
			m.groups[group] = list
		}
	}
	if len(m.common) != 10 || len(m.groups) != 10 {
		t.Fatalf("callbacks.md 3 has %d common parameters and the groups %v; has its form changed?",
			len(m.common), slices.Sorted(maps.Keys(m.groups)))
	}
	return m
}

// names are the parameters that a cell of a table names.
func names(cell string) (list []string) {
	for _, match := range parameter.FindAllStringSubmatch(cell, -1) {
		list = append(list, match[1])
	}
	return list
}

// sometimes are parameters of groups that depend on more than the event's type.
var sometimes = []string{
	"TaskCanceledReason", "TaskCompletedReason", "Reason", "TaskQueueEnteredDate", "TaskAgeInQueue",
	"TaskRoutingTarget", "TaskReEvaluatedReason", "KnownWorkerSid",
	"WorkflowFilterName", "WorkflowFilterExpression", "WorkflowFilterTargetName",
	"WorkflowFilterTargetExpression", "WorkerChannelPreviousCapacity",
}

// groupsOf says which groups an event of a type has, and which parameters it has beyond those
// that are always there.
func groupsOf(kind string) (groups, more []string) {
	noun, verb, _ := strings.Cut(kind, ".")
	switch {
	case kind == "reservation.failed": // nobody got it
		groups = []string{"task", "queue", "workflow", "reservation"}
	case noun == "reservation":
		groups = []string{"task", "queue", "workflow", "reservation", "worker"}
		more = []string{"TaskQueueEnteredDate", "TaskAgeInQueue", "WorkerChannelCapacity",
			"WorkerChannelConsumedCapacity"}
	case kind == "task.created", kind == "workflow.entered", kind == "workflow.skipped":
		groups = []string{"task", "workflow"}
	case kind == "workflow.target-matched":
		groups = []string{"task", "workflow"}
		more = []string{"WorkflowFilterName", "WorkflowFilterExpression",
			"WorkflowFilterTargetName", "WorkflowFilterTargetExpression"}
	case kind == "workflow.timeout":
		groups = []string{"task", "workflow"}
	case noun == "task":
		groups = []string{"task", "queue", "workflow"}
		more = map[string][]string{
			"canceled":  {"TaskCanceledReason", "Reason"},
			"completed": {"TaskCompletedReason"},
		}[verb]
	case kind == "task-queue.moved":
		groups = []string{"task", "queue", "workflow", "change of queue"}
	case kind == "task-queue.entered", kind == "task-queue.timeout":
		groups = []string{"task", "queue", "workflow"}
		more = []string{"TaskQueueEnteredDate", "TaskAgeInQueue"}
	case noun == "task-queue":
		groups = []string{"queue"}
	case noun == "workflow":
		groups = []string{"workflow"}
	case kind == "worker.activity.update":
		groups = []string{"worker", "change of activity"}
	case kind == "worker.capacity.update":
		groups = []string{"worker", "worker channel"}
		more = []string{"TaskChannelSid", "TaskChannelUniqueName", "WorkerChannelPreviousCapacity"}
	case kind == "worker.channel.availability.update":
		groups = []string{"worker", "worker channel"}
		more = []string{"TaskChannelSid", "TaskChannelUniqueName"}
	case noun == "worker":
		groups = []string{"worker"}
	case noun == "activity":
		groups = []string{"activity"}
	case noun == "task-channel":
		groups = []string{"channel"}
	}
	return groups, more
}

// check fails the test unless an event has all the parameters that it should have, and none that
// is not documented.
func (m manual) check(t *testing.T, c callback) {
	t.Helper()
	kind := c.form.Get("EventType")
	groups, more := groupsOf(kind)
	wanted, known := slices.Clone(m.common), slices.Clone(m.common)
	for _, group := range groups {
		if group == "workflow" && c.form.Has("TaskRoutingTarget") {
			continue // the task is in none
		}
		for _, name := range m.groups[group] {
			if !slices.Contains(sometimes, name) {
				wanted = append(wanted, name)
			}
		}
	}
	for _, name := range wanted {
		if c.form.Get(name) == "" {
			t.Errorf("%s lacks %s", kind, name)
		}
	}
	for _, name := range more { // which may be empty: filters need no name
		if !c.form.Has(name) {
			t.Errorf("%s lacks %s", kind, name)
		}
	}
	for _, names := range m.groups {
		known = append(known, names...)
	}
	for name := range c.form {
		if !slices.Contains(known, name) {
			t.Errorf("%s has %s, which is not documented", kind, name)
		}
	}
	noun, _, _ := strings.Cut(kind, ".")
	if c.form.Get("ResourceType") != noun {
		t.Errorf("%s is about a %s", kind, c.form.Get("ResourceType"))
	}
	resource := map[string]string{
		"activity": "ActivitySid", "reservation": "ReservationSid", "task": "TaskSid",
		"task-channel": "TaskChannelSid", "task-queue": "TaskQueueSid", "worker": "WorkerSid",
		"workflow": "WorkflowSid", "workspace": "WorkspaceSid",
	}[noun]
	if got, want := c.form.Get("ResourceSid"), c.form.Get(resource); got != want {
		t.Errorf("%s is about %s, and has %s %s", kind, got, resource, want)
	}
	ms, err := strconv.ParseInt(c.form.Get("TimestampMs"), 10, 64)
	if err != nil || c.form.Get("Timestamp") != strconv.FormatInt(ms/1000, 10) {
		t.Errorf("%s happened at %s and %s", kind, c.form.Get("Timestamp"),
			c.form.Get("TimestampMs"))
	}
}

// checkAll is [manual.check] for a list, which has to bring every documented parameter at least
// once.
func (m manual) checkAll(t *testing.T, told []callback) {
	t.Helper()
	seen := make(map[string]bool)
	for _, c := range told {
		m.check(t, c)
		for name := range c.form {
			seen[name] = true
		}
	}
	for _, names := range m.groups {
		for _, name := range names {
			if !seen[name] {
				t.Errorf("no event told %s", name)
			}
		}
	}
}
