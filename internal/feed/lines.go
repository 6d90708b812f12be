package feed

import (
	"errors"
	"net/http"
	"os"
	"sync"
	"time"

	"taskrouter/internal/store"
	"taskrouter/internal/websocket"
)

// Lines are a reader's text/event-stream. The request's own goroutine writes.
type lines struct {
	wake    chan struct{} // the reader is owed something
	w       http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration

	mu      sync.Mutex
	hurried bool
	over    bool // the handler has returned, or is about to
}

// serveLines writes until the reader goes away or is told to.
func (h *Hub) serveLines(
	w http.ResponseWriter, r *http.Request, c *reader, a ask, after store.Seq,
) error {
	l := &lines{
		wake:    make(chan struct{}, 1),
		w:       w,
		control: http.NewResponseController(w),
		limit:   h.options.WriteTimeout,
	}
	c.out = l
	// The server's limits are for requests that end. A writer that has none needs none.
	_ = l.control.SetReadDeadline(time.Time{})
	header := w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // or a proxy collects
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	defer l.finish()
	h.join(c, a, after)
	for {
		select {
		case <-l.wake:
			if c.pump() {
				return nil
			}
		case <-r.Context().Done():
			return nil
		}
	}
}

func (l *lines) start() { signal(l.wake) }

func (l *lines) write(text []byte) error {
	l.deadline(l.limit)
	_, err := l.w.Write(text)
	if err == nil {
		err = l.control.Flush()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errSlow
	}
	return err
}

// deadline limits the write that comes, or the one that is under way.
func (l *lines) deadline(limit time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hurried {
		limit = min(limit, websocket.Farewell)
	}
	if !l.over { // after it the connection may serve somebody else
		_ = l.control.SetWriteDeadline(time.Now().Add(limit))
	}
}

func (l *lines) hurry() {
	l.mu.Lock()
	l.hurried = true
	l.mu.Unlock()
	l.deadline(websocket.Farewell)
}

func (l *lines) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// close has nothing to say: the end of the answer is the end.
func (l *lines) close(uint16, string) {}

// cut lets a write that is under way fail.
func (l *lines) cut() {
	l.mu.Lock()
	l.hurried = true
	l.mu.Unlock()
	l.deadline(-time.Second)
}

func (l *lines) beat(text []byte) []byte { return text }

// lost is never known: what is read of an event stream is not told.
func (l *lines) lost(time.Time, time.Duration) bool { return false }
