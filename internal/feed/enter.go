package feed

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
	"taskrouter/internal/websocket"
)

// Feed serves a stream on behalf of from; until is when that right ends, zero for never. The
// stream is a WebSocket if the request asks for one, else text/event-stream. An error means
// that nothing has been answered yet.
//
// Spec: feed 2
func (h *Hub) Feed(
	w http.ResponseWriter, r *http.Request, from engine.Principal, until time.Time,
) error {
	err := h.feed(w, r, from, until)
	if err != nil {
		h.counts.refused.Add(1)
	}
	return err
}

func (h *Hub) feed(
	w http.ResponseWriter, r *http.Request, from engine.Principal, until time.Time,
) error {
	a, after, err := readAsk(r, h.originOf(r))
	if err != nil {
		return err
	}
	if !a.lines {
		if err := h.checkSocket(r, until); err != nil {
			return err
		}
	}
	c, err := h.enter(r.Context(), workspaceOf(r), from, until)
	if err != nil {
		return err
	}
	if a.lines {
		defer h.leave(c)
		return h.serveLines(w, r, c, a, after)
	}
	return h.serveSocket(w, r, c, a, after)
}

// checkSocket checks a handshake. Browsers add the credentials of an account that somebody has
// signed in with to the handshakes of any page; only those of pages of this very server count.
// A token was put there by the page itself.
func (h *Hub) checkSocket(r *http.Request, until time.Time) error {
	if err := websocket.Check(r); err != nil {
		return err
	}
	origin := r.Header.Get("Origin")
	if origin == "" || !until.IsZero() || origin == h.options.PublicURL {
		return nil
	}
	if u, err := url.Parse(origin); err != nil || u.Host != r.Host {
		return taskrouter.Forbidden.Errorf("a page of %s cannot open a feed with an account's "+
			"credentials; give it a capability token", shorten(origin))
	}
	return nil
}

// workspaceOf is the workspace that the path names.
func workspaceOf(r *http.Request) taskrouter.WorkspaceSID {
	return taskrouter.WorkspaceSID(r.PathValue("WorkspaceSid"))
}

// originOf is how whoever sent r reaches the server.
func (h *Hub) originOf(r *http.Request) string {
	if h.options.PublicURL != "" {
		return h.options.PublicURL
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// enter makes a reader who may watch a workspace and is counted, until [Hub.leave]. Its position
// is where the journal stands; it is told nothing before [Hub.join].
func (h *Hub) enter(
	ctx context.Context, ws taskrouter.WorkspaceSID, from engine.Principal, until time.Time,
) (*reader, error) {
	r, err := h.admit(ws, from.Account)
	if err != nil {
		return nil, err
	}
	c := &reader{room: r, account: from.Account, channel: from.Channel, expires: until}
	at, catalog, err := h.look(ctx, ws, from)
	if err != nil {
		h.leave(c)
		return nil, err
	}
	if r.open(at, catalog) && h.options.Present != nil {
		h.options.Present(ws, h.PresenceChanged)
	}
	c.pos = at
	return c, nil
}

// look finds out where the journal of a workspace stands, if from may know. It comes after the
// room has begun to hear, so nothing is missed in between.
func (h *Hub) look(
	ctx context.Context, ws taskrouter.WorkspaceSID, from engine.Principal,
) (at store.Seq, catalog *routing.Catalog, err error) {
	missing := false
	head, err := h.options.Engine.ViewAt(ctx, from, ws, func(s *routing.State) {
		catalog = s.Catalog()
		missing = lacks(s, from.Channel)
	})
	if err == nil && missing {
		err = errChannel(ws, from.Channel)
	}
	return head.Seq, catalog, err
}

// lacks reports whether a workspace does not have the channel that a token is for, if any.
// Spec: capability-tokens 1
func lacks(s *routing.State, channel string) bool {
	return channel != "" && s.Entity(channel) == nil
}

func errChannel(ws taskrouter.WorkspaceSID, channel string) error {
	return taskrouter.Forbidden.Errorf("the token is for channel %s, which workspace %s does not "+
		"have", channel, ws)
}

// admit counts a reader of an account, and returns the room of the workspace.
func (h *Hub) admit(
	ws taskrouter.WorkspaceSID, account taskrouter.AccountSID,
) (*room, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closing:
		return nil, taskrouter.Unavailable.Errorf(
			"the server is stopping; connect again in a moment")
	case h.entered >= h.options.Readers:
		return nil, taskrouter.Unavailable.Errorf("the server has %d feeds open, which is its "+
			"limit; connect again later", h.entered)
	case h.accounts[account] >= h.options.ReadersPerAccount:
		return nil, taskrouter.Limit.Errorf("account %s has %d feeds open, which is its limit; "+
			"close some", account, h.accounts[account])
	}
	r := h.rooms[ws]
	if r == nil {
		r = newRoom(h, ws)
		h.rooms[ws] = r
	}
	r.members++
	h.accounts[account]++
	h.entered++
	h.work.Add(1)
	return r, nil
}

// join has a reader told what it asks for, after a position; -1 = from now on.
func (h *Hub) join(c *reader, a ask, after store.Seq) {
	h.mu.Lock()
	closing := h.closing
	h.readers[c] = struct{}{}
	h.mu.Unlock()
	h.counts.opened.Add(1)
	r := c.room
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.streams[a]
	if s == nil {
		s = &stream{ask: a, readers: make(map[*reader]struct{})}
		r.streams[a] = s
	}
	s.readers[c] = struct{}{}
	c.stream, c.ask = s, &s.ask
	head, now := c.pos, h.now()
	if after >= 0 && after <= head {
		c.pos = after
	}
	c.mail = append(c.mail, h.hello(c.ask, c.pos, now))
	if after > head {
		c.mail = append(c.mail, gap(c.ask, after, head,
			"the position lies ahead of the journal; take a new snapshot", now))
	}
	if closing {
		c.end(websocket.GoingAway, "the server is stopping; connect again in a moment")
	}
	c.due()
}

// leave takes a reader out of everything.
func (h *Hub) leave(c *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := c.room
	r.mu.Lock()
	if s := c.stream; s != nil {
		delete(s.readers, c)
		if len(s.readers) == 0 {
			h.kept.Add(-int64(s.size))
			delete(r.streams, s.ask)
		}
	}
	r.mu.Unlock()
	delete(h.readers, c)
	if h.accounts[c.account]--; h.accounts[c.account] == 0 {
		delete(h.accounts, c.account)
	}
	h.entered--
	if r.members--; r.members == 0 {
		close(r.done)
		delete(h.rooms, r.sid)
	}
	h.work.Done()
}
