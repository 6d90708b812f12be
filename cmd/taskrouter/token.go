package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"taskrouter"
	"taskrouter/server"
	"taskrouter/token"
)

// A right is a word of --rights and what it sets in a grant.
type right struct {
	name, means string
	worker      bool // only a worker can have it
	grant       func(*token.Grant)
}

// rights returns all words of --rights.
func rights() []right {
	return []right{
		{"fetch", "read everything below the resource", false,
			func(g *token.Grant) { g.FetchSubresources = true }},
		{"activity", "change the worker's activity", true,
			func(g *token.Grant) { g.UpdateActivities = true }},
		{"reservation", "answer the worker's reservations and update tasks", true,
			func(g *token.Grant) { g.UpdateReservations = true }},
		{"update", "change the resource itself", false,
			func(g *token.Grant) { g.Update = true }},
		{"update-below", "change everything below the resource", false,
			func(g *token.Grant) { g.UpdateSubresources = true }},
		{"delete", "delete the resource itself", false,
			func(g *token.Grant) { g.Delete = true }},
		{"delete-below", "delete everything below the resource", false,
			func(g *token.Grant) { g.DeleteSubresources = true }},
	}
}

// longestLife is what the browser client can count; a longer life looks to it as if it had
// already ended.
const longestLife = 24 * 24 * time.Hour

// tokenFlags are what the token commands are asked for.
type tokenFlags struct {
	workspace, channel string
	life               time.Duration
	rights             []string
	form               string
}

// token is the command that signs tokens for browsers.
func (p *program) token() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Sign a token that a browser opens the event bridge with",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usageError("say whose token: worker, taskqueue or workspace")
		},
	}
	cmd.AddCommand(
		p.tokenFor("worker", "worker", taskrouter.PrefixWorker,
			"fetch", "activity", "reservation"),
		p.tokenFor("taskqueue", "task queue", taskrouter.PrefixTaskQueue, "fetch"),
		p.tokenFor("workspace", "workspace", taskrouter.PrefixWorkspace, "fetch"),
	)
	return cmd
}

// tokenFor is the command that signs tokens of one kind of channel.
func (p *program) tokenFor(kind, noun, prefix string, usual ...string) *cobra.Command {
	s, all := newSettings()
	f := &tokenFlags{}
	cmd := &cobra.Command{
		Use:   kind,
		Short: "Sign a token of a " + noun,
		Long: "Sign a token of a " + noun + " and print it, and nothing else.\n\n" +
			"It is signed with the account's auth token: TASKROUTER_ACCOUNT_SID and\n" +
			"TASKROUTER_AUTH_TOKEN, or the first account of the data directory given with\n" +
			"--data-dir, of a server that is not running.\n\n" + describeRights(prefix),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := p.fill(cmd.Flags(), all); err != nil {
				return err
			}
			if prefix == taskrouter.PrefixWorkspace {
				f.channel = f.workspace
			}
			return p.signToken(cmd, s, f, kind, prefix)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.workspace, "workspace", "", "SID of the workspace, WS…")
	if prefix != taskrouter.PrefixWorkspace {
		flags.StringVar(&f.channel, kind, "", "SID of the "+noun+", "+prefix+"…")
	}
	flags.DurationVar(&f.life, "ttl", 8*time.Hour, "how long the token is good, such as 45m or 8h")
	flags.StringSliceVar(&f.rights, "rights", usual, "what it allows beyond reading the "+noun+
		"; none for nothing")
	defineForm(cmd, &f.form)
	define(cmd, all, "account-sid", "auth-token", "data-dir")
	return cmd
}

// describeRights lists the rights that a channel of this kind can have.
func describeRights(prefix string) string {
	var b strings.Builder
	b.WriteString("Rights:\n")
	for _, r := range rights() {
		if !r.worker || prefix == taskrouter.PrefixWorker {
			fmt.Fprintf(&b, "  %-13s %s\n", r.name, r.means)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// signToken prints a token.
func (p *program) signToken(cmd *cobra.Command, s *settings, f *tokenFlags, kind,
	prefix string) error {
	switch {
	case !taskrouter.ValidSID(taskrouter.PrefixWorkspace, f.workspace):
		return notASID("workspace", f.workspace, taskrouter.PrefixWorkspace)
	case !taskrouter.ValidSID(prefix, f.channel):
		return notASID(kind, f.channel, prefix)
	case f.life < time.Second:
		return usageError("--ttl: %v is too short; a token lives a second at least", f.life)
	case f.life > longestLife:
		return usageError("--ttl: %v is too long; the browser client cannot count more than %v",
			f.life, longestLife)
	}
	grant := &token.Grant{Workspace: f.workspace, Channel: f.channel}
	if err := allow(grant, f.rights, prefix); err != nil {
		return err
	}
	account, secret, err := credentials(s, cmd.Flags().Changed("data-dir"))
	if err != nil {
		return err
	}
	grant.Account = account
	raw, err := grant.Mint(secret, f.life)
	if err != nil {
		return failed(err)
	}
	if f.form == formJSON {
		return p.printJSON(map[string]any{"token": raw, "expires_in": int(f.life.Seconds())})
	}
	fmt.Fprintln(p.stdout, raw)
	return nil
}

func notASID(flag, value, prefix string) error {
	if value == "" {
		return usageError("--%s is missing: give the SID, %s…", flag, prefix)
	}
	return usageError("--%s: %q is not a SID: %s and 32 hexadecimal digits", flag, value, prefix)
}

// allow sets the rights with these names in a grant.
func allow(g *token.Grant, names []string, prefix string) error {
	if slices.Equal(names, []string{"none"}) {
		return nil
	}
	all := rights()
	for _, name := range names {
		i := slices.IndexFunc(all, func(r right) bool { return r.name == name })
		switch {
		case i < 0:
			return usageError("--rights: %q is not a right; there are fetch, activity, "+
				"reservation, update, update-below, delete, delete-below and none", name)
		case all[i].worker && prefix != taskrouter.PrefixWorker:
			return usageError("--rights: only a worker can have the right %s", name)
		}
		all[i].grant(g)
	}
	return nil
}

// credentials finds the account to sign for: what the settings name, the rest from the data
// directory if one is given.
func credentials(s *settings, useData bool) (account, secret string, err error) {
	if s.accountSID != "" && !taskrouter.ValidSID(taskrouter.PrefixAccount, s.accountSID) {
		return "", "", notASID("account-sid", s.accountSID, taskrouter.PrefixAccount)
	}
	if s.accountSID != "" && s.authToken != "" {
		return s.accountSID, s.authToken, nil
	}
	if !useData {
		return "", "", usageError("nothing to sign with: set TASKROUTER_ACCOUNT_SID and " +
			"TASKROUTER_AUTH_TOKEN, or give the --data-dir of a server that is not running")
	}
	a, err := server.ReadAccount(context.Background(), s.dataDir,
		taskrouter.AccountSID(s.accountSID))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", "", failed(fmt.Errorf("data directory %s does not exist", s.dataDir))
	case err != nil:
		return "", "", failed(fmt.Errorf("%w; or set TASKROUTER_ACCOUNT_SID and "+
			"TASKROUTER_AUTH_TOKEN", err))
	}
	return string(a.SID), a.AuthToken, nil
}
