package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

func testAppend(t *testing.T, b *bench) {
	l := b.create(1)
	b.same("lease", store.Lease{Workspace: workspace(1), Owner: l.Owner, Epoch: 1}, l)
	if l.Owner == "" {
		t.Fatal("a lease has no owner")
	}
	head := b.append(l, l.Pos, 5)
	again := b.claim(1)
	b.same("position after a claim", head, again.Pos)
	b.same("time after a claim", moment(5), again.At)
	_, parts := b.loadParts(again)
	var want []store.Part
	for seq := store.Seq(1); seq <= 5; seq++ {
		want = append(want, store.Part{Seq: seq, At: moment(int(seq)), Changes: history(workspace(1), seq)})
	}
	b.same("loaded parts", want, parts)
	c := parts[4].Changes[0]
	if e := c.Events[1]; e.Task != c.Puts[1] || e.Worker != c.Puts[3] || e.Task == c.Puts[0] {
		t.Error("subjects of an event are not the versions that the change puts")
	}
}

func testNeighbours(t *testing.T, b *bench) {
	one, two, three := b.create(1), b.create(2), b.create(3)
	stale := two
	stale.Epoch++
	batch := []store.Record{
		b.record(one, one.Pos), b.record(stale, two.Pos), b.record(three, three.Pos),
		{Lease: store.Lease{Workspace: workspace(9)}},
	}
	// A second record of a workspace goes on from the first.
	batch = append(batch, b.record(one, batch[0].Next))
	got := b.Append(batch)
	var states []string
	for _, o := range got {
		states = append(states, o.State.String())
	}
	b.same("states", []string{"durable", "refused", "durable", "refused", "durable"}, states)
	b.wants(store.ErrNotFound, got[3].Err)
	b.same("record of the first", store.Seq(2), b.claim(1).Pos.Seq)
	b.same("record of the refused", store.Seq(0), b.claim(2).Pos.Seq)
	b.same("record of the last", store.Seq(1), b.claim(3).Pos.Seq)
}

func testRefusals(t *testing.T, b *bench) {
	l := b.create(1)
	head := b.append(l, l.Pos, 3)
	tests := []struct {
		name  string
		spoil func(*store.Record)
	}{
		{"another owner", func(r *store.Record) { r.Lease.Owner = "somebody" }},
		{"an older epoch", func(r *store.Record) { r.Lease.Epoch-- }},
		{"an epoch to come", func(r *store.Record) { r.Lease.Epoch++ }},
		{"a record skipped", func(r *store.Record) { r.Prev.Seq++; r.Next.Seq++ }},
		{"a record repeated", func(r *store.Record) { r.Prev.Seq--; r.Next.Seq-- }},
		{"another past", func(r *store.Record) {
			r.Prev.Chain++
			r.Next.Chain = store.Chain(r.Prev.Chain, r.Body)
		}},
		{"a chain that is not the body's", func(r *store.Record) { r.Next.Chain++ }},
		{"two steps in one", func(r *store.Record) { r.Next.Seq++ }},
	}
	for _, tt := range tests {
		r := b.record(l, head)
		tt.spoil(&r)
		b.refused(b.Append([]store.Record{r})[0], head, tt.name)
	}
	if o := b.Append([]store.Record{{Lease: l, Prev: head, Next: head}})[0]; o.State != store.Refused {
		t.Errorf("record without a body: %v", o)
	}
	b.append(l, head, 1)
	b.same("records", replay(l.Workspace, 4), b.load(b.claim(1)))
}

func testTime(t *testing.T, b *bench) {
	l := b.create(1)
	head := b.append(l, l.Pos, 1)
	at := func(at time.Time) store.Record { return b.codec.Record(l, head, at, history(l.Workspace, 2)) }
	b.refused(b.Append([]store.Record{at(moment(1).Add(-time.Millisecond))})[0], head, "earlier")
	b.refused(b.Append([]store.Record{at(time.Time{})})[0], head, "no time")
	if o := b.Append([]store.Record{at(moment(1))})[0]; o.State != store.Durable {
		t.Fatalf("record of the same moment: %v", o.Err)
	}
}

func testClaim(t *testing.T, b *bench) {
	old := b.create(1)
	head := b.append(old, old.Pos, 2)
	l := b.claim(1)
	if l.Epoch != old.Epoch+1 || l.Pos != head {
		t.Fatalf("claim after %+v at %v gave %+v", old, head, l)
	}
	b.refused(b.Append([]store.Record{b.record(old, head)})[0], head, "older lease")
	b.append(l, head, 1)
	_, err := b.Claim(t.Context(), workspace(2))
	b.wants(store.ErrNotFound, err)
}

