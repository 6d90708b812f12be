package server_test

import (
	"bufio"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"taskrouter"
	"taskrouter/server"
)

// TestFirstAccountStays has a server that is told of no account work for the same one after a
// restart, whatever accounts were made in between.
func TestFirstAccountStays(t *testing.T) {
	t.Parallel()
	first := "AC" + strings.Repeat("f", 32) // after whatever is made at random
	config := server.Config{
		DataDir: filepath.Join(t.TempDir(), "data"), AccountSID: taskrouter.AccountSID(first),
	}
	r := run(t, config)
	status, body := r.ask("POST", "/2010-04-01/Accounts.json", "FriendlyName", "Owned")
	if status != http.StatusCreated {
		t.Fatalf("make an account: %d %v", status, body)
	}
	r.end()
	config.AccountSID = ""
	r = run(t, config)
	if got := string(r.Account().SID); got != first {
		t.Errorf("the server works for account %s now, want %s", got, first)
	}
	r.end()
	read, err := server.ReadAccount(t.Context(), config.DataDir, "")
	if err != nil || string(read.SID) != first {
		t.Errorf("programs read account %s (%v), want %s", read.SID, err, first)
	}
}

// TestSuspendedAccount is called by nobody and calls nobody, until it is active again; then it
// is told what it missed.
func TestSuspendedAccount(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	r := run(t, server.Config{CallbackAllow: "127.0.0.1"})
	_, owned := r.ask("POST", "/2010-04-01/Accounts.json", "FriendlyName", "Owned")
	sid, _ := owned["sid"].(string)
	secret, _ := owned["auth_token"].(string)
	a.mu.Lock()
	a.token = secret
	a.mu.Unlock()
	_, body := r.askAs(sid, secret, "POST", "/v1/Workspaces", "FriendlyName", "Calls", "Template",
		"FIFO", "EventCallbackUrl", a.URL+"/events")
	ws := "/v1/Workspaces/" + body["sid"].(string)
	soon(t, "the application is told", func() bool { return a.heard("workspace.created") })

	q, err := http.NewRequest("GET", r.URL()+ws+"/Feed", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.SetBasicAuth(sid, secret)
	feed, err := http.DefaultClient.Do(q)
	if err != nil || feed.StatusCode != http.StatusOK {
		t.Fatalf("open a feed: %v %v", feed, err)
	}
	defer feed.Body.Close()
	ended := make(chan string, 1)
	go func() {
		var last string
		for lines := bufio.NewScanner(feed.Body); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "data") {
				last = lines.Text()
			}
		}
		ended <- last
	}()

	status, _ := r.askAs(sid, secret, "POST", ws+"/Tasks", "Attributes", "{}", "Timeout", "1")
	if status != http.StatusCreated {
		t.Fatalf("make a task: %d", status)
	}
	account := "/2010-04-01/Accounts/" + sid + ".json"
	if status, body := r.ask("POST", account, "Status", "suspended"); status != http.StatusOK {
		t.Fatalf("suspend: %d %v", status, body)
	}
	if last := <-ended; !strings.Contains(last, "4002") || !strings.Contains(last, "active") {
		t.Errorf("the feed of a suspended account ended with %s", last)
	}
	soon(t, "events wait", func() bool {
		_, metrics := r.get(r.InternalURL() + "/metrics")
		return strings.Contains(metrics, "taskrouter_event_callbacks_down 1")
	})
	if a.heard("task.canceled") {
		t.Error("a suspended account's application is told of events")
	}
	r.ask("POST", account, "Status", "active")
	soon(t, "the application is told the rest", func() bool { return a.heard("task.canceled") })
}
