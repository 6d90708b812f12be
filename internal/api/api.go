package api

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"taskrouter"
	"taskrouter/internal/account"
	"taskrouter/internal/engine"
)

// An Authenticator says whose account a user name and password open, and whether they open
// one at all. User is an account SID or the SID of an API key. Implementations compare secrets
// in constant time and are safe for concurrent use.
type Authenticator func(ctx context.Context, user, password string) (taskrouter.AccountSID, bool)

// Options are the parts that the API works with.
type Options struct {
	Engine   *engine.Engine
	Accounts Authenticator
	// Directory is what the paths of accounts, auth tokens and API keys manage; nil = they are
	// not served.
	Directory *account.Directory
	// History is where the past is read; nil = what shows it is answered with 404.
	History *engine.History
	// Statistics tell what happened; nil = the paths of statistics are not served.
	Statistics Statistics
	// Live serves the paths Snapshot and Feed of workspaces; nil = they are answered with 404.
	Live Live
	// Presence says how many pages a worker has open, and when one last gave a sign of life;
	// nil = nobody knows, and workers are answered without.
	Presence func(taskrouter.WorkspaceSID, taskrouter.WorkerSID) (connections int, seen time.Time)
	// Throughput is how many tasks of a queue are accepted in a second, lately; nil = not known.
	Throughput func(taskrouter.WorkspaceSID, taskrouter.TaskQueueSID) float64
	// PublicURL is how clients reach the server: scheme, host and port, no path. Empty: what
	// the request itself says, its Host and whether it came over TLS.
	PublicURL string
	// RateLimit is how many requests a second each account may make, with as many at once;
	// 0 = as many as the engine can take.
	RateLimit float64
	Logger    *slog.Logger     // nil = slog.Default()
	Now       func() time.Time // nil = time.Now
}

// A server is what all requests share.
type server struct {
	engine     *engine.Engine
	accounts   Authenticator
	directory  *account.Directory
	history    *engine.History
	statistics Statistics
	live       Live
	presence   func(taskrouter.WorkspaceSID, taskrouter.WorkerSID) (int, time.Time)
	rate       func(taskrouter.WorkspaceSID, taskrouter.TaskQueueSID) float64
	origin     string
	limits     *limits
	bulkLimits *limits
	log        *slog.Logger
	now        func() time.Time
	mux        *http.ServeMux
	trials     chan struct{} // of requests that try or check something, see try
	calls      sync.Pool     // of *call
}

// New returns the handler of /v1 and everything below it. Paths it does not know, also those
// outside, are answered with 404 as JSON.
func New(o Options) http.Handler {
	s := &server{
		engine:     o.Engine,
		accounts:   o.Accounts,
		directory:  o.Directory,
		history:    o.History,
		origin:     trimSlash(o.PublicURL),
		log:        o.Logger,
		now:        o.Now,
		mux:        http.NewServeMux(),
		statistics: o.Statistics,
		live:       o.Live,
		presence:   o.Presence,
		rate:       o.Throughput,
		trials:     make(chan struct{}, mostTrials),
	}
	if o.RateLimit > 0 {
		s.limits = newLimits(o.RateLimit)
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.calls.New = func() any { return new(call) }
	s.handle(resources)
	if s.directory != nil {
		s.handle(accountResources)
	}
	if s.statistics != nil {
		s.bulkLimits = newLimits(bulkPerSecond)
		s.handle(statisticsResources)
		s.mux.Handle(bulkStatistics,
			s.serveBody(resource{post: readQueueStatistics}, (*call).readJSON))
	}
	if s.live != nil {
		s.handle(liveResources)
	}
	s.mux.Handle("/", s.serve(resource{}))
	return s
}

// handle has the mux serve resources at their paths.
func (s *server) handle(resources map[string]resource) {
	for pattern, r := range resources {
		h := s.serve(r)
		s.mux.Handle(pattern, h)
		// The browser client asks for its workspace with a slash at the end.
		s.mux.Handle(pattern+"/{$}", h)
	}
}

// ServeHTTP hands the request to its resource. A path that is not in its simplest form has no
// resource: redirecting, as the mux would, turns a POST into something its client never sent.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !plainPath(r.URL.Path) {
		s.serve(resource{}).ServeHTTP(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// plainPath reports whether no segment of the path but the last is empty, and none is . or ...
func plainPath(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for rest := path[1:]; rest != ""; {
		end := 0
		for end < len(rest) && rest[end] != '/' {
			end++
		}
		if segment := rest[:end]; segment == "" || segment == "." || segment == ".." {
			return false
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return true
}

func trimSlash(s string) string {
	for len(s) > 0 && s[len(s)-1] == '/' {
		s = s[:len(s)-1]
	}
	return s
}

// A handler carries one request out and writes its answer, or returns the error that answers.
type handler func(*call) error

// A resource is what a path stands for: a handler for each verb that it takes.
type resource struct{ get, post, delete handler }

// none reports whether there is nothing at the path.
func (r resource) none() bool { return r.get == nil && r.post == nil && r.delete == nil }

// allowed lists the verbs of the resource, as the header Allow does.
func (r resource) allowed() string {
	list := "OPTIONS"
	if r.delete != nil {
		list = "DELETE, " + list
	}
	if r.post != nil {
		list = "POST, " + list
	}
	if r.get != nil {
		list = "GET, HEAD, " + list
	}
	return list
}

// handler returns what answers the verb, or nil.
func (r resource) handler(verb string) handler {
	switch verb {
	case http.MethodGet, http.MethodHead:
		return r.get
	case http.MethodPost:
		return r.post
	case http.MethodDelete:
		return r.delete
	}
	return nil
}
