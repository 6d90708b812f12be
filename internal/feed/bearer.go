package feed

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/websocket"
	"taskrouter/token"
)

// Bearer returns on whose behalf a request with a capability token asks, and when that right
// ends; given is false if it carries none. A token may be offered as a subprotocol, stand in
// the header Authorization or, for programs that can set neither, in the query. Its policies
// must allow GET of the very path.
//
// Spec: feed 6, capability-tokens 2
func (h *Hub) Bearer(
	r *http.Request,
) (from engine.Principal, until time.Time, given bool, err error) {
	raw := bearerOf(r)
	if raw == "" || h.options.Keys == nil {
		return from, until, false, nil
	}
	c, err := token.Read(raw, h.options.Keys, h.now())
	if err == nil {
		err = c.Allows(token.Request{Method: http.MethodGet, URL: withoutToken(r.URL)},
			token.Options{Lenient: !h.options.Strict})
	}
	if err != nil {
		return from, until, true, refusal(err)
	}
	from = engine.Principal{
		Account: taskrouter.AccountSID(c.Account),
		Actor:   taskrouter.Actor{Type: "account", SID: c.Account, IP: addressOf(r)},
		Channel: c.Channel,
	}
	if strings.HasPrefix(c.Channel, taskrouter.PrefixWorker) {
		from.Actor.Type, from.Actor.SID = "worker", c.Channel
	}
	return from, c.Expires, true, nil
}

// bearerOf returns the token of a request, empty if it has none.
func bearerOf(r *http.Request) string {
	if t := websocket.Token(r); t != "" {
		return t
	}
	scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "bearer") {
		return strings.TrimSpace(value)
	}
	return r.URL.Query().Get("token")
}

// withoutToken is the URL that a token's policies are asked about.
func withoutToken(u *url.URL) string {
	q := u.Query()
	q.Del("token")
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).String()
}

// refusal makes an error that clients see of a token's.
func refusal(err error) error {
	var t *token.Error
	if !errors.As(err, &t) {
		return err
	}
	kind := taskrouter.Invalid
	switch t.Status {
	case http.StatusUnauthorized:
		kind = taskrouter.Unauthorized
	case http.StatusForbidden:
		kind = taskrouter.Forbidden
	}
	return kind.Errorf("%s", t.Reason)
}

// addressOf is the address that a request comes from, without its port.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
