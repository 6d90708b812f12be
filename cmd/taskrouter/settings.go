package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"taskrouter"
	"taskrouter/server"
)

// settings are what flags and variables can say.
type settings struct {
	listen          string
	internalListen  string
	dataDir         string
	publicURL       string
	accountSID      string
	authToken       string
	tlsCert         string
	tlsKey          string
	strictPolicies  bool
	rateLimit       float64
	routingTarget   time.Duration
	shutdownTimeout time.Duration
	retention       time.Duration
	callbackAllow   string
	callbackGiveUp  time.Duration
	logLevel        string
	logFormat       string
}

// A setting is one row of the table that flags, variables and the reference page are made from.
type setting struct {
	name   string
	target any // *string, *bool, *float64 or *time.Duration; holds the default
	usage  string
	// detail is what the reference page says beyond usage.
	detail string
	// choices are the words that are allowed; nil: any.
	choices []string
}

// variable is the name of the environment variable that stands for the setting.
func (s setting) variable() string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

const variablePrefix = "TASKROUTER_"

// newSettings returns settings with their defaults and the table that describes them.
func newSettings() (*settings, []setting) {
	s := &settings{
		listen:          server.DefaultListen,
		internalListen:  server.DefaultInternalListen,
		dataDir:         "data",
		routingTarget:   server.DefaultRoutingTargetTimeout,
		shutdownTimeout: server.DefaultShutdownTimeout,
		retention:       server.DefaultRetention,
		callbackGiveUp:  server.DefaultCallbackGiveUp,
		logLevel:        "info",
		logFormat:       "text",
	}
	return s, []setting{{
		name: "listen", target: &s.listen,
		usage: "address of REST, event bridge, SDK and agent page",
		detail: "Port 0 takes a free one. Beyond the loopback interface use TLS, here or in a " +
			"proxy before it: tokens and credentials travel on this address.",
	}, {
		name: "internal-listen", target: &s.internalListen,
		usage:  "address of /healthz, /readyz and /metrics, or off",
		detail: "It asks for no credentials: keep it where only your own tools reach it.",
	}, {
		name: "data-dir", target: &s.dataDir,
		usage: "directory that everything is kept in",
		detail: "Made if it does not exist, for its owner's eyes only: it contains the secrets " +
			"of accounts. One process works in it at a time. The default is below the working " +
			"directory; with `dev` it is a temporary directory that is removed at the end.",
	}, {
		name: "public-url", target: &s.publicURL,
		usage: "origin that clients reach the server by, such as https://router.example.com",
		detail: "Written into the links of answers and events. Without it they repeat the host " +
			"that the request names; set it behind a proxy that ends TLS.",
	}, {
		name: "account-sid", target: &s.accountSID,
		usage: "SID of the account, AC and 32 hexadecimal digits",
		detail: "The account is made if it does not exist. Without it, the first account of " +
			"the data directory; if there is none yet, one is made and its SID printed, once.",
	}, {
		name: "auth-token", target: &s.authToken,
		usage: "secret of the account; better given as variable, flags are seen by others",
		detail: "Password of REST requests and key of browsers' tokens. A value other than the " +
			"stored one replaces it; browsers' tokens signed with the old one are worth nothing " +
			"then. Without it, the stored one; for a new account one is made and printed, once.",
	}, {
		name: "tls-cert", target: &s.tlsCert,
		usage: "file with the certificate chain (PEM); turns HTTPS on",
		detail: "Read again when it changes, so that a renewed certificate needs no restart. " +
			"Needs the key as well.",
	}, {
		name: "tls-key", target: &s.tlsKey,
		usage:  "file with the certificate's private key (PEM)",
		detail: "Needs the certificate as well.",
	}, {
		name: "strict-policies", target: &s.strictPolicies,
		usage: "read the policies of browsers' tokens to the letter",
		detail: "Otherwise two rules that some helper libraries write for other addresses than " +
			"the browser client uses are read as they are meant.",
	}, {
		name: "rate-limit", target: &s.rateLimit,
		usage: "REST requests per second that an account may make; 0 means no limit",
		detail: "Requests beyond it are answered with 429 and `Retry-After`. Overload is met by " +
			"bounded queues and 503 in any case.",
	}, {
		name: "routing-target-timeout", target: &s.routingTarget,
		usage: "how long a task for one worker may wait for its first offer",
		detail: "Counts for tasks with a worker as `RoutingTarget` and `IgnoreCapacity=false`. One " +
			"that was not offered to its worker in time is canceled. At least a second.",
	}, {
		name: "shutdown-timeout", target: &s.shutdownTimeout,
		usage:  "how long stopping may take",
		detail: "What is not finished by then is cut off. Nothing that was acknowledged is lost.",
	}, {
		name: "retention", target: &s.retention,
		usage: "how long events, and what has ended, are kept",
		detail: "Older ones are removed from the data directory once an hour. What still goes on " +
			"is not touched.",
	}, {
		name: "callback-allow", target: &s.callbackAllow,
		usage: "networks that callbacks may reach besides public addresses, such as 10.0.0.0/8",
		detail: "Several have commas between them. Whoever may set a callback URL could otherwise " +
			"have the server call what only the server reaches; so addresses that are private, " +
			"of this machine or of its link are refused unless they are named here. With `dev` " +
			"the default is this machine. See [callbacks](callbacks.md).",
	}, {
		name: "callback-give-up", target: &s.callbackGiveUp,
		usage: "how long it is tried to tell an event to its callback URL",
		detail: "While the receiver does not answer, events wait and are tried again. Those that " +
			"waited for longer are dropped, with an alert.",
	}, {
		name: "log-level", target: &s.logLevel, choices: []string{"debug", "info", "warn", "error"},
		usage:  "least important lines to log: debug, info, warn or error",
		detail: "At `debug` there is a line for each request, without the values of parameters.",
	}, {
		name: "log-format", target: &s.logFormat, choices: []string{"text", "json"},
		usage:  "form of log lines: text or json",
		detail: "They go to standard error.",
	}}
}

