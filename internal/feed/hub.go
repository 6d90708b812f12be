package feed

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/websocket"
	"taskrouter/internal/wire"
	"taskrouter/token"
)

// Options says what a [Hub] works with. Engine is required; the zero value of every other field
// is a useful one.
type Options struct {
	Engine *engine.Engine
	// Keys finds the secrets that may have signed a token; nil = tokens open nothing. Streams of
	// an account that has none any more end.
	Keys token.Keys
	// Strict reads the policies of tokens to the letter, see [token.Options].
	Strict bool
	// PublicURL stands before the paths of resources, such as "https://router.example.com". If
	// empty, each reader sees the host it connected to.
	PublicURL string
	// Version is how hello calls the server.
	Version string
	// Present calls tell for every worker of a workspace who has had a page open, and holds
	// back calls of [Hub.PresenceChanged] meanwhile. Nil = nobody's presence is known.
	Present func(ws taskrouter.WorkspaceSID, tell Tell)
	// Throughput is how many tasks of a queue are accepted in a second, lately; nil = not known.
	Throughput func(taskrouter.WorkspaceSID, taskrouter.TaskQueueSID) float64
	// Logger takes what an operator wants to know; nil means [slog.Default].
	Logger *slog.Logger

	// Heartbeat is the longest silence on a connection: 15 seconds.
	Heartbeat time.Duration
	// WriteTimeout is how long the network may take a single message: 10 seconds.
	WriteTimeout time.Duration
	// Readers is how many connections may be open at once: 20,000.
	Readers int
	// ReadersPerAccount is how many of them one account may have: 2,000.
	ReadersPerAccount int
}

// Tell is told of a worker's presence. It does not block.
type Tell func(
	ws taskrouter.WorkspaceSID, worker taskrouter.WorkerSID, connections int, seen time.Time,
)

func (o *Options) setDefaults() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 15 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 10 * time.Second
	}
	if o.Readers == 0 {
		o.Readers = 20_000
	}
	if o.ReadersPerAccount == 0 {
		o.ReadersPerAccount = 2_000
	}
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
}

// journalReaders is how many readers read the journal at the same time; others wait.
const journalReaders = 4

// A Hub is the feed of one server: it serves pictures and streams of workspaces. Make one with
// [New]; [Hub.Run] keeps it alive. All methods may be called at the same time.
type Hub struct {
	options  Options
	log      *slog.Logger
	upgrader *websocket.Upgrader[*socket]
	reading  chan struct{} // has a token for everybody who reads the journal
	counts   counters
	kept     atomic.Int64 // bytes that all streams keep

	ctx    context.Context // ends when readers are no longer waited for
	stop   context.CancelFunc
	cancel func()         // ends the subscription
	work   sync.WaitGroup // readers, and those who tell in rooms

	mu       sync.RWMutex
	closing  bool
	rooms    map[taskrouter.WorkspaceSID]*room
	readers  map[*reader]struct{}
	accounts map[taskrouter.AccountSID]int // readers, those about to be included
	entered  int                           // sum of accounts
}

// New returns a hub that is subscribed to the engine.
func New(o Options) *Hub {
	if o.Engine == nil {
		panic("feed: Options needs Engine")
	}
	o.setDefaults()
	h := &Hub{
		options:  o,
		log:      o.Logger,
		reading:  make(chan struct{}, journalReaders),
		rooms:    make(map[taskrouter.WorkspaceSID]*room),
		readers:  make(map[*reader]struct{}),
		accounts: make(map[taskrouter.AccountSID]int),
	}
	h.upgrader = newUpgrader(o.WriteTimeout)
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.cancel = o.Engine.Subscribe("feed", h.publish)
	return h
}

func (h *Hub) now() time.Time { return time.Now() }

// publish hands a record to those who watch its workspace. It does not block.
func (h *Hub) publish(p engine.Publication) {
	if r := h.room(p.Workspace); r != nil {
		r.publish(p)
	}
}

// room returns the room of a workspace, nil if nobody watches it.
func (h *Hub) room(ws taskrouter.WorkspaceSID) *room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.rooms[ws]
}

// PresenceChanged tells those who watch a workspace that a worker's pages have come or gone. It
// does not block.
func (h *Hub) PresenceChanged(
	ws taskrouter.WorkspaceSID, worker taskrouter.WorkerSID, connections int, seen time.Time,
) {
	if r := h.room(ws); r != nil {
		r.notePresence(worker, wire.Presence{Connections: connections, Seen: seen})
	}
}

