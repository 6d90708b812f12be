// Package storetest holds the promises of [store.Store] as tests, for every implementation.
package storetest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/store"
)

// Run tests a store. Open opens the store at a place, a directory that is empty at first; it is
// called again for the same place after Close and must find what was stored there. It closes
// the store at the end of the test unless that is done already.
func Run(t *testing.T, open func(t *testing.T, place string) store.Store) {
	tests := []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"an appended record is loaded again", testAppend},
		{"a refused record does not stop its neighbours", testNeighbours},
		{"records that do not go on from the head are refused", testRefusals},
		{"time does not run back", testTime},
		{"a claim raises the epoch and fences older leases", testClaim},
		{"a released workspace says when it is needed", testRelease},
		{"appends go on after reopening", testReopen},
		{"a lease of an earlier run is fenced", testEarlierRun},
		{"a claim at any record loads the same", testLoadAnywhere},
		{"snapshot and tail equal the whole journal", testSnapshot},
		{"a snapshot is fenced", testSnapshotFenced},
		{"a large snapshot has several parts", testSnapshotParts},
		{"a damaged body is named", testDamage},
		{"reading starts after any record", testRead},
		{"many goroutines append at once", testConcurrent},
		{"an account lists its own workspaces", testDirectory},
		{"a deleted workspace is gone, its journal is not", testDelete},
		{"a workspace without a record never was", testAbandoned},
		{"accounts are versioned", testAccounts},
		{"keys are put and deleted", testKeys},
		{"the projection moves by compare-and-set", testProjectPosition},
		{"a reader moves by compare-and-set", testAdvance},
		{"events come back as they were told", testEvents},
		{"events are found by what they mention", testEventFilters},
		{"alerts come back", testAlerts},
		{"a task's life can be told", testTaskLife},
		{"history ends where it was trimmed", testTrimHistory},
		{"a reader keeps a bookmark beside its position", testBookmark},
		{"trimming keeps what is still needed", testTrim},
		{"trimming waits for readers until they are forgotten", testTrimReaders},
		{"figures are counted together with their position", testCount},
		{"trimming removes old figures and waits for new ones", testTrimFigures},
		{"a closed store refuses", testClosed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, place: t.TempDir(), open: open, codec: store.NewCodec()}
			b.Store = open(t, b.place)
			tt.run(t, b)
		})
	}
}

// A bench is a store under test with what tests do to it.
type bench struct {
	store.Store
	t     *testing.T
	place string
	open  func(*testing.T, string) store.Store
	codec *store.Codec
}

func (b *bench) reopen() {
	b.t.Helper()
	b.must(b.Close())
	b.Store = b.open(b.t, b.place)
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// wants fails unless err is want.
func (b *bench) wants(want, err error) {
	b.t.Helper()
	if !errors.Is(err, want) {
		b.t.Fatalf("got error %v, want %v", err, want)
	}
}

// create makes a workspace number n of the first account.
func (b *bench) create(n int) store.Lease {
	b.t.Helper()
	l, err := b.Create(b.t.Context(), account(1), workspace(n))
	b.must(err)
	return l
}

func (b *bench) claim(n int) store.Lease {
	b.t.Helper()
	l, err := b.Claim(b.t.Context(), workspace(n))
	b.must(err)
	return l
}

// record is the next record of a workspace that stands at prev.
func (b *bench) record(l store.Lease, prev store.Position) store.Record {
	seq := prev.Seq + 1
	return b.codec.Record(l, prev, moment(int(seq)), history(l.Workspace, seq))
}

// append adds n records after prev and returns where the journal then stands.
func (b *bench) append(l store.Lease, prev store.Position, n int) store.Position {
	b.t.Helper()
	for range n {
		r := b.record(l, prev)
		want := []store.Outcome{{State: store.Durable, Head: r.Next}}
		if diff := cmp.Diff(want, b.Append([]store.Record{r})); diff != "" {
			b.t.Fatalf("append of record %d (-want +got):\n%s", r.Next.Seq, diff)
		}
		prev = r.Next
	}
	return prev
}

// load returns the state that parts of a history give: the newest version of each entity.
func (b *bench) load(l store.Lease) map[string]taskrouter.Entity {
	b.t.Helper()
	state, _ := b.loadParts(l)
	return state
}

func (b *bench) loadParts(l store.Lease) (map[string]taskrouter.Entity, []store.Part) {
	b.t.Helper()
	state := make(map[string]taskrouter.Entity)
	var parts []store.Part
	b.must(b.Load(b.t.Context(), l, func(p store.Part) error {
		parts = append(parts, p)
		apply(state, p)
		return nil
	}))
	return state, parts
}

func apply(state map[string]taskrouter.Entity, p store.Part) {
	for _, e := range p.Entities {
		state[e.EntitySID()] = e
	}
	for _, c := range p.Changes {
		for _, e := range c.Puts {
			state[e.EntitySID()] = e
		}
		for _, sid := range c.Deleted {
			delete(state, sid)
		}
	}
}

// replay is the state after the first n records of a workspace's history.
func replay(ws taskrouter.WorkspaceSID, n store.Seq) map[string]taskrouter.Entity {
	state := make(map[string]taskrouter.Entity)
	for seq := store.Seq(1); seq <= n; seq++ {
		apply(state, store.Part{Changes: history(ws, seq)})
	}
	return state
}

// inOrder yields the entities of a state in order of SIDs.
func inOrder(state map[string]taskrouter.Entity) iter.Seq[taskrouter.Entity] {
	return func(yield func(taskrouter.Entity) bool) {
		sids := make([]string, 0, len(state))
		for sid := range state {
			sids = append(sids, sid)
		}
		slices.Sort(sids)
		for _, sid := range sids {
			if !yield(state[sid]) {
				return
			}
		}
	}
}

func (b *bench) read(ws taskrouter.WorkspaceSID, after store.Seq) ([]store.Part, error) {
	var parts []store.Part
	for p, err := range b.Read(b.t.Context(), ws, after) {
		if err != nil {
			return parts, err
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func (b *bench) same(what string, want, got any) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

func (b *bench) refused(o store.Outcome, head store.Position, say string) {
	b.t.Helper()
	if o.State != store.Refused || o.Head != head || !errors.Is(o.Err, store.ErrFenced) {
		b.t.Fatalf("%s: got %v, head %v, error %v; want refused at head %v", say, o.State, o.Head, o.Err, head)
	}
}

func account(n int) taskrouter.AccountSID {
	return taskrouter.AccountSID(fmt.Sprintf("AC%032x", n))
}

func workspace(n int) taskrouter.WorkspaceSID {
	return taskrouter.WorkspaceSID(fmt.Sprintf("WS%032x", n))
}
