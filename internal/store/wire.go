package store

import (
	"encoding/hex"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of the fields of a body: entities by kind, and changes.
const (
	fieldWorkspace   = 1
	fieldActivity    = 2
	fieldTaskChannel = 3
	fieldTaskQueue   = 4
	fieldWorkflow    = 5
	fieldWorker      = 6
	fieldTask        = 7
	fieldReservation = 8
	fieldChange      = 15
)

// A message is a protocol buffer message under construction. Its methods append one field
// each, and nothing for a zero value.
type message []byte

func (m message) varint(field protowire.Number, v uint64) message {
	m = protowire.AppendTag(m, field, protowire.VarintType)
	return protowire.AppendVarint(m, v)
}

func (m message) int(field protowire.Number, v int) message {
	if v == 0 {
		return m
	}
	return m.varint(field, protowire.EncodeZigZag(int64(v)))
}

// ref appends the number of an entity; -1 is none. It is stored one higher, so that the first
// entity is not a zero value.
func (m message) ref(field protowire.Number, index int) message {
	if index < 0 {
		return m
	}
	return m.varint(field, uint64(index)+1)
}

func (m message) bool(field protowire.Number, v bool) message {
	if !v {
		return m
	}
	return m.varint(field, 1)
}

func (m message) time(field protowire.Number, t time.Time) message {
	if t.IsZero() {
		return m
	}
	return m.varint(field, uint64(t.UnixMilli()))
}

func (m message) text(field protowire.Number, s string) message {
	if s == "" {
		return m
	}
	m = protowire.AppendTag(m, field, protowire.BytesType)
	return protowire.AppendString(m, s)
}

func (m message) sid(field protowire.Number, s string) message {
	if s == "" {
		return m
	}
	return m.element(field, s)
}

// element appends a SID of a list, where an empty one counts.
func (m message) element(field protowire.Number, s string) message {
	m = protowire.AppendTag(m, field, protowire.BytesType)
	if packed, ok := packSID(s); ok {
		return append(append(m, packedSID), packed[:]...)
	}
	m = append(protowire.AppendVarint(m, uint64(len(s))+1), 0)
	return append(m, s...)
}

// open begins a message in a field; close, given what open returned, ends it.
func (m message) open(field protowire.Number) (message, int) {
	m = append(protowire.AppendTag(m, field, protowire.BytesType), 0)
	return m, len(m)
}

// close puts the length before the message that starts at start. Most are short enough for the
// one byte that open left; longer ones move aside.
func (m message) close(start int) message {
	n := len(m) - start
	if n < 1<<7 {
		m[start-1] = byte(n)
		return m
	}
	extra := protowire.SizeVarint(uint64(n)) - 1
	m = append(m, make([]byte, extra)...)
	copy(m[start+extra:], m[start:start+n])
	protowire.AppendVarint(m[:start-1], uint64(n))
	return m
}

const (
	sidLength = 34 // two letters and 32 hexadecimal digits
	packedSID = 18 // two letters and 16 bytes
)

// digits holds one more than the value of each lower-case hexadecimal digit, 0 for all else.
var digits = [256]byte{
	'0': 1, '1': 2, '2': 3, '3': 4, '4': 5, '5': 6, '6': 7, '7': 8, '8': 9, '9': 10,
	'a': 11, 'b': 12, 'c': 13, 'd': 14, 'e': 15, 'f': 16,
}

// packSID returns the short form of a SID, and false if s could not be restored from it.
func packSID(s string) (packed [packedSID]byte, ok bool) {
	if len(s) != sidLength || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
		return packed, false
	}
	packed[0], packed[1] = s[0], s[1]
	for i := 2; i < packedSID; i++ {
		high, low := digits[s[2*i-2]], digits[s[2*i-1]]
		if high == 0 || low == 0 {
			return packed, false
		}
		packed[i] = (high-1)<<4 | (low - 1)
	}
	return packed, true
}

// unpackSID restores the text of a stored SID.
func unpackSID(b []byte) (string, bool) {
	if len(b) > 0 && b[0] == 0 {
		return string(b[1:]), true
	}
	if len(b) != packedSID {
		return "", false
	}
	var text [sidLength]byte
	text[0], text[1] = b[0], b[1]
	hex.Encode(text[2:], b[2:])
	return string(text[:]), true
}
