package server

import (
	"bufio"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/console"
	"taskrouter/internal/wire"
	"taskrouter/js"
)

// handler serves the public address. It looks at the beginning of a path only: what the rest
// means, and whether it is well formed, is for those to say who serve it.
func (s *Server) handler() http.Handler {
	sdk, agent := js.Handler(), console.Handler()
	return s.watch(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		switch {
		case path == "/v1/wschannels" || strings.HasPrefix(path, "/v1/wschannels/"):
			s.hub.ServeHTTP(w, r)
		case strings.HasPrefix(path, "/v1/"), strings.HasPrefix(path, "/2010-04-01/"):
			s.api.ServeHTTP(w, r)
		case strings.HasPrefix(path, "/js/taskrouter/"):
			sdk.ServeHTTP(w, r)
		case path == "/agent" || strings.HasPrefix(path, "/agent/"):
			agent.ServeHTTP(w, r)
		case path == "/":
			s.front(w, r)
		default:
			refuse(w, taskrouter.NotFound.Errorf("The requested resource %s was not found; "+
				"see / for what is here", path))
		}
	}))
}

// watch stands around all public handlers: it turns requests away while the server stops,
// survives panics, counts, and logs.
func (s *Server) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w}
		defer func() {
			if fault := recover(); fault != nil {
				s.recovered(rec, r, fault)
			}
			took := time.Since(began)
			s.metrics.request(r, rec, took)
			s.logRequest(r, rec, took)
		}()
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if s.stopping.Load() {
			h.Set("Connection", "close")
			refuse(rec, taskrouter.Unavailable.Errorf(
				"The server is stopping; send the request again in a moment"))
			return
		}
		next.ServeHTTP(rec, r)
	})
}

// recovered answers a request whose handler panicked. Handlers that give up a half-written
// answer panic on purpose; that is passed on.
func (s *Server) recovered(rec *recorder, r *http.Request, fault any) {
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	s.log.Error("request handler failed", "method", r.Method, "path", r.URL.Path,
		"fault", fault, "stack", string(debug.Stack()))
	if rec.status == 0 {
		refuse(rec, taskrouter.Internal.Errorf("panic"))
	}
}

// logRequest says at level debug what was asked and answered. Values of parameters are left out:
// they are tokens, attributes and names of people.
func (s *Server) logRequest(r *http.Request, rec *recorder, took time.Duration) {
	ctx := r.Context()
	if !s.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	s.log.LogAttrs(ctx, slog.LevelDebug, "request",
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.String("query", masked(r.URL.RawQuery)),
		slog.Int("status", rec.status),
		slog.Int64("bytes", rec.bytes),
		slog.Duration("took", took),
		slog.String("from", r.RemoteAddr),
		slog.String("request", rec.Header().Get("Twilio-Request-Id")))
}

// masked returns the names of a query's parameters, with a mark in place of each value.
func masked(query string) string {
	if query == "" {
		return ""
	}
	values, _ := url.ParseQuery(query)
	var names []string
	for name := range values {
		names = append(names, name+"=…")
	}
	slices.Sort(names)
	return strings.Join(names, "&")
}

// refuse answers with an error that the server itself found. Spec: rest-api 2
func refuse(w http.ResponseWriter, err error) {
	p := wire.ProblemOf(err)
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Access-Control-Allow-Origin", "*")
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	w.Write(p.Append(nil))
}

// A recorder remembers what a handler answered.
type recorder struct {
	http.ResponseWriter
	status int // 0: nothing yet
	bytes  int64
}

// WriteHeader sends the header.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Hijack hands the connection over, to become a socket.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err == nil && r.status == 0 {
		r.status = http.StatusSwitchingProtocols
	}
	return conn, rw, err
}

// Unwrap lets [http.ResponseController] reach the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
