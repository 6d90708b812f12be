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
