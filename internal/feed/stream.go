package feed

import "taskrouter/internal/store"

// A stream is what readers are told who ask for the same. It is guarded by its room's mutex.
type stream struct {
	ask     ask
	readers map[*reader]struct{}
	// pieces follow each other without a gap; the first one is number first.
	pieces []piece
	first  uint64
	size   int // of their texts
}

// A piece is a message and where a reader stands who has it. A piece without a text moves the
// reader on and tells nothing.
type piece struct {
	to   store.Seq
	text []byte
}

const (
	// streamSize is how much of a stream is kept for readers who have not taken it yet.
	streamSize = 1 << 20
	// allStreams is how much of all streams together is kept.
	allStreams = 256 << 20
)

// end is the number that the next piece will have.
func (s *stream) end() uint64 { return s.first + uint64(len(s.pieces)) }

// add appends a piece and lets go of what everybody has, or is too much to keep.
func (s *stream) add(h *Hub, p piece) {
	s.pieces = append(s.pieces, p)
	s.size += len(p.text)
	h.kept.Add(int64(len(p.text)))
	needed := s.end()
	for r := range s.readers {
		if r.live && r.next < needed {
			needed = r.next
		}
	}
	most := streamSize
	if h.kept.Load() > allStreams {
		most = 0
	}
	n := 0
	for n < len(s.pieces)-1 && (s.first+uint64(n) < needed || s.size > most) {
		s.size -= len(s.pieces[n].text)
		h.kept.Add(-int64(len(s.pieces[n].text)))
		n++
	}
	s.drop(n)
	if s.first <= needed {
		return
	}
	for r := range s.readers {
		if r.live && r.next < s.first {
			r.live = false
			h.counts.lagged.Add(1)
		}
	}
}

// skip leaves a hole: readers go on behind it in their own way.
func (s *stream) skip(h *Hub) {
	h.kept.Add(-int64(s.size))
	s.size = 0
	s.drop(len(s.pieces))
	s.first++
}

func (s *stream) drop(n int) {
	if n == 0 {
		return
	}
	rest := make([]piece, len(s.pieces)-n, len(s.pieces))
	copy(rest, s.pieces[n:])
	s.pieces, s.first = rest, s.first+uint64(n)
}
