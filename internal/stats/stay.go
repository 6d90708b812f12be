package stats

import (
	"encoding/binary"
	"slices"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

// A stay is an unbroken time of a worker in an activity, in milliseconds since 1970. It is
// written down when it ends; one that is running is known from the worker itself.
type stay struct {
	activity     taskrouter.ActivitySID
	since, until int64
}

// A stayLog holds the stays of a worker that ended, by the day on which they did.
type stayLog struct {
	worker taskrouter.WorkerSID
	days   []*stayDay // oldest first
	dirty  bool
}

// A stayDay is written like this: for each stay the milliseconds between its end and the end of
// the one before, or the beginning of the day; its length; and the number of its activity, from
// 0 in the order in which they come. The SID of an activity follows its number where it comes
// for the first time, with its length before it.
type stayDay struct {
	at         int64 // seconds since 1970
	data       []byte
	last       int64 // end of the last stay
	activities []taskrouter.ActivitySID
	dirty      bool
}

// log returns the log of a worker.
func (b *book) log(worker taskrouter.WorkerSID) *stayLog {
	l := b.logs[worker]
	if l == nil {
		l = &stayLog{worker: worker}
		b.logs[worker] = l
	}
	return l
}

// ended writes a stay down.
func (b *book) ended(worker taskrouter.WorkerSID, activity taskrouter.ActivitySID,
	since, until time.Time) {
	s := stay{activity, since.UnixMilli(), until.UnixMilli()}
	if s.since >= s.until {
		return
	}
	s.until = max(s.until, b.floor*1000) // days before that may be kept no more
	l := b.log(worker)
	l.add(s)
	if !l.dirty {
		l.dirty = true
		b.dirtyLogs = append(b.dirtyLogs, l)
	}
}

func (l *stayLog) add(s stay) {
	at := floorTo(s.until/1000, aDay)
	n := len(l.days)
	if n == 0 || l.days[n-1].at < at {
		l.days = append(l.days, &stayDay{at: at, last: at * 1000})
		n++
	}
	d := l.days[n-1]
	s.until = max(s.until, d.last)
	d.data = binary.AppendUvarint(d.data, uint64(s.until-d.last))
	d.data = binary.AppendUvarint(d.data, uint64(s.until-s.since))
	number := slices.Index(d.activities, s.activity)
	if number < 0 {
		number = len(d.activities)
		d.activities = append(d.activities, s.activity)
		d.data = binary.AppendUvarint(d.data, uint64(number))
		d.data = binary.AppendUvarint(d.data, uint64(len(s.activity)))
		d.data = append(d.data, s.activity...)
	} else {
		d.data = binary.AppendUvarint(d.data, uint64(number))
	}
	d.last, d.dirty = s.until, true
}

// readStays calls each for the stays of a day.
func readStays(at int64, data []byte, each func(stay)) (*stayDay, error) {
	d := &stayDay{at: at, data: data, last: at * 1000}
	scan := scanner{b: data}
	for len(scan.b) > 0 {
		d.last += int64(scan.number())
		length := int64(scan.number())
		number := scan.number()
		if number == uint64(len(d.activities)) {
			d.activities = append(d.activities, taskrouter.ActivitySID(scan.part()))
		}
		if scan.err != nil || number >= uint64(len(d.activities)) {
			return nil, errDamaged
		}
		each(stay{d.activities[number], d.last - length, d.last})
	}
	return d, nil
}

// load takes the stored stays of a day, which come oldest day first.
func (l *stayLog) load(at int64, data []byte) error {
	d, err := readStays(at, data, func(stay) {})
	if err == nil {
		l.days = append(l.days, d)
	}
	return err
}

func (l *stayLog) unsaved() []store.Statistic {
	var rows []store.Statistic
	for _, d := range l.days {
		if d.dirty {
			rows = append(rows, store.Statistic{
				Kind: kindStays, At: d.at, Owner: string(l.worker), Data: d.data,
			})
		}
	}
	return rows
}

func (l *stayLog) saved() {
	l.dirty = false
	for _, d := range l.days {
		d.dirty = false
	}
}

func (l *stayLog) dropBefore(day int64) {
	l.days = slices.DeleteFunc(l.days, func(d *stayDay) bool { return d.at < day && !d.dirty })
}

func (l *stayLog) empty() bool { return len(l.days) == 0 }

// A stayCount sums up stays within a window.
type stayCount struct {
	from, to   int64 // milliseconds
	activities map[taskrouter.ActivitySID]*taskrouter.Stays
}

func newStayCount(from, to int64) *stayCount {
	return &stayCount{from, to, make(map[taskrouter.ActivitySID]*taskrouter.Stays)}
}

// add counts the part of a stay that lies in the window.
func (c *stayCount) add(s stay) {
	length := min(s.until, c.to) - max(s.since, c.from)
	if length <= 0 {
		return
	}
	sum := c.activities[s.activity]
	if sum == nil {
		sum = new(taskrouter.Stays)
		c.activities[s.activity] = sum
	}
	sum.Add(time.Duration(length) * time.Millisecond)
}

func (c *stayCount) sums() map[taskrouter.ActivitySID]taskrouter.Stays {
	sums := make(map[taskrouter.ActivitySID]taskrouter.Stays, len(c.activities))
	for activity, sum := range c.activities {
		sums[activity] = *sum
	}
	return sums
}
