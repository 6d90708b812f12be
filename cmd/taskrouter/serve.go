package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"taskrouter/server"
)

// serve is the command that runs a server.
func (p *program) serve() *cobra.Command {
	s, all := newSettings()
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: "Run the server until it is told to stop.\n\n" +
			"The first start makes an account and prints its SID and auth token, once, unless\n" +
			"both are given. SIGTERM or SIGINT stops it in good order: sockets are told to come\n" +
			"back, requests under way are finished. A second signal ends it at once.",
		Example: "  taskrouter serve\n" +
			"  TASKROUTER_AUTH_TOKEN=… taskrouter serve --account-sid AC… --listen :8080 \\\n" +
			"      --tls-cert cert.pem --tls-key key.pem",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.fill(cmd.Flags(), all); err != nil {
				return err
			}
			signals := catch()
			srv, err := start(p.config(s))
			if err != nil {
				return err
			}
			p.welcome(srv, s)
			return p.untilStopped(srv, signals)
		},
	}
	define(cmd, all)
	return cmd
}

// welcome says where the server is, and the credentials that nobody has seen yet.
func (p *program) welcome(srv *server.Server, s *settings) {
	account := srv.Account()
	if account.Created && (s.accountSID == "" || s.authToken == "") {
		fmt.Fprintf(p.stdout, "Account SID  %s\nAuth token   %s\n", account.SID, account.AuthToken)
		p.say("This account was made at this start. Note its auth token: it is not shown again.")
		p.say("It is kept in the data directory %s.", s.dataDir)
	}
	if account.Replaced {
		p.say("Account %s has the auth token given now; tokens signed with the one before are "+
			"worth nothing any more.", account.SID)
	}
	p.say("Listening on %s for account %s.", srv.URL(), account.SID)
	if url := srv.InternalURL(); url != "" {
		p.say("Health and metrics are at %s.", url)
	}
	if s.tlsCert == "" && !loopback(s.listen) {
		p.say("Warning: %s is reached from beyond this machine without TLS; credentials travel "+
			"readable unless a proxy before it speaks HTTPS (--tls-cert, --tls-key).", s.listen)
	}
	if s.internalListen != server.Off && !loopback(s.internalListen) {
		p.say("Warning: health and metrics on %s ask for no credentials; let nobody but your "+
			"own tools reach them.", s.internalListen)
	}
}

// loopback reports whether an address is reached from this machine only.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// catch begins to catch the signals that stop a server. It is called before anybody is told that
// there is one.
func catch() chan os.Signal {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return signals
}

// untilStopped runs the server until a signal stops it. The first signal stops it in good
// order; the second ends the command without waiting.
func (p *program) untilStopped(srv *server.Server, signals chan os.Signal) error {
	defer signal.Stop(signals)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()

	stopping := false
	for {
		select {
		case err := <-done:
			switch {
			case errors.Is(err, context.DeadlineExceeded):
				return failed(fmt.Errorf("%w; give it longer with --shutdown-timeout", err))
			case err != nil:
				return failed(err)
			}
			p.say("Stopped.")
			return nil
		case sig := <-signals:
			if stopping {
				return failed(fmt.Errorf("ended at once by a second signal (%s)", sig))
			}
			stopping = true
			p.say("Stopping (%s); a second signal ends at once.", sig)
			stop()
		}
	}
}
