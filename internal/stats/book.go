package stats

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"taskrouter"
	"taskrouter/internal/store"
)

// Kinds of stored rows. They are written into databases, so none gets another meaning.
const (
	kindMark   = 0 // the newest one's moment says how far minutes and hours are summed up
	kindMinute = 1 // figures of an owner, second by second
	kindHour   = 2 // minute by minute
	kindDay    = 3 // no parts
	kindStays  = 4 // stays of a worker that ended on a day
)

// lastOwner sorts after every SID.
const lastOwner = "\xff"

// A book is the figures of a workspace as far as they are kept in memory: what happened since
// floor. Everything before is in rows of hours, full days in rows of days as well. One goroutine
// writes in it; others may read while they hold the lock.
type book struct {
	mu     sync.RWMutex
	sheets map[string]*sheet // by owner
	logs   map[taskrouter.WorkerSID]*stayLog
	floor  int64 // a full hour

	dirty     []*sheet
	dirtyLogs []*stayLog
}

// A sheet is the figures of one owner.
type sheet struct {
	owner  string
	series []*series
	dirty  bool
	since  int64 // if dirty: minutes from here on are not stored as they are
}

func newBook() *book {
	return &book{
		sheets: make(map[string]*sheet),
		logs:   make(map[taskrouter.WorkerSID]*stayLog),
	}
}

func (s *sheet) of(channel taskrouter.TaskChannelSID) *series {
	for _, x := range s.series {
		if x.channel == channel {
			return x
		}
	}
	x := &series{channel: channel}
	s.series = append(s.series, x)
	return x
}

func (b *book) sheet(owner string) *sheet {
	s := b.sheets[owner]
	if s == nil {
		s = &sheet{owner: owner}
		b.sheets[owner] = s
	}
	return s
}

// tally is where to count what happens to an owner in a second.
func (b *book) tally(owner string, channel taskrouter.TaskChannelSID, second int64) *tally {
	s := b.sheet(owner)
	if !s.dirty {
		s.dirty, s.since = true, floorTo(second, aMinute)
		b.dirty = append(b.dirty, s)
	}
	return s.of(channel).at(second)
}

// read adds up the figures of an owner from one second until just before another, as far as
// they are in memory.
func (b *book) read(owner string, channel taskrouter.TaskChannelSID, from, to int64,
	into *tally) error {
	s := b.sheets[owner]
	if s == nil {
		return nil
	}
	for _, x := range s.series {
		if channel != "" && x.channel != channel {
			continue
		}
		if err := x.read(max(from, b.floor), to, into); err != nil {
			return err
		}
	}
	return nil
}

// A row is made of sections, one per channel: the channel's SID and a span, each with its length
// before it.

func appendSection(dst []byte, channel taskrouter.TaskChannelSID, data []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(channel)))
	dst = append(dst, channel...)
	dst = binary.AppendUvarint(dst, uint64(len(data)))
	return append(dst, data...)
}

// sections calls each for every section of a row.
func sections(row *store.Statistic,
	each func(taskrouter.TaskChannelSID, span) error) error {
	scan := scanner{b: row.Data}
	for len(scan.b) > 0 {
		channel, data := scan.part(), scan.part()
		if scan.err != nil {
			return scan.err
		}
		if err := each(taskrouter.TaskChannelSID(channel), span{row.At, data}); err != nil {
			return err
		}
	}
	return nil
}

// unsaved returns the rows that differ from what is stored.
func (b *book) unsaved() []store.Statistic {
	var rows []store.Statistic
	for _, s := range b.dirty {
		rows = append(rows, s.minutes()...)
	}
	for _, l := range b.dirtyLogs {
		rows = append(rows, l.unsaved()...)
	}
	return rows
}

// saved notes that what unsaved returned is stored.
func (b *book) saved() {
	for _, s := range b.dirty {
		s.dirty = false
	}
	for _, l := range b.dirtyLogs {
		l.saved()
	}
	clear(b.dirty)
	clear(b.dirtyLogs)
	b.dirty, b.dirtyLogs = b.dirty[:0], b.dirtyLogs[:0]
}

