package stats

import (
	"context"
	"math"
	"slices"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/store"
)

// seconds is the window in seconds since 1970: it begins with the second that From is in and ends
// before the one that To is in.
func seconds(w taskrouter.Window) (from, to int64) {
	if w.To.IsZero() {
		return w.From.Unix(), math.MaxInt64
	}
	return w.From.Unix(), w.To.Unix()
}

// Figures returns the figures of each of q.Of, in the same order. They hold everything that was
// acknowledged before the call. Who never did anything has zeros.
func (r *Reader) Figures(
	ctx context.Context, who engine.Principal, ws taskrouter.WorkspaceSID,
	q taskrouter.FiguresQuery,
) ([]taskrouter.Figures, error) {
	b, err := r.caughtUp(ctx, who, ws)
	if err != nil {
		return nil, err
	}
	from, to := seconds(q.Window)
	sums := make([]tally, len(q.Of))
	places := make(map[string][]int, len(q.Of))
	for i, owner := range q.Of {
		sums[i].limits = newLimits(q.Splits)
		places[owner] = append(places[owner], i)
	}
	b.mu.RLock()
	floor := b.floor
	for i, owner := range q.Of {
		if err = b.read(owner, q.TaskChannel, from, to, &sums[i]); err != nil {
			break
		}
	}
	b.mu.RUnlock()
	if err == nil && from < floor && len(q.Of) > 0 {
		old := pastQuery{
			FiguresQuery: q, from: floorTo(from, aMinute), to: floorTo(min(to, floor), aMinute),
			first: slices.Min(q.Of), last: slices.Max(q.Of),
		}
		err = r.readPast(ctx, ws, old, func(owner string) []*tally {
			var list []*tally
			for _, i := range places[owner] {
				list = append(list, &sums[i])
			}
			return list
		})
	}
	if err != nil {
		return nil, r.failure(ctx, ws, err)
	}
	all := make([]taskrouter.Figures, len(sums))
	for i := range sums {
		all[i] = sums[i].figures(q.Splits)
	}
	return all, nil
}

// figures is the tally as others see it.
func (t *tally) figures(thresholds []int) taskrouter.Figures {
	f := taskrouter.Figures{
		UntilAccepted: t.untilAccepted.exported(),
		UntilCanceled: t.untilCanceled.exported(),
		InQueue:       t.inQueue.exported(),
	}
	for i, n := range t.counts {
		f.Counts[i] = int(n)
	}
	for i, seconds := range thresholds {
		s := taskrouter.Split{Seconds: seconds}
		s.Below.Accepted = int(t.limits.accepted[i])
		s.Below.Canceled = int(t.limits.canceled[i])
		s.Above.Accepted = f.UntilAccepted.Tasks - s.Below.Accepted
		s.Above.Canceled = f.UntilCanceled.Tasks - s.Below.Canceled
		f.Splits = append(f.Splits, s)
	}
	return f
}

// A pastQuery asks for what is in rows alone: full minutes from one moment until just before
// another.
type pastQuery struct {
	taskrouter.FiguresQuery
	from, to    int64
	first, last string
}

