package bridge

import (
	"time"

	"taskrouter"
)

// A Watcher is told which workers have a page open. It must not block, nor call the hub.
type Watcher func(
	ws taskrouter.WorkspaceSID, worker taskrouter.WorkerSID, connections int, seen time.Time,
)

// Presence says how many sockets a worker has open, and when one of its pages last gave a sign
// of life; the zero time if none has since the hub was made.
func (h *Hub) Presence(
	ws taskrouter.WorkspaceSID, worker taskrouter.WorkerSID,
) (connections int, seen time.Time) {
	a := address{ws, string(worker)}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.presence(a)
}

// presence is Presence with h.mu held.
func (h *Hub) presence(a address) (connections int, seen time.Time) {
	seen = h.seen[a]
	ch := h.channels[a]
	if ch == nil {
		return 0, seen
	}
	for _, s := range ch.sockets {
		if at := time.Unix(0, s.heard.Load()); at.After(seen) {
			seen = at
		}
	}
	return len(ch.sockets), seen
}

// EachPresence tells the watcher of every worker of a workspace that has been there. Changes
// are told to [Hub.WatchPresence]'s in order with it: none that it tells of is told before.
func (h *Hub) EachPresence(ws taskrouter.WorkspaceSID, watch Watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for a := range h.seen {
		if a.Workspace == ws {
			connections, seen := h.presence(a)
			watch(ws, taskrouter.WorkerSID(a.SID), connections, seen)
		}
	}
}

// WatchPresence has watch told from now on of each socket of a worker that opens or ends.
func (h *Hub) WatchPresence(watch Watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watchers = append(h.watchers, watch)
}

// tellPresence notes that a worker has just been there, and tells the watchers. h.mu is held.
func (h *Hub) tellPresence(ch *channel) {
	worker := ch.worker()
	if worker == "" {
		return
	}
	h.seen[ch.address] = time.Now()
	connections, seen := h.presence(ch.address)
	for _, watch := range h.watchers {
		watch(ch.Workspace, worker, connections, seen)
	}
}

// forgetSeen forgets when those were there who have been deleted. h.mu is held.
func (h *Hub) forgetSeen(ws taskrouter.WorkspaceSID, changes []*taskrouter.Change, all bool) {
	for _, c := range changes {
		for _, sid := range c.Deleted {
			delete(h.seen, address{ws, sid})
		}
	}
	if !all {
		return
	}
	for a := range h.seen {
		if a.Workspace == ws {
			delete(h.seen, a)
		}
	}
}
