package bridge

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/websocket"
)

// A Hub is the event bridge of one server: it serves the sockets and POSTs of pages, and tells
// the sockets what the engine publishes. Make one with [New]; [Hub.Run] keeps it alive.
//
// All methods may be called at the same time.
type Hub struct {
	options  Options
	log      *slog.Logger
	upgrader *websocket.Upgrader[*socket]
	blank    *frame
	ping     *frame
	holds    holds
	counts   counters
	requests atomic.Uint64
	conns    sync.WaitGroup // sockets whose connection is not over yet
	cancel   func()         // ends the subscription

	mu       sync.Mutex
	closing  bool
	sockets  int
	channels map[address]*channel
	// offered finds, for a task, the channels of the workers it is reserved for.
	offered map[taskrouter.TaskSID]map[taskrouter.ReservationSID]*channel
	// displaced remembers when a token lost its socket to another session.
	displaced map[tokenID]time.Time
	wheel     wheel
	seen      map[address]time.Time // when a worker's socket last opened or ended
	watchers  []Watcher
}

// New returns a hub that is subscribed to the engine. It panics if a required option is
// missing.
func New(o Options) *Hub {
	if o.Engine == nil || o.Inner == nil || o.Keys == nil {
		panic("bridge: Options needs Engine, Inner and Keys")
	}
	h := newHub(o)
	h.cancel = o.Engine.Subscribe("bridge", h.publish)
	return h
}

func newHub(o Options) *Hub {
	o.setDefaults()
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	h := &Hub{
		options:   o,
		log:       o.Logger,
		blank:     &frame{opcode: gws.OpcodeText, fixed: []byte(" ")},
		ping:      &frame{opcode: gws.OpcodePing},
		cancel:    func() {},
		channels:  make(map[address]*channel),
		offered:   make(map[taskrouter.TaskSID]map[taskrouter.ReservationSID]*channel),
		displaced: make(map[tokenID]time.Time),
		seen:      make(map[address]time.Time),
	}
	h.holds.byRequest = make(map[string]*hold)
	h.upgrader = h.newUpgrader()
	return h
}

// publish tells the sockets of a group of changes. The engine calls it once a group is durable,
// in order for each workspace. It does not block: sockets are only handed what they are to
// write, and who is to hear a change is settled here, so that a socket that opens later does
// not hear of it. Spec: event-bridge 11
func (h *Hub) publish(p engine.Publication) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case len(h.channels) == 0:
	case p.Final:
		h.closeWorkspace(p.Workspace)
	default:
		for i, c := range p.Changes {
			h.tell(p, c, p.From[i])
		}
	}
	if len(h.seen) > 0 {
		h.forgetSeen(p.Workspace, p.Changes, p.Final)
	}
}

// tell hands one change to everybody whom it concerns. A worker whose reservation ends in the
// change still hears all of it, also what the change says of the task after that. h.mu is held.
//
// Spec: event-bridge 9.3
func (h *Hub) tell(p engine.Publication, c *taskrouter.Change, from engine.Principal) {
	var ended []*taskrouter.Reservation
	for i := range c.Events {
		e := &c.Events[i]
		switch e.Type {
		case taskrouter.EventWorkerActivity, taskrouter.EventWorkerAttributes,
			taskrouter.EventWorkerCapacity, taskrouter.EventWorkerAvailability:
			if ch := h.channels[address{p.Workspace, string(e.Worker.SID)}]; ch != nil {
				h.deliver(ch, newFrame(e, p.Catalog), from)
			}
		case taskrouter.EventReservationCreated, taskrouter.EventReservationAccepted,
			taskrouter.EventReservationRejected, taskrouter.EventReservationTimeout,
			taskrouter.EventReservationCanceled, taskrouter.EventReservationRescinded,
			taskrouter.EventReservationCompleted, taskrouter.EventReservationWrapup:
			ch := h.channels[address{p.Workspace, string(e.Reservation.WorkerSID)}]
			if ch == nil {
				continue
			}
			if e.Reservation.Status.Open() {
				h.offer(ch, e.Reservation)
			} else {
				ended = append(ended, e.Reservation)
			}
			h.deliver(ch, newFrame(e, p.Catalog), from)
		case taskrouter.EventTaskUpdated, taskrouter.EventTaskCanceled,
			taskrouter.EventTaskCompleted, taskrouter.EventTaskWrapup:
			h.tellTask(newFrame(e, p.Catalog), e.Task.SID, from)
		case taskrouter.EventWorkerDeleted:
			h.closeChannel(address{p.Workspace, string(e.Worker.SID)},
				"worker "+string(e.Worker.SID))
		case taskrouter.EventTaskQueueDeleted:
			h.closeChannel(address{p.Workspace, string(e.TaskQueue.SID)},
				"task queue "+string(e.TaskQueue.SID))
		}
	}
	for _, r := range ended {
		h.withdraw(r.TaskSID, r.SID)
	}
}

// tellTask hands a frame about a task to the workers it is reserved for. h.mu is held.
func (h *Hub) tellTask(f *frame, task taskrouter.TaskSID, from engine.Principal) {
	told := make(map[*channel]bool, len(h.offered[task]))
	for _, ch := range h.offered[task] {
		if !told[ch] {
			told[ch] = true
			h.deliver(ch, f, from)
		}
	}
}

