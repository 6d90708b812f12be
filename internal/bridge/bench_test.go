package bridge

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
)

// A sink is a connection that takes everything at once and never says anything.
type sink struct {
	net.Conn // nil: what is not defined here is not used
	written  *sync.WaitGroup
	closed   chan struct{}
	once     sync.Once
}

// Write counts the frames that tell of an event, which are longer than all others.
func (s *sink) Write(b []byte) (int, error) {
	if len(b) > 500 {
		s.written.Done()
	}
	return len(b), nil
}

// Read blocks until the connection is closed.
func (s *sink) Read([]byte) (int, error) {
	<-s.closed
	return 0, net.ErrClosed
}

// Close ends Read.
func (s *sink) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// SetDeadline does nothing, as do the others.
func (s *sink) SetDeadline(time.Time) error { return nil }

// SetReadDeadline ends Read, as a page does that answers a close.
func (s *sink) SetReadDeadline(time.Time) error { return s.Close() }

// SetWriteDeadline does nothing.
func (s *sink) SetWriteDeadline(time.Time) error { return nil }

// attach opens a socket on a connection without a server in between.
func attach(tb testing.TB, h *Hub, a address, conn net.Conn) {
	tb.Helper()
	h.mu.Lock()
	ch, _ := h.open(a, account)
	ch.entering++
	h.mu.Unlock()
	s := &socket{
		hub: h, channel: ch, origin: "http://" + host, expires: time.Now().Add(time.Hour),
	}
	if err := h.join(s, false, time.Now()); err != nil {
		tb.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header = http.Header{
		"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
	}
	c, err := h.upgrader.OpenOn(conn, r, s)
	if err != nil {
		tb.Fatal(err)
	}
	s.start(c)
	go c.ReadLoop()
}

// BenchmarkFanOut tells many sockets of a change each time: all of one channel of the same one,
// or each of its own. It ends when the last frame has been handed to its connection.
func BenchmarkFanOut(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		for _, shared := range []bool{true, false} {
			name := fmt.Sprintf("sockets=%d/own=%v", n, !shared)
			b.Run(name, func(b *testing.B) { fanOut(b, n, shared) })
		}
	}
}

func fanOut(b *testing.B, n int, shared bool) {
	w := newWorld(b, func(o *Options) { o.SocketsPerChannel = n })
	var written sync.WaitGroup
	p := engine.Publication{
		Workspace: w.ws, Account: account, Catalog: w.catalog(), From: []engine.Principal{{}},
		Changes: []*taskrouter.Change{{}},
	}
	for i := range n {
		worker := *w.worker(w.alice)
		if !shared {
			worker.SID = taskrouter.WorkerSID(fmt.Sprintf("WK%032x", i))
		}
		if i == 0 || !shared {
			p.Changes[0].Events = append(p.Changes[0].Events, taskrouter.Event{
				Type: taskrouter.EventWorkerActivity, Worker: &worker,
			})
		}
		attach(b, w.hub, address{w.ws, string(worker.SID)},
			&sink{written: &written, closed: make(chan struct{})})
	}
	b.ReportAllocs()
	for b.Loop() {
		written.Add(n)
		w.hub.publish(p)
		written.Wait()
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "frames/s")
}

// BenchmarkPost is a whole request through the bridge, without sockets.
func BenchmarkPost(b *testing.B) {
	w := newWorld(b, nil)
	body := fmt.Sprintf(`{"url":%q,"method":"POST","params":{"A":"b"},"token":%q}`,
		w.workerURL(w.alice), w.aliceRaw)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", w.path(string(w.alice)), strings.NewReader(body))
		answer := httptest.NewRecorder()
		w.hub.ServeHTTP(answer, r)
		if answer.Code != 200 {
			b.Fatal(answer.Body)
		}
	}
}

// BenchmarkIdleSocket measures what an idle socket on a real connection takes, the client's end
// of the connection included, which does nothing but exist.
func BenchmarkIdleSocket(b *testing.B) {
	const n = 1000
	for b.Loop() {
		w := newWorldOn(b, newTCP(b), func(o *Options) { o.SocketsPerChannel = n })
		request := "GET " + w.path(string(w.alice)) + "?token=" + w.aliceRaw + " HTTP/1.1\r\n" +
			"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
		before := inUse()
		conns := make([]net.Conn, n)
		for i := range conns {
			c, err := w.listener.dial()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.Write([]byte(request)); err != nil {
				b.Fatal(err)
			}
			if _, err := c.Read(make([]byte, 512)); err != nil {
				b.Fatal(err)
			}
			conns[i] = c
		}
		b.ReportMetric(float64(inUse()-before)/n, "B/socket")
		for _, c := range conns {
			_ = c.Close()
		}
	}
}

// inUse is how many bytes live on the heap and on stacks.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
