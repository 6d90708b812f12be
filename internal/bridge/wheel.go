package bridge

import (
	"math/rand/v2"
	"slices"
	"time"

	"taskrouter/internal/websocket"
)

// spokes is how many turns the wheel takes for one heartbeat.
const spokes = 60

// A wheel spreads the sockets over the time between two heartbeats: each turn takes one spoke
// and gives the sockets on it a sign of life, so that one ticker serves all of them and they are
// never served at once. A token that will expire before its socket's spoke comes round again is
// noted on the spoke of that moment. Guarded by the hub's mutex.
type wheel struct {
	at     int
	spokes [spokes][]*socket
	ending [spokes][]*socket // may name sockets that are gone
}

func (w *wheel) add(s *socket) {
	s.spoke = rand.IntN(spokes)
	s.place = len(w.spokes[s.spoke])
	w.spokes[s.spoke] = append(w.spokes[s.spoke], s)
}

func (w *wheel) remove(s *socket) {
	list := w.spokes[s.spoke]
	last := len(list) - 1
	list[s.place] = list[last]
	list[s.place].place = s.place
	list[last] = nil
	w.spokes[s.spoke] = list[:last]
}

// watch notes the end of a socket's token if it comes within the next round.
func (w *wheel) watch(s *socket, now time.Time, round time.Duration) {
	left := s.expires.Sub(now)
	if left >= round {
		return
	}
	step := round / spokes
	turns := min(int((max(left, 0)+step-1)/step), spokes-1)
	at := (w.at + max(turns, 1)) % spokes
	w.ending[at] = append(w.ending[at], s)
}

// turn moves the wheel by one spoke and does what is due there.
func (h *Hub) turn(now time.Time) {
	h.mu.Lock()
	w, round := &h.wheel, h.options.Heartbeat
	w.at = (w.at + 1) % spokes
	ending := w.ending[w.at]
	w.ending[w.at] = nil
	for _, s := range ending {
		switch {
		case !slices.Contains(s.channel.sockets, s):
		case now.Before(s.expires):
			w.watch(s, now, round)
		default:
			h.counts.expired.Add(1)
			h.drop(s)
			s.end(websocket.Expired, "the token has expired; connect again with a new one")
		}
	}
	due := slices.Clone(w.spokes[w.at])
	due = slices.DeleteFunc(due, func(s *socket) bool {
		inactive := len(h.options.Keys(string(s.channel.account))) == 0
		if inactive {
			h.drop(s)
			s.end(websocket.Expired, "the account is not active")
		}
		return inactive
	})
	for _, s := range due {
		w.watch(s, now, round)
	}
	if w.at == 0 {
		h.forgetDisplaced(now)
	}
	h.mu.Unlock()

	for _, s := range due {
		if s.lost(now, silence*round) {
			// Nobody is there to be told; its worker may be about to be believed gone.
			s.cut()
			continue
		}
		// A full queue needs no sign of life, and who fills it is about to be closed.
		s.send(h.blank, nil)
		s.send(h.ping, nil)
	}
}
