package storetest

import (
	"testing"

	"taskrouter/internal/store"
)

func testBookmark(t *testing.T, b *bench) {
	l, ctx := b.create(1), t.Context()
	b.append(l, l.Pos, 3)
	const reader = "webhook"
	is := func(mark string, there bool) {
		t.Helper()
		got, ok, err := b.Bookmark(ctx, l.Workspace, reader)
		b.must(err)
		b.same("bookmark", mark, got)
		b.same("has a position", there, ok)
	}
	is("", false)
	b.wants(store.ErrMoved, b.SetBookmark(ctx, l.Workspace, reader, "a"))
	is("", false)
	b.must(b.Advance(ctx, l.Workspace, reader, 0, 0))
	is("", true)
	b.must(b.SetBookmark(ctx, l.Workspace, reader, "a"))
	b.must(b.Advance(ctx, l.Workspace, reader, 0, 2))
	is("a", true)
	b.must(b.Advance(ctx, l.Workspace, "another", 0, 1))
	b.must(b.SetBookmark(ctx, l.Workspace, "another", "b"))
	b.reopen()
	is("a", true)
	b.must(b.SetBookmark(ctx, l.Workspace, reader, ""))
	is("", true)
	b.must(b.SetBookmark(ctx, l.Workspace, reader, "c"))
	b.must(b.Forget(ctx, l.Workspace, reader))
	is("", false)
	b.must(b.Advance(ctx, l.Workspace, reader, 0, 1))
	is("", true)
	b.wants(store.ErrNotFound, b.SetBookmark(ctx, workspace(2), reader, "a"))
}
