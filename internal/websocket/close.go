package websocket

import (
	"time"

	"github.com/lxzan/gws"
)

// Codes that a socket ends with. Those from 4000 on are ours. Spec: event-bridge 2
const (
	GoingAway uint16 = 1001
	Policy    uint16 = 1008
	Failed    uint16 = 1011
	Displaced uint16 = 4001
	Expired   uint16 = 4002
	Gone      uint16 = 4003
	Slow      uint16 = 4008
)

// maxReason is how long the reason of a close may be, in bytes.
const maxReason = 123

// Farewell is how long a page has for its part of the closing handshake.
const Farewell = 2 * time.Second

// Goodbye writes a close frame and gives the page a moment to answer it. The connection is
// closed by the goroutine that reads: closing it here could take the frame away again that is
// still on its way.
func Goodbye(c *gws.Conn, code uint16, reason string) {
	_ = c.NetConn().SetWriteDeadline(time.Now().Add(Farewell))
	if len(reason) > maxReason {
		reason = reason[:maxReason]
	}
	payload := append([]byte{byte(code >> 8), byte(code)}, reason...)
	_ = c.WriteMessage(gws.OpcodeCloseConnection, payload)
	_ = c.NetConn().SetReadDeadline(time.Now().Add(Farewell))
}

// AppendText appends a text message as a server sends it: one frame, the same for everybody.
// What is written to many connections is put into its frame once, and each connection's Write
// gets it whole.
func AppendText(dst, text []byte) []byte {
	dst = append(dst, 0x80|byte(gws.OpcodeText))
	switch n := len(text); {
	case n < 126:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = append(dst, 126, byte(n>>8), byte(n))
	default:
		dst = append(dst, 127)
		for shift := 56; shift >= 0; shift -= 8 {
			dst = append(dst, byte(uint64(n)>>shift))
		}
	}
	return append(dst, text...)
}