// readPast adds rows to the tallies of their owners: whole days where there are such rows, hours
// before and after them, of which the window may cut the first and the last.
func (r *Reader) readPast(ctx context.Context, ws taskrouter.WorkspaceSID, q pastQuery,
	tallies func(owner string) []*tally) error {
	begin := floorTo(q.from+aDay-1, aDay)
	end := floorTo(q.to, aDay)
	if begin >= end {
		begin, end = q.to, q.to // no whole day
	}
	for _, part := range []struct {
		kind             int
		from, to, length int64
	}{
		{kindHour, floorTo(q.from, anHour), begin, anHour},
		{kindDay, begin, end, aDay},
		{kindHour, end, q.to, anHour},
	} {
		rows := r.store.Statistics(ctx, ws, store.StatisticQuery{
			Kind: part.kind, From: part.from, To: part.to, Step: part.length,
			First: q.first, Last: q.last,
		})
		for row, err := range rows {
			if err != nil {
				return err
			}
			into := tallies(row.Owner)
			if len(into) == 0 {
				continue
			}
			err = sections(&row, func(channel taskrouter.TaskChannelSID, s span) error {
				if q.TaskChannel != "" && q.TaskChannel != channel {
					return nil
				}
				for _, t := range into {
					err := readSpan(s, part.length, q.from, q.to, t)
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Stays sums up, by activity, the stays of workers within a window, each by the part that lies in
// it. They hold everything that was acknowledged before the call.
func (r *Reader) Stays(
	ctx context.Context, who engine.Principal, ws taskrouter.WorkspaceSID, q taskrouter.StaysQuery,
) (map[taskrouter.ActivitySID]taskrouter.Stays, error) {
	b, err := r.caughtUp(ctx, who, ws)
	if err != nil {
		return nil, err
	}
	from, to := seconds(q.Window)
	count := newStayCount(from*1000, q.Now.UnixMilli())
	if to < math.MaxInt64 {
		count.to = min(count.to, to*1000)
	}
	// Whoever moved after q.Workers were looked at has a stay that ended and is running.
	running := make(map[string]int64, len(q.Workers))
	first, last := "", lastOwner
	for i, w := range q.Workers {
		since := w.DateStatusChanged.UnixMilli()
		running[string(w.SID)] = since
		count.add(stay{w.ActivitySID, since, count.to})
		if !q.Former && (i == 0 || string(w.SID) < first) {
			first = string(w.SID)
		}
		if !q.Former && (i == 0 || string(w.SID) > last) {
			last = string(w.SID)
		}
	}
	if len(q.Workers) == 0 && !q.Former {
		return count.sums(), nil
	}
	each := func(worker string) func(stay) {
		since, known := running[worker]
		if !known && !q.Former {
			return nil
		}
		return func(s stay) {
			if !known || s.since < since {
				count.add(s)
			}
		}
	}
	day := floorTo(from, aDay)
	b.mu.RLock()
	kept := floorTo(b.floor, aDay)
	err = b.readStays(day, each)
	b.mu.RUnlock()
	if err == nil && day < kept {
		err = r.readPastStays(ctx, ws, store.StatisticQuery{
			Kind: kindStays, From: day, To: kept, Step: aDay, First: first, Last: last,
		}, each)
	}
	if err != nil {
		return nil, r.failure(ctx, ws, err)
	}
	return count.sums(), nil
}

// readStays hands over the stays that ended on a day or later, as far as they are in memory.
func (b *book) readStays(day int64, each func(worker string) func(stay)) error {
	for worker, l := range b.logs {
		take := each(string(worker))
		if take == nil {
			continue
		}
		for _, d := range l.days {
			if d.at < max(day, floorTo(b.floor, aDay)) {
				continue
			}
			if _, err := readStays(d.at, d.data, take); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Reader) readPastStays(ctx context.Context, ws taskrouter.WorkspaceSID,
	q store.StatisticQuery, each func(worker string) func(stay)) error {
	for row, err := range r.store.Statistics(ctx, ws, q) {
		if err != nil {
			return err
		}
		if take := each(row.Owner); take != nil {
			if _, err := readStays(row.At, row.Data, take); err != nil {
				return err
			}
		}
	}
	return nil
}

// Throughput is how many reservations of a queue were accepted per second in the last 15 minutes,
// or if there were none, in the last hour. It waits for nothing, so what happened just now may be
// missing, and while a workspace's figures are not in memory it is 0.
func (r *Reader) Throughput(ws taskrouter.WorkspaceSID, queue taskrouter.TaskQueueSID) float64 {
	r.mu.Lock()
	var b *book
	if t := r.tracks[ws]; t != nil {
		b = t.book
	}
	r.mu.Unlock()
	if b == nil {
		return 0
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	now := r.now().Unix()
	for _, window := range []int64{15 * aMinute, anHour} {
		sum := tally{limits: new(limits)}
		err := b.read(string(queue), "", now-window, math.MaxInt64, &sum)
		if n := sum.counts[taskrouter.ReservationsAccepted]; n > 0 && err == nil {
			return float64(n) / float64(window)
		}
	}
	return 0
}

// failure is what a client gets to know when rows cannot be read.
func (r *Reader) failure(ctx context.Context, ws taskrouter.WorkspaceSID, err error) error {
	if ctx.Err() != nil {
		return taskrouter.Unavailable.Errorf("gave up reading the statistics of workspace %s: %w",
			ws, context.Cause(ctx))
	}
	r.log.Error("statistics could not be read", "workspace", ws, "err", err)
	return taskrouter.Unavailable.Errorf("the statistics of workspace %s cannot be read now; "+
		"retry in a moment", ws)
}