// absent are variables of features that this build does not have, with what to do instead. A
// value for one of them is an error: whoever set it counts on it.
var absent = map[string]string{
	"TASKROUTER_DATABASE_URL": "this build has the embedded store only; unset it and " +
		"use TASKROUTER_DATA_DIR",
	"TASKROUTER_SIP_LISTEN":    "this build has no telephony; unset it",
	"TASKROUTER_RTP_PORTS":     "this build has no telephony; unset it",
	"TASKROUTER_MEDIA_ADDRESS": "this build has no telephony; unset it",
}

// define adds the named settings to a command as flags.
func define(cmd *cobra.Command, all []setting, names ...string) {
	flags := cmd.Flags()
	flags.SortFlags = false
	for _, s := range all {
		if len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		switch t := s.target.(type) {
		case *string:
			flags.StringVar(t, s.name, *t, s.usage)
		case *bool:
			flags.BoolVar(t, s.name, *t, s.usage)
		case *float64:
			flags.Float64Var(t, s.name, *t, s.usage)
		case *time.Duration:
			flags.DurationVar(t, s.name, *t, s.usage)
		}
	}
}

// fill takes the value of each flag that was not given from its variable, if that is set and
// not empty, and checks that no variable is misspelt.
func (p *program) fill(flags *pflag.FlagSet, all []setting) error {
	given, err := p.variables()
	if err != nil {
		return err
	}
	for _, s := range all {
		flag := flags.Lookup(s.name)
		if flag == nil {
			continue
		}
		value, from := flag.Value.String(), "--"+s.name
		if variable := given[s.variable()]; !flag.Changed && variable != "" {
			value, from = variable, s.variable()
			if err := flags.Set(s.name, variable); err != nil {
				return unreadable(from, variable, flag.Value)
			}
		}
		if s.choices != nil && !slices.Contains(s.choices, value) {
			return usageError("%s: %q is not one of %s", from, value,
				strings.Join(s.choices, ", "))
		}
	}
	return nil
}

