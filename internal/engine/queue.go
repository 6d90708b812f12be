package engine

import (
	"errors"
	"sync"
)

// errFull is what put returns when the limit is reached.
var errFull = errors.New("queue is full")

// A queue carries values from many goroutines to one, which takes all that wait at once.
type queue[T any] struct {
	wake chan struct{} // has a token when something was put or the queue closed

	mu     sync.Mutex
	list   []T
	limit  int // 0: none
	closed error
}

func newQueue[T any](limit int) *queue[T] {
	return &queue[T]{wake: make(chan struct{}, 1), limit: limit}
}

// put adds v. It fails with [errFull], or with what the queue was closed with.
func (q *queue[T]) put(v T) error {
	q.mu.Lock()
	if q.closed != nil {
		q.mu.Unlock()
		return q.closed
	}
	if q.limit > 0 && len(q.list) >= q.limit {
		q.mu.Unlock()
		return errFull
	}
	q.list = append(q.list, v)
	first := len(q.list) == 1
	q.mu.Unlock()
	if first {
		signal(q.wake)
	}
	return nil
}

// take returns everything that waits, in order. The queue goes on with the memory of spare,
// whose elements are forgotten.
func (q *queue[T]) take(spare []T) []T {
	clear(spare)
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.list
	q.list = spare[:0]
	return list
}

// close has later puts fail with err. What waits stays. Only the first close counts.
func (q *queue[T]) close(err error) {
	q.mu.Lock()
	if q.closed == nil {
		q.closed = err
	}
	q.mu.Unlock()
	signal(q.wake)
}

// len is the number of values that wait.
func (q *queue[T]) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list)
}

// drained reports whether the queue is closed and nothing waits any more.
func (q *queue[T]) drained() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed != nil && len(q.list) == 0
}

// signal puts a token into a channel that has room for one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
