package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"taskrouter/server"
	"taskrouter/token"
)

// agentLife is how long the links of dev's agents are good: a working day.
const agentLife = 12 * time.Hour

// dev is the command that runs everything at once, to try it.
func (p *program) dev() *cobra.Command {
	s, all := newSettings()
	var form string
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Try it: a server with a sample workspace, on this machine only",
		Long: "Run a server with a sample workspace, on the loopback interface only, and print\n" +
			"all that is needed to use it. Its data lives in a temporary directory that is removed\n" +
			"at the end, unless --data-dir names another. It is not for production.",
		Example: "  taskrouter dev\n  taskrouter dev --listen 127.0.0.1:0 --output json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.fill(cmd.Flags(), all); err != nil {
				return err
			}
			if err := onlyHere(s); err != nil {
				return err
			}
			s.tryOut()
			if !cmd.Flags().Changed("data-dir") {
				dir, err := os.MkdirTemp("", "taskrouter-dev-")
				if err != nil {
					return startError(fmt.Errorf("make temporary data directory: %w", err))
				}
				defer os.RemoveAll(dir)
				s.dataDir = dir
			}
			return p.runDev(s, form, cmd.Flags().Changed("internal-listen"))
		},
	}
	defineForm(cmd, &form)
	define(cmd, all)
	// What a default means differs here from what it means to serve.
	cmd.Flags().Lookup("data-dir").DefValue = ""
	return cmd
}

// tryOut lets callbacks reach this machine, where receivers are that are tried out.
func (s *settings) tryOut() {
	if s.callbackAllow == "" {
		s.callbackAllow = "127.0.0.0/8,::1/128"
	}
}

// onlyHere refuses addresses that others can reach: dev shows its secrets to whoever looks.
func onlyHere(s *settings) error {
	if !loopback(s.listen) {
		return usageError("dev listens on this machine only, not on %s; give a loopback address "+
			"such as 127.0.0.1:8080, or use serve", s.listen)
	}
	if s.internalListen != server.Off && !loopback(s.internalListen) {
		return usageError("dev listens on this machine only, not on %s; give --internal-listen "+
			"a loopback address or off", s.internalListen)
	}
	return nil
}

// startBeside starts a server. An internal address that is taken is given up if nobody asked for
// it, so that two can run side by side.
func (p *program) startBeside(c server.Config, internalAsked bool) (*server.Server, error) {
	srv, err := start(c)
	address, ok := errors.AsType[*server.AddressError](err)
	if !ok || internalAsked || address.Address != c.InternalListen {
		return srv, err
	}
	p.say("Address %s is taken; health and metrics are off. Give --internal-listen another "+
		"to have them.", c.InternalListen)
	c.InternalListen = server.Off
	return start(c)
}

// runDev starts the server, tells about it, and runs it.
func (p *program) runDev(s *settings, form string, internalAsked bool) error {
	signals := catch()
	srv, err := p.startBeside(p.config(s), internalAsked)
	if err != nil {
		return err
	}
	b, err := newBriefing(srv)
	if err != nil {
		return startError(errors.Join(err, srv.Close()))
	}
	if form == formJSON {
		err = p.printJSON(b)
	} else {
		_, err = fmt.Fprint(p.stdout, b)
	}
	if err != nil {
		return failed(errors.Join(fmt.Errorf("write output: %w", err), srv.Close()))
	}
	if url := srv.InternalURL(); url != "" {
		p.say("Health and metrics are at %s.", url)
	}
	p.say("This is for trying things, not for production. Ctrl-C stops it.")
	return p.untilStopped(srv, signals)
}

// A briefing is all that is needed to use a dev server.
type briefing struct {
	BaseURL      string  `json:"base_url"`
	AccountSID   string  `json:"account_sid"`
	AuthToken    string  `json:"auth_token"`
	WorkspaceSID string  `json:"workspace_sid"`
	WorkflowSID  string  `json:"workflow_sid"`
	Workers      []agent `json:"workers"`
	Script       string  `json:"script"`
	Integrity    string  `json:"integrity"`
}

// An agent is a worker with a link that opens its page.
type agent struct {
	Name     string `json:"name"`
	SID      string `json:"sid"`
	Token    string `json:"token"`
	AgentURL string `json:"agent_url"`
}

// newBriefing makes the sample workspace and tokens for its workers.
func newBriefing(srv *server.Server) (*briefing, error) {
	sample, err := srv.Seed(context.Background())
	if err != nil {
		return nil, err
	}
	account := srv.Account()
	b := &briefing{
		BaseURL:      srv.URL(),
		AccountSID:   string(account.SID),
		AuthToken:    account.AuthToken,
		WorkspaceSID: string(sample.Workspace),
		WorkflowSID:  string(sample.Workflow),
		Script:       srv.URL() + server.SDKPath,
		Integrity:    server.Integrity(),
	}
	for _, w := range sample.Workers {
		grant := token.WorkerGrant(b.AccountSID, b.WorkspaceSID, string(w.SID))
		grant.FetchSubresources = true
		grant.UpdateActivities = true
		grant.UpdateReservations = true
		raw, err := grant.Mint(account.AuthToken, agentLife)
		if err != nil {
			return nil, err
		}
		b.Workers = append(b.Workers, agent{
			Name:     w.Name,
			SID:      string(w.SID),
			Token:    raw,
			AgentURL: b.BaseURL + "/agent/#token=" + raw,
		})
	}
	return b, nil
}

// String is the briefing for people.
func (b *briefing) String() string {
	var t strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&t, format+"\n", args...) }
	line("Base URL     %s", b.BaseURL)
	line("Account SID  %s", b.AccountSID)
	line("Auth token   %s", b.AuthToken)
	line("Workspace    %s  %s", b.WorkspaceSID, server.SampleName)
	line("Workflow     %s", b.WorkflowSID)
	line("\nAgents: open a link and become Available (good for %.0f hours)", agentLife.Hours())
	for _, w := range b.Workers {
		line("\n  %s\n  %s", w.Name, w.AgentURL)
	}
	line("\nCreate a task that Alice gets, if she is there")
	line("\n  curl -u %s:%s \\", b.AccountSID, b.AuthToken)
	line("    %s/v1/Workspaces/%s/Tasks \\", b.BaseURL, b.WorkspaceSID)
	line("    -d WorkflowSid=%s \\", b.WorkflowSID)
	line(`    --data-urlencode 'Attributes={"type":"billing","language":"de"}'`)
	line("\nFollow what happens, and ask why a task waits or a worker gets nothing")
	line("\n  export TASKROUTER_URL=%s TASKROUTER_WORKSPACE=%s \\", b.BaseURL, b.WorkspaceSID)
	line("    TASKROUTER_ACCOUNT_SID=%s TASKROUTER_AUTH_TOKEN=%s", b.AccountSID, b.AuthToken)
	line("  taskrouter events tail --after 0")
	line("  taskrouter task list")
	line("  taskrouter why Alice")
	line("\nBrowser SDK")
	line("\n  <script src=\"%s\"\n    integrity=\"%s\"", b.Script, b.Integrity)
	line("    crossorigin=\"anonymous\"></script>\n")
	return t.String()
}
