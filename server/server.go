package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"taskrouter"
	"taskrouter/internal/account"
	"taskrouter/internal/api"
	"taskrouter/internal/bridge"
	"taskrouter/internal/engine"
	"taskrouter/internal/feed"
	"taskrouter/internal/stats"
	"taskrouter/internal/store"
	"taskrouter/internal/webhook"
)

// A Server is one running task router. Make it with [New]; its methods may be called from many
// goroutines at once.
type Server struct {
	config  Config
	log     *slog.Logger
	account Account

	store      store.Store
	engine     *engine.Engine
	projector  *engine.Projector
	alerts     *engine.AlertLog
	api        http.Handler
	hub        *bridge.Hub
	metrics    *metrics
	statistics *stats.Reader
	feed       *feed.Hub
	messenger  *webhook.Messenger

	public, internal         net.Listener // internal is nil if it is off
	publicHTTP, internalHTTP *http.Server

	mu       sync.Mutex         // nothing begins once stopping is set
	stopping atomic.Bool        // set with mu held
	stop     chan struct{}      // closed when stopping begins
	endWork  context.CancelFunc // ends work; nil before Run
	work     sync.WaitGroup     // what runs beside the requests and uses the store

	closing  sync.Once
	closeErr error
}

// New opens the data directory and takes the addresses. A directory that another process works
// in, or an address that is taken (an [AddressError]), is an error. Whoever does not call
// [Server.Run] calls [Server.Close].
func New(c Config) (_ *Server, err error) {
	c, err = c.complete()
	if err != nil {
		return nil, err
	}
	s := &Server{
		config:  c,
		log:     c.Logger,
		metrics: newMetrics(c.Version),
		stop:    make(chan struct{}),
	}
	defer func() {
		if err != nil {
			s.release(context.Background())
		}
	}()
	if err := s.listen(); err != nil {
		return nil, err
	}
	if err := s.open(context.Background()); err != nil {
		return nil, err
	}
	s.publicHTTP = httpServer(s.handler(), s.log)
	s.internalHTTP = httpServer(s.internalHandler(), s.log)
	return s, nil
}

// listen takes the addresses.
func (s *Server) listen() (err error) {
	var secure *tls.Config
	if s.config.TLSCert != "" {
		if secure, err = newTLS(s.config.TLSCert, s.config.TLSKey, s.log); err != nil {
			return err
		}
	}
	if s.public, err = listen(s.config.Listen); err != nil {
		return err
	}
	if secure != nil {
		s.public = tls.NewListener(s.public, secure)
	}
	if s.config.InternalListen != Off {
		s.internal, err = listen(s.config.InternalListen)
	}
	return err
}

// open opens the data directory and what works in it.
func (s *Server) open(ctx context.Context) (err error) {
	if s.store, err = openStore(ctx, s.config.DataDir); err != nil {
		return err
	}
	accounts, err := account.Open(ctx, s.store, nil)
	if err != nil {
		return err
	}
	s.account, err = ensureAccount(ctx, accounts, s.config.AccountSID, s.config.AuthToken)
	if err != nil {
		return err
	}
	s.engine, err = engine.Open(ctx, s.store, engine.Options{
		Logger:               s.log,
		RoutingTargetTimeout: s.config.RoutingTargetTimeout,
	})
	if err != nil {
		return fmt.Errorf("load workspaces: %w", err)
	}
	s.projector = engine.NewProjector(s.engine)
	s.alerts = engine.NewAlertLog(s.engine)
	s.statistics = stats.New(s.engine, s.store, stats.Options{Logger: s.log})
	s.feed = feed.New(feed.Options{
		Engine:     s.engine,
		Keys:       accounts.Secrets,
		Strict:     s.config.StrictPolicies,
		PublicURL:  s.config.PublicURL,
		Version:    s.config.Version,
		Throughput: s.statistics.Throughput,
		// The bridge is made last, and nobody asks before.
		Present: func(ws taskrouter.WorkspaceSID, tell feed.Tell) {
			s.hub.EachPresence(ws, bridge.Watcher(tell))
		},
		Logger: s.log,
	})
	s.api = api.New(api.Options{
		Engine:     s.engine,
		Accounts:   accounts.Authenticate,
		Directory:  accounts,
		History:    engine.NewHistory(s.engine, s.projector),
		Statistics: s.statistics,
		Live:       s.feed,
		Presence: func(ws taskrouter.WorkspaceSID, w taskrouter.WorkerSID) (int, time.Time) {
			return s.hub.Presence(ws, w)
		},
		Throughput: s.statistics.Throughput,
		PublicURL:  s.config.PublicURL,
		RateLimit:  s.config.RateLimit,
		Logger:     s.log,
	})
	s.hub = bridge.New(bridge.Options{
		Engine:    s.engine,
		Inner:     s.api,
		Keys:      accounts.Secrets,
		Strict:    s.config.StrictPolicies,
		PublicURL: s.config.PublicURL,
		Logger:    s.log,
	})
	s.hub.WatchPresence(s.feed.PresenceChanged)
	s.messenger, err = newMessenger(s, accounts)
	if err != nil {
		return err
	}
	s.metrics.engine(s.engine)
	s.metrics.callbacks(s.messenger)
	s.metrics.bridge(s.hub)
	s.metrics.statistics(s.statistics)
	s.metrics.feed(s.feed)
	return nil
}

