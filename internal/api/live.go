package api

import (
	"net/http"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
)

// A Live shows a workspace as it is and then as it changes. The API finds out who asks and
// answers errors, as everywhere; the rest is not known here. A method that returns an error has
// not answered.
type Live interface {
	// Bearer returns on whose behalf a request with a capability token asks, and until when;
	// given is false if it has none.
	Bearer(r *http.Request) (from engine.Principal, until time.Time, given bool, err error)
	// Snapshot answers with a picture of the workspace that the path names.
	Snapshot(w http.ResponseWriter, r *http.Request, from engine.Principal) error
	// Feed answers with its changes, until the client has enough, or until; zero = for ever.
	Feed(w http.ResponseWriter, r *http.Request, from engine.Principal, until time.Time) error
}

// liveResources are the paths that a [Live] serves. Spec: feed 1, 2
var liveResources = map[string]resource{
	workspace + "/Snapshot": {get: readSnapshot},
	workspace + "/Feed":     {get: readFeed},
}

// isLive reports whether the path is one that a [Live] serves.
func (c *call) isLive() bool {
	_, ok := liveResources[strings.TrimSuffix(c.r.Pattern, "/{$}")]
	return ok
}

func readSnapshot(c *call) error {
	c.sent = true
	err := c.live.Snapshot(c.w, c.r, c.from)
	c.sent = err == nil
	return err
}

func readFeed(c *call) error {
	if c.inner {
		return taskrouter.Invalid.Errorf(
			"a feed does not fit into the answer to a POST; open %s itself", c.shortPath())
	}
	c.out = nil // it would be kept as long as the stream lasts
	c.sent = true
	err := c.live.Feed(c.w, c.r, c.from, c.until)
	c.sent = err == nil
	return err
}
