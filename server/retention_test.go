package server

import (
	"bytes"
	"log/slog"
	"testing"
	"time"
)

// TestTrimKeepsWhatGoesOn trims a used data directory as if much time had passed, and looks
// whether everything that still goes on is there, also after a restart.
func TestTrimKeepsWhatGoesOn(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := Config{Listen: "127.0.0.1:0", InternalListen: Off, DataDir: t.TempDir(),
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	first, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	before, err := first.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first.trimOnce(t.Context(), time.Now().Add(2*DefaultRetention))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	second.trimOnce(t.Context(), time.Now().Add(2*DefaultRetention))
	after, err := second.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after.Workspace != before.Workspace || after.Workers[2] != before.Workers[2] {
		t.Errorf("got sample %+v after trimming, want the one before, %+v", after, before)
	}
	if log.Len() > 0 {
		t.Errorf("trimming complained: %s", &log)
	}
}
