package websocket

import (
	"iter"
	"net/http"
	"strings"

	"taskrouter"
)

// tokenName is what a page puts before its token to offer it as a subprotocol.
const tokenName = "taskrouter.token."

// Wanted reports whether a request asks to become a WebSocket.
func Wanted(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// Check says what is missing from a request that should become a WebSocket. The library would
// say so, too, but not in JSON.
func Check(r *http.Request) error {
	switch {
	case !Wanted(r):
		return taskrouter.Invalid.Errorf("GET %s opens a WebSocket; send it with "+
			"Upgrade: websocket, and requests as POST", r.URL.Path)
	case !strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade"):
		return taskrouter.Invalid.Errorf("the request has Upgrade: websocket, but not " +
			"Connection: Upgrade; a proxy before the server must pass on both")
	case r.Header.Get("Sec-WebSocket-Version") != "13":
		return taskrouter.Invalid.Errorf("the WebSocket version is not 13")
	case r.Header.Get("Sec-WebSocket-Key") == "":
		return taskrouter.Invalid.Errorf("the header Sec-WebSocket-Key is missing")
	}
	return nil
}

// Token returns the capability token that a page offers as a subprotocol, so that it stands in
// no URL; empty if it offers none.
func Token(r *http.Request) string {
	for name := range offered(r) {
		if t, ok := strings.CutPrefix(name, tokenName); ok {
			return t
		}
	}
	return ""
}

// offers reports whether a page offers a subprotocol.
func offers(r *http.Request, name string) bool {
	for n := range offered(r) {
		if n == name {
			return true
		}
	}
	return false
}

// offered yields the subprotocols that a page offers.
func offered(r *http.Request) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
			for name := range strings.SplitSeq(line, ",") {
				if !yield(strings.TrimSpace(name)) {
					return
				}
			}
		}
	}
}
