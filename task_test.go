package taskrouter_test

import (
	"testing"
	"time"

	"taskrouter"
)

// taskLaw is the table of routing 5.1 as a picture: a row per status, a column per status that
// may follow, in the order of [taskrouter.TaskStatuses].
var taskLaw = [...]string{
	/* pending   */ ".x...x",
	/* reserved  */ "x.x..x",
	/* assigned  */ "...xx.",
	/* wrapping  */ "....x.",
	/* completed */ "......",
	/* canceled  */ "......",
}

func TestTaskTransitions(t *testing.T) {
	t.Parallel()
	for i, from := range taskrouter.TaskStatuses {
		for j, to := range taskrouter.TaskStatuses {
			if got, want := from.CanBecome(to), taskLaw[i][j] == 'x'; got != want {
				t.Errorf("%s can become %s: %v, want %v", from, to, got, want)
			}
		}
		if from.CanBecome("") || from.CanBecome("nonsense") {
			t.Errorf("%s can become what is no status", from)
		}
		if got, want := from.Final(), taskLaw[i] == "......"; got != want {
			t.Errorf("%s is final: %v, want %v", from, got, want)
		}
		if got, want := from.Waiting(), i < 2; got != want {
			t.Errorf("%s waits: %v, want %v", from, got, want)
		}
		if !from.Valid() {
			t.Errorf("%s is not valid", from)
		}
	}
	for _, no := range []taskrouter.TaskStatus{"", "Pending", "rejected"} {
		if no.Valid() || no.Final() || no.Waiting() || no.CanBecome(taskrouter.TaskPending) {
			t.Errorf("%q passes for a status", no)
		}
	}
}

func TestTaskAge(t *testing.T) {
	t.Parallel()
	task := taskrouter.Task{DateCreated: noon}
	for _, tt := range []struct {
		name string
		at   time.Time
		want int
	}{
		{"new", noon, 0},
		{"not a second yet", noon.Add(999 * time.Millisecond), 0},
		{"whole seconds", noon.Add(61*time.Second + 900*time.Millisecond), 61},
		{"a clock that stepped back", noon.Add(-time.Minute), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := task.Age(tt.at); got != tt.want {
				t.Errorf("age is %d, want %d", got, tt.want)
			}
		})
	}
}