func testRelease(t *testing.T, b *bench) {
	l := b.create(1)
	wake := moment(1000)
	b.wants(store.ErrFenced, b.Release(t.Context(), store.Lease{
		Workspace: l.Workspace, Owner: "somebody", Epoch: l.Epoch}, wake))
	head := b.append(l, l.Pos, 1)
	b.wants(store.ErrFenced, b.Release(t.Context(), l, wake)) // it says where it began
	l.Pos = head
	entry := func() store.Entry {
		list, err := b.AllWorkspaces(t.Context())
		b.must(err)
		return list[0]
	}
	want := store.Entry{Account: account(1), Workspace: l.Workspace, Head: 1}
	b.same("entry while owned", want, entry())
	b.must(b.Release(t.Context(), l, wake))
	want.Released, want.WakeAt = true, wake
	b.same("entry when released", want, entry())
	b.refused(b.Append([]store.Record{b.record(l, head)})[0], head, "released lease")
	b.wants(store.ErrFenced, b.Release(t.Context(), l, wake))

	l = b.claim(1)
	want.Released, want.WakeAt = false, time.Time{}
	b.same("entry when claimed again", want, entry())
	b.must(b.Release(t.Context(), l, time.Time{}))
	want.Released = true
	b.same("entry without a timer", want, entry())
}

func testReopen(t *testing.T, b *bench) {
	l := b.create(1)
	head := b.append(l, l.Pos, 3)
	for n := store.Seq(4); n < 8; n += 2 {
		b.reopen()
		l = b.claim(1)
		b.same("position", head, l.Pos)
		head = b.append(l, head, 2)
	}
	b.reopen()
	b.same("state", replay(l.Workspace, head.Seq), b.load(b.claim(1)))
}

func testEarlierRun(t *testing.T, b *bench) {
	l := b.create(1)
	head := b.append(l, l.Pos, 1)
	b.reopen()
	now := b.claim(1)
	if now.Owner == l.Owner || now.Epoch <= l.Epoch {
		t.Errorf("lease %+v of the next run is like %+v of the one before", now, l)
	}
	b.refused(b.Append([]store.Record{b.record(l, head)})[0], head, "lease of an earlier run")
}

// testConcurrent lets many workspaces append through one appender, as an engine does.
func testConcurrent(t *testing.T, b *bench) {
	const workspaces, records = 20, 30
	type request struct {
		record store.Record
		answer chan store.Outcome
	}
	requests := make(chan request)
	go func() {
		for r := range requests {
			waiting := []request{r}
			for more := true; more; {
				select {
				case r, more = <-requests:
					if more {
						waiting = append(waiting, r)
					}
				default:
					more = false
				}
			}
			batch := make([]store.Record, len(waiting))
			for i := range waiting {
				batch[i] = waiting[i].record
			}
			for i, o := range b.Append(batch) {
				waiting[i].answer <- o
			}
		}
	}()
	var wg sync.WaitGroup
	for n := range workspaces {
		l := b.create(n)
		wg.Go(func() {
			pos := l.Pos
			for range records {
				r := request{b.record(l, pos), make(chan store.Outcome)}
				requests <- r
				if o := <-r.answer; o.State != store.Durable {
					t.Errorf("workspace %s: %v", l.Workspace, o.Err)
					return
				}
				pos = r.record.Next
			}
		})
	}
	wg.Wait()
	close(requests)
	for n := range workspaces {
		b.same(fmt.Sprintf("state of workspace %d", n), replay(workspace(n), records), b.load(b.claim(n)))
	}
}

func testDelete(t *testing.T, b *bench) {
	l := b.create(1)
	head := b.append(l, l.Pos, 2)
	last := b.codec.Record(l, head, moment(3), []*taskrouter.Change{{
		At: moment(3), Deleted: []string{string(l.Workspace)}}})
	last.Final = true
	if o := b.Append([]store.Record{last})[0]; o.State != store.Durable {
		t.Fatal(o.Err)
	}
	for range 2 {
		_, err := b.Claim(t.Context(), l.Workspace)
		b.wants(store.ErrNotFound, err)
		b.wants(store.ErrNotFound, b.Append([]store.Record{b.record(l, last.Next)})[0].Err)
		list, err := b.Workspaces(t.Context(), account(1))
		b.must(err)
		b.same("directory of the account", 0, len(list))
		all, err := b.AllWorkspaces(t.Context())
		b.must(err)
		b.same("whole directory", []store.Entry{{Account: account(1), Workspace: l.Workspace,
			Head: 3, Deleted: true, Released: true}}, all)
		parts, err := b.read(l.Workspace, 0)
		b.must(err)
		b.same("records", 3, len(parts))
		b.reopen()
	}
	_, err := b.Create(t.Context(), account(1), l.Workspace)
	b.wants(store.ErrConflict, err)
}
