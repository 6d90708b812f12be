package feed

import (
	"strconv"
	"time"

	"taskrouter/internal/store"
	"taskrouter/internal/websocket"
	"taskrouter/internal/wire"
)

// frame puts a message into the frame in which it travels: lines of an event stream, or a frame
// of a WebSocket. The position is where a reader who has it goes on; negative = nowhere new.
func frame(lines bool, kind string, at store.Seq, json []byte) []byte {
	if !lines {
		return websocket.AppendText(make([]byte, 0, len(json)+10), json)
	}
	dst := make([]byte, 0, len(json)+64)
	if at >= 0 {
		dst = append(dst, "id: "...)
		dst = strconv.AppendInt(dst, int64(at), 10)
		dst = append(dst, '\n')
	}
	dst = append(dst, "event: "...)
	dst = append(dst, kind...)
	dst = append(dst, "\ndata: "...)
	dst = append(dst, json...)
	return append(dst, "\n\n"...)
}

// begin begins a message: its type, the reader's position and the time.
func begin(kind string, at store.Seq, now time.Time) []byte {
	dst := append([]byte(nil), `{"type":"`...)
	dst = append(dst, kind...)
	dst = append(dst, `","sequence":`...)
	dst = strconv.AppendInt(dst, int64(at), 10)
	dst = append(dst, `,"now":`...)
	return appendMoment(dst, now)
}

// hello is the first message. Spec: feed 3.1
func (h *Hub) hello(a *ask, at store.Seq, now time.Time) []byte {
	dst := begin("hello", at, now)
	dst = append(dst, `,"heartbeat_ms":`...)
	dst = strconv.AppendInt(dst, h.options.Heartbeat.Milliseconds(), 10)
	dst = append(dst, `,"version":`...)
	dst = wire.AppendString(dst, h.options.Version)
	return frame(a.lines, "hello", at, append(dst, '}'))
}

// heartbeat is what is said when nothing else has been for a while.
func heartbeat(a *ask, at store.Seq, now time.Time) []byte {
	return frame(a.lines, "heartbeat", at, append(begin("heartbeat", at, now), '}'))
}

// gap says that the stream goes on at a position which does not follow the reader's.
// Spec: feed 3.4
func gap(a *ask, after, at store.Seq, reason string, now time.Time) []byte {
	dst := begin("gap", at, now)
	dst = append(dst, `,"after":`...)
	dst = strconv.AppendInt(dst, int64(after), 10)
	dst = append(dst, `,"reason":`...)
	dst = wire.AppendString(dst, reason)
	return frame(a.lines, "gap", at, append(dst, '}'))
}

// whole lists everybody who is present. Spec: feed 3.3
func whole(a *ask, at store.Seq, list []present, now time.Time) []byte {
	dst := begin("presence", at, now)
	dst = append(dst, `,"presence":[`...)
	for i, p := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst, _ = appendPresent(dst, p)
	}
	return frame(a.lines, "presence", at, append(dst, ']', '}'))
}

// retry is how long a browser waits before it comes back, in milliseconds.
const retry = 2000

// goodbye is the last message. Spec: feed 3.5
func goodbye(a *ask, code uint16, reason string) []byte {
	dst := append([]byte(nil), `{"type":"end","code":`...)
	dst = strconv.AppendInt(dst, int64(code), 10)
	dst = append(dst, `,"reason":`...)
	dst = wire.AppendString(dst, reason)
	dst = append(dst, '}')
	if !a.lines {
		return frame(false, "end", -1, dst)
	}
	head := strconv.AppendInt([]byte("retry: "), retry, 10)
	return append(append(head, '\n'), frame(true, "end", -1, dst)...)
}
