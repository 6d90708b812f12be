package bridge

import (
	"testing"
	"time"

	"taskrouter/token"
)

// TestExplanationThroughTheBridge: with the least that a worker's token can allow, its page may
// ask why nothing comes to it, and why a task has nobody; it asks as that worker.
func TestExplanationThroughTheBridge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.Strict = true })
	raw, err := token.WorkerGrant(account, string(w.ws), string(w.alice)).Mint(secret, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for url, status := range map[string]int{
		w.workerURL(w.alice) + "/Explanation":                        200,
		w.workerURL(w.bob) + "/Explanation":                          403,
		"Workspaces/" + string(w.ws) + "/Tasks/WT1/Explanation":      200,
		"Workspaces/" + string(w.ws) + "/Workflows/WW1/DryRun":       403,
		"Workspaces/" + string(w.ws) + "/Workers/Explanation":        403,
		w.workerURL(w.alice) + "/Explanation/../../" + string(w.bob): 400,
		w.workerURL(w.alice) + "/Explanation?WorkerSid=" + "WK1":     200,
		w.workerURL(w.alice) + "/Channels":                           403,
	} {
		r := w.post(object{"url": url, "method": "GET", "token": raw})
		if r.status != status {
			t.Errorf("%s: got %d %s, want %d", url, r.status, r.body, status)
		}
		if status == 200 && r.field("payload", "channel") != string(w.alice) {
			t.Errorf("%s: asked as %v", url, r.field("payload", "channel"))
		}
	}
}
