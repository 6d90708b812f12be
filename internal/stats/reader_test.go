package stats

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// accepted are the reservations that the queue's workers accepted in the last hour.
func (b *bench) accepted() int {
	b.Helper()
	all, err := b.reader.Figures(b.Context(), alice, b.ws, b.lastHour())
	b.must(err)
	return all[0].Counts[taskrouter.ReservationsAccepted]
}

func (b *bench) lastHour() taskrouter.FiguresQuery {
	return taskrouter.FiguresQuery{
		Window: taskrouter.Window{From: b.read().Add(-time.Hour)}, Of: []string{string(b.queue)},
	}
}

// TestOwnWrites asks after each life: what was acknowledged is counted.
func TestOwnWrites(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.run()
	for i := range 50 {
		b.life(time.Second)
		if got := b.accepted(); got != i+1 {
			t.Fatalf("after %d lives: %d accepted", i+1, got)
		}
	}
	if s := b.reader.Stats(); s.Behind != 0 || s.Changes < 150 {
		t.Errorf("stats are %+v", s)
	}
}

// TestStop stops the reader and runs another one: what was counted was saved.
func TestStop(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	stop := b.run()
	b.life(time.Second)
	before := b.accepted()
	stop()
	head, err := b.engine.Head(t.Context(), alice, b.ws)
	b.must(err)
	pos, err := b.store.Position(t.Context(), b.ws, store.Statistics)
	b.must(err)
	if pos != head.Seq {
		t.Errorf("saved up to record %d of %d", pos, head.Seq)
	}
	b.life(time.Second) // while nobody counts
	b.reopen()
	b.run()
	if got := b.accepted(); got != before+1 {
		t.Errorf("%d accepted, want %d", got, before+1)
	}
}

// TestOverflow has more happen than the reader holds in memory before it begins.
func TestOverflow(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.life(time.Second)
	b.reader.mu.Lock()
	b.reader.queued = queueLimit // as if others filled it
	b.reader.mu.Unlock()
	b.life(time.Second)
	b.reader.mu.Lock()
	b.reader.queued -= queueLimit
	b.reader.mu.Unlock()
	b.life(time.Second)
	b.run()
	if got := b.accepted(); got != 3 {
		t.Errorf("%d accepted, want 3", got)
	}
}

// TestTwoReaders has another reader count the same records: the first one notices when it saves,
// and goes on from there.
func TestTwoReaders(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.life(time.Second)
	first := b.reader
	mine := b.count()
	b.reader = New(b.engine, b.store, Options{Now: b.read})
	defer b.reader.cancel()
	b.must(b.reader.save(t.Context(), b.count()))
	b.reader = first
	err := first.save(t.Context(), mine)
	if !errors.Is(err, store.ErrMoved) {
		t.Fatalf("error %v, want %v", err, store.ErrMoved)
	}
	first.finish(t.Context(), mine, err)
	b.life(time.Second)
	b.count()
	if got := b.accepted(); got != 2 {
		t.Errorf("%d accepted, want 2", got)
	}
	b.must(first.save(t.Context(), mine))
}

// A brittle store fails to count while it is broken.
type brittle struct {
	store.Store
	broken atomic.Bool
}

func (s *brittle) Count(ctx context.Context, ws taskrouter.WorkspaceSID, after, to store.Seq,
	rows []store.Statistic) error {
	if s.broken.Load() {
		return errors.New("the disk is full")
	}
	return s.Store.Count(ctx, ws, after, to, rows)
}

