package taskrouter

import (
	"encoding/binary"
	"encoding/hex"
	"time"
)

// Each noun has its own SID type, so that no function can be handed the wrong one.
type (
	// AccountSID names an account, the owner of workspaces: AC….
	AccountSID string
	// WorkspaceSID names a [Workspace]: WS….
	WorkspaceSID string
	// ActivitySID names an [Activity]: WA….
	ActivitySID string
	// WorkerSID names a [Worker]: WK….
	WorkerSID string
	// WorkerChannelSID names a [WorkerChannel]: WC….
	WorkerChannelSID string
	// TaskChannelSID names a [TaskChannel]: TC….
	TaskChannelSID string
	// TaskQueueSID names a [TaskQueue]: WQ….
	TaskQueueSID string
	// WorkflowSID names a [Workflow]: WW….
	WorkflowSID string
	// TaskSID names a [Task]: WT….
	TaskSID string
	// ReservationSID names a [Reservation]: WR….
	ReservationSID string
	// EventSID names an [Event]: EV….
	EventSID string
	// AlertSID names an [Alert]: NO….
	AlertSID string
	// KeySID names an API key, with which programs reach an account: SK….
	KeySID string
)

// Spec: rest-api 1 (SID prefixes)
const (
	PrefixAccount       = "AC"
	PrefixWorkspace     = "WS"
	PrefixActivity      = "WA"
	PrefixWorker        = "WK"
	PrefixWorkerChannel = "WC"
	PrefixTaskChannel   = "TC"
	PrefixTaskQueue     = "WQ"
	PrefixWorkflow      = "WW"
	PrefixTask          = "WT"
	PrefixReservation   = "WR"
	PrefixEvent         = "EV"
	PrefixAlert         = "NO"
	PrefixKey           = "SK"
)

// sidLength is two letters and 32 hexadecimal digits.
const sidLength = 34

// ValidSID reports whether s has the shape of a SID with the given two-letter prefix.
func ValidSID(prefix, s string) bool {
	if len(s) != sidLength || s[:2] != prefix {
		return false
	}
	for i := 2; i < len(s); i++ {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return true
}

// A SIDSource makes SIDs that rise: each one sorts after all that the same source made before,
// whatever the clock does. The digits are a UUID version 7: milliseconds, a counter, and a salt
// that keeps sources apart. The same source, started from the same values and asked at the
// same times, makes the same SIDs: routing stays a pure function. SIDs are names, not secrets.
//
// A source is owned by one goroutine.
type SIDSource struct {
	salt    uint32
	millis  uint64
	counter uint64 // 42 bits, starts anew each millisecond
}

// NewSIDSource returns a source whose SIDs carry salt; sources that run at the same time need
// different ones, so take it from crypto/rand.
func NewSIDSource(salt uint32) *SIDSource { return &SIDSource{salt: salt} }

// Next returns a fresh SID with the given prefix.
func (s *SIDSource) Next(prefix string, now time.Time) string {
	if ms := uint64(max(0, now.UnixMilli())); ms > s.millis {
		s.millis, s.counter = ms, 0
	}
	s.counter++
	var b [16]byte
	binary.BigEndian.PutUint64(b[0:], s.millis<<16|0x7000|s.counter>>30&0xfff)
	binary.BigEndian.PutUint64(b[8:], 1<<63|(s.counter&(1<<30-1))<<32|uint64(s.salt))
	var text [sidLength]byte
	copy(text[:], prefix)
	hex.Encode(text[2:], b[:])
	return string(text[:])
}
