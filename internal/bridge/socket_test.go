package bridge

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lxzan/gws"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/websocket"
)

// Spec: event-bridge 3
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		p, q := w.connect(string(w.alice), ""), w.connect(string(w.ws), "")
		for _, page := range []*page{p, q} {
			first := <-page.beats
			for range 10 {
				next := <-page.beats
				if gap := next.Sub(first); gap != 15*time.Second {
					t.Fatalf("heartbeats are %v apart, want 15s", gap)
				}
				first = next
			}
		}
		select {
		case <-p.binary:
			t.Error("a binary frame came")
		default:
		}
		p.silent()
	})
}

func TestHeartbeatsAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *Options) { o.SocketsPerChannel = 200 })
		moments := make(map[time.Time]int)
		var pages []*page
		for range 120 {
			pages = append(pages, w.connect(string(w.alice), ""))
		}
		for _, p := range pages {
			moments[<-p.beats]++
		}
		if len(moments) < 20 {
			t.Errorf("120 sockets have their heartbeats at %d moments", len(moments))
		}
	})
}

func TestPageThatStopsToAnswerIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		asleep, silent := w.connect(string(w.alice), ""), w.connect(string(w.alice), "")
		silent.mute.Store(true) // has never answered, so nothing follows from its silence
		time.Sleep(time.Minute)
		asleep.mute.Store(true)
		time.Sleep(30 * time.Second)
		asleep.open()
		time.Sleep(60 * time.Second)
		if n := w.hub.Stats().Sockets; n != 1 {
			t.Errorf("%d sockets are open, want the one that never answered", n)
		}
		silent.open()
	})
}

// Spec: event-bridge 13
func TestSocketEndsWithItsToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		for _, life := range []time.Duration{3 * time.Second, 40 * time.Second, time.Hour} {
			begun := time.Now()
			p := w.connect(string(w.alice), "token="+w.token(string(w.alice), life))
			go func() { // drains the heartbeats of an hour
				for range p.beats {
				}
			}()
			end := <-p.end
			if end.Code != websocket.Expired || !strings.Contains(string(end.Reason), "expired") {
				t.Errorf("got %d %q", end.Code, end.Reason)
			}
			if got := time.Since(begun) - life; got < 0 || got > time.Second {
				t.Errorf("ended %v after the token", got)
			}
			close(p.beats)
		}
		if n := w.hub.Stats().Expired; n != 3 {
			t.Errorf("%d expired, want 3", n)
		}
	})
}

// Spec: event-bridge 13
func TestPostWithANewerTokenExtendsItsSockets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		short := w.token(string(w.alice), 20*time.Second)
		p := w.connect(string(w.alice), "token="+short)
		other := w.connect(string(w.bob), "token="+w.token(string(w.bob), 20*time.Second))
		time.Sleep(15 * time.Second)
		begun := time.Now()
		newer := w.token(string(w.alice), time.Minute)
		if r := w.post(object{
			"token": newer, "method": "GET", "url": w.workerURL(w.alice),
		}); r.status != 200 {
			t.Fatalf("got %d %s", r.status, r.body)
		}
		// An older token does not shorten it again.
		w.post(object{"token": short, "method": "GET", "url": w.workerURL(w.alice)})
		other.ends(websocket.Expired)
		p.ends(websocket.Expired)
		if got := time.Since(begun); got < time.Minute || got > time.Minute+time.Second {
			t.Errorf("ended after %v, want 1m", got)
		}
	})
}

// Another account can sign whatever it likes about a worker, but not with effect.
func TestTokenOfAnotherAccountExtendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		p := w.connect(string(w.alice), "token="+w.token(string(w.alice), 20*time.Second))
		g := w.grant(string(w.alice))
		g.Account = other
		forged, err := g.Mint("other", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		path := "/v1/wschannels/" + other + "/" + string(w.alice)
		r := w.send("POST", path, "", fmt.Sprintf(`{"url":%q,"method":"GET","token":%q}`,
			w.workerURL(w.alice), forged))
		if r.status != 403 {
			t.Errorf("POST: got %d %s", r.status, r.body)
		}
		if r = w.send("GET", path+"?token="+forged, "upgrade", ""); r.status != 403 {
			t.Errorf("handshake: got %d %s", r.status, r.body)
		}
		time.Sleep(21 * time.Second)
		p.ends(websocket.Expired)
	})
}

