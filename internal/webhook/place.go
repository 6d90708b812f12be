package webhook

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

// reader is the name under which the store keeps the place of each workspace.
const reader = "callbacks"

const (
	// saveEvery is how long a place may be ahead of the stored one, saveAfter by how many
	// requests: no more are made again after a crash.
	saveEvery = 200 * time.Millisecond
	saveAfter = 32
	// moveEvery and moveAfter are the same for the position in the journal, which only says
	// from where to read.
	moveEvery = 5 * time.Second
	moveAfter = 256
	// rereadChanges is how many changes are read back at a time.
	rereadChanges = 256
	// recentRecords is how far back the record is looked for that set a URL.
	recentRecords = 256
)

// A place is how far the events of a workspace have been told: all records up to seq, and of the
// later ones all events up to told, since the SIDs of a workspace's events rise.
type place struct {
	known   bool // found in the store
	forget  bool // what the store has is to be taken away first
	seq     store.Seq
	told    taskrouter.EventSID
	failing time.Time // since when the receiver has not answered; zero: it does

	stored  store.Seq // seq as the store has it
	moved   time.Time // when that was
	unsaved int       // requests made since the mark was stored
	saved   time.Time // when that was
}

// mark is what is kept of a place beside its seq.
func (p *place) mark() string {
	if p.failing.IsZero() {
		return string(p.told)
	}
	return string(p.told) + " " + strconv.FormatInt(p.failing.UnixMilli(), 10)
}

func (p *place) setMark(mark string) {
	told, failing, ok := strings.Cut(mark, " ")
	p.told, p.failing = taskrouter.EventSID(told), time.Time{}
	if ms, err := strconv.ParseInt(failing, 10, 64); ok && err == nil {
		p.failing = time.UnixMilli(ms)
	}
}

// clear takes away what the store has.
func (t *track) clear(ctx context.Context) error {
	err := t.m.o.Store.Forget(ctx, t.ws, reader)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	t.place, t.batch = place{}, nil
	return nil
}

// open brings the place in line with the store: what is to be forgotten is, and who has no place
// yet gets one.
func (t *track) open(ctx context.Context) error {
	if t.forget {
		if err := t.clear(ctx); err != nil {
			return err
		}
	}
	if t.known || t.wishNow().url == "" {
		return nil
	}
	st := t.m.o.Store
	mark, there, err := st.Bookmark(ctx, t.ws, reader)
	if err != nil {
		return err
	}
	p := place{known: true}
	if there {
		if p.seq, err = st.Position(ctx, t.ws, reader); err != nil {
			return err
		}
	} else {
		var told taskrouter.EventSID
		if p.seq, told, err = t.start(ctx); err != nil {
			return err
		}
		mark = string(told)
		if err = st.Advance(ctx, t.ws, reader, 0, p.seq); err == nil {
			err = st.SetBookmark(ctx, t.ws, reader, mark)
		}
		if err != nil {
			return err
		}
	}
	p.setMark(mark)
	p.stored = p.seq
	p.saved, p.moved = time.Now(), time.Now()
	t.place, t.batch = p, nil
	return nil
}

// save stores the place if it is time to, or now. It returns after what time to save again if
// nothing happens until then; 0 means that all is stored. A position must not stay behind, since
// the journal is kept from there on.
func (t *track) save(ctx context.Context, now bool) (again time.Duration) {
	if !t.known {
		return 0
	}
	st := t.m.o.Store
	if t.unsaved > 0 && (now || t.unsaved >= saveAfter || time.Since(t.saved) >= saveEvery) {
		if err := st.SetBookmark(ctx, t.ws, reader, t.mark()); err != nil {
			t.unstored(ctx, err)
			return saveEvery
		}
		t.unsaved, t.saved = 0, time.Now()
	}
	if t.seq > t.stored &&
		(now || t.seq-t.stored >= moveAfter || time.Since(t.moved) >= moveEvery) {
		if err := st.Advance(ctx, t.ws, reader, t.stored, t.seq); err != nil {
			t.unstored(ctx, err)
			return saveEvery
		}
		t.stored, t.moved = t.seq, time.Now()
	}
	switch {
	case t.unsaved > 0:
		return saveEvery
	case t.seq > t.stored:
		return moveEvery
	}
	return 0
}

// unstored notes that a place could not be stored. Telling goes on: at worst, events are told
// again.
func (t *track) unstored(ctx context.Context, err error) {
	t.saved = time.Now() // not again at once
	t.moved = t.saved
	if ctx.Err() == nil {
		t.m.o.Logger.Error("cannot store how far events have been told", "workspace", t.ws,
			"err", err)
	}
	if errors.Is(err, store.ErrMoved) {
		t.known = false
	}
}

