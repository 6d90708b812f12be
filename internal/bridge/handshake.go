package bridge

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/websocket"
	"taskrouter/token"
)

const (
	// root is the path below which the hub serves.
	root = "/v1/wschannels"
	// subprotocol is what the server selects if a page offers it.
	subprotocol = "taskrouter.v1"
)

// newUpgrader returns what turns a request into a socket.
func (h *Hub) newUpgrader() *websocket.Upgrader[*socket] {
	return websocket.NewUpgrader[*socket](websocket.Options{
		Events:     reader{h},
		Name:       subprotocol,
		MaxMessage: unreadableSize,
		Handshake:  h.options.WriteTimeout,
	})
}

// handshake opens a socket, or refuses while the answer can still be read as HTTP: a client that
// is let in and then closed comes back at once, for ever. Spec: event-bridge 2
func (h *Hub) handshake(w http.ResponseWriter, r *http.Request, account, sid string) {
	s, err := h.admit(r, account, sid)
	if err != nil {
		h.counts.refused.Add(1)
		refuse(w, err)
		return
	}
	conn, err := h.upgrader.Open(w, r, s)
	if err != nil {
		h.counts.refused.Add(1)
		h.closed(s, err)
		if taskrouter.KindOf(err) != taskrouter.Internal {
			refuse(w, err)
		}
		return
	}
	h.counts.opened.Add(1)
	s.start(conn)
	if displaces(r) {
		h.displace(s, time.Now())
	}
	h.log.Debug("socket opened", "workspace", s.channel.Workspace, "channel", s.channel.SID,
		"from", r.RemoteAddr)
	// On its own goroutine: that of the request would keep everything the request needed.
	go conn.ReadLoop()
}

// admit checks a handshake and returns a socket that is in its channel and already collects
// what happens there, so that nothing is missed between the handshake and the first frame.
func (h *Hub) admit(r *http.Request, account, sid string) (*socket, error) {
	raw := tokenOf(r)
	now := time.Now()
	c, err := token.Read(raw, h.options.Keys, now)
	if err != nil {
		return nil, err
	}
	if err := c.AllowsSocket(account, sid); err != nil {
		return nil, err
	}
	if err := websocket.Check(r); err != nil {
		return nil, err
	}
	ch, leave, err := h.enter(r, c)
	if err != nil {
		return nil, err
	}
	s := &socket{
		hub:     h,
		channel: ch,
		origin:  h.originOf(r),
		token:   identify(raw),
		leave:   leave,
		expires: c.Expires,
	}
	return s, h.join(s, displaces(r), now)
}

// tokenOf returns the token of a handshake, from the query or from among the subprotocols.
func tokenOf(r *http.Request) string {
	if t := r.URL.Query().Get("token"); t != "" {
		return t
	}
	return websocket.Token(r)
}

// displaces reports whether a page wants to be the only one of its channel.
func displaces(r *http.Request) bool {
	return r.URL.Query().Get("closeExistingSessions") == "true"
}

// enter makes sure that the token's workspace and channel exist, and returns the channel with
// its worker's open reservations noted. That happens where the workspace is owned, so that
// what is published later is later than what was noted. The channel stays until [Hub.join].
//
// The disconnect activity is the one in the query if the workspace has it; an unknown one is
// ignored, for refusing would keep a worker from its work over what happens after it.
func (h *Hub) enter(
	r *http.Request, c *token.Capability,
) (entered *channel, leave taskrouter.ActivitySID, err error) {
	wanted := taskrouter.ActivitySID(r.URL.Query().Get("disconnectActivitySid"))
	a := address{taskrouter.WorkspaceSID(c.Workspace), c.Channel}
	ctx, cancel := context.WithTimeout(r.Context(), h.options.PostTimeout)
	defer cancel()
	err = h.look(ctx, c, func(st *routing.State) {
		if wanted != "" && st.Catalog().Activity(wanted) != nil {
			leave = wanted
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		ch, fresh := h.open(a, taskrouter.AccountSID(c.Account))
		ch.entering++
		entered = ch
		if fresh && ch.worker() != "" {
			for _, res := range st.WorkerReservations(ch.worker()) {
				if res.Status.Open() {
					h.offer(ch, res)
				}
			}
		}
	})
	if err != nil {
		if entered != nil {
			h.mu.Lock()
			entered.entering--
			h.tidy(entered)
			h.mu.Unlock()
		}
		return nil, "", err
	}
	if wanted != leave {
		if !taskrouter.ValidSID(taskrouter.PrefixActivity, string(wanted)) {
			wanted = "(no SID)" // whatever it is, it does not belong into the log
		}
		h.log.Warn("a page names a disconnect activity that its workspace does not have",
			"workspace", c.Workspace, "channel", c.Channel, "activity", wanted)
	}
	return entered, leave, nil
}

// look runs read where the token's workspace is owned, if workspace and channel exist.
// Spec: capability-tokens 1
func (h *Hub) look(
	ctx context.Context, c *token.Capability, read func(*routing.State),
) error {
	missing := false
	from := engine.Principal{Account: taskrouter.AccountSID(c.Account)}
	err := h.options.Engine.View(ctx, from, taskrouter.WorkspaceSID(c.Workspace),
		func(st *routing.State) {
			if missing = st.Entity(c.Channel) == nil; !missing {
				read(st)
			}
		})
	switch {
	case taskrouter.KindOf(err) == taskrouter.NotFound:
		return taskrouter.Forbidden.Errorf("the token is for workspace %s, which account %s "+
			"does not have", c.Workspace, c.Account)
	case err != nil:
		return err
	case missing:
		return taskrouter.Forbidden.Errorf("the token is for channel %s, which workspace %s "+
			"does not have", c.Channel, c.Workspace)
	}
	return nil
}

// join puts a socket into its channel, unless there are too many. The count of the channel does
// not matter to one that will displace the others.
func (h *Hub) join(s *socket, displacing bool, now time.Time) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch := s.channel
	ch.entering--
	defer h.tidy(ch)
	switch {
	case h.closing:
		return taskrouter.Unavailable.Errorf("the server is stopping; connect again in a moment")
	case h.sockets >= h.options.Sockets:
		return taskrouter.Unavailable.Errorf("the server has %d sockets open, which is its "+
			"limit; connect again later", h.sockets)
	case len(ch.sockets) >= h.options.SocketsPerChannel &&
		!(displacing && h.mayDisplace(s, now)):
		return taskrouter.Limit.Errorf("channel %s has %d sockets open, which is its limit; "+
			"close some, or connect with closeExistingSessions=true", ch.SID, len(ch.sockets))
	}
	ch.arrived(s)
	ch.sockets = append(ch.sockets, s)
	h.sockets++
	h.conns.Add(1)
	h.wheel.add(s)
	h.wheel.watch(s, now, h.options.Heartbeat)
	h.tellPresence(ch)
	return nil
}

// closed is the end of a socket that was joined: its connection is over.
func (h *Hub) closed(s *socket, err error) {
	h.mu.Lock()
	h.drop(s)
	h.mu.Unlock()
	h.conns.Done()
	level, why := slog.LevelDebug, err.Error()
	s.mu.Lock()
	if s.reason != "" {
		why = s.reason
	}
	if s.code == websocket.Slow || s.code == websocket.Policy {
		level = slog.LevelInfo
	}
	s.mu.Unlock()
	h.log.Log(context.Background(), level, "socket closed", "workspace", s.channel.Workspace,
		"channel", s.channel.SID, "why", why)
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

// addressOf is the address that a request comes from, without its port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
