package webhook

import (
	"testing"

	"taskrouter/internal/store"
)

// TestIdlePosition has the stored position come to the end of the journal when a workspace falls
// silent: the journal is kept from the position on, so one that stays behind keeps it for ever.
func TestIdlePosition(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, app.URL)
	w.newTask(w.workflow, "")
	w.toldAll(app)
	head, err := w.engine.Head(t.Context(), alice, w.ws)
	if err != nil {
		t.Fatal(err)
	}
	var pos store.Seq
	until(t, "the position is that of the last record", func() bool {
		pos, err = w.store.Position(t.Context(), w.ws, reader)
		return err == nil && pos == head.Seq
	})
}
