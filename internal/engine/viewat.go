package engine

import (
	"context"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// ViewAt is [Engine.View] at a position of the journal: read sees exactly what the records up
// to the position returned have made, nothing of a later one and all of that one. Whoever
// reads the journal on from there misses nothing and is told nothing twice.
//
// Commands that come in the same moment wait until the record that read saw the end of is on
// its way, so ViewAt may cost them a part of a durable write; View costs nobody anything.
func (e *Engine) ViewAt(
	ctx context.Context, from Principal, ws taskrouter.WorkspaceSID, read func(*routing.State),
) (store.Position, error) {
	r := e.newRequest(from)
	r.read, r.exact = read, true
	result, err := e.ask(ctx, ws, r)
	return result.Position, err
}
