package bridge

import (
	"sync"
	"time"
)

// A hold keeps the frames that a POST caused from the page that sent it until that page has its
// answer. The two travel on different connections, so a moment more is left after the answer
// has been written. Only the sockets of the channel that the POST came through wait; on each of
// them, what comes behind a frame that waits does so too, or the order would be lost.
//
// Spec: event-bridge 11
type hold struct {
	mu      sync.Mutex
	over    bool
	sockets []*socket   // to be woken
	limit   *time.Timer // runs from the first frame that waits
}

// holds are those of the POSTs being served, by the name of the request.
type holds struct {
	mu        sync.Mutex
	byRequest map[string]*hold
}

// take makes a hold; it must be taken before the request can change anything.
func (hs *holds) take(request string) *hold {
	b := &hold{}
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.byRequest[request] = b
	return b
}

// find returns the hold of a request, nil if it is over.
func (hs *holds) find(request string) *hold {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	return hs.byRequest[request]
}

// release ends a hold after a delay, which leaves the answer the time to arrive.
func (hs *holds) release(request string, delay time.Duration) {
	if delay > 0 {
		time.AfterFunc(delay, func() { hs.release(request, 0) })
		return
	}
	hs.mu.Lock()
	b := hs.byRequest[request]
	delete(hs.byRequest, request)
	hs.mu.Unlock()
	if b != nil {
		b.end()
	}
}

// begin starts the time that frames wait at most.
func (b *hold) begin(limit time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.over && b.limit == nil {
		b.limit = time.AfterFunc(limit, b.end)
	}
}

// wait reports whether the hold is still on; then it wakes the socket at its end.
func (b *hold) wait(s *socket) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.over {
		b.sockets = append(b.sockets, s)
	}
	return !b.over
}

func (b *hold) end() {
	b.mu.Lock()
	b.over = true
	waiting := b.sockets
	b.sockets = nil
	if b.limit != nil {
		b.limit.Stop()
	}
	b.mu.Unlock()
	for _, s := range waiting {
		s.wake()
	}
}
