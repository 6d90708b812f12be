package routing_test

import (
	"fmt"
	"strings"
	"testing"

	"taskrouter"
	"taskrouter/internal/routing"
)

// A workspace has room for so many activities and queues, and says so. Spec: rest-api 18
func TestLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		most int
		make func(i int) routing.Command
		want string
	}{
		{"activities", taskrouter.MaxActivities - 3, func(i int) routing.Command {
			return routing.CreateActivity{FriendlyName: fmt.Sprint("a", i)}
		}, "has 100 activities"},
		{"queues", taskrouter.MaxTaskQueues - 1, func(i int) routing.Command {
			return routing.CreateTaskQueue{FriendlyName: fmt.Sprint("q", i), TargetWorkers: new("")}
		}, "has 5000 task queues"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t) // which has three activities and a queue
			for i := range test.most {
				d.must(test.make(i))
			}
			_, err := d.state.Decide(test.make(test.most), d.now)
			if taskrouter.KindOf(err) != taskrouter.Invalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("one too many: %v; want it to say %q", err, test.want)
			}
		})
	}
}

// A configuration of the largest size, with ten thousand filters, is checked, and a task finds its
// way through it. Spec: routing 1, rest-api 18
func TestLargeConfiguration(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var filters []string
	for i := range 10_000 {
		filters = append(filters, fmt.Sprintf(
			`{"expression":"n == %d","targets":[{"queue":%q}]}`, i, d.queue))
	}
	text := `{"task_routing":{"filters":[` + strings.Join(filters, ",") + `]}}`
	d.must(routing.CreateWorkflow{FriendlyName: "large", Configuration: text + strings.Repeat(
		" ", taskrouter.MaxConfiguration-len(text))})
	workflow := d.state.Catalog().Workflows()[1].SID
	c := d.must(routing.CreateTask{WorkflowSID: workflow, Attributes: `{"n":9999}`})
	if got := d.state.Task(taskrouter.TaskSID(c.Result)).Step.Filter; got != 9999 {
		t.Errorf("the task is in filter %d, want 9999", got)
	}
	_, err := d.state.Decide(routing.CreateWorkflow{FriendlyName: "too large", Configuration: text +
		strings.Repeat(" ", taskrouter.MaxConfiguration-len(text)+1)}, d.now)
	if err == nil || !strings.Contains(err.Error(), "1038577 bytes") {
		t.Errorf("one byte more: %v; want it refused by its size", err)
	}
}
