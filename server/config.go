package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/webhook"
)

// Addresses and times that stand for an empty field of a [Config].
const (
	DefaultListen          = "127.0.0.1:8080"
	DefaultInternalListen  = "127.0.0.1:8081"
	DefaultShutdownTimeout = 20 * time.Second
	DefaultRetention       = 30 * 24 * time.Hour
	DefaultCallbackGiveUp  = webhook.DefaultGiveUp
	// DefaultRoutingTargetTimeout is that of routing itself.
	DefaultRoutingTargetTimeout = taskrouter.RoutingTargetPatience
)

// minRetention leaves clients the time to read what has just happened.
const minRetention = time.Hour

// Off as an address means not to listen.
const Off = "off"

// Config says how a [Server] runs. Every field but DataDir may be left out.
type Config struct {
	// DataDir holds everything that is kept. It is made if it does not exist, readable by its
	// owner alone: it contains the accounts' secrets. One process works in it at a time.
	DataDir string
	// Listen is the public address, host:port; port 0 takes a free one.
	Listen string
	// InternalListen is the address of health and metrics, or [Off].
	InternalListen string
	// PublicURL is the origin that clients reach the server by, when it is not the one that
	// their requests name: behind a proxy that ends TLS, say. No path.
	PublicURL string
	// TLSCert and TLSKey name PEM files; with them the public address speaks HTTPS. They are
	// read again when they change, so a renewed certificate needs no restart.
	TLSCert, TLSKey string

	// AccountSID and AuthToken are the account to have. What is left out is taken from the data
	// directory, or made at random if that is empty. A token other than the stored one
	// replaces it.
	AccountSID taskrouter.AccountSID
	AuthToken  string

	// StrictPolicies reads the policies of browsers' tokens to the letter.
	StrictPolicies bool
	// RateLimit is how many REST requests per second an account may make; 0 means no limit.
	RateLimit float64
	// RoutingTargetTimeout is how long a task for one worker, whose capacity counts, may wait for
	// its first offer before it is canceled.
	RoutingTargetTimeout time.Duration
	// ShutdownTimeout is how long stopping may take.
	ShutdownTimeout time.Duration
	// Retention is how long events, and what has ended, are kept.
	Retention time.Duration

	// CallbackAllow are networks that callbacks may reach besides public addresses, such as
	// "127.0.0.0/8,10.1.0.0/16", with commas between them.
	CallbackAllow string
	// CallbackGiveUp is how long it is tried to tell an event to its callback URL.
	CallbackGiveUp time.Duration

	// Version is what the front page and the metrics call this build.
	Version string
	// Logger gets the few lines a server has to say; nil discards them. At level debug it gets
	// one for each request, without the values of parameters.
	Logger *slog.Logger
}

// complete returns the config with defaults in place of empty fields, or the first field that
// makes no sense.
func (c Config) complete() (Config, error) {
	c.Listen = cmp.Or(c.Listen, DefaultListen)
	c.InternalListen = cmp.Or(c.InternalListen, DefaultInternalListen)
	c.ShutdownTimeout = cmp.Or(c.ShutdownTimeout, DefaultShutdownTimeout)
	c.Retention = cmp.Or(c.Retention, DefaultRetention)
	c.CallbackGiveUp = cmp.Or(c.CallbackGiveUp, DefaultCallbackGiveUp)
	c.RoutingTargetTimeout = cmp.Or(c.RoutingTargetTimeout, DefaultRoutingTargetTimeout)
	c.Version = cmp.Or(c.Version, "devel")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.DataDir == "" {
		return c, errors.New("no data directory is given")
	}
	if c.AccountSID != "" && !taskrouter.ValidSID(taskrouter.PrefixAccount, string(c.AccountSID)) {
		return c, fmt.Errorf("account SID %q is not AC and 32 hexadecimal digits", c.AccountSID)
	}
	if strings.ContainsFunc(c.AuthToken, unprintable) {
		return c, errors.New("the auth token contains blanks or characters outside ASCII")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return c, errors.New("TLS needs both a certificate and a key; only one of them is given")
	}
	if c.ShutdownTimeout < 0 || c.Retention < minRetention {
		return c, fmt.Errorf("a shutdown timeout of %v or a retention of %v makes no sense; "+
			"ended tasks stay for some minutes, so the shortest retention is %v",
			c.ShutdownTimeout, c.Retention, minRetention)
	}
	if _, err := webhook.ParseNetworks(c.CallbackAllow); err != nil {
		return c, fmt.Errorf("networks that callbacks may reach: %w", err)
	}
	if c.CallbackGiveUp < 0 {
		return c, fmt.Errorf("giving events up after %v makes no sense", c.CallbackGiveUp)
	}
	if c.RoutingTargetTimeout < time.Second {
		return c, fmt.Errorf("routing target timeout %v makes no sense; it must be at least a second",
			c.RoutingTargetTimeout)
	}
	if c.RateLimit < 0 {
		return c, fmt.Errorf("rate limit %v is negative; 0 means no limit", c.RateLimit)
	}
	var err error
	c.PublicURL, err = origin(c.PublicURL)
	return c, err
}

// unprintable reports whether r cannot stand in a token that people copy and headers carry.
func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// origin checks a public URL and returns it without the slash at its end.
func origin(raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("public URL %q cannot be read: %w", raw, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf(
			"public URL %q is not an origin like https://router.example.com", raw)
	}
	return u.Scheme + "://" + u.Host, nil
}
