// Package websocket is what all WebSockets of this server have in common: how a request is turned
// into one, how it says goodbye, and with which code.
//
//	if err := websocket.Check(r); err != nil { … }     // still HTTP: refuse in JSON
//	conn, err := upgrader.Open(w, r)                // the library's connection
//	go conn.ReadLoop()
//	…
//	websocket.Goodbye(conn, websocket.GoingAway, "the server is stopping")
//
// Compression stays off: a window for each connection would cost more memory than all the rest.
package websocket
