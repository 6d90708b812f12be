package server

import (
	"context"
	"fmt"
	"os"

	"taskrouter"
	"taskrouter/internal/account"
	"taskrouter/internal/store"
)

// An Account is who a program is when it uses the server: user and password of REST requests.
// The auth token is also the secret that browsers' tokens are signed with.
type Account struct {
	SID       taskrouter.AccountSID
	AuthToken string
	// Created says that this start made the account; its credentials have not been seen before.
	Created bool
	// Replaced says that this start gave the account another auth token.
	Replaced bool
}

// ensureAccount returns the account that a server with this SID and token works for, made or
// changed where needed.
func ensureAccount(ctx context.Context, d *account.Directory, sid taskrouter.AccountSID,
	token string) (Account, error) {
	known := d.Accounts("")
	if a, ok := choose(known, sid); ok {
		if token == "" || token == a.AuthToken {
			return Account{SID: a.SID, AuthToken: a.AuthToken}, nil
		}
		_, err := d.Update(ctx, a.SID, func(a *account.Account) error {
			a.AuthToken = token
			return nil
		})
		if err != nil {
			return Account{}, fmt.Errorf("change auth token of account %s: %w", a.SID, err)
		}
		return Account{SID: a.SID, AuthToken: token, Replaced: true}, nil
	}
	name := "First account"
	if len(known) > 0 {
		name = "Account " + string(sid[len(sid)-4:])
	}
	a, err := d.Create(ctx, "", account.Account{SID: sid, AuthToken: token, FriendlyName: name})
	if err != nil {
		return Account{}, fmt.Errorf("make account: %w", err)
	}
	return Account{SID: a.SID, AuthToken: a.AuthToken, Created: true}, nil
}

// choose returns the account with the SID; if it is empty, the oldest of those that nobody owns,
// which is the one that was there before all that were made through the API.
func choose(known []account.Account, sid taskrouter.AccountSID) (first account.Account, ok bool) {
	for _, a := range known {
		switch {
		case sid != "" && a.SID == sid:
			return a, true
		case sid == "" && a.Owner == "" && (!ok || a.Created.Before(first.Created)):
			first, ok = a, true
		}
	}
	return first, ok
}

// ReadAccount returns an account of a data directory that no server works in: the one with the
// SID, or the first one if sid is empty. It makes nothing.
func ReadAccount(ctx context.Context, dataDir string, sid taskrouter.AccountSID) (
	Account, error) {
	if _, err := os.Stat(dataDir); err != nil {
		return Account{}, err
	}
	if !store.Exists(dataDir) {
		return Account{}, fmt.Errorf("data directory %s has no account yet", dataDir)
	}
	st, err := openStore(ctx, dataDir)
	if err != nil {
		return Account{}, err
	}
	defer st.Close()
	known, err := st.Accounts(ctx)
	if err != nil {
		return Account{}, fmt.Errorf("read accounts: %w", err)
	}
	if a, ok := choose(known, sid); ok {
		return Account{SID: a.SID, AuthToken: a.AuthToken}, nil
	}
	if sid == "" {
		return Account{}, fmt.Errorf("data directory %s has no account yet", dataDir)
	}
	return Account{}, fmt.Errorf("data directory %s has no account %s", dataDir, sid)
}
