package worker_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"taskrouter/test/world"
	"taskrouter/worker"
)

// patience is how long a test waits for what should happen at once.
const patience = 20 * time.Second

// quickly is a backoff for tests that do not want to wait.
func quickly(int) time.Duration { return 5 * time.Millisecond }

// connect connects as a worker with all documented rights, until the test ends.
func connect(t testing.TB, k world.Worker, o worker.Options) *worker.Client {
	t.Helper()
	if o.URL == "" {
		o.URL = k.World.URL
	}
	if o.Backoff == nil {
		o.Backoff = quickly
	}
	c, err := worker.Connect(t.Context(), k.Token(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// next is the next event of a client.
func next(t testing.TB, c *worker.Client) worker.Event {
	t.Helper()
	select {
	case e, ok := <-c.Events():
		if !ok {
			t.Fatalf("the client has ended: %v", c.Err())
		}
		return e
	case <-time.After(patience):
		t.Fatal("no event came")
	}
	return nil
}

// want is the next event, which has to be an E.
func want[E worker.Event](t testing.TB, c *worker.Client) E {
	t.Helper()
	e := next(t, c)
	wanted, ok := e.(E)
	if !ok {
		t.Fatalf("got %T %+v, want %T", e, e, wanted)
	}
	return wanted
}

// await is the next event that is an E; others are passed over.
func await[E worker.Event](t testing.TB, c *worker.Client) E {
	t.Helper()
	for {
		if e, ok := next(t, c).(E); ok {
			return e
		}
	}
}

// offered is the offer of a task, once the client hears of it.
func offered(t testing.TB, c *worker.Client, task string) *worker.Reservation {
	t.Helper()
	for {
		if r := await[worker.ReservationCreated](t, c).Reservation; string(r.TaskSID) == task {
			return r
		}
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// A cable is how a client reaches a server in tests that cut it: whatever goes through it is
// lost at once, and nothing comes through until it is mended.
type cable struct {
	URL string

	to       string
	mu       sync.Mutex
	cut      bool
	sections map[net.Conn]bool
}

// newCable lays a cable to the server of an endpoint.
func newCable(t testing.TB, e world.Endpoint) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{
		URL: "http://" + l.Addr().String(), to: e.URL[len("http://"):],
		sections: make(map[net.Conn]bool),
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { c.carry(near) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		c.Cut()
		work.Wait()
	})
	return c
}

// carry carries one connection until an end of it is closed.
func (c *cable) carry(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", c.to)
	if err != nil {
		return
	}
	defer far.Close()
	c.mu.Lock()
	if c.cut {
		c.mu.Unlock()
		return
	}
	c.sections[near], c.sections[far] = true, true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.sections, near)
		delete(c.sections, far)
		c.mu.Unlock()
	}()
	done := make(chan struct{}, 2)
	pump := func(to, from net.Conn) {
		io.Copy(to, from)
		to.Close()
		from.Close()
		done <- struct{}{}
	}
	go pump(near, far)
	pump(far, near)
	<-done
	<-done
}

// Cut cuts the cable.
func (c *cable) Cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for conn := range c.sections {
		conn.Close()
	}
}

// Mend makes the cable whole.
func (c *cable) Mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = false
}

// status is the HTTP status in an error of the client, 0 if there is none.
func status(err error) int {
	if e, ok := errors.AsType[*worker.Error](err); ok {
		return e.Status
	}
	return 0
}
