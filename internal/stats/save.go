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
	all := store.StatisticQuery{To: math.MaxInt64, Last: lastOwner}
	for row, err := range r.store.Statistics(ctx, ws, all) { // of kind mark
		if err != nil {
			return nil, err
		}
		b.floor = row.At
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
		if t.book != nil && t.pos >= t.head { // else older minutes are still to be counted
			list = append(list, t)
		}
	}
	r.mu.Unlock()
	now := r.now().Unix()
	for _, t := range list {
		floor := floorTo(now-keepMinutes, anHour)
		if t.book.size() > r.room {
			floor = floorTo(now, anHour)
		}
		if err := r.tidy(ctx, t, floor); err != nil {
			r.finish(ctx, t, err)
		}
	}
}

// tidy sums up what happened before a full hour, and removes the rows that are not needed any
// more.
func (r *Reader) tidy(ctx context.Context, t *track, floor int64) error {
	if floor <= t.book.floor || len(t.book.sheets) == 0 && len(t.book.logs) == 0 {
		return nil
	}
	if err := r.sumUp(ctx, t, floor); err != nil {
		return err
	}
	oldest := floorTo(floor, aDay) - keepDays*aDay
	return errors.Join(
		r.store.Uncount(ctx, t.sid, kindMark, floor),
		r.store.Uncount(ctx, t.sid, kindMinute, floor),
		r.store.Uncount(ctx, t.sid, kindHour, oldest),
		r.store.Uncount(ctx, t.sid, kindDay, oldest),
		r.store.Uncount(ctx, t.sid, kindStays, oldest))
}

// sumUp makes rows of hours and days of the minutes before a full hour, moves the mark there and
// forgets those minutes. Until the mark moves, rows only replace equal ones, so it may be broken
// off and begun again anywhere.
func (r *Reader) sumUp(ctx context.Context, t *track, floor int64) error {
	if err := r.save(ctx, t); err != nil {
		return err
	}
	t.book.mu.Lock()
	rows, err := t.book.hours(floor)
	t.book.mu.Unlock()
	if err == nil {
		err = r.put(ctx, t, rows)
	}
	if err == nil {
		err = r.sumUpDays(ctx, t, floorTo(t.book.floor, aDay), floorTo(floor, aDay))
	}
	if err == nil {
		err = r.put(ctx, t, []store.Statistic{{Kind: kindMark, At: floor, Data: []byte{}}})
	}
	if err != nil {
		return err
	}
	t.book.mu.Lock()
	t.book.raise(floor)
	t.book.mu.Unlock()
	return nil
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

// sumUpDays makes rows of days, from one until just before another, of the rows of hours.
func (r *Reader) sumUpDays(ctx context.Context, t *track, from, until int64) error {
	for day := max(from, until-keepDays*aDay); day < until; day += aDay {
		sums := make(daySums)
		hours := r.store.Statistics(ctx, t.sid, store.StatisticQuery{
			Kind: kindHour, From: day, To: day + aDay, Last: lastOwner,
		})
		for row, err := range hours {
			if err == nil {
				err = sums.add(&row)
			}
			if err != nil {
				return err
			}
		}
		if err := r.put(ctx, t, sums.rows(day)); err != nil {
			return err
		}
	}
	return nil
}

// daySums are the figures of a day, by owner and channel.
type daySums map[string]map[taskrouter.TaskChannelSID]*tally

// add adds an hour of the day.
func (d daySums) add(row *store.Statistic) error {
	channels := d[row.Owner]
	if channels == nil {
		channels = make(map[taskrouter.TaskChannelSID]*tally)
		d[row.Owner] = channels
	}
	return sections(row, func(channel taskrouter.TaskChannelSID, h span) error {
		if channels[channel] == nil {
			channels[channel] = new(tally)
		}
		return readSpan(h, anHour, h.at, h.at+anHour, channels[channel])
	})
}

func (d daySums) rows(day int64) []store.Statistic {
	var rows []store.Statistic
	for owner, channels := range d {
		row := store.Statistic{Kind: kindDay, At: day, Owner: owner}
		for channel, sum := range channels {
			row.Data = appendSection(row.Data, channel, appendSpan(nil, sum, nil))
		}
		rows = append(rows, row)
	}
	return rows
}
