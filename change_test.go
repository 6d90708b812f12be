package taskrouter_test

import (
	"testing"

	"taskrouter"
)

func TestChangeEmpty(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change taskrouter.Change
		want   bool
	}{
		{"nothing", taskrouter.Change{Result: "WT1", Command: "c"}, true},
		{"a put", taskrouter.Change{Puts: []taskrouter.Entity{&taskrouter.Task{}}}, false},
		{"a deletion", taskrouter.Change{Deleted: []string{"WT1"}}, false},
		{"an event", taskrouter.Change{Events: make([]taskrouter.Event, 1)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.change.Empty(); got != tt.want {
				t.Errorf("empty: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestEntitySID(t *testing.T) {
	t.Parallel()
	for want, entity := range map[string]taskrouter.Entity{
		"WS1": &taskrouter.Workspace{SID: "WS1"},
		"WA1": &taskrouter.Activity{SID: "WA1"},
		"WK1": &taskrouter.Worker{SID: "WK1"},
		"TC1": &taskrouter.TaskChannel{SID: "TC1"},
		"WQ1": &taskrouter.TaskQueue{SID: "WQ1"},
		"WW1": &taskrouter.Workflow{SID: "WW1"},
		"WT1": &taskrouter.Task{SID: "WT1"},
		"WR1": &taskrouter.Reservation{SID: "WR1"},
	} {
		if got := entity.EntitySID(); got != want {
			t.Errorf("%T: EntitySID is %q, want %q", entity, got, want)
		}
	}
}
