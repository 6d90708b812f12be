package bridge

import (
	"slices"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/websocket"
)

// An address names a channel: the workspace and the SID of a worker, of a task queue, or of
// the workspace itself. Whatever is told is told to addresses.
type address struct {
	Workspace taskrouter.WorkspaceSID
	SID       string
}

// A channel is what is known of an address while somebody listens to it, or has done so a
// moment ago. All fields are guarded by the hub's mutex.
type channel struct {
	address
	account  taskrouter.AccountSID
	sockets  []*socket
	entering int // handshakes under way
	// reserved holds the open reservations of the channel's worker: who hears of their tasks.
	reserved map[taskrouter.ReservationSID]taskrouter.TaskSID

	// leave is the activity that the worker wants when it has gone; empty = stay.
	leave taskrouter.ActivitySID
	// gone runs while the worker has no socket and is about to be believed gone.
	gone *time.Timer
}

// worker is the worker the channel belongs to; empty for other channels.
func (ch *channel) worker() taskrouter.WorkerSID {
	if strings.HasPrefix(ch.SID, taskrouter.PrefixWorker) {
		return taskrouter.WorkerSID(ch.SID)
	}
	return ""
}

// open returns the channel of an address, and makes it if nobody knows it yet: then fresh is
// true, and the caller tells it what is reserved for its worker. h.mu is held.
func (h *Hub) open(a address, account taskrouter.AccountSID) (ch *channel, fresh bool) {
	if ch := h.channels[a]; ch != nil {
		return ch, false
	}
	ch = &channel{address: a, account: account}
	h.channels[a] = ch
	return ch, true
}

// tidy forgets a channel that has no use any more. h.mu is held.
func (h *Hub) tidy(ch *channel) {
	if len(ch.sockets) > 0 || ch.entering > 0 || ch.gone != nil {
		return
	}
	for r, task := range ch.reserved {
		h.withdraw(task, r)
	}
	if h.channels[ch.address] == ch {
		delete(h.channels, ch.address)
	}
}

// offer notes that a task is reserved for the worker of a channel. h.mu is held.
func (h *Hub) offer(ch *channel, r *taskrouter.Reservation) {
	if ch.reserved == nil {
		ch.reserved = make(map[taskrouter.ReservationSID]taskrouter.TaskSID)
	}
	ch.reserved[r.SID] = r.TaskSID
	if h.offered[r.TaskSID] == nil {
		h.offered[r.TaskSID] = make(map[taskrouter.ReservationSID]*channel, 1)
	}
	h.offered[r.TaskSID][r.SID] = ch
}

// withdraw notes that a reservation has ended. h.mu is held.
func (h *Hub) withdraw(task taskrouter.TaskSID, r taskrouter.ReservationSID) {
	ch := h.offered[task][r]
	if ch == nil {
		return
	}
	delete(ch.reserved, r)
	delete(h.offered[task], r)
	if len(h.offered[task]) == 0 {
		delete(h.offered, task)
	}
}

// drop takes a socket out of everything: it hears nothing more, and no longer counts as its
// worker's presence. It reports whether the socket was there; dropping it again does nothing.
// h.mu is held.
func (h *Hub) drop(s *socket) bool {
	ch := s.channel
	i := slices.Index(ch.sockets, s)
	if i < 0 {
		return false
	}
	ch.sockets = slices.Delete(ch.sockets, i, i+1)
	h.sockets--
	h.wheel.remove(s)
	h.tellPresence(ch)
	if len(ch.sockets) == 0 {
		h.left(ch)
		h.tidy(ch)
	}
	return true
}

// flooded ends a socket whose page sends more than it should.
func (h *Hub) flooded(s *socket) {
	h.mu.Lock()
	open := h.drop(s)
	h.mu.Unlock()
	if open {
		h.counts.flooded.Add(1)
		s.end(websocket.Policy, "this client sends too much; requests are POSTs, and nothing is to be "+
			"sent on the socket")
	}
}
