package main

import (
	"bytes"
	"io"
	"net"
	"testing"

	"taskrouter/server"
)

// TestStartBeside takes the internal address away before a server starts.
func TestStartBeside(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	for _, tt := range []struct {
		name  string
		asked bool
		want  string // in what is said; empty: the start fails
	}{
		{"nobody asked for it", false, other.Addr().String()},
		{"somebody asked for it", true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var words bytes.Buffer
			p := &program{stdout: io.Discard, stderr: &words}
			srv, err := p.startBeside(server.Config{Listen: "127.0.0.1:0",
				InternalListen: other.Addr().String(), DataDir: t.TempDir()}, tt.asked)
			if tt.want == "" {
				if err == nil {
					srv.Close()
					t.Error("started without the internal address that was asked for")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			if srv.InternalURL() != "" || !bytes.Contains(words.Bytes(), []byte(tt.want)) {
				t.Errorf("internal address %q, said %q; want it off, and %s named",
					srv.InternalURL(), &words, tt.want)
			}
		})
	}
}

// TestDevCallsThisMachine: an application that is tried out runs beside dev.
func TestDevCallsThisMachine(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"": "127.0.0.0/8,::1/128", "10.0.0.0/8": "10.0.0.0/8",
	} {
		p := new(program)
		s := &settings{callbackAllow: given}
		s.tryOut()
		if got := p.config(s).CallbackAllow; got != want {
			t.Errorf("callbacks may reach %q, want %q", got, want)
		}
	}
}