// deliver queues a frame on every socket of a channel. Frames that a POST caused wait for its
// answer on the channel that it came through. h.mu is held.
func (h *Hub) deliver(ch *channel, f *frame, from engine.Principal) {
	var until *hold
	if from.Request != "" && from.Channel == ch.SID {
		until = h.holds.find(from.Request)
	}
	for i := len(ch.sockets) - 1; i >= 0; i-- {
		s := ch.sockets[i]
		if !s.send(f, until) {
			h.counts.slow.Add(1)
			h.drop(s)
			s.end(websocket.Slow, "this client reads too slowly; connect again and read the state anew")
		}
	}
}

// closeChannel ends the sockets of a channel whose subject has been deleted. h.mu is held.
func (h *Hub) closeChannel(a address, subject string) {
	ch := h.channels[a]
	if ch == nil {
		return
	}
	ch.stay()
	for len(ch.sockets) > 0 {
		s := ch.sockets[0]
		h.drop(s)
		s.end(websocket.Gone, subject+" has been deleted")
	}
	h.tidy(ch)
}

// closeWorkspace ends all sockets of a workspace that has been deleted. h.mu is held.
func (h *Hub) closeWorkspace(ws taskrouter.WorkspaceSID) {
	for a := range h.channels {
		if a.Workspace == ws {
			h.closeChannel(a, "workspace "+string(ws))
		}
	}
}

// Run sends heartbeats and ends sockets whose token has expired, until ctx is done. Then it
// shuts the hub down.
func (h *Hub) Run(ctx context.Context) error {
	ticker := time.NewTicker(h.options.Heartbeat / spokes)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			h.turn(now)
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), websocket.Farewell)
			defer cancel()
			return h.Shutdown(stop)
		}
	}
}

// Shutdown refuses new sockets, ends the open ones with code 1001 and waits until they are
// closed or ctx is done; then it cuts off those that are left. A worker whose socket ends here
// keeps its activity. Calling it again is harmless.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	var rest []*socket
	for _, ch := range h.channels {
		ch.stay()
		rest = append(rest, ch.sockets...)
	}
	for _, s := range rest {
		h.drop(s)
		s.end(websocket.GoingAway, "the server is stopping; connect again in a moment")
	}
	cancel := h.cancel
	h.cancel = func() {}
	h.mu.Unlock()
	cancel()

	done := make(chan struct{})
	go func() {
		h.conns.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, s := range rest {
		s.cut()
	}
	return ctx.Err()
}

// Stats is what a hub has done and is doing, for metrics. The counts of what happened only rise.
type Stats struct {
	Sockets  int // open
	Channels int // with somebody who listens, or who has just left
	Workers  int // of them, channels of workers with an open socket

	Opened    uint64 // handshakes that succeeded
	Refused   uint64 // handshakes that did not
	Displaced uint64 // sockets closed for another session
	Expired   uint64 // sockets closed at the end of their token
	Slow      uint64 // sockets closed because they did not read
	Flooded   uint64 // sockets closed because they sent too much
	Frames    uint64 // text frames written, heartbeats included
	Posts     uint64 // envelopes answered
	Left      uint64 // activities set because a worker had gone
}

type counters struct {
	opened, refused, displaced, expired, slow, flooded, frames, posts, left atomic.Uint64
}

// Stats returns the counts of now.
func (h *Hub) Stats() Stats {
	s := Stats{
		Opened:    h.counts.opened.Load(),
		Refused:   h.counts.refused.Load(),
		Displaced: h.counts.displaced.Load(),
		Expired:   h.counts.expired.Load(),
		Slow:      h.counts.slow.Load(),
		Flooded:   h.counts.flooded.Load(),
		Frames:    h.counts.frames.Load(),
		Posts:     h.counts.posts.Load(),
		Left:      h.counts.left.Load(),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.Sockets, s.Channels = h.sockets, len(h.channels)
	for _, ch := range h.channels {
		if ch.worker() != "" && len(ch.sockets) > 0 {
			s.Workers++
		}
	}
	return s
}

// ServeHTTP serves everything below /v1/wschannels.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	allowBrowsers(w)
	account, sid, ok := channelOf(r.URL.Path)
	if !ok {
		notServed(w, r)
		return
	}
	switch r.Method {
	case http.MethodGet:
		h.handshake(w, r, account, sid)
	case http.MethodPost:
		h.post(w, r, account, sid)
	case http.MethodOptions:
		preflight(w)
	default:
		w.Header().Set("Allow", "GET, POST, OPTIONS")
		problem(w, http.StatusMethodNotAllowed, codeMethod,
			"method "+r.Method+" is not served here: GET opens a socket, POST sends a request")
	}
}

// channelOf takes account and channel out of the path of a request. One slash at the end does
// not matter.
func channelOf(path string) (account, sid string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(path, "/"), root+"/")
	if !ok {
		return "", "", false
	}
	account, sid, ok = strings.Cut(rest, "/")
	return account, sid, ok && account != "" && sid != "" && !strings.Contains(sid, "/")
}
