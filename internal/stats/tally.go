package stats

import (
	"cmp"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"taskrouter"
)

// A tally is what happened within a span of time to one owner on one channel.
type tally struct {
	counts                         [taskrouter.Counts]uint64
	untilAccepted, untilCanceled   waits
	inQueue                        waits
	acceptedWithin, canceledWithin bins
	// limits, where there are any, take the place of the bins: who asks about thresholds needs
	// no more than the number of waits up to each.
	limits *limits
}

// limits count waits that are not longer than thresholds in seconds.
type limits struct {
	seconds            []int
	accepted, canceled []uint64
}

func newLimits(seconds []int) *limits {
	return &limits{seconds, make([]uint64, len(seconds)), make([]uint64, len(seconds))}
}

func (l *limits) add(to []uint64, seconds uint32, n uint64) {
	for i, most := range l.seconds {
		if int64(seconds) <= int64(most) {
			to[i] += n
		}
	}
}

// accept notes waits of tasks that were accepted, cancel of those that were canceled, in whole
// seconds.
func (t *tally) accept(seconds uint32, n uint64) {
	if t.limits != nil {
		t.limits.add(t.limits.accepted, seconds, n)
		return
	}
	t.acceptedWithin.add(seconds, n)
}

func (t *tally) cancel(seconds uint32, n uint64) {
	if t.limits != nil {
		t.limits.add(t.limits.canceled, seconds, n)
		return
	}
	t.canceledWithin.add(seconds, n)
}

// waits sum up waits in milliseconds.
type waits struct{ n, total, min, max uint64 }

func (w *waits) add(ms uint64) { w.merge(waits{1, ms, ms, ms}) }

func (w *waits) merge(o waits) {
	if o.n == 0 {
		return
	}
	if w.n == 0 || o.min < w.min {
		w.min = o.min
	}
	w.max = max(w.max, o.max)
	w.n += o.n
	w.total += o.total
}

func (w waits) exported() taskrouter.Waits {
	ms := func(n uint64) time.Duration { return time.Duration(n) * time.Millisecond }
	return taskrouter.Waits{
		Tasks: int(w.n), Total: ms(w.total), Min: ms(w.min), Max: ms(w.max),
	}
}

// bins count waits by whole seconds, rounded up: so a wait is in a bin up to a threshold exactly
// if it is not longer than it. They are in order of seconds.
type bins []bin

type bin struct {
	seconds uint32
	n       uint64
}

func (b *bins) add(seconds uint32, n uint64) {
	at, found := slices.BinarySearchFunc(*b, seconds, func(x bin, s uint32) int {
		return cmp.Compare(x.seconds, s)
	})
	if found {
		(*b)[at].n += n
		return
	}
	*b = slices.Insert(*b, at, bin{seconds, n})
}

func (t *tally) reset() {
	*t = tally{acceptedWithin: t.acceptedWithin[:0], canceledWithin: t.canceledWithin[:0]}
}

// clone returns a copy that shares nothing.
func (t *tally) clone() tally {
	n := *t
	n.acceptedWithin = slices.Clone(t.acceptedWithin)
	n.canceledWithin = slices.Clone(t.canceledWithin)
	return n
}

func (t *tally) merge(o *tally) {
	for i, n := range o.counts {
		t.counts[i] += n
	}
	t.untilAccepted.merge(o.untilAccepted)
	t.untilCanceled.merge(o.untilCanceled)
	t.inQueue.merge(o.inQueue)
	for _, x := range o.acceptedWithin {
		t.accept(x.seconds, x.n)
	}
	for _, x := range o.canceledWithin {
		t.cancel(x.seconds, x.n)
	}
}

// Numbers of the fields of a stored tally: counts by their place and one more, then the others.
// They are written into databases, so none is given another meaning, and a taskrouter.Count is
// only ever added before taskrouter.Counts.
const (
	fieldEnd           = 0
	fieldUntilAccepted = 40
	fieldUntilCanceled = 41
	fieldInQueue       = 42
	fieldAccepted      = 43
	fieldCanceled      = 44
)

// appendTo appends the tally as it is stored.
func (t *tally) appendTo(dst []byte) []byte {
	for i, n := range t.counts {
		if n != 0 {
			dst = append(dst, byte(i+1))
			dst = binary.AppendUvarint(dst, n)
		}
	}
	dst = t.untilAccepted.appendTo(dst, fieldUntilAccepted)
	dst = t.untilCanceled.appendTo(dst, fieldUntilCanceled)
	dst = t.inQueue.appendTo(dst, fieldInQueue)
	dst = t.acceptedWithin.appendTo(dst, fieldAccepted)
	dst = t.canceledWithin.appendTo(dst, fieldCanceled)
	return append(dst, fieldEnd)
}

func (w waits) appendTo(dst []byte, field byte) []byte {
	if w.n == 0 {
		return dst
	}
	dst = binary.AppendUvarint(append(dst, field), w.n)
	dst = binary.AppendUvarint(dst, w.total)
	dst = binary.AppendUvarint(dst, w.min)
	return binary.AppendUvarint(dst, w.max-w.min)
}

func (b bins) appendTo(dst []byte, field byte) []byte {
	if len(b) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(append(dst, field), uint64(len(b)))
	last := uint32(0)
	for _, x := range b {
		dst = binary.AppendUvarint(dst, uint64(x.seconds-last))
		dst = binary.AppendUvarint(dst, x.n)
		last = x.seconds
	}
	return dst
}

// errDamaged is a stored row that cannot be read.
var errDamaged = errors.New("stored figures are damaged")

// A scanner reads stored figures. After an error it yields zeros.
type scanner struct {
	b   []byte
	err error
}

func (s *scanner) number() uint64 {
	if len(s.b) > 0 && s.b[0] < 0x80 {
		n := s.b[0]
		s.b = s.b[1:]
		return uint64(n)
	}
	n, size := binary.Uvarint(s.b)
	if size <= 0 {
		s.b, s.err = nil, errDamaged
		return 0
	}
	s.b = s.b[size:]
	return n
}

// part is the next part, which has its length before it.
func (s *scanner) part() []byte {
	n := s.number()
	if n > uint64(len(s.b)) {
		s.b, s.err = nil, errDamaged
		return nil
	}
	part := s.b[:n]
	s.b = s.b[n:]
	return part
}

func (s *scanner) waits() waits {
	w := waits{n: s.number(), total: s.number(), min: s.number()}
	w.max = w.min + s.number()
	return w
}

// tally adds a stored tally to another one.
func (s *scanner) tally(to *tally) {
	for {
		switch field := s.number(); {
		case field == fieldEnd:
			return // also after an error
		case field <= uint64(taskrouter.Counts):
			to.counts[field-1] += s.number()
		case field == fieldUntilAccepted:
			to.untilAccepted.merge(s.waits())
		case field == fieldUntilCanceled:
			to.untilCanceled.merge(s.waits())
		case field == fieldInQueue:
			to.inQueue.merge(s.waits())
		case field == fieldAccepted:
			s.bins(to.accept)
		case field == fieldCanceled:
			s.bins(to.cancel)
		default:
			s.b, s.err = nil, errDamaged
			return
		}
	}
}

func (s *scanner) bins(add func(seconds uint32, n uint64)) {
	seconds := uint64(0)
	for count := s.number(); count > 0 && s.err == nil; count-- {
		seconds += s.number()
		add(uint32(seconds), s.number())
	}
}
