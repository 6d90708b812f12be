package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"taskrouter"
	"taskrouter/internal/store"
)

func testLoadAnywhere(t *testing.T, b *bench) {
	l := b.create(1)
	for n := range store.Seq(8) {
		b.same(fmt.Sprintf("state at record %d", n), replay(l.Workspace, n), b.load(l))
		head := b.append(l, l.Pos, 1)
		if n == 4 {
			b.must(b.Snapshot(t.Context(), l, head, inOrder(replay(l.Workspace, 5))))
		}
		l = b.claim(1)
	}
}

func testSnapshot(t *testing.T, b *bench) {
	l := b.create(1)
	head := b.append(l, l.Pos, 6)
	b.must(b.Snapshot(t.Context(), l, head, inOrder(replay(l.Workspace, 6))))
	b.append(l, head, 4)
	_, parts := b.loadParts(b.claim(1))
	if len(parts) < 5 || parts[0].Entities == nil || parts[0].Seq != 6 {
		t.Fatalf("loaded %d parts, first at %d: not from the snapshot", len(parts), parts[0].Seq)
	}
	b.reopen()
	l = b.claim(1)
	b.same("state", replay(l.Workspace, 10), b.load(l))

	// A newer one takes its place, an older one is too late.
	b.must(b.Snapshot(t.Context(), l, l.Pos, inOrder(replay(l.Workspace, 10))))
	b.must(b.Snapshot(t.Context(), l, head, inOrder(nil)))
	state, parts := b.loadParts(l)
	b.same("state", replay(l.Workspace, 10), state)
	b.same("first part", store.Seq(10), parts[0].Seq)

	stop := errors.New("enough")
	b.wants(stop, b.Load(t.Context(), l, func(store.Part) error { return stop }))
}

func testSnapshotFenced(t *testing.T, b *bench) {
	old := b.create(1)
	head := b.append(old, old.Pos, 3)
	l := b.claim(1)
	lie := inOrder(map[string]taskrouter.Entity{})
	b.wants(store.ErrFenced, b.Snapshot(t.Context(), old, head, lie))
	ahead := store.Position{Seq: head.Seq + 1}
	b.wants(store.ErrFenced, b.Snapshot(t.Context(), l, ahead, lie))
	b.same("state", replay(l.Workspace, 3), b.load(l))
}

func testSnapshotParts(t *testing.T, b *bench) {
	l := b.create(1)
	state := replay(l.Workspace, 1)
	for n := range 3000 {
		task := &taskrouter.Task{SID: sid[taskrouter.TaskSID]("WT", n), DateCreated: moment(n),
			Attributes: strings.Repeat(fmt.Sprint(n, " "), 100)}
		state[string(task.SID)] = task
	}
	r := b.codec.Record(l, l.Pos, moment(1), []*taskrouter.Change{{
		At: moment(1), Puts: slices.Collect(maps.Values(state))}})
	if o := b.Append([]store.Record{r})[0]; o.State != store.Durable {
		t.Fatal(o.Err)
	}
	b.must(b.Snapshot(t.Context(), l, r.Next, inOrder(state)))
	l = b.claim(1)
	got, parts := b.loadParts(l)
	b.same("state", state, got)
	if len(parts) < 4 {
		t.Errorf("a snapshot of %d entities came in %d parts", len(state), len(parts))
	}
}

func testDamage(t *testing.T, b *bench) {
	spoilt := func(r store.Record) store.Record {
		r.Body = slices.Clone(r.Body)
		r.Body[len(r.Body)/2] ^= 1
		r.Next.Chain = store.Chain(r.Prev.Chain, r.Body)
		return r
	}
	l := b.create(1)
	head := b.append(l, l.Pos, 2)
	r := spoilt(b.record(l, head))
	if o := b.Append([]store.Record{r})[0]; o.State != store.Durable {
		t.Fatal(o.Err)
	}
	err := b.Load(t.Context(), b.claim(1), func(store.Part) error { return nil })
	b.wants(store.ErrDamaged, err)
	parts, readErr := b.read(l.Workspace, 0)
	b.wants(store.ErrDamaged, readErr)
	b.same("records before the damage", 2, len(parts))
	for _, err := range []error{err, readErr} {
		if s := err.Error(); !strings.Contains(s, string(l.Workspace)) || !strings.Contains(s, "record 3") {
			t.Errorf("error %q does not name workspace and record", s)
		}
	}
	// A lease that believes in another history is found out.
	l = b.create(2)
	b.append(l, l.Pos, 2)
	l = b.claim(2)
	l.Pos.Chain++
	b.wants(store.ErrDamaged, b.Load(t.Context(), l, func(store.Part) error { return nil }))
	l.Pos.Seq++
	b.wants(store.ErrDamaged, b.Load(t.Context(), l, func(store.Part) error { return nil }))
}

func testRead(t *testing.T, b *bench) {
	l := b.create(1)
	const records = 300
	b.append(l, l.Pos, records)
	for _, after := range []store.Seq{0, 1, 150, 256, records, records + 5} {
		parts, err := b.read(l.Workspace, after)
		b.must(err)
		b.same("number of records", int(max(0, records-after)), len(parts))
		for i, p := range parts {
			seq := after + store.Seq(i) + 1
			b.same("record", store.Part{Seq: seq, At: moment(int(seq)),
				Changes: history(l.Workspace, seq)}, p)
		}
	}
	for p, err := range b.Read(t.Context(), l.Workspace, 0) {
		b.must(err)
		if p.Seq == 3 {
			break
		}
	}
	_, err := b.read(workspace(2), 0)
	b.wants(store.ErrNotFound, err)
}
