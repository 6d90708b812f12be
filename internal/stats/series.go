package stats

import (
	"encoding/binary"
	"slices"

	"taskrouter"
)

// Lengths of spans in seconds.
const (
	aMinute = 60
	anHour  = 60 * aMinute
	aDay    = 24 * anHour
)

// floorTo is the moment at or before t at which a span of this length begins.
func floorTo(t, length int64) int64 { return t - t%length }

// A span is the figures of a minute or an hour, as they are stored: their total, with its length
// before it, and then the figures of each part of it, a second of a minute or a minute of an
// hour, in which there was something to count. Before each stands its number, from 0.
type span struct {
	at   int64
	data []byte
}

// readSpan adds what happened from one moment until just before another. The parts of the span
// have a length in seconds; what begins in the window counts.
func readSpan(s span, length, from, to int64, into *tally) error {
	scan := scanner{b: s.data}
	if from <= s.at && s.at+length <= to {
		scan.number()
		scan.tally(into)
		return scan.err
	}
	scan.part()
	part := length / 60
	skipped := tally{limits: new(limits)}
	for len(scan.b) > 0 {
		at := s.at + part*int64(scan.number())
		if from <= at && at < to {
			scan.tally(into)
		} else {
			scan.tally(&skipped)
		}
	}
	return scan.err
}

// appendSpan appends a span whose parts are written already.
func appendSpan(dst []byte, total *tally, parts []byte) []byte {
	var room [128]byte
	text := total.appendTo(room[:0])
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(append(dst, text...), parts...)
}

// A series is what happened to an owner on a channel, minute by minute. The minute and the second
// that are being written are kept unpacked.
type series struct {
	channel taskrouter.TaskChannelSID
	minutes []span // before the open one, oldest first

	minute int64  // the open one; 0 = none
	second int64  // the open one
	total  tally  // of the open minute, but for the open second
	parts  []byte // seconds of the open minute, but for the open one
	open   tally  // the open second
}

// at is where to count what happens in a second. Seconds do not run back; one that does counts
// as the last one.
func (s *series) at(second int64) *tally {
	if s.minute != 0 && second <= s.second {
		return &s.open
	}
	if n := len(s.minutes); n > 0 {
		second = max(second, s.minutes[n-1].at)
	}
	s.closeSecond()
	s.second = second
	if minute := floorTo(second, aMinute); minute != s.minute {
		s.closeMinute()
		s.openMinute(minute)
	}
	return &s.open
}

func (s *series) closeSecond() {
	if s.minute == 0 {
		return
	}
	s.parts = s.appendOpen(s.parts)
	s.total.merge(&s.open)
	s.open.reset()
}

// appendOpen appends the open second to the others of its minute.
func (s *series) appendOpen(parts []byte) []byte {
	return s.open.appendTo(append(parts, byte(s.second-s.minute)))
}

func (s *series) closeMinute() {
	if s.minute == 0 {
		return
	}
	s.minutes = append(s.minutes, span{s.minute, appendSpan(nil, &s.total, s.parts)})
	s.minute, s.parts = 0, s.parts[:0]
	s.total.reset()
}

// openMinute goes on with a minute, which may have been written to before.
func (s *series) openMinute(minute int64) {
	s.minute = minute
	last := len(s.minutes) - 1
	if last < 0 || s.minutes[last].at != minute {
		return
	}
	// It was read when it was loaded, so reading cannot fail.
	scan := scanner{b: s.minutes[last].data}
	scan.number()
	scan.tally(&s.total)
	s.parts = append(s.parts, scan.b...)
	s.minutes = s.minutes[:last]
}

// close closes the open minute, for good measure as often as one likes.
func (s *series) close() {
	s.closeSecond()
	s.closeMinute()
}

// last returns the open minute as it is now, and false if there is none.
func (s *series) last() (span, bool) {
	if s.minute == 0 {
		return span{}, false
	}
	total := s.total.clone()
	total.merge(&s.open)
	return span{s.minute, appendSpan(nil, &total, s.appendOpen(slices.Clone(s.parts)))}, true
}

// from are the closed minutes at or after a moment.
func (s *series) from(minute int64) []span {
	at, _ := slices.BinarySearchFunc(s.minutes, minute, func(x span, m int64) int {
		return int(x.at - m)
	})
	return s.minutes[at:]
}

// read adds what happened from one second until just before another.
func (s *series) read(from, to int64, into *tally) error {
	for _, m := range s.from(floorTo(from, aMinute)) {
		if m.at >= to {
			return nil
		}
		if err := readSpan(m, aMinute, from, to, into); err != nil {
			return err
		}
	}
	if s.minute == 0 || s.minute >= to || s.second < from {
		return nil
	}
	if s.second < to {
		into.merge(&s.open)
	}
	if from <= s.minute && s.second <= to {
		into.merge(&s.total)
		return nil
	}
	// The window cuts the minute, so its total is not asked for.
	cut := span{s.minute, append([]byte{0}, s.parts...)}
	return readSpan(cut, aMinute, from, to, into)
}

// dropBefore forgets closed minutes.
func (s *series) dropBefore(minute int64) {
	s.minutes = slices.Clone(s.from(minute))
}

// empty reports whether there is nothing in it.
func (s *series) empty() bool { return s.minute == 0 && len(s.minutes) == 0 }
