package engine

import (
	"sync/atomic"
	"time"
)

// Stats are figures of an engine since it was opened, and a few of the moment.
type Stats struct {
	Commands  uint64 // decided, also those that failed; ticks included
	Failed    uint64 // commands that routing turned down
	Repeats   uint64 // commands answered by an earlier one
	Views     uint64
	Changes   uint64 // made durable
	Records   uint64 // made durable; one per group of commands
	Bytes     uint64 // of those records, sealed
	Appends   uint64 // calls of the store, each one transaction and one sync
	Overloads uint64 // requests turned away because a mailbox was full

	AppendFailures uint64        // records that could not be stored
	AppendRefusals uint64        // records whose lease was no longer good
	AppendTime     time.Duration // spent in the store's Append
	Loads          uint64        // workspaces loaded from the store, also after failures
	LoadFailures   uint64
	Panics         uint64 // recovered, in routing or in a subscriber
	Snapshots      uint64

	Workspaces int // loaded now
	Mailbox    int // requests that wait now, in all mailboxes
}

// counters are the part of Stats that only grows.
type counters struct {
	commands, failed, repeats, views            atomic.Uint64
	changes, records, bytes, appends, overloads atomic.Uint64
	appendFailures, appendRefusals              atomic.Uint64
	appendNanos                                 atomic.Int64
	loads, loadFailures, panics, snapshots      atomic.Uint64
}

// Stats returns the figures of now. It is cheap enough to be called often.
func (e *Engine) Stats() Stats {
	c := &e.count
	s := Stats{
		Commands:       c.commands.Load(),
		Failed:         c.failed.Load(),
		Repeats:        c.repeats.Load(),
		Views:          c.views.Load(),
		Changes:        c.changes.Load(),
		Records:        c.records.Load(),
		Bytes:          c.bytes.Load(),
		Appends:        c.appends.Load(),
		Overloads:      c.overloads.Load(),
		AppendFailures: c.appendFailures.Load(),
		AppendRefusals: c.appendRefusals.Load(),
		AppendTime:     time.Duration(c.appendNanos.Load()),
		Loads:          c.loads.Load(),
		LoadFailures:   c.loadFailures.Load(),
		Panics:         c.panics.Load(),
		Snapshots:      c.snapshots.Load(),
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	s.Workspaces = len(e.loaded)
	for _, w := range e.loaded {
		s.Mailbox += w.mail.len()
	}
	return s
}
