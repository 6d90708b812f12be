package bridge

import (
	"context"
	"crypto/sha256"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/websocket"
)

// A tokenID stands for a token without being one: nothing that the hub keeps opens a socket.
type tokenID [16]byte

func identify(token string) tokenID {
	sum := sha256.Sum256([]byte(token))
	return tokenID(sum[:16])
}

// mayDisplace reports whether a socket may end the others of its channel. If its token lost a
// socket to another session less than a minute ago, it may not: clients connect again after any
// close, and two pages that both want to be the only one would throw each other out for ever.
// h.mu is held. Spec: event-bridge 12
func (h *Hub) mayDisplace(s *socket, now time.Time) bool {
	at, ok := h.displaced[s.token]
	return !ok || now.Sub(at) >= quarantine
}

// displace ends the other sockets of a channel in favour of a new one, if it may do so.
func (h *Hub) displace(by *socket, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.mayDisplace(by, now) {
		return
	}
	ch := by.channel
	for i := len(ch.sockets) - 1; i >= 0; i-- {
		s := ch.sockets[i]
		if s == by {
			continue
		}
		h.counts.displaced.Add(1)
		h.displaced[s.token] = now
		h.drop(s)
		s.end(websocket.Displaced, "another session of this channel has taken its place")
	}
}

// forgetDisplaced lets tokens displace again whose minute is over. h.mu is held.
func (h *Hub) forgetDisplaced(now time.Time) {
	for id, at := range h.displaced {
		if now.Sub(at) >= quarantine {
			delete(h.displaced, id)
		}
	}
}

// arrived notes that a socket is there: its worker is not about to be believed gone. A page
// that comes after all others have left brings its own wish, even if that is none; one that
// comes to others leaves theirs in force. h.mu is held.
func (ch *channel) arrived(s *socket) {
	if ch.gone != nil {
		ch.stay()
	}
	if s.leave != "" {
		ch.leave = s.leave
	}
}

// stay takes back what would happen if the worker did not return. h.mu is held.
func (ch *channel) stay() {
	ch.leave = ""
	if ch.gone != nil {
		ch.gone.Stop()
		ch.gone = nil
	}
}

// left notes that the last socket of a channel has gone. If one of the worker's pages named an
// activity for that, its grace begins. h.mu is held. Spec: event-bridge 12
func (h *Hub) left(ch *channel) {
	if ch.leave == "" || ch.worker() == "" || h.closing {
		return
	}
	h.grace(ch, ch.leave, 0)
}

// grace waits a while for the worker and then believes it gone. h.mu is held.
func (h *Hub) grace(ch *channel, activity taskrouter.ActivitySID, attempt int) {
	var timer *time.Timer
	timer = time.AfterFunc(h.options.DisconnectGrace, func() {
		h.mu.Lock()
		over := ch.gone != timer
		h.mu.Unlock()
		if !over {
			h.depart(ch, timer, activity, attempt)
		}
	})
	ch.gone = timer
}

// maxDepartures is how often an activity is tried to be set that the engine has no time for.
const maxDepartures = 5

// depart sets the activity of a worker that has gone. The channel stays, and can still be
// returned to, until the engine has answered.
func (h *Hub) depart(
	ch *channel, timer *time.Timer, activity taskrouter.ActivitySID, attempt int,
) {
	ctx, cancel := context.WithTimeout(context.Background(), h.options.PostTimeout)
	defer cancel()
	_, err := h.options.Engine.Submit(ctx, engine.Command{
		Workspace: ch.Workspace,
		From: engine.Principal{
			Account: ch.account,
			Actor:   taskrouter.Actor{Type: "worker", SID: ch.SID},
		},
		Do: routing.UpdateWorker{SID: ch.worker(), ActivitySID: &activity},
	})

	h.mu.Lock()
	defer h.mu.Unlock()
	returned := ch.gone != timer
	switch {
	case err == nil:
		h.counts.left.Add(1)
	case taskrouter.KindOf(err) == taskrouter.Unavailable && attempt+1 < maxDepartures:
		if !returned {
			h.grace(ch, activity, attempt+1)
		}
		return
	default:
		h.log.Warn("could not set the activity of a worker that has disconnected",
			"workspace", ch.Workspace, "worker", ch.SID, "activity", activity, "error", err)
	}
	if !returned {
		ch.stay()
		h.tidy(ch)
	}
}
