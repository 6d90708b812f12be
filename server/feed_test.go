package server_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lxzan/gws"

	"taskrouter/server"
	"taskrouter/token"
)

// follow opens a feed of the server as an event stream and returns a function that waits for a
// line with a text, and fails when the stream ends before.
func (r *running) follow(path string) (wait func(text string) string) {
	r.t.Helper()
	q, err := http.NewRequest("GET", r.URL()+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	q.SetBasicAuth(string(r.Account().SID), r.Account().AuthToken)
	answer, err := r.http.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		r.t.Fatalf("feed: %s", answer.Status)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	return func(text string) string {
		r.t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return lines.Text()
			}
		}
		r.t.Fatalf("the feed ended before %q: %v", text, lines.Err())
		return ""
	}
}

// TestPresenceOverREST opens a worker's page on the bridge: REST, the feed and the snapshot tell
// of it.
func TestPresenceOverREST(t *testing.T) {
	t.Parallel()
	r := run(t, server.Config{Version: "1.2.3"})
	sample, err := r.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	account, worker := r.Account(), string(sample.Workers[0].SID)
	path := "/v1/Workspaces/" + string(sample.Workspace)
	presence := func(connected bool, connections float64, seen bool) {
		t.Helper()
		_, body := r.ask("GET", path+"/Workers/"+worker)
		if body["connected"] != connected || body["connections"] != connections ||
			(body["last_seen"] != nil) != seen {
			t.Errorf("worker %v, want connected %v, %v connections", body, connected, connections)
		}
	}
	presence(false, 0, false)
	wait := r.follow(path + "/Feed?Topics=presence")
	if hello := wait(`"hello"`); !strings.Contains(hello, `"version":"1.2.3"`) {
		t.Errorf("hello %s", hello)
	}
	raw, err := token.WorkerGrant(string(account.SID), string(sample.Workspace), worker).
		Mint(account.AuthToken, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	page := &page{closed: make(chan uint16, 1)}
	socket, _, err := gws.NewClient(page, &gws.ClientOption{
		Addr: "ws" + strings.TrimPrefix(r.URL(), "http") + "/v1/wschannels/" +
			string(account.SID) + "/" + worker + "?token=" + raw,
	})
	if err != nil {
		t.Fatal(err)
	}
	go socket.ReadLoop()
	wait(`"worker_sid":"` + worker + `","connected":true,"connections":1`)
	presence(true, 1, true)
	_, snapshot := r.ask("GET", path+"/Snapshot?Parts=workers")
	if text, _ := json.Marshal(snapshot["workers"]); !strings.Contains(string(text), `connections`) {
		t.Errorf("workers %s", text)
	}
	// A worker's token is not for the feed of all.
	answer, body := r.get(r.URL()+path+"/Feed", "Authorization", "Bearer "+raw)
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a worker's token: %s %s", answer.Status, body)
	}
	_ = socket.NetConn().Close()
	wait(`"worker_sid":"` + worker + `","connected":false,"connections":0`)
	presence(false, 0, true)
}

// TestFeedsEndWithTheServer stops a server that has feeds open: they are told to come back, and
// do not hold it up.
func TestFeedsEndWithTheServer(t *testing.T) {
	t.Parallel()
	r := run(t, server.Config{})
	sample, err := r.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wait := r.follow("/v1/Workspaces/" + string(sample.Workspace) + "/Feed")
	wait(`"hello"`)
	began := time.Now()
	r.end()
	wait("retry: 2000")
	wait(`"code":1001`)
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("stopping took %v", took)
	}
}
