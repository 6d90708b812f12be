package main

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"taskrouter/test/world"
)

// TestRun lets the program do two tasks, one after the other, and stops it.
func TestRun(t *testing.T) {
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	t.Setenv("TASKROUTER_ACCOUNT_SID", w.Account)
	t.Setenv("TASKROUTER_AUTH_TOKEN", w.AuthToken)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out text
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"-url", w.URL, "-workspace", w.Workspace, "-worker", alice.SID,
			"-work", "1ms"}, &out)
	}()
	for _, task := range []string{w.NewTask(`{"number":1}`), w.NewTask(`{"number":2}`)} {
		for end := time.Now().Add(20 * time.Second); w.TaskStatus(task) != "completed"; {
			if time.Now().After(end) {
				t.Fatalf("task %s is %s\n%s", task, w.TaskStatus(task), &out)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("the program ended with %v\n%s", err, &out)
	}
	if got := alice.Activity(); got != "Offline" {
		t.Errorf("the worker was left %s, want Offline", got)
	}
	if strings.Contains(out.String(), w.AuthToken) || strings.Contains(out.String(), "eyJ") {
		t.Errorf("the output has secrets:\n%s", &out)
	}
}

func TestBadSettings(t *testing.T) {
	t.Setenv("TASKROUTER_ACCOUNT_SID", "")
	t.Setenv("TASKROUTER_AUTH_TOKEN", "")
	var out text
	if err := run(t.Context(), nil, &out); err == nil {
		t.Error("it ran without an account")
	}
}

// text is what a program wrote.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to the text.
func (t *text) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(b)
}

// String is all that was written.
func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}
