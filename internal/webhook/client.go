package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"taskrouter/token"
)

// Limits of a request. Spec: callbacks 5
const (
	maxAnswer       = 64 << 10 // bytes that are read of an answer
	maxAnswerHeader = 32 << 10
	dialPatience    = 5 * time.Second
)

// A target is a callback URL, taken apart.
type target struct {
	address     string        // that is requested and signed: without credentials and fragment
	host        string        // with its port
	credentials *url.Userinfo // nil if there are none
	shown       string        // for people: without query as well
}

// newTarget takes a URL apart. An error does not repeat the URL, which may hold secrets.
func newTarget(raw string) (target, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return target{shown: "?"}, errors.New("the URL cannot be read")
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return target{shown: "?"}, errors.New("the URL is not an absolute one with http or https")
	}
	t := target{credentials: u.User, host: strings.ToLower(u.Host)}
	// Text is cut rather than written anew: the signature is of the URL as it was configured. Only
	// an empty path becomes the one that is requested then, which is all that a receiver sees.
	text, _, _ := strings.Cut(raw, "#")
	scheme, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	t.address = scheme + "://" + host[strings.LastIndexByte(host, '@')+1:] + path
	if u.Port() == "" {
		t.host += ":" + u.Scheme
	}
	t.shown = u.Scheme + "://" + u.Host + cmp.Or(u.EscapedPath(), "/")
	return t, nil
}

// An answer is what a receiver said.
type answer struct {
	status int // 0: nothing
	kind   string
	body   []byte
}

// A client makes signed requests to addresses that the guard allows.
type client struct{ http *http.Client }

func newClient(g guard) *client {
	dialer := &net.Dialer{Timeout: dialPatience, Control: g.control}
	return &client{&http.Client{
		Transport: &http.Transport{
			// No proxy of the environment: it would be asked instead of the guard.
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    dialPatience,
			MaxIdleConns:           512,
			MaxIdleConnsPerHost:    64,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: maxAnswerHeader,
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
}

// post posts a form and reads the answer, all within patience. If the answer began but could not
// be read to its end, its status is returned beside the error. Errors hold no part of the URL.
func (c *client) post(
	ctx context.Context, t target, secret string, form url.Values, patience time.Duration,
) (answer, error) {
	if secret == "" {
		return answer{}, errors.New("the account is not active")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, t.address,
		strings.NewReader(form.Encode()))
	if err != nil {
		return answer{}, errors.New("the URL cannot be requested")
	}
	q.Header = http.Header{
		"Content-Type":        {"application/x-www-form-urlencoded"},
		"Accept":              {"*/*"},
		"User-Agent":          {"taskrouter"},
		token.SignatureHeader: {token.SignForm(secret, t.address, form)},
		// Empty, so not sent: the transport may repeat the request if a connection that has
		// been idle turns out to be closed.
		"Idempotency-Key": {},
	}
	if t.credentials != nil {
		password, _ := t.credentials.Password()
		q.SetBasicAuth(t.credentials.Username(), password)
	}
	r, err := c.http.Do(q)
	if err != nil {
		return answer{}, plain(err, patience)
	}
	defer r.Body.Close()
	a := answer{status: r.StatusCode, kind: r.Header.Get("Content-Type")}
	a.body, err = io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	switch {
	case err != nil:
		return a, plain(err, patience)
	case len(a.body) > maxAnswer:
		return a, fmt.Errorf("the answer is longer than %d bytes", maxAnswer)
	}
	return a, nil
}

// plain is what went wrong with a request, without the URL that the library puts before it.
func plain(err error, patience time.Duration) error {
	if refused, ok := errors.AsType[*refusedError](err); ok {
		return refused
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no complete answer within %v", patience)
	}
	return err
}

// close gives idle connections up.
func (c *client) close() { c.http.CloseIdleConnections() }
