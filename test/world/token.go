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
		allow("GET", foreign.Workspace(ws)),
		allow("GET", foreign.Workspace(ws)+"/**"),
		allow("POST", worker),
		allow("POST", worker+"/**"),
		allow("POST", foreign.AllTasks(ws)),
	)
}

// TokenFor is a token for the worker's page with exactly these rights beside the helper's
// defaults.
func (k Worker) TokenFor(end time.Time, rights ...foreign.Policy) string {
	w := k.World
	w.t.Helper()
	made := foreign.CreateCapabilityToken(foreign.CapabilityTokenParams{
		AccountSid:   w.Account,
		AuthToken:    w.AuthToken,
		WorkspaceSid: w.Workspace,
		ChannelID:    k.SID,
		ValidUntil:   float64(end.Unix()),
	})
	for _, p := range foreign.WorkerPolicies(w.Workspace, k.SID) {
		made.AddPolicy(p)
	}
	for _, p := range rights {
		made.AddPolicy(p)
	}
	return Must(made.ToJwt())(w.t)
}

func allow(method, url string) foreign.Policy {
	return foreign.GeneratePolicy(url, method, true, map[string]any{}, map[string]any{})
}