// settle stores all places, when nothing runs any more.
func (m *Messenger) settle() {
	ctx, cancel := context.WithTimeout(context.Background(), m.o.StopPatience)
	defer cancel()
	m.tracks.mu.Lock()
	all := make([]*track, 0, len(m.tracks.all))
	for _, t := range m.tracks.all {
		t.endPause()
		if t.later != nil {
			t.later.Stop()
		}
		all = append(all, t)
	}
	m.tracks.mu.Unlock()
	for _, t := range all {
		t.begin()
		if err := t.open(ctx); err != nil {
			m.o.Logger.Error("cannot store how far events have been told", "workspace", t.ws,
				"err", err)
			continue
		}
		t.save(ctx, true)
	}
}

// part returns the record after the place, nil if there is none yet.
func (t *track) part() (*store.Part, error) {
	if len(t.batch) == 0 {
		if err := t.fill(); err != nil || len(t.batch) == 0 {
			return nil, err
		}
	}
	return &t.batch[0], nil
}

// fill gets records to tell: the queue if it goes on from the place, otherwise what the journal
// holds.
func (t *track) fill() error {
	t.m.tracks.mu.Lock()
	queue, head := t.forgetQueue(), t.head
	t.m.tracks.mu.Unlock()
	for len(queue) > 0 && queue[0].Seq <= t.seq {
		queue = queue[1:]
	}
	if len(queue) > 0 && queue[0].Seq == t.seq+1 {
		t.batch = queue
		return nil
	}
	if head <= t.seq {
		return nil
	}
	changes := 0
	for part, err := range t.m.o.Engine.Read(t.m.ctx, t.ws, t.seq) {
		if errors.Is(err, store.ErrTrimmed) {
			return t.leap(head)
		}
		if err != nil {
			return err
		}
		t.batch = append(t.batch, part)
		if changes += len(part.Changes); changes >= rereadChanges {
			break
		}
	}
	if len(t.batch) == 0 {
		return fmt.Errorf("the journal ends before record %d", head)
	}
	return nil
}

// leap goes on where the journal begins now: what was before is no longer kept.
func (t *track) leap(head store.Seq) error {
	first, err := t.kept(t.m.ctx, t.seq, head)
	if err != nil {
		return err
	}
	w := t.wishNow()
	t.alert(&w, "events of records %d to %d could not be told to event callback %s: they are no "+
		"longer kept", t.seq+1, first, w.target.shown)
	t.seq = first
	return nil
}

// kept returns the least position from low to high from which the journal can be read.
func (t *track) kept(ctx context.Context, low, high store.Seq) (store.Seq, error) {
	for low < high {
		mid := (low + high) / 2
		err := t.readable(ctx, mid)
		switch {
		case err == nil:
			high = mid
		case errors.Is(err, store.ErrTrimmed):
			low = mid + 1
		default:
			return 0, err
		}
	}
	return low, nil
}

// readable reports whether the journal is kept after a position.
func (t *track) readable(ctx context.Context, after store.Seq) error {
	for _, err := range t.m.o.Engine.Read(ctx, t.ws, after) {
		return err
	}
	return nil
}

// start finds the place of a workspace whose URL has just been set: right before the event that
// tells so. That is looked for in the last records, for the server may have been stopped in
// between. Spec: callbacks 3
func (t *track) start(ctx context.Context) (store.Seq, taskrouter.EventSID, error) {
	t.m.tracks.mu.Lock()
	head := t.head
	t.m.tracks.mu.Unlock()
	from, err := t.kept(ctx, max(0, head-recentRecords), head)
	if err != nil {
		return 0, "", err
	}
	seq, told, found := head, taskrouter.EventSID(""), false
	for part, err := range t.m.o.Engine.Read(ctx, t.ws, from) {
		if err != nil {
			return 0, "", err
		}
		if part.Seq > head && found {
			break
		}
		var before taskrouter.EventSID
		for _, c := range part.Changes {
			for i := range c.Events {
				e := &c.Events[i]
				if e.Workspace != nil && e.ResourceType() == "workspace" {
					set := e.Workspace.EventCallbackURL != ""
					if set && !found {
						seq, told = part.Seq-1, before
					}
					found = set
				}
				before = e.SID
			}
		}
	}
	if !found {
		seq, told = head, ""
	}
	return seq, told, nil
}
