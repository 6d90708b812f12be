package worker

import "testing"

// TestActsDelayWhatFollows until the last action on the task is over.
func TestActsDelayWhatFollows(t *testing.T) {
	t.Parallel()
	var a acts
	called := 0
	follow := func() { called++ }
	a.idle("WT1", follow)
	if called != 1 {
		t.Fatal("nothing was under way, and it waits")
	}
	first, second, other := a.begin("WT1"), a.begin("WT1"), a.begin("WT2")
	a.idle("WT1", follow)
	first()
	other()
	if called != 1 {
		t.Error("an action is under way, and it does not wait")
	}
	second()
	if called != 2 {
		t.Error("all actions are over, and it still waits")
	}
}
