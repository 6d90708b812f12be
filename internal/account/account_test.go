package account_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"taskrouter"
	"taskrouter/internal/account"
	"taskrouter/internal/store"
)

// A desk is a directory on a real store that can be opened again.
type desk struct {
	*account.Directory
	t   *testing.T
	dir string
	st  store.Store
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir()}
	d.open()
	t.Cleanup(func() { d.st.Close() })
	return d
}

func (d *desk) open() {
	d.t.Helper()
	st, err := store.OpenSQLite(d.t.Context(), d.dir, store.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.st = st
	if d.Directory, err = account.Open(d.t.Context(), st, nil); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) reopen() {
	d.t.Helper()
	if err := d.st.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.open()
}

func (d *desk) create(owner taskrouter.AccountSID, a account.Account) account.Account {
	d.t.Helper()
	a, err := d.Create(d.t.Context(), owner, a)
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// opens reports whether user and password open this very account.
func (d *desk) opens(sid taskrouter.AccountSID, user, password string) bool {
	d.t.Helper()
	got, ok := d.Authenticate(d.t.Context(), user, password)
	if ok != (got == sid) || !ok && got != "" {
		d.t.Errorf("%s opens account %q, %v", user, got, ok)
	}
	return ok
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	one := d.create("", account.Account{AuthToken: "one"})
	two := d.create("", account.Account{AuthToken: "three"})
	if _, err := d.Update(t.Context(), one.SID, func(a *account.Account) error {
		a.SecondaryToken = "two"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	key, secret, err := d.CreateKey(t.Context(), two.SID, "robot")
	if err != nil {
		t.Fatal(err)
	}
	d.reopen()
	for _, tt := range []struct {
		name, user, password string
		want                 taskrouter.AccountSID
	}{
		{"right", string(one.SID), "one", one.SID},
		{"the other of two", string(one.SID), "two", one.SID},
		{"the beginning", string(one.SID), "on", ""},
		{"more than it", string(one.SID), "one1", ""},
		{"another account's", string(one.SID), "three", ""},
		{"nothing, though there is no second one", string(two.SID), "", ""},
		{"unknown user", "AC4", "one", ""},
		{"unknown user without password", "AC4", "", ""},
		{"nobody", "", "", ""},
		{"key", string(key.SID), secret, two.SID},
		{"key with the account's token", string(key.SID), "three", ""},
		{"key without secret", string(key.SID), "", ""},
		{"account with the key's secret", string(two.SID), secret, ""},
		{"unknown key", "SK00000000000000000000000000000000", secret, ""},
		{"unknown key without secret", "SK00000000000000000000000000000000", "", ""},
	} {
		got, ok := d.Authenticate(t.Context(), tt.user, tt.password)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: got %q, %v; want %q", tt.name, got, ok, tt.want)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.create("", account.Account{})
	user, old := string(a.SID), a.AuthToken
	if _, err := d.Promote(t.Context(), a.SID); taskrouter.KindOf(err) != taskrouter.Invalid {
		t.Errorf("promoting nothing: %v", err)
	}
	if _, err := d.DropSecondary(t.Context(), a.SID); taskrouter.KindOf(err) != taskrouter.Invalid {
		t.Errorf("dropping nothing: %v", err)
	}
	second := must(d.MakeSecondary(t.Context(), a.SID)).SecondaryToken
	if !d.opens(a.SID, user, old) || !d.opens(a.SID, user, second) {
		t.Error("both tokens should open the account")
	}
	if diff := cmp.Diff([]string{old, second}, d.Secrets(user)); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	must(d.DropSecondary(t.Context(), a.SID))
	if d.opens(a.SID, user, second) {
		t.Error("a dropped token opens the account")
	}
	second = must(d.MakeSecondary(t.Context(), a.SID)).SecondaryToken
	must(d.Promote(t.Context(), a.SID))
	for range 2 {
		if d.opens(a.SID, user, old) || !d.opens(a.SID, user, second) {
			t.Error("the promoted token alone should open the account")
		}
		if token, ok := d.AuthToken(a.SID); !ok || token != second {
			t.Error("callbacks are signed with another token than the promoted one")
		}
		d.reopen()
	}
}

func must(a account.Account, err error) account.Account {
	if err != nil {
		panic(err)
	}
	return a
}

func TestOwnedAccounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := d.create("", account.Account{FriendlyName: "Owner"})
	stranger := d.create("", account.Account{FriendlyName: "Stranger"})
	owned := d.create(owner.SID, account.Account{FriendlyName: "Owned"})
	d.reopen()
	names := func(list []account.Account) (names []string) {
		for _, a := range list {
			names = append(names, a.FriendlyName)
		}
		return names
	}
	if got := len(d.Accounts("")); got != 3 {
		t.Errorf("%d accounts", got)
	}
	if got := names(d.Accounts(owner.SID)); len(got) != 2 {
		t.Errorf("the owner sees %v", got)
	}
	if got := names(d.Accounts(owned.SID)); len(got) != 1 {
		t.Errorf("the owned one sees %v", got)
	}
	if _, err := d.Create(t.Context(), "", account.Account{SID: stranger.SID}); err == nil {
		t.Error("an account was made twice")
	}
	status := func(sid taskrouter.AccountSID, s account.Status) {
		t.Helper()
		must(d.Update(t.Context(), sid, func(a *account.Account) error {
			a.Status = s
			return nil
		}))
	}
	key, secret, err := d.CreateKey(t.Context(), owned.SID, "")
	if err != nil {
		t.Fatal(err)
	}
	open := func() (n int) {
		for user, password := range map[string]string{
			string(owned.SID): owned.AuthToken, string(key.SID): secret,
		} {
			if d.opens(owned.SID, user, password) {
				n++
			}
		}
		return n + len(d.Secrets(string(owned.SID)))
	}
	if open() != 3 {
		t.Error("credentials of an owned account do not open it")
	}
	if token, ok := d.AuthToken(owned.SID); !ok || token != owned.AuthToken {
		t.Error("callbacks of an owned account are not signed with its token")
	}
	status(owned.SID, account.Suspended)
	if open() != 0 {
		t.Error("a suspended account can be opened")
	}
	if token, ok := d.AuthToken(owned.SID); ok || token != "" {
		t.Error("callbacks are made for a suspended account")
	}
	status(owned.SID, account.Active)
	status(owner.SID, account.Closed)
	if open() != 0 {
		t.Error("an account of a closed one can be opened")
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.create("", account.Account{})
	other := d.create("", account.Account{})
	first, secret, err := d.CreateKey(t.Context(), a.SID, "first")
	if err != nil {
		t.Fatal(err)
	}
	second, again, err := d.CreateKey(t.Context(), a.SID, "second")
	if err != nil || secret == again {
		t.Fatal("two keys have one secret", err)
	}
	if _, err := d.Key(other.SID, first.SID); taskrouter.KindOf(err) != taskrouter.NotFound {
		t.Errorf("another account finds the key: %v", err)
	}
	if err := d.DeleteKey(t.Context(), other.SID, first.SID); taskrouter.KindOf(err) !=
		taskrouter.NotFound {
		t.Errorf("another account deletes the key: %v", err)
	}
	first, err = d.RenameKey(t.Context(), a.SID, first.SID, "renamed")
	if err != nil {
		t.Fatal(err)
	}
	d.reopen()
	bySID := cmpopts.SortSlices(func(a, b account.Key) bool { return a.SID < b.SID })
	if diff := cmp.Diff([]account.Key{first, second}, d.Keys(a.SID), bySID); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if err := d.DeleteKey(t.Context(), a.SID, first.SID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if d.opens(a.SID, string(first.SID), secret) {
			t.Error("a deleted key opens the account")
		}
		if !d.opens(a.SID, string(second.SID), again) {
			t.Error("the other key has gone with it")
		}
		d.reopen()
	}
}

// TestStoreFails holds that nothing is believed that is not stored.
func TestStoreFails(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.create("", account.Account{AuthToken: "one"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.MakeSecondary(ctx, a.SID); err == nil {
		t.Error("a canceled change was made")
	}
	if _, _, err := d.CreateKey(ctx, a.SID, ""); err == nil {
		t.Error("a canceled key was made")
	}
	if got, _ := d.Account(a.SID); got.SecondaryToken != "" || len(d.Keys(a.SID)) != 0 {
		t.Error("what could not be stored is believed")
	}
}
