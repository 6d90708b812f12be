package world

import (
	"time"

	foreign "github.com/twilio/twilio-go/client/jwt/taskrouter"
)

// TokenUntil is a token for the worker's page, signed by the Go client's helper: it may read what
// is below the worker and in the workspace, and change the worker, its reservations and tasks.
func (k Worker) TokenUntil(end time.Time) string {
	w := k.World
	w.t.Helper()
	ws := w.Workspace
	worker := foreign.Worker(ws, k.SID)
	return k.TokenFor(end,
		Allow("GET", foreign.Workspace(ws)),
		Allow("GET", foreign.Workspace(ws)+"/**"),
		Allow("POST", worker),
		Allow("POST", worker+"/**"),
		Allow("POST", foreign.AllTasks(ws)),
	)
}

// TokenFor is a token for the worker's page with exactly these rights beside the helper's
// defaults.
func (k Worker) TokenFor(end time.Time, rights ...foreign.Policy) string {
	w := k.World
	w.t.Helper()
	return w.token(k.SID, end, append(foreign.WorkerPolicies(w.Workspace, k.SID), rights...))
}

// Token is a token for a page of the workspace that may do everything in it, good for an hour.
func (w *World) Token() string {
	w.t.Helper()
	ws := foreign.Workspace(w.Workspace)
	return w.TokenFor(
		Allow("GET", ws+"/**"),
		Allow("POST", ws), Allow("POST", ws+"/**"),
		Allow("DELETE", ws), Allow("DELETE", ws+"/**"),
	)
}

// TokenFor is a token for a page of the workspace that may read the workspace itself and has
// exactly these rights beside.
func (w *World) TokenFor(rights ...foreign.Policy) string {
	w.t.Helper()
	read := Allow("GET", foreign.Workspace(w.Workspace))
	return w.token(w.Workspace, time.Now().Add(time.Hour), append(rights, read))
}

// QueueToken is a token for a page of a queue that may read, change and delete it, good for an
// hour.
func (w *World) QueueToken(queue string) string {
	w.t.Helper()
	url := foreign.TaskQueue(w.Workspace, queue)
	return w.token(queue, time.Now().Add(time.Hour), []foreign.Policy{
		Allow("GET", url), Allow("GET", url+"/**"), Allow("POST", url), Allow("DELETE", url),
		Allow("GET", foreign.AllActivities(w.Workspace)),
	})
}

// token signs a token for a channel; the helper adds the right to open it.
func (w *World) token(channel string, end time.Time, rights []foreign.Policy) string {
	w.t.Helper()
	made := foreign.CreateCapabilityToken(foreign.CapabilityTokenParams{
		AccountSid:   w.Account,
		AuthToken:    w.AuthToken,
		WorkspaceSid: w.Workspace,
		ChannelID:    channel,
		ValidUntil:   float64(end.Unix()),
	})
	for _, p := range rights {
		made.AddPolicy(p)
	}
	return Must(made.ToJwt())(w.t)
}

// Allow is the right to use a method on a URL, which may end in /* or /**, with any parameters.
func Allow(method, url string) foreign.Policy {
	return foreign.GeneratePolicy(url, method, true, map[string]any{}, map[string]any{})
}