// openStore opens the store in a data directory, which is made if it does not exist.
func openStore(ctx context.Context, dir string) (store.Store, error) {
	st, err := store.OpenSQLite(ctx, dir, store.Options{})
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, fmt.Errorf("data directory %s cannot be used: %w; choose another", dir, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	return st, nil
}

// URL is the origin that clients reach the server by.
func (s *Server) URL() string {
	if s.config.PublicURL != "" {
		return s.config.PublicURL
	}
	scheme := "http://"
	if s.config.TLSCert != "" {
		scheme = "https://"
	}
	return scheme + reachable(s.public.Addr())
}

// InternalURL is where health and metrics are, or "" if they are off.
func (s *Server) InternalURL() string {
	if s.internal == nil {
		return ""
	}
	return "http://" + reachable(s.internal.Addr())
}

// reachable is an address that a program on this machine can connect to: all interfaces become
// the loopback one.
func reachable(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
}

// Account is the account that the server was started for.
func (s *Server) Account() Account { return s.account }

// Run serves until ctx is done or [Server.Close] is called, then stops as [Server.Close] does.
// It returns nil after a stop that was asked for and went well. It is called once.
func (s *Server) Run(ctx context.Context) error {
	s.mu.Lock()
	if s.endWork != nil || s.stopping.Load() {
		s.mu.Unlock()
		return errors.New("the server runs already or has been closed; make another one")
	}
	working, endWork := context.WithCancel(context.WithoutCancel(ctx))
	s.endWork = endWork
	failed := make(chan error, 8)
	fatal := func(err error) {
		if err != nil {
			failed <- err
		}
	}
	s.work.Go(func() { fatal(s.projector.Run(working)) })
	s.work.Go(func() { fatal(s.alerts.Run(working)) })
	s.work.Go(func() { fatal(s.statistics.Run(working)) })
	s.work.Go(func() { fatal(s.hub.Run(working)) })
	s.work.Go(func() { fatal(s.feed.Run(working)) })
	s.work.Go(func() { fatal(s.messenger.Run(working)) })
	s.work.Go(func() { s.trim(working) })
	s.mu.Unlock()

	go func() { fatal(serve(s.publicHTTP, s.public)) }()
	if s.internal != nil {
		go func() { fatal(serve(s.internalHTTP, s.internal)) }()
	}
	var err error
	select {
	case <-ctx.Done():
	case <-s.stop:
	case err = <-failed:
	}
	return errors.Join(err, s.Close())
}

// serve serves until the server is shut down.
func serve(h *http.Server, l net.Listener) error {
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close stops the server: it refuses new work, tells sockets to come back later, finishes what
// is under way and closes the data directory. What is not finished within the config's
// ShutdownTimeout is cut off and reported. Closing again, or before [Server.Run], is harmless;
// it returns what the first call returned.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.mu.Lock()
		s.stopping.Store(true)
		s.mu.Unlock()
		close(s.stop)
		ctx, cancel := context.WithTimeout(context.Background(), s.config.ShutdownTimeout)
		defer cancel()
		s.closeErr = s.release(ctx)
		if errors.Is(s.closeErr, context.DeadlineExceeded) {
			s.log.Warn("stopping was cut short", "err", s.closeErr)
			s.closeErr = &cutOffError{s.config.ShutdownTimeout, s.closeErr}
		}
	})
	return s.closeErr
}

// A cutOffError is a stop that took too long.
type cutOffError struct {
	after time.Duration
	err   error
}

// Error says what happened to whatever was under way.
func (e *cutOffError) Error() string {
	return fmt.Sprintf("what was still under way %v after the stop began was cut off; nothing "+
		"that was acknowledged is lost", e.after)
}

// Unwrap returns what was not finished; [context.DeadlineExceeded] is among it.
func (e *cutOffError) Unwrap() error { return e.err }

// release gives back all that New has taken so far, last things first.
func (s *Server) release(ctx context.Context) error {
	var errs []error
	try := func(what string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", what, err))
		}
	}
	if s.hub != nil {
		try("close sockets", s.hub.Shutdown(ctx))
	}
	if s.feed != nil {
		try("close feeds", s.feed.Shutdown(ctx))
	}
	if s.publicHTTP != nil {
		if err := s.publicHTTP.Shutdown(ctx); err != nil {
			s.publicHTTP.Close()
			try("finish requests", err)
		}
	}
	if s.public != nil {
		s.public.Close()
	}
	if s.messenger != nil {
		try("finish callbacks", s.messenger.Shutdown(ctx))
	}
	if s.engine != nil {
		try("finish commands", s.engine.Shutdown(ctx))
	}
	if s.endWork != nil {
		s.endWork()
		s.work.Wait()
	}
	if s.store != nil {
		try("close data directory", s.store.Close())
	}
	if s.internalHTTP != nil {
		s.internalHTTP.Close()
	}
	if s.internal != nil {
		s.internal.Close()
	}
	return errors.Join(errs...)
}

// internalHandler serves the internal address.
func (s *Server) internalHandler() http.Handler {
	say := func(w http.ResponseWriter, status int, text string) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		fmt.Fprintln(w, text)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if s.stopping.Load() {
			say(w, http.StatusServiceUnavailable, "stopping")
			return
		}
		say(w, http.StatusOK, "ready")
	})
	mux.Handle("GET /metrics", s.metrics.handler())
	return mux
}
