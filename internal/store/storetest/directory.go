package storetest

import (
	"fmt"
	"testing"

	"taskrouter"
	"taskrouter/internal/store"
)

func testDirectory(t *testing.T, b *bench) {
	for _, n := range []int{3, 1, 2} {
		l := b.create(n)
		b.append(l, l.Pos, 1)
	}
	other, err := b.Create(t.Context(), account(2), workspace(4))
	b.must(err)
	b.append(other, other.Pos, 2)
	entry := func(a, n int, head store.Seq) store.Entry {
		return store.Entry{Account: account(a), Workspace: workspace(n), Head: head}
	}
	for range 2 {
		one, err := b.Workspaces(t.Context(), account(1))
		b.must(err)
		b.same("first account", []store.Entry{entry(1, 1, 1), entry(1, 2, 1), entry(1, 3, 1)}, one)
		two, err := b.Workspaces(t.Context(), account(2))
		b.must(err)
		b.same("second account", []store.Entry{entry(2, 4, 2)}, two)
		none, err := b.Workspaces(t.Context(), "")
		b.must(err)
		b.same("no account", 0, len(none))
		all, err := b.AllWorkspaces(t.Context())
		b.must(err)
		b.same("all", append(one, two...), all)
		b.reopen()
	}
}

func testAbandoned(t *testing.T, b *bench) {
	b.create(1)
	list, err := b.AllWorkspaces(t.Context())
	b.must(err)
	b.same("directory", 0, len(list))
	_, err = b.Create(t.Context(), account(1), workspace(1))
	b.wants(store.ErrConflict, err)
	b.reopen()
	_, err = b.Claim(t.Context(), workspace(1))
	b.wants(store.ErrNotFound, err)
	l := b.create(1)
	b.append(l, l.Pos, 1)
}

func testAccounts(t *testing.T, b *bench) {
	put := func(a store.Account) store.Account {
		t.Helper()
		a, err := b.PutAccount(t.Context(), a)
		b.must(err)
		return a
	}
	two := put(store.Account{SID: account(2), AuthToken: "two", Owner: account(1),
		Status: store.AccountActive, Created: moment(2), Updated: moment(2)})
	one := put(store.Account{SID: account(1), AuthToken: "one", FriendlyName: "First",
		Status: store.AccountActive, Created: moment(1), Updated: moment(1)})
	b.same("version", 1, one.Version)
	stale := one
	one.SecondaryToken, one.Status, one.Updated = "new", store.AccountSuspended, moment(3)
	one = put(one)
	_, err := b.PutAccount(t.Context(), stale)
	b.wants(store.ErrConflict, err)
	_, err = b.PutAccount(t.Context(), store.Account{SID: account(1), AuthToken: "thief"})
	b.wants(store.ErrConflict, err)
	_, err = b.PutAccount(t.Context(), store.Account{SID: account(3), Version: 1})
	b.wants(store.ErrConflict, err)
	b.reopen()
	list, err := b.Accounts(t.Context())
	b.must(err)
	b.same("accounts", []store.Account{one, two}, list)
}

func testKeys(t *testing.T, b *bench) {
	key := func(n int) store.Key {
		return store.Key{SID: taskrouter.KeySID(fmt.Sprintf("SK%032x", n)), Account: account(n),
			FriendlyName: "key", Digest: []byte{byte(n), 0, 255}, Created: moment(n),
			Updated: moment(n)}
	}
	for _, n := range []int{2, 1, 3} {
		b.must(b.PutKey(t.Context(), key(n)))
	}
	renamed := key(1)
	renamed.FriendlyName, renamed.Updated = "renamed", moment(9)
	b.must(b.PutKey(t.Context(), renamed))
	b.must(b.DeleteKey(t.Context(), key(3).SID))
	b.must(b.DeleteKey(t.Context(), key(3).SID))
	b.reopen()
	list, err := b.Keys(t.Context())
	b.must(err)
	b.same("keys", []store.Key{renamed, key(2)}, list)
}

func testProjectPosition(t *testing.T, b *bench) {
	l := b.create(1)
	b.append(l, l.Pos, 5)
	parts, err := b.read(l.Workspace, 0)
	b.must(err)
	at := func(want store.Seq) {
		t.Helper()
		got, err := b.Position(t.Context(), l.Workspace, store.Projection)
		b.must(err)
		b.same("position", want, got)
	}
	at(0)
	b.must(b.Project(t.Context(), l.Workspace, 0, parts[:3]))
	at(3)
	b.wants(store.ErrMoved, b.Project(t.Context(), l.Workspace, 0, parts))
	if err := b.Project(t.Context(), l.Workspace, 3, parts[4:]); err == nil {
		t.Error("a gap was projected")
	}
	at(3)
	b.must(b.Project(t.Context(), l.Workspace, 3, nil))
	b.must(b.Project(t.Context(), l.Workspace, 3, parts[3:]))
	at(5)
	b.reopen()
	at(5)
	_, err = b.Position(t.Context(), workspace(2), store.Projection)
	b.wants(store.ErrNotFound, err)
}

func testTrim(t *testing.T, b *bench) {
	l := b.create(1)
	const records = 600
	pos := b.append(l, l.Pos, records)
	kept := func(first int) {
		t.Helper()
		_, err := b.read(l.Workspace, 0)
		if first > 1 {
			b.wants(store.ErrTrimmed, err)
		} else {
			b.must(err)
		}
		parts, err := b.read(l.Workspace, store.Seq(first-1))
		b.must(err)
		b.same("first record", store.Seq(first), parts[0].Seq)
		b.same("records", records-first+1, len(parts))
	}
	b.must(b.Trim(t.Context(), l.Workspace, moment(1000)))
	kept(1) // neither in a snapshot nor projected
	b.must(b.Snapshot(t.Context(), l, pos, inOrder(replay(l.Workspace, pos.Seq))))
	b.must(b.Trim(t.Context(), l.Workspace, moment(1000)))
	kept(1) // not projected
	parts, err := b.read(l.Workspace, 0)
	b.must(err)
	b.must(b.Project(t.Context(), l.Workspace, 0, parts[:500]))
	b.must(b.Trim(t.Context(), l.Workspace, moment(300)))
	kept(300)
	b.must(b.Trim(t.Context(), l.Workspace, moment(300)))
	kept(300)
	b.must(b.Trim(t.Context(), l.Workspace, moment(1000)))
	kept(501)
	l = b.claim(1)
	b.same("state", replay(l.Workspace, records), b.load(l))
	b.append(l, l.Pos, 1)
}

func testClosed(t *testing.T, b *bench) {
	l := b.create(1)
	head := b.append(l, l.Pos, 1)
	b.must(b.Close())
	b.must(b.Close())
	o := b.Append([]store.Record{b.record(l, head)})[0]
	if o.State != store.Failed || o.Err == nil {
		t.Errorf("append to a closed store: %v, %v", o.State, o.Err)
	}
	_, err := b.Claim(t.Context(), l.Workspace)
	_, err2 := b.AllWorkspaces(t.Context())
	if err == nil || err2 == nil {
		t.Errorf("closed store answers: %v, %v", err, err2)
	}
}
