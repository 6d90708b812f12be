package bridge

import (
	"context"
	"testing"

	"taskrouter/internal/engine"
	"taskrouter/internal/store"
)

// newEngine opens an engine over a store in a directory of its own.
func newEngine(t testing.TB) *engine.Engine {
	t.Helper()
	st, err := store.OpenSQLite(context.Background(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(context.Background(), st, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = e.Shutdown(context.Background())
		_ = st.Close()
	})
	return e
}
