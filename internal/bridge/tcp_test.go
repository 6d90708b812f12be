package bridge

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/websocket"
)

// What the other tests check in memory and in fake time, once over, on real connections.
func TestOverTCP(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, newTCP(t), func(o *Options) {
		o.Heartbeat = 300 * time.Millisecond
		o.DisconnectGrace = 50 * time.Millisecond
	})
	q := "disconnectActivitySid=" + string(w.away)
	alice, other := w.connect(string(w.alice), q), w.connect(string(w.alice), q)
	_, list := w.task()
	alice.wants("reservation.created")
	other.wants("reservation.created")

	answered := make(chan time.Time, 1)
	w.rest.after = func() {
		time.Sleep(20 * time.Millisecond)
		alice.silent()
	}
	go func() {
		w.post(w.accept(list[0]))
		answered <- time.Now()
	}()
	alice.wants("reservation.accepted")
	select {
	case <-answered:
	default:
		t.Error("the event came before the answer")
	}
	other.wants("reservation.accepted")
	<-alice.beats
	<-alice.beats

	// The reason of a close arrives although the page is still talking.
	go func() {
		for other.conn.WriteString(strings.Repeat("x", 1000)) == nil {
		}
	}()
	other.ends(websocket.Policy)

	short := w.connect(string(w.bob), "token="+w.token(string(w.bob), time.Second))
	short.ends(websocket.Expired)

	_ = alice.conn.NetConn().Close()
	eventually(t, func() bool { return w.hub.Stats().Left == 1 })
	if w.worker(w.alice).ActivitySID != w.away {
		t.Error("the worker is not away")
	}
	if s := w.hub.Stats(); s.Flooded != 1 || s.Expired != 1 || s.Sockets != 0 || s.Channels != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestManyPagesOverTCP(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, newTCP(t), func(o *Options) { o.SocketsPerChannel = 100 })
	var pages []*page
	for range 100 {
		pages = append(pages, w.connect(string(w.alice), ""))
	}
	_, list := w.task()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.post(w.accept(list[0]))
		w.answer(list[0], taskrouter.ReservationWrapping)
		w.answer(list[0], taskrouter.ReservationCompleted)
	}()
	for _, p := range pages {
		p.wants("reservation.created", "reservation.accepted",
			"task.wrapup", "reservation.wrapup", "task.completed", "reservation.completed")
	}
	<-done
}

// TestOneClose is the end of a connection as browsers want it: they take a second close frame
// for a broken connection, and then a script hears of neither code nor reason.
func TestOneClose(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, newTCP(t), nil)
	conn, err := w.listener.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s?token=%s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\n"+
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
		w.path(string(w.alice)), w.aliceRaw, host)
	frames := bufio.NewReader(conn)
	if answer, err := http.ReadResponse(frames, nil); err != nil || answer.StatusCode != 101 {
		t.Fatalf("got %v, %v, want status 101", answer, err)
	}
	w.connect(string(w.alice), "closeExistingSessions=true")

	head := make([]byte, 4)
	if _, err := io.ReadFull(frames, head); err != nil {
		t.Fatal(err)
	}
	code := binary.BigEndian.Uint16(head[2:])
	if head[0] != 0x88 || code != websocket.Displaced {
		t.Fatalf("got a frame that begins with %x, want a close with code %d", head, websocket.Displaced)
	}
	if _, err := frames.Discard(int(head[1]) - 2); err != nil {
		t.Fatal(err)
	}
	// The browser's part of the closing handshake, masked with zeros.
	if _, err := conn.Write([]byte{0x88, 0x82, 0, 0, 0, 0, head[2], head[3]}); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(frames); err != nil || len(rest) > 0 {
		t.Errorf("after the close came %x, %v, want the end", rest, err)
	}
}
