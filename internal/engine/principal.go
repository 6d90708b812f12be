package engine

import (
	"context"

	"taskrouter"
)

// A Principal is on whose behalf something is asked.
type Principal struct {
	// Account is the only one whose workspaces the principal can reach.
	Account taskrouter.AccountSID
	// Actor is who causes the change, as its events will name it.
	Actor taskrouter.Actor
	// Channel is the event-bridge channel (SID of a worker, queue or workspace) whose client
	// asked; empty if none did.
	Channel string
	// Request names the event-bridge request, so that what it causes can be held back until
	// its answer is written.
	Request string
	// System lets the principal reach every workspace: the server itself.
	System bool
}

// reaches reports whether the principal may know of a workspace of the account.
func (p *Principal) reaches(account taskrouter.AccountSID) bool {
	return p.System || p.Account == account
}

type principalKey struct{}

// WithPrincipal returns a context that carries p to whoever serves the request.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// PrincipalFrom returns the principal that [WithPrincipal] put into the context.
func PrincipalFrom(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(principalKey{}).(Principal)
	return p, ok
}
