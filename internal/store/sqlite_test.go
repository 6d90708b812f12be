package store_test

import (
	"testing"

	"taskrouter/internal/store"
	"taskrouter/internal/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, place string) store.Store {
		return open(t, place)
	})
}

func open(t testing.TB, dir string) *store.SQLite {
	t.Helper()
	s, err := store.OpenSQLite(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
