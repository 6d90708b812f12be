package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"taskrouter/server"
	"taskrouter/token"
)

// TestHistoryOfARunningServer reads events with the account and a timeline with a worker's token,
// and both again from a server that was started anew.
func TestHistoryOfARunningServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := run(t, server.Config{DataDir: dir})
	sample, err := r.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ws, worker := "/v1/Workspaces/"+string(sample.Workspace), string(sample.Workers[0].SID)
	r.available(ws, worker)
	status, task := r.ask("POST", ws+"/Tasks", "RoutingTarget", worker)
	if status != 201 {
		t.Fatalf("create task: %d %v", status, task)
	}
	story := ws + "/Tasks/" + task["sid"].(string) + "/Timeline"
	look := func(r *running) {
		t.Helper()
		status, body := r.ask("GET", ws+"/Events?AfterSequence=0&TaskSid="+task["sid"].(string))
		if status != 200 || len(body["events"].([]any)) != 3 {
			t.Errorf("events of the task: %d %v", status, body)
		}
		account := r.Account()
		raw, err := token.WorkerGrant(string(account.SID), string(sample.Workspace), worker).
			Mint(account.AuthToken, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		envelope, err := json.Marshal(map[string]any{
			"url": r.URL() + story, "method": "GET", "params": map[string]any{}, "token": raw,
		})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := r.http.Post(r.URL()+"/v1/wschannels/"+string(account.SID)+"/"+worker,
			"application/json", strings.NewReader(string(envelope)))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		var line struct {
			Payload struct {
				Timeline []struct{ Sentence string }
			}
		}
		if err := json.NewDecoder(answer.Body).Decode(&line); err != nil ||
			answer.StatusCode != http.StatusOK || len(line.Payload.Timeline) != 3 ||
			!strings.HasPrefix(line.Payload.Timeline[2].Sentence, "offered to you") {
			t.Errorf("the worker reads %d %+v: %v", answer.StatusCode, line, err)
		}
	}
	look(r)
	r.end()
	look(run(t, server.Config{DataDir: dir}))
}