// Spec: event-bridge 12
func TestDisplacedSessionsDoNotFight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		channel := string(w.alice)
		tokens := []string{
			w.token(channel, time.Hour), w.token(channel, 2*time.Hour), w.token(channel, 3*time.Hour),
		}
		connect := func(i int) *page {
			return w.connect(channel, "closeExistingSessions=true&token="+tokens[i])
		}
		first, bystander := connect(0), w.connect(string(w.bob), "")
		second := connect(1)
		if reason := first.ends(websocket.Displaced); reason == "" {
			t.Error("no reason")
		}
		// The first comes back, as clients do: it joins, and both stay.
		first = connect(0)
		time.Sleep(30 * time.Second)
		first.open()
		second.open()
		// A third session displaces both.
		third := connect(2)
		first.ends(websocket.Displaced)
		second.ends(websocket.Displaced)
		second = connect(1)
		time.Sleep(time.Second)
		third.open()
		// After a minute of peace the rule is over.
		time.Sleep(2 * time.Minute)
		first = connect(0)
		second.ends(websocket.Displaced)
		third.ends(websocket.Displaced)
		first.open()
		bystander.open()
		// Without the wish nobody is displaced.
		w.connect(channel, "closeExistingSessions=false")
		time.Sleep(time.Second)
		first.open()
		if n := w.hub.Stats().Displaced; n != 5 {
			t.Errorf("%d displaced, want 5", n)
		}
	})
}

func TestSlowPageIsClosedAndNobodyNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *Options) { o.QueuedFrames = 8 })
		quick := w.connect(string(w.alice), "")
		slow := w.stuck(string(w.alice))
		begun := time.Now()
		for i := range 20 {
			attributes := fmt.Sprintf(`{"n":%d}`, i)
			w.do(routing.UpdateWorker{SID: w.alice, Attributes: &attributes})
			quick.wants("worker.attributes.update")
		}
		if got := time.Since(begun); got != 0 {
			t.Errorf("the quick page waited %v for the slow one", got)
		}
		synctest.Wait()
		if s := w.hub.Stats(); s.Slow != 1 || s.Sockets != 1 {
			t.Errorf("got %+v", s)
		}
		time.Sleep(websocket.Farewell + time.Second)
		if _, err := slow.Read(make([]byte, 1<<16)); err == nil {
			_, err = slow.Read(make([]byte, 1<<16))
			if err == nil {
				t.Error("the slow page is still connected")
			}
		}
	})
}

func TestPageThatStopsInTheMiddleOfAFrameIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.stuck(string(w.alice))
		w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.away})
		time.Sleep(9 * time.Second)
		if n := w.hub.Stats().Sockets; n != 1 {
			t.Fatalf("%d sockets after 9s, want 1", n)
		}
		time.Sleep(2 * time.Second)
		if s := w.hub.Stats(); s.Sockets != 0 || s.Slow != 1 {
			t.Errorf("after the write timeout: %+v", s)
		}
	})
}

// A page that reads again in time is told why it was closed.
func TestSlowPageIsToldWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *Options) { o.QueuedFrames = 2 })
		slow := w.stuck(string(w.alice))
		for i := range 5 {
			attributes := fmt.Sprintf(`{"n":%d}`, i)
			w.do(routing.UpdateWorker{SID: w.alice, Attributes: &attributes})
		}
		var got bytes.Buffer
		_ = slow.SetReadDeadline(time.Now().Add(time.Second))
		_, _ = got.ReadFrom(slow)
		if !strings.Contains(got.String(), "reads too slowly") {
			t.Errorf("got %q", got.String())
		}
	})
}

// stuck opens a socket and never reads from it.
func (w *world) stuck(channel string) net.Conn {
	w.t.Helper()
	conn, err := w.listener.dial()
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	_, _, err = gws.NewClientFromConn(gws.BuiltinEventHandler{}, &gws.ClientOption{
		Addr: "ws://" + host + w.path(channel) + "?token=" + w.aliceRaw,
	}, conn)
	if err != nil {
		w.t.Fatal(err)
	}
	return conn
}

func TestWhatAPageSaysIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		p := w.connect(string(w.alice), "")
		for range 10 {
			for range inboundFrames - 5 { // leaves room for the answers to pings
				if err := p.conn.WriteString(strings.Repeat("x", inboundSize)); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(inboundWindow + time.Second)
		}
		p.open()
		p.silent()
	})
}

