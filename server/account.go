package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"os"

	"taskrouter"
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
// changed in the store where needed.
func ensureAccount(ctx context.Context, st store.Store, sid taskrouter.AccountSID,
	token string) (Account, error) {
	known, err := st.Accounts(ctx)
	if err != nil {
		return Account{}, fmt.Errorf("read accounts: %w", err)
	}
	for _, a := range known {
		if sid != "" && a.SID != sid {
			continue
		}
		if token == "" || token == a.AuthToken {
			return Account{SID: a.SID, AuthToken: a.AuthToken}, nil
		}
		a.AuthToken = token
		if _, err := st.PutAccount(ctx, a); err != nil {
			return Account{}, fmt.Errorf("change auth token of account %s: %w", a.SID, err)
		}
		return Account{SID: a.SID, AuthToken: token, Replaced: true}, nil
	}
	if sid == "" {
		sid = taskrouter.AccountSID(taskrouter.PrefixAccount + random())
	}
	if token == "" {
		token = random()
	}
	made := store.Account{SID: sid, AuthToken: token, FriendlyName: "First account"}
	if len(known) > 0 {
		made.FriendlyName = "Account " + string(sid[len(sid)-4:])
	}
	if _, err := st.PutAccount(ctx, made); err != nil {
		return Account{}, fmt.Errorf("make account %s: %w", sid, err)
	}
	return Account{SID: sid, AuthToken: token, Created: true}, nil
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
	for _, a := range known {
		if sid == "" || a.SID == sid {
			return Account{SID: a.SID, AuthToken: a.AuthToken}, nil
		}
	}
	if sid == "" {
		return Account{}, fmt.Errorf("data directory %s has no account yet", dataDir)
	}
	return Account{}, fmt.Errorf("data directory %s has no account %s", dataDir, sid)
}

// random returns 128 bits nobody can guess, as 32 hexadecimal digits.
func random() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// accounts knows all accounts by SID. It is read once, at start: nothing changes them later.
type accounts map[string]store.Account

func loadAccounts(ctx context.Context, st store.Store) (accounts, error) {
	list, err := st.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	all := make(accounts, len(list))
	for _, a := range list {
		all[string(a.SID)] = a
	}
	return all, nil
}

// authenticate tells whose credentials these are. The time it takes tells neither how much of a
// password is right, its length included, nor whether there is such an account.
func (all accounts) authenticate(_ context.Context, user, password string) (
	taskrouter.AccountSID, bool) {
	a := all[user] // nobody's account has no secrets
	first, second := same(password, a.AuthToken), same(password, a.SecondaryToken)
	if !first && !second {
		return "", false
	}
	return a.SID, true
}

// same reports whether a password is the secret. What is empty is no secret.
func same(password, secret string) bool {
	a, b := sha256.Sum256([]byte(password)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && secret != ""
}

// keys returns the secrets that may have signed a token of the account.
func (all accounts) keys(account string) []string {
	a, ok := all[account]
	switch {
	case !ok:
		return nil
	case a.SecondaryToken != "":
		return []string{a.AuthToken, a.SecondaryToken}
	default:
		return []string{a.AuthToken}
	}
}