// TestSaveFails goes on counting while nothing can be saved, and saves it later.
func TestSaveFails(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	disk := &brittle{Store: b.store}
	var log bytes.Buffer
	b.reader.store, b.reader.log = disk, slog.New(slog.NewTextHandler(&log, nil))
	disk.broken.Store(true)
	b.life(time.Second)
	track := b.count()
	b.reader.saveAll(t.Context())
	if !strings.Contains(log.String(), "the disk is full") {
		t.Errorf("the log says %q", log.String())
	}
	said := log.Len()
	b.life(time.Second)
	b.count()
	b.reader.saveAll(t.Context()) // too early to try again
	if log.Len() != said {
		t.Errorf("the log goes on: %s", log.String()[said:])
	}
	if got := b.accepted(); got != 2 {
		t.Errorf("%d accepted, want 2", got)
	}
	disk.broken.Store(false)
	track.retry = time.Time{}
	b.reader.saveAll(t.Context())
	b.reopen()
	b.count()
	if got := b.accepted(); got != 2 {
		t.Errorf("after all: %d accepted, want 2", got)
	}
}

// TestTrimmed begins where records are left when those before are not kept any more.
func TestTrimmed(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.life(time.Second)
	b.pass(time.Hour)
	b.trimAll()
	b.life(time.Second)
	b.count()
	if got := b.accepted(); got != 0 {
		t.Fatalf("%d accepted, want 0: they happened before counting begins", got)
	}
	b.life(time.Second)
	b.count()
	if got := b.accepted(); got != 1 {
		t.Errorf("%d accepted, want 1", got)
	}
	b.must(b.reader.save(t.Context(), b.track()))
}

// TestDeletedWorkspace lets go of a workspace that is deleted, and of all that is stored of it.
func TestDeletedWorkspace(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.life(time.Second)
	b.run()
	b.accepted()
	b.do(routing.DeleteWorkspace{})
	if _, err := b.reader.Figures(t.Context(), alice, b.ws, b.lastHour()); taskrouter.KindOf(err) != taskrouter.NotFound {
		t.Errorf("error %v, want not found", err)
	}
	eventually(t, "the track is gone", func() bool {
		b.reader.mu.Lock()
		defer b.reader.mu.Unlock()
		return b.reader.tracks[b.ws] == nil
	})
	b.project()
	b.must(b.store.Trim(t.Context(), b.ws, b.read().Add(time.Hour)))
	for kind := range kindStays + 1 {
		for row, err := range b.store.Statistics(t.Context(), b.ws, store.StatisticQuery{Kind: kind, To: 1 << 60, Last: lastOwner}) {
			t.Errorf("left: %v %v", row, err)
		}
	}
}

// TestUnavailable answers callers who can't be served in time, and forgets them.
func TestUnavailable(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := b.reader.Figures(ctx, alice, b.ws, b.lastHour()) // nobody counts
	if taskrouter.KindOf(err) != taskrouter.Unavailable || err == nil {
		t.Errorf("error %v, want unavailable", err)
	}
	if b.reader.waiting != 0 || len(b.track().waiting) != 0 {
		t.Errorf("%d callers are still waited for", b.reader.waiting)
	}
}

// TestDamaged says so in the log, and to callers that there are no figures now.
func TestDamaged(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.life(time.Second)
	b.must(b.reader.save(t.Context(), b.count()))
	row := store.Statistic{Kind: kindHour, At: floorTo(b.read().Unix(), anHour) - 30*anHour, Owner: string(b.queue)}
	for _, data := range []string{"\xff", "\x00\x05\x01", "\x00\x03\x02\x7f\x01", "\x00\x02\x01\x01"} {
		row.Data = []byte(data)
		pos := b.track().stored
		b.must(b.store.Count(t.Context(), b.ws, pos, pos, []store.Statistic{row}))
		b.track().book.floor = floorTo(b.read().Unix(), anHour)
		q := b.lastHour()
		q.From = q.From.Add(-40 * time.Hour)
		_, err := b.reader.Figures(t.Context(), alice, b.ws, q)
		if taskrouter.KindOf(err) != taskrouter.Unavailable || err == nil {
			t.Errorf("%q: error %v, want unavailable", data, err)
		}
	}
	row.Kind, row.At = kindMinute, floorTo(b.read().Unix(), aMinute)
	pos := b.track().stored
	b.must(b.store.Count(t.Context(), b.ws, pos, pos, []store.Statistic{row}))
	b.reopen()
	track := b.track()
	track.waiting = append(track.waiting, catchUp{done: make(chan *book, 1)})
	if err := b.reader.count(t.Context(), track); !errors.Is(err, errDamaged) {
		t.Errorf("error %v, want %v", err, errDamaged)
	}
}