// unreadable is a value of the wrong type for a flag or variable.
func unreadable(name, value string, of pflag.Value) error {
	wanted := of.Type()
	switch wanted {
	case "float64":
		wanted = "a number"
	case "bool":
		wanted = "true or false"
	case "duration":
		wanted = "a duration, such as 90s or 12h"
	}
	return usageError("%s: %q is not %s", name, value, wanted)
}

// variables returns the variables of the environment that are ours. Those of other commands
// are among them: the shell that starts a server may also be the one that talks to it.
func (p *program) variables() (map[string]string, error) {
	_, serving := newSettings()
	_, talking := newRemoteSettings()
	all := append(serving, talking...)
	given := make(map[string]string)
	for _, pair := range p.environ {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, variablePrefix) || value == "" {
			continue
		}
		if why, ok := absent[name]; ok {
			return nil, startError(fmt.Errorf("%s is set, but %s", name, why))
		}
		known := func(s setting) bool { return s.variable() == name }
		if !slices.ContainsFunc(all, known) && !isProfileVariable(name, talking) {
			return nil, usageError("variable %s is not known; did you mean %s?", name,
				nearest(name, all))
		}
		given[name] = value
	}
	return given, nil
}

// nearest returns the variable whose name differs least from a misspelt one.
func nearest(name string, all []setting) string {
	best, least := "", len(name)+100
	for _, s := range all {
		if d := distance(name, s.variable()); d < least {
			best, least = s.variable(), d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or exchanged to get from a to b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, before+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// logger returns what the settings ask for.
func (p *program) logger(s *settings) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if s.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(p.stderr, options))
	}
	return slog.New(slog.NewTextHandler(p.stderr, options))
}

// config returns the server's configuration.
func (p *program) config(s *settings) server.Config {
	return server.Config{
		DataDir:         s.dataDir,
		Listen:          s.listen,
		InternalListen:  s.internalListen,
		PublicURL:       s.publicURL,
		TLSCert:         s.tlsCert,
		TLSKey:          s.tlsKey,
		AccountSID:      taskrouter.AccountSID(s.accountSID),
		AuthToken:       s.authToken,
		StrictPolicies:  s.strictPolicies,
		RateLimit:       s.rateLimit,
		ShutdownTimeout: s.shutdownTimeout,
		Retention:       s.retention,
		CallbackAllow:   s.callbackAllow,
		CallbackGiveUp:  s.callbackGiveUp,

		RoutingTargetTimeout: s.routingTarget,
		Version:              buildVersion(),
		Logger:               p.logger(s),
	}
}

// start makes a server, or an error that says what to do about it.
func start(c server.Config) (*server.Server, error) {
	s, err := server.New(c)
	if err == nil {
		return s, nil
	}
	address, ok := errors.AsType[*server.AddressError](err)
	switch {
	case ok && address.Taken && address.Address == c.InternalListen:
		err = fmt.Errorf("%w; choose another with --internal-listen, such as 127.0.0.1:9081, "+
			"or --internal-listen off", err)
	case ok && address.Taken:
		err = fmt.Errorf("%w; choose another with --listen, such as --listen 127.0.0.1:9080",
			err)
	case ok && address.Address == c.InternalListen:
		err = fmt.Errorf("%w; give one with --internal-listen, such as 127.0.0.1:8081", err)
	case ok:
		err = fmt.Errorf("%w; give one with --listen, such as 127.0.0.1:8080", err)
	case errors.Is(err, os.ErrPermission):
		err = fmt.Errorf("%w, or run as a user who may", err)
	}
	return nil, startError(err)
}
