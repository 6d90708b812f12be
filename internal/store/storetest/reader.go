package storetest

import (
	"errors"
	"testing"

	"taskrouter/internal/store"
)

func testAdvance(t *testing.T, b *bench) {
	l, ctx := b.create(1), t.Context()
	b.append(l, l.Pos, 5)
	const reader = "webhook"
	at := func(want store.Seq) {
		t.Helper()
		got, err := b.Position(ctx, l.Workspace, reader)
		b.must(err)
		b.same("position", want, got)
	}
	at(0)
	b.wants(store.ErrMoved, b.Advance(ctx, l.Workspace, reader, 2, 3))
	at(0)
	b.must(b.Advance(ctx, l.Workspace, reader, 0, 0))
	b.must(b.Advance(ctx, l.Workspace, reader, 0, 2))
	at(2)
	b.wants(store.ErrMoved, b.Advance(ctx, l.Workspace, reader, 0, 4))
	b.must(b.Advance(ctx, l.Workspace, reader, 2, 5))
	for _, bad := range [][2]store.Seq{{5, 4}, {5, 6}, {-1, 5}} {
		err := b.Advance(ctx, l.Workspace, reader, bad[0], bad[1])
		if err == nil || errors.Is(err, store.ErrMoved) {
			t.Errorf("advance from %d to %d: error %v, want another one", bad[0], bad[1], err)
		}
	}
	at(5)
	b.must(b.Advance(ctx, l.Workspace, "another", 0, 1))
	b.reopen()
	at(5)
	b.must(b.Forget(ctx, l.Workspace, reader))
	b.must(b.Forget(ctx, l.Workspace, reader))
	at(0)
	b.wants(store.ErrMoved, b.Advance(ctx, l.Workspace, reader, 5, 5))
	b.must(b.Advance(ctx, l.Workspace, reader, 0, 4)) // begins anew, in the middle
	at(4)
	other, err := b.Position(ctx, l.Workspace, "another")
	b.must(err)
	b.same("position of another reader", store.Seq(1), other)

	b.wants(store.ErrNotFound, b.Advance(ctx, workspace(2), reader, 0, 0))
	b.wants(store.ErrNotFound, b.Forget(ctx, workspace(2), reader))
	if err := b.Advance(ctx, l.Workspace, store.Projection, 0, 1); err == nil {
		t.Error("the projection moved without being written")
	}
	if err := b.Forget(ctx, l.Workspace, store.Projection); err == nil {
		t.Error("the projection was forgotten")
	}
}

func testTrimReaders(t *testing.T, b *bench) {
	l, ctx := b.create(1), t.Context()
	pos := b.append(l, l.Pos, 20)
	parts, err := b.read(l.Workspace, 0)
	b.must(err)
	b.must(b.Project(ctx, l.Workspace, 0, parts))
	b.must(b.Snapshot(ctx, l, pos, inOrder(replay(l.Workspace, pos.Seq))))
	kept := func(first store.Seq) {
		t.Helper()
		b.must(b.Trim(ctx, l.Workspace, moment(1000)))
		parts, err := b.read(l.Workspace, first-1)
		b.must(err)
		b.same("records", int(pos.Seq-first+1), len(parts))
		if first > 1 {
			_, err = b.read(l.Workspace, first-2)
			b.wants(store.ErrTrimmed, err)
		}
	}
	b.must(b.Advance(ctx, l.Workspace, "slow", 0, 0))
	b.must(b.Advance(ctx, l.Workspace, "quick", 0, 12))
	kept(1)
	b.must(b.Advance(ctx, l.Workspace, "slow", 0, 7))
	kept(8)
	b.must(b.Forget(ctx, l.Workspace, "slow"))
	kept(13)
	b.must(b.Forget(ctx, l.Workspace, "quick"))
	kept(21)
}