// TestMovedWhileAsking counts a worker once who moved between the look at workers and the
// question.
func TestMovedWhileAsking(t *testing.T) {
	b := newBench(t)
	w := b.worker("Alice")
	q := taskrouter.StaysQuery{Workers: b.workers(), Former: true}
	q.From = b.read()
	b.pass(40 * time.Second)
	b.do(routing.UpdateWorker{SID: w, ActivitySID: &b.away})
	b.pass(10 * time.Second)
	q.Now = b.read()
	b.count()
	for _, q.Former = range []bool{true, false} {
		got, err := b.reader.Stays(t.Context(), alice, b.ws, q)
		b.must(err)
		want := map[taskrouter.ActivitySID]taskrouter.Stays{
			b.here: {Tasks: 1, Total: 50 * time.Second, Min: 50 * time.Second, Max: 50 * time.Second},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestThroughput(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	rate := func(want float64) {
		t.Helper()
		if got := b.reader.Throughput(b.ws, b.queue); got != want {
			t.Errorf("throughput %v, want %v", got, want)
		}
	}
	rate(0)
	for range 9 {
		b.life(time.Second)
	}
	b.count()
	rate(9.0 / 900)
	b.pass(20 * time.Minute)
	rate(9.0 / 3600)
	b.pass(time.Hour)
	rate(0)
}

// TestManyMinutes keeps the current hour alone in memory when there is too much.
func TestManyMinutes(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	for range 3 {
		b.life(time.Second)
		b.pass(40 * time.Minute)
	}
	track := b.count()
	now := floorTo(b.read().Unix(), anHour)
	for _, step := range []struct {
		room int
		want int64
	}{{1 << 20, now - 2*anHour}, {100, now}} {
		b.reader.room = step.room
		b.reader.tidyAll(t.Context())
		if track.book.floor != step.want {
			t.Errorf("with room for %d bytes minutes are kept from %d on, want %d", step.room,
				track.book.floor, step.want)
		}
	}
	q := b.lastHour()
	q.From = q.From.Add(-2 * time.Hour)
	if got := b.figures(q)[0].Counts[taskrouter.ReservationsAccepted]; got != 3 {
		t.Errorf("%d accepted, want 3", got)
	}
}

// TestSweepBrokenOff is killed while it removes the minutes that were summed up: what is left of
// them does not take the place of the whole.
func TestSweepBrokenOff(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.pass(time.Minute) // 22:00:30
	for range 3 {
		b.life(time.Second)
		b.pass(10 * time.Minute)
	}
	q := taskrouter.FiguresQuery{Of: []string{string(b.queue)}}
	q.From = b.read().Add(-time.Hour)
	b.pass(3 * time.Hour)
	floor := floorTo(b.read().Unix(), anHour)
	b.must(b.reader.sumUp(t.Context(), b.count(), floor))
	b.must(b.store.Uncount(t.Context(), b.ws, kindMinute, q.From.Unix()+45*aMinute))
	b.reopen()
	b.life(time.Second)
	b.must(b.reader.tidy(t.Context(), b.count(), floor+anHour))
	if got := b.figures(q)[0].Counts[taskrouter.ReservationsAccepted]; got != 4 {
		t.Errorf("%d accepted, want 4", got)
	}
}

// TestStoppedBeforeItBegan holds that a stop is no error, however early it comes.
func TestStoppedBeforeItBegan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(b.engine, b.store, Options{}).Run(ctx); err != nil {
		t.Error(err)
	}
}