// minutes returns the rows of those minutes that are not stored as they are.
func (s *sheet) minutes() []store.Statistic {
	rows := make(map[int64][]byte)
	for _, x := range s.series {
		spans := x.from(s.since)
		if last, open := x.last(); open && last.at >= s.since {
			spans = append(slices.Clone(spans), last)
		}
		for _, m := range spans {
			rows[m.at] = appendSection(rows[m.at], x.channel, m.data)
		}
	}
	return rowsOf(kindMinute, s.owner, rows)
}

func rowsOf(kind int, owner string, data map[int64][]byte) []store.Statistic {
	rows := make([]store.Statistic, 0, len(data))
	for at, d := range data {
		rows = append(rows, store.Statistic{Kind: kind, At: at, Owner: owner, Data: d})
	}
	slices.SortFunc(rows, func(a, b store.Statistic) int { return int(a.At - b.At) })
	return rows
}

// load takes a stored row of minutes or stays.
func (b *book) load(row store.Statistic) error {
	if row.Kind == kindStays {
		return b.log(taskrouter.WorkerSID(row.Owner)).load(row.At, row.Data)
	}
	s := b.sheet(row.Owner)
	return sections(&row, func(channel taskrouter.TaskChannelSID, m span) error {
		var sum tally // nothing is kept that cannot be read
		for _, to := range []int64{m.at + 1, m.at + aMinute} {
			if err := readSpan(m, aMinute, m.at, to, &sum); err != nil {
				return err
			}
		}
		x := s.of(channel)
		x.minutes = append(x.minutes, m)
		return nil
	})
}

// hours sums up, for each owner, the hours before a moment that are in memory. It ends the minutes
// in them that are open.
func (b *book) hours(before int64) ([]store.Statistic, error) {
	var rows []store.Statistic
	for _, s := range b.sheets {
		data := make(map[int64][]byte)
		for _, x := range s.series {
			if x.minute != 0 && x.minute < before {
				x.close()
			}
			err := x.hours(before, func(h span) {
				data[h.at] = appendSection(data[h.at], x.channel, h.data)
			})
			if err != nil {
				return nil, err
			}
		}
		rows = append(rows, rowsOf(kindHour, s.owner, data)...)
	}
	slices.SortFunc(rows, func(a, b store.Statistic) int {
		if a.At != b.At {
			return int(a.At - b.At)
		}
		return strings.Compare(a.Owner, b.Owner)
	})
	return rows, nil
}

// hours calls each for every hour before a moment.
func (s *series) hours(before int64, each func(span)) error {
	var total tally
	var parts []byte
	for i, m := range s.minutes {
		if m.at >= before {
			break
		}
		hour := floorTo(m.at, anHour)
		scan := scanner{b: m.data}
		text := scan.part()
		parts = append(append(parts, byte((m.at-hour)/aMinute)), text...)
		scan = scanner{b: text}
		scan.tally(&total)
		if scan.err != nil {
			return scan.err
		}
		if i+1 == len(s.minutes) || floorTo(s.minutes[i+1].at, anHour) != hour {
			each(span{hour, appendSpan(nil, &total, parts)})
			total.reset()
			parts = parts[:0]
		}
	}
	return nil
}

// size is about how many bytes the closed minutes take.
func (b *book) size() int {
	const each = 40 // of a span itself
	size := 0
	for _, s := range b.sheets {
		for _, x := range s.series {
			for _, m := range x.minutes {
				size += len(m.data) + each
			}
		}
	}
	return size
}

// raise forgets what happened before a full hour, up to which hours and days are stored.
func (b *book) raise(floor int64) {
	b.floor = floor
	for owner, s := range b.sheets {
		s.series = slices.DeleteFunc(s.series, func(x *series) bool {
			x.dropBefore(floor)
			return x.empty()
		})
		if len(s.series) == 0 && !s.dirty {
			delete(b.sheets, owner)
		}
	}
	for worker, l := range b.logs {
		if l.dropBefore(floorTo(floor, aDay)); l.empty() {
			delete(b.logs, worker)
		}
	}
}
