package websocket

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lxzan/gws"
)

// A reader passes on what a client of the library reads.
type reader struct {
	gws.BuiltinEventHandler
	texts chan []byte
}

// OnMessage passes a message on.
func (r *reader) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer m.Close()
	r.texts <- bytes.Clone(m.Data.Bytes())
}

// TestAppendText has a client read frames of all sorts of lengths that were put together here.
func TestAppendText(t *testing.T) {
	t.Parallel()
	upgrader := NewUpgrader[string](Options{
		Events: new(gws.BuiltinEventHandler), Name: "test", MaxMessage: 100, Handshake: time.Minute,
	})
	var texts [][]byte
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 200_000} {
		texts = append(texts, bytes.Repeat([]byte("x"), n))
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Open(w, r, "session")
		if err != nil || Session[string](conn) != "session" {
			t.Errorf("open: %v", err)
			return
		}
		for _, text := range texts {
			if _, err := conn.NetConn().Write(AppendText(nil, text)); err != nil {
				t.Error(err)
			}
		}
		Goodbye(conn, GoingAway, strings.Repeat("long ", 100))
		go conn.ReadLoop()
	}))
	defer server.Close()
	raw, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	r := &reader{texts: make(chan []byte, len(texts))}
	conn, _, err := gws.NewClientFromConn(r, &gws.ClientOption{
		Addr: "ws://" + server.Listener.Addr().String(), ReadMaxPayloadSize: 1 << 20,
		RequestHeader: http.Header{"Sec-Websocket-Protocol": {"test, taskrouter.token.abc"}},
	}, raw)
	if err != nil {
		t.Fatal(err)
	}
	if conn.SubProtocol() != "test" {
		t.Errorf("subprotocol %q, want test", conn.SubProtocol())
	}
	go conn.ReadLoop()
	for _, want := range texts {
		select {
		case got := <-r.texts:
			if !bytes.Equal(got, want) {
				t.Errorf("got %d bytes, want %d", len(got), len(want))
			}
		case <-time.After(time.Minute):
			t.Fatalf("no frame of %d bytes came", len(want))
		}
	}
}

// TestToken finds the token among the subprotocols, in one line or in several.
func TestToken(t *testing.T) {
	t.Parallel()
	for want, lines := range map[string][]string{
		"":    {"taskrouter.v1"},
		"a.b": {"taskrouter.v1, taskrouter.token.a.b"},
		"c":   {"x", "taskrouter.token.c,y"},
	} {
		r := &http.Request{Header: http.Header{"Sec-Websocket-Protocol": lines}}
		if got := Token(r); got != want {
			t.Errorf("%q: token %q, want %q", lines, got, want)
		}
	}
}
