package engine

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"taskrouter"
	"taskrouter/internal/routing"
)

// lines is a log that may be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Alerts are in the log with their numbers and what they are about, and without what may be
// secret.
func TestAlertsAreLogged(t *testing.T) {
	t.Parallel()
	var out lines
	b := newBench(t, Options{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	l := NewAlertLog(b.Engine)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	b.must(b.ws, routing.RaiseAlerts{Alerts: []taskrouter.Alert{
		{Code: taskrouter.AlertUnreachable, Message: "the attribute is sesame", WorkflowSID: b.flow,
			URL: "https://user:sesame@crm.example/assign?key=sesame#sesame"},
		{Code: taskrouter.AlertCallbackEmpty, URL: "https://crm.example/%zz"},
	}})
	b.tasks() // answered after the publication
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(got) != 2 {
		t.Fatalf("logged:\n%s", out.String())
	}
	for i, want := range [][]string{
		{"level=ERROR", "code=11200", "alert=NO", "workspace=" + string(b.ws), "workflow=" + string(b.flow),
			"url=https://crm.example/assign", `msg="the receiver of a callback cannot be reached"`},
		{"level=WARN", "code=40005", `url="(no URL)"`},
	} {
		for _, part := range want {
			if !strings.Contains(got[i], part) {
				t.Errorf("%s lacks %s", got[i], part)
			}
		}
	}
	if strings.Contains(out.String(), "sesame") || strings.Contains(got[1], "task=") {
		t.Errorf("logged too much:\n%s", out.String())
	}
}

// A log that does not keep up never slows a workspace; it says how much it left out.
func TestAlertLogOverflows(t *testing.T) {
	t.Parallel()
	var out lines
	b := newBench(t, Options{Logger: slog.New(slog.NewTextHandler(&out, nil))})
	l := NewAlertLog(b.Engine) // nobody runs it yet
	b.must(b.ws, routing.RaiseAlerts{
		Alerts: make([]taskrouter.Alert, alertQueue+5),
	})
	b.tasks()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := l.Run(ctx); err != nil {
		t.Error(err)
	}
	text := out.String()
	n := strings.Count(text, "alert=NO")
	if n != alertsAtOnce || !strings.Contains(text, "left_out=5") {
		t.Errorf("logged %d alerts:\n%.500s", n, text)
	}
}
