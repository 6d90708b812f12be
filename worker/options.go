package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"taskrouter"
)

// What stands for an empty field of [Options].
const (
	DefaultBuffer  = 256
	DefaultTimeout = 10 * time.Second
	DefaultRetries = 2
	DefaultSilence = time.Minute
)

// Options say where a client connects and how it behaves. Only URL is required.
type Options struct {
	// URL is where the server is: https://router.example.com, possibly with a path that a proxy
	// puts before the server's own. The schemes wss and ws mean https and http. For the hosted
	// service it is https://event-bridge.twilio.com.
	URL string
	// APIURL is how the server calls its REST API, version included. A server of this project
	// needs none: it is URL with /v1 after it. For the hosted service it is
	// https://taskrouter.twilio.com/v1.
	APIURL string

	// RenewToken, if not nil, is asked for another token of the same worker: some time before the
	// current one ends (a tenth of its life, a minute at most), when the server refuses it, and
	// at first if [Connect] is given none. It has half a minute, and is asked again, with growing
	// waits, when it fails.
	RenewToken func(ctx context.Context) (string, error)

	// ConnectActivity is the activity to take after each connect when no offer is pending.
	ConnectActivity taskrouter.ActivitySID
	// DisconnectActivity is the activity that the server gives the worker once it has been
	// without a connection for some seconds, however it came to that.
	DisconnectActivity taskrouter.ActivitySID
	// CloseExistingSessions ends the worker's other connections; their clients end with
	// [ErrDisplaced].
	CloseExistingSessions bool
	// TokenInProtocol keeps the token out of the socket's URL, where proxies may log it. Only
	// servers of this project understand it.
	TokenInProtocol bool

	// Buffer is how many events wait for a program that does not take them, before further ones
	// are put aside; [DefaultBuffer] if zero.
	Buffer int
	// Timeout is how long one request may take; [DefaultTimeout] if zero. The context of a call
	// may make it shorter.
	Timeout time.Duration
	// Retries is how often a read is tried again that failed for a reason that may pass;
	// [DefaultRetries] if zero, none if negative. What changes something is never repeated.
	Retries int
	// Silence is how long the server may say nothing before the connection counts as lost;
	// [DefaultSilence] if zero. Servers give a sign of life every 15 seconds.
	Silence time.Duration
	// Backoff, if not nil, says how long to wait before reconnecting for the nth time in a row,
	// counted from 1. Otherwise it is 1, 3, 7, 15, 30, 30 … seconds, each half as long again or
	// half as short.
	Backoff func(attempt int) time.Duration

	// HTTPClient carries requests and opens the socket: proxies, certificates and the like are
	// set there. If nil, the client has one of its own. Redirects are not followed, for they
	// would carry the token elsewhere; a Timeout bounds requests, not the socket.
	HTTPClient *http.Client
	// Logger, if not nil, is told of connects, losses and what failed in the background, without
	// tokens and attributes.
	Logger *slog.Logger
}

// complete puts defaults into empty fields.
func (o Options) complete() Options {
	o.Buffer = max(1, cmp.Or(o.Buffer, DefaultBuffer))
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.Retries = max(0, cmp.Or(o.Retries, DefaultRetries))
	o.Silence = cmp.Or(o.Silence, DefaultSilence)
	if o.Backoff == nil {
		o.Backoff = backoff
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// waits are how long it takes before the first, second, … attempt to reconnect; the last one
// repeats. Spec: sdk-v1-api 8
var waits = [...]time.Duration{
	time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second, 30 * time.Second,
}

func backoff(attempt int) time.Duration {
	return jittered(waits[min(max(attempt, 1), len(waits))-1])
}

// jittered is d, give or take half of it, so that many clients do not come back at one moment.
func jittered(d time.Duration) time.Duration {
	return d/2 + rand.N(d+1)
}

// hosts are where a client talks to, without slashes at their ends.
type hosts struct {
	bridge string // of the event bridge
	api    string // as resources are called, with the version
}

// hosts checks the addresses in the options.
func (o *Options) hosts() (hosts, error) {
	if o.URL == "" {
		return hosts{}, errors.New("Options.URL is empty; it says where the server is: " +
			"https://router.example.com")
	}
	bridge, err := address("URL", o.URL)
	if err != nil {
		return hosts{}, err
	}
	if o.APIURL == "" {
		return hosts{bridge, bridge + "/v1"}, nil
	}
	api, err := address("APIURL", o.APIURL)
	return hosts{bridge, api}, err
}

// address returns a base address in the form that requests are made of.
func address(field, raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("Options.%s cannot be read as a URL", field)
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("Options.%s is not an address like https://router.example.com, "+
			"without user and query", field)
	}
	return strings.TrimRight(u.String(), "/"), nil
}
