package bridge

import (
	"log/slog"
	"net/http"
	"time"

	"taskrouter/internal/engine"
	"taskrouter/token"
)

// Options says what a [Hub] works with. Engine, Inner and Keys are required; the zero value of
// every other field is a useful one.
type Options struct {
	// Engine owns the workspaces that the bridge tells of.
	Engine *engine.Engine
	// Inner serves the requests inside POSTs. It finds out from the context's
	// [engine.Principal] that who asks has been checked.
	Inner http.Handler
	// Keys finds the secrets that may have signed a token.
	Keys token.Keys
	// Strict reads the policies of tokens to the letter, see [token.Options].
	Strict bool
	// PublicURL stands before the paths of resources in events, such as
	// "https://router.example.com". If empty, each socket sees the host it connected to.
	PublicURL string
	// Logger takes what an operator wants to know; nil means [slog.Default].
	Logger *slog.Logger

	// Heartbeat is the time between two signs of life on a socket: 15 seconds.
	Heartbeat time.Duration
	// AnswerDelay is how long frames that a POST caused wait after its answer has been written:
	// 20 milliseconds, which a browser under load needs now and then; it has the answer in hand,
	// so nobody waits for them. Negative means not at all.
	AnswerDelay time.Duration
	// AnswerLimit is how long they wait at most if no answer is written: 250 milliseconds.
	AnswerLimit time.Duration
	// DisconnectGrace is how long a worker may be without a socket before the activity that its
	// page named is set: 8 seconds.
	DisconnectGrace time.Duration
	// WriteTimeout is how long the network may take a single frame: 10 seconds.
	WriteTimeout time.Duration
	// PostTimeout is how long a request inside a POST may take: 4 seconds, because pages
	// give up after 5.
	PostTimeout time.Duration

	// Sockets is how many may be open at once: 100,000.
	Sockets int
	// SocketsPerChannel is how many of them may listen to one channel: 50.
	SocketsPerChannel int
	// QueuedFrames is how many frames may wait for a socket before it counts as too slow: 256.
	QueuedFrames int
	// BodySize is how long the body of a POST may be, in bytes: 2 MiB, so that a workflow's
	// configuration fits.
	BodySize int64
}

const (
	// quarantine is how long a displaced token may not displace others.
	// Spec: event-bridge 12
	quarantine = 60 * time.Second
	// inboundSize is the longest message that a page may send, in bytes. One of more than
	// unreadableSize is not even read to its end, so the code of the close may not arrive.
	inboundSize    = 4 << 10
	unreadableSize = 64 << 10
	// inboundFrames is how many frames of any kind a page may send in inboundWindow. Pages
	// have nothing to say, but browsers answer a ping with each heartbeat.
	inboundFrames = 20
	inboundWindow = 10 * time.Second
	// silence is how many heartbeats a page that used to answer pings may leave unanswered.
	silence = 3
)

func (o *Options) setDefaults() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	durations := []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.Heartbeat, 15 * time.Second},
		{&o.AnswerDelay, 20 * time.Millisecond},
		{&o.AnswerLimit, 250 * time.Millisecond},
		{&o.DisconnectGrace, 8 * time.Second},
		{&o.WriteTimeout, 10 * time.Second},
		{&o.PostTimeout, 4 * time.Second},
	}
	for _, d := range durations {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.Sockets == 0 {
		o.Sockets = 100_000
	}
	if o.SocketsPerChannel == 0 {
		o.SocketsPerChannel = 50
	}
	if o.QueuedFrames == 0 {
		o.QueuedFrames = 256
	}
	if o.BodySize == 0 {
		o.BodySize = 2 << 20
	}
}
