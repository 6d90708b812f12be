package stats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

// keepMinutes is how far back minutes are kept second by second, at least, in seconds.
const keepMinutes = 2 * anHour

// keepDays is how many days hours and days are kept, at least: a month and what a window's
// beginning may lie before midnight.
const keepDays = 32

// manyMinutes is how many bytes of a workspace's minutes are too many to keep those of hours that
// are over: thousands of owners have something to count in every second.
const manyMinutes = 64 << 20

// saveAgain is the time after which a save that failed is tried again.
const saveAgain = 10 * time.Second

// load reads what is stored of a workspace's book.
func (r *Reader) load(ctx context.Context, ws taskrouter.WorkspaceSID) (*book, error) {
	b := newBook()
	all := store.StatisticQuery{To: math.MaxInt64, Last: "\xff"}
	for row, err := range r.store.Statistics(ctx, ws, all) { // of kind mark
		if err != nil {
			return nil, err
		}
		scan := scanner{b: row.Data}
		b.floor, b.days = row.At, int64(scan.number())
		if scan.err != nil {
			return nil, scan.err
		}
	}
	for _, part := range []struct {
		kind int
		from int64
	}{{kindMinute, b.floor}, {kindStays, floorTo(b.floor, aDay)}} {
		all.Kind, all.From = part.kind, part.from
		for row, err := range r.store.Statistics(ctx, ws, all) {
			if err == nil {
				err = b.load(row)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

// save stores what was counted, and the position with it.
func (r *Reader) save(ctx context.Context, t *track) error {
	if t.book == nil || t.stored == t.pos {
		return nil
	}
	if err := r.store.Count(ctx, t.sid, t.stored, t.pos, t.book.unsaved()); err != nil {
		t.retry = time.Now().Add(saveAgain)
		return fmt.Errorf("save: %w", err)
	}
	t.book.mu.Lock()
	t.book.saved()
	t.book.mu.Unlock()
	r.mu.Lock()
	t.stored = t.pos
	r.mu.Unlock()
	return nil
}

// saveAll stores what was counted since it was called last.
func (r *Reader) saveAll(ctx context.Context) {
	r.mu.Lock()
	list := r.unsaved
	r.unsaved = nil
	for _, t := range list {
		t.unsaved = false
	}
	r.mu.Unlock()
	for _, t := range list {
		err := errEarly
		if !time.Now().Before(t.retry) {
			err = r.save(ctx, t)
		}
		if err == nil {
			continue
		}
		r.mu.Lock()
		r.noteUnsaved(t)
		r.mu.Unlock()
		if err != errEarly {
			r.finish(ctx, t, err)
		}
	}
}

// errEarly is a save that is put off.
var errEarly = errors.New("saving failed a moment ago")

// saveLast stores what was counted although ctx has ended.
func (r *Reader) saveLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	r.saveAll(ctx)
}

// tidyAll sums up, in every workspace, minutes that are old enough.
func (r *Reader) tidyAll(ctx context.Context) {
	r.mu.Lock()
	var list []*track
	for _, t := range r.tracks {
		if t.book != nil {
			list = append(list, t)
		}
	}
	r.mu.Unlock()
	now := r.now().Unix()
	for _, t := range list {
		floor := floorTo(now-keepMinutes, anHour)
		if t.book.size() > manyMinutes {
			floor = floorTo(now, anHour)
		}
		if err := r.tidy(ctx, t, floor); err != nil {
			r.finish(ctx, t, err)
		}
	}
}

// tidy sums up what happened before a full hour in rows of hours and days, and forgets its
// minutes. Until the mark moves nothing but equal rows replace each other, so it may be broken
// off and begun again anywhere.
func (r *Reader) tidy(ctx context.Context, t *track, floor int64) error {
	b := t.book
	if floor <= b.floor {
		return nil
	}
	if err := r.save(ctx, t); err != nil {
		return err
	}
	b.mu.Lock()
	rows, err := b.hours(floor)
	b.mu.Unlock()
	if err != nil {
		return err
	}
	if len(rows) == 0 && len(b.sheets) == 0 && len(b.logs) == 0 {
		return nil // nothing to move the mark for
	}
	if err := r.put(ctx, t, rows); err != nil {
		return err
	}
	days, err := r.sumUpDays(ctx, t, floorTo(floor, aDay))
	if err != nil {
		return err
	}
	if err := r.put(ctx, t, []store.Statistic{markOf(floor, days)}); err != nil {
		return err
	}
	b.mu.Lock()
	b.raise(floor, days)
	b.mu.Unlock()
	return errors.Join(
		r.store.Uncount(ctx, t.sid, kindMark, floor),
		r.store.Uncount(ctx, t.sid, kindMinute, floor),
		r.store.Uncount(ctx, t.sid, kindHour, days-keepDays*aDay),
		r.store.Uncount(ctx, t.sid, kindDay, days-keepDays*aDay),
		r.store.Uncount(ctx, t.sid, kindStays, days-keepDays*aDay))
}

// put stores rows in short transactions.
func (r *Reader) put(ctx context.Context, t *track, rows []store.Statistic) error {
	for chunk := range slices.Chunk(rows, saveSheets) {
		if err := r.store.Count(ctx, t.sid, t.stored, t.stored, chunk); err != nil {
			return err
		}
	}
	return nil
}

// sumUpDays makes rows of days, up to the day given, of the rows of hours, and returns the first
// day that has none.
func (r *Reader) sumUpDays(ctx context.Context, t *track, until int64) (int64, error) {
	day := max(t.book.days, until-keepDays*aDay)
	for ; day < until; day += aDay {
		owners := make(map[string]map[taskrouter.TaskChannelSID]*tally)
		hours := r.store.Statistics(ctx, t.sid, store.StatisticQuery{
			Kind: kindHour, From: day, To: day + aDay, Last: "\xff",
		})
		for row, err := range hours {
			if err != nil {
				return 0, err
			}
			channels := owners[row.Owner]
			if channels == nil {
				channels = make(map[taskrouter.TaskChannelSID]*tally)
				owners[row.Owner] = channels
			}
			err = sections(&row, func(channel taskrouter.TaskChannelSID, h span) error {
				sum := channels[channel]
				if sum == nil {
					sum = new(tally)
					channels[channel] = sum
				}
				return readSpan(h, anHour, day, day+aDay, sum, true)
			})
			if err != nil {
				return 0, err
			}
		}
		var rows []store.Statistic
		for owner, channels := range owners {
			row := store.Statistic{Kind: kindDay, At: day, Owner: owner}
			for channel, sum := range channels {
				row.Data = appendSection(row.Data, channel, appendSpan(nil, sum, nil))
			}
			rows = append(rows, row)
		}
		if err := r.put(ctx, t, rows); err != nil {
			return 0, err
		}
	}
	return day, nil
}