// write writes the message of a batch. It reports false, and logs why, if that cannot be done.
func (h *Hub) write(
	b *batch, a *ask, c *routing.Catalog, now time.Time,
) (text []byte, ok bool) {
	defer func() {
		if cause := recover(); cause != nil {
			h.log.Error("a batch could not be written", "to", b.to, "cause", fmt.Sprint(cause),
				"stack", string(debug.Stack()))
			text, ok = nil, false
		}
	}()
	return b.message(a, c, now), true
}

// turns is how often in the time of a heartbeat it is looked who needs one.
const turns = 30

// Run sends heartbeats and ends connections whose token has expired, until ctx is done. Then it
// shuts the hub down.
func (h *Hub) Run(ctx context.Context) error {
	ticker := time.NewTicker(h.options.Heartbeat / turns)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			h.turn(h.now())
		case <-ctx.Done():
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), websocket.Farewell)
			defer cancel()
			return h.Shutdown(stop)
		}
	}
}

// all returns the readers of this moment.
func (h *Hub) all() []*reader {
	h.mu.RLock()
	defer h.mu.RUnlock()
	list := make([]*reader, 0, len(h.readers))
	for c := range h.readers {
		list = append(list, c)
	}
	return list
}

// inactive reports whether an account has been suspended or closed.
func (h *Hub) inactive(a taskrouter.AccountSID) bool {
	return h.options.Keys != nil && len(h.options.Keys(string(a))) == 0
}

// turn gives a sign of life to those who have heard nothing for a while, and ends those whose
// time is over.
func (h *Hub) turn(now time.Time) {
	for _, c := range h.all() {
		c.room.mu.Lock()
		switch {
		case c.ended:
		case !c.expires.IsZero() && !now.Before(c.expires):
			h.counts.expired.Add(1)
			c.end(websocket.Expired, "the token has expired; connect again with a new one")
		case h.inactive(c.account):
			c.end(websocket.Expired, "the account is not active")
		case c.out.lost(now, h.options.Heartbeat):
			c.out.cut()
		case !c.busy && now.Sub(c.wrote) >= h.options.Heartbeat:
			c.mail = append(c.mail, c.out.beat(heartbeat(c.ask, c.pos, now)))
			c.due()
		}
		c.room.mu.Unlock()
	}
}

// Shutdown refuses new connections, tells the open ones to come back, and waits until they are
// closed or ctx is done; then it cuts off those that are left. Calling it again is harmless.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	cancel := h.cancel
	h.cancel = func() {}
	h.mu.Unlock()
	cancel()
	for _, c := range h.all() {
		c.room.mu.Lock()
		c.end(websocket.GoingAway, "the server is stopping; connect again in a moment")
		c.room.mu.Unlock()
	}
	done := make(chan struct{})
	go func() {
		h.work.Wait()
		close(done)
	}()
	defer h.stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	h.stop()
	for _, c := range h.all() {
		c.out.cut()
	}
	return ctx.Err()
}

// Stats is what a hub has done and is doing, for metrics. The counts of what happened only rise.
type Stats struct {
	Readers int // open connections
	Rooms   int // workspaces that somebody watches
	Kept    int // bytes of messages that are kept for readers

	Opened    uint64 // streams that began
	Refused   uint64 // requests for one that were refused
	Expired   uint64 // streams that ended with their token
	Slow      uint64 // connections given up because they took nothing for too long
	Lagged    uint64 // times that a reader fell behind its stream and went on from the journal
	Frames    uint64 // messages written
	Snapshots uint64 // pictures sent
}

type counters struct {
	opened, refused, expired, slow, lagged, frames, snapshots atomic.Uint64
}

// Stats returns the counts of now.
func (h *Hub) Stats() Stats {
	c := &h.counts
	s := Stats{
		Kept:      int(h.kept.Load()),
		Opened:    c.opened.Load(),
		Refused:   c.refused.Load(),
		Expired:   c.expired.Load(),
		Slow:      c.slow.Load(),
		Lagged:    c.lagged.Load(),
		Frames:    c.frames.Load(),
		Snapshots: c.snapshots.Load(),
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	s.Readers, s.Rooms = len(h.readers), len(h.rooms)
	return s
}