func TestFloodIsClosed(t *testing.T) {
	tests := []struct {
		name string
		send func(*gws.Conn) error
		code uint16
	}{
		{"text", func(c *gws.Conn) error { return c.WriteString("hello") }, websocket.Policy},
		{"binary", func(c *gws.Conn) error {
			return c.WriteMessage(gws.OpcodeBinary, []byte{1})
		}, websocket.Policy},
		{"pings", func(c *gws.Conn) error { return c.WritePing([]byte("x")) }, websocket.Policy},
		{"pongs", func(c *gws.Conn) error { return c.WritePong(nil) }, websocket.Policy},
		{"big", func(c *gws.Conn) error {
			return c.WriteString(strings.Repeat("x", inboundSize+1))
		}, websocket.Policy},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				p, other := w.connect(string(w.alice), ""), w.connect(string(w.alice), "")
				go func() {
					for range 10 * inboundFrames {
						if test.send(p.conn) != nil {
							return
						}
					}
				}()
				if reason := p.ends(test.code); reason == "" {
					t.Error("no reason")
				}
				other.open()
			})
		})
	}
}

func TestPingsAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		conn := w.stuck(string(w.alice))
		client := make(chan error, 1)
		go func() {
			// A masked ping with the payload "hi" and a mask of zeros.
			_, err := conn.Write([]byte{0x89, 0x82, 0, 0, 0, 0, 'h', 'i'})
			client <- err
		}()
		got := make([]byte, 4)
		if _, err := conn.Read(got); err != nil || string(got) != "\x8a\x02hi" {
			t.Errorf("got %q %v", got, err)
		}
		<-client
	})
}

// Spec: event-bridge 2
func TestShutdownSaysGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		q := "disconnectActivitySid=" + string(w.away)
		pages := []*page{w.connect(string(w.alice), q), w.connect(string(w.bob), "")}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := w.hub.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
		for _, p := range pages {
			if reason := p.ends(websocket.GoingAway); !strings.Contains(reason, "stopping") {
				t.Errorf("reason %q", reason)
			}
		}
		if r := w.refusal(string(w.alice), w.aliceRaw); r.status != 503 {
			t.Errorf("got %d after the shutdown, want 503", r.status)
		}
		if err := w.hub.Shutdown(ctx); err != nil {
			t.Errorf("shutting down again: %v", err)
		}
		time.Sleep(time.Minute)
		if got := w.worker(w.alice).ActivitySID; got != w.idle {
			t.Error("a restart of the server sent the worker away")
		}
	})
}

func TestShutdownDoesNotWaitForTheStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.stuck(string(w.alice))
		w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.away})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.hub.Shutdown(ctx); err == nil {
			t.Error("no error, although somebody did not hear of it")
		}
		synctest.Wait()
	})
}

// A frame is rendered once for all who reach the server under the same name.
func TestFrameIsRenderedOncePerOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	f := newFrame(&taskrouter.Event{
		Type: taskrouter.EventWorkerActivity, Worker: w.worker(w.alice),
	}, w.catalog())
	a, b, c := f.text("http://a"), f.text("http://b"), f.text("http://a")
	if &a[0] != &c[0] {
		t.Error("the same origin was rendered twice")
	}
	if !bytes.Contains(b, []byte(`"url":"http://b/v1/Workspaces/`)) {
		t.Errorf("got %s", b)
	}
}

func TestPublicationsOfNobodyCostNothing(t *testing.T) {
	w := newWorld(t, nil)
	w.connect(string(w.alice), "")
	p := engine.Publication{
		Workspace: w.ws, Catalog: w.catalog(), From: []engine.Principal{{}},
		Changes: []*taskrouter.Change{{Events: []taskrouter.Event{{
			Type: taskrouter.EventWorkerActivity, Worker: w.worker(w.bob),
		}}}},
	}
	if n := testing.AllocsPerRun(100, func() { w.hub.publish(p) }); n > 0 {
		t.Errorf("%v allocations for an event that nobody listens to", n)
	}
}

// TestSocketEndsWithItsAccount closes the sockets of an account that is suspended.
func TestSocketEndsWithItsAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var suspended atomic.Bool
		w := newWorld(t, func(o *Options) {
			o.Keys = func(a string) []string {
				if suspended.Load() {
					return nil
				}
				return keys(a)
			}
		})
		p := w.connect(string(w.alice), "token="+w.aliceRaw)
		suspended.Store(true)
		if reason := p.ends(websocket.Expired); !strings.Contains(reason, "not active") {
			t.Errorf("the reason is %q", reason)
		}
	})
}
