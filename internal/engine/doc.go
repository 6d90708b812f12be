// Package engine acts: it owns every workspace's live state, lets commands change it one after
// the other, and makes each change durable before anybody hears of it.
//
// # The model
//
// Each loaded workspace has one goroutine, its loop, which alone touches the workspace's
// [routing.State]. Commands and views reach it through a bounded mailbox. The loop takes
// whatever waits there, has routing decide each command against memory, and collects the
// changes in a group. A group becomes one record of the workspace's journal. One appender
// takes the records that wait, of all workspaces together, and makes them durable with one
// sync; meanwhile each loop decides its next group.
//
//	Submit ─▶ mailbox ─▶ loop: decide, decide, … ─▶ appender ─▶ store (one sync)
//	   ▲                  │                                       │
//	   └── answers ◀──────┴── publish, arm the timer ◀────────────┘
//
// So a lone command costs one sync, and under load groups grow by themselves. No timer delays
// anything in order to batch.
//
// # Promises
//
//   - Nothing is answered or published before its record is durable. That includes errors and
//     views: if what they saw in memory is ahead of the disk, they wait for it.
//   - A view sees every command that was acknowledged before it was asked for.
//   - Publications of one workspace come in the order of its journal, after the answers to the
//     commands they tell of, and before the answer to a view that has seen what they tell.
//   - If an append fails, its callers, and those whose commands were decided on top of it, get
//     [taskrouter.Unavailable]; memory is thrown away and loaded from the store before anything
//     else is served. Should the record be there after all, it is published then.
//   - If an append is refused because somebody else claimed the workspace, memory is dropped
//     and the next use claims it anew.
//   - The time that commands see never runs back within a workspace, and neither do its SIDs,
//     also over restarts and whatever the clock does.
//   - A panic in routing fails its command alone; the workspace is then loaded anew.
//
// # Repeats
//
// A command with a [taskrouter.CommandID] is journaled with it, and for 24 hours the same id is
// answered by what the first one did, with [Result.Repeated] set, and changes nothing. A repeat
// that comes while the first is still under way waits for it. An id that comes back with another
// command, or with other parameters, is Invalid: its sender is wrong about one of the two.
// A workspace remembers the command that made it, too, which is how [Engine.CreateOnce] finds
// out whether there is one. A command that failed is not remembered: it changed nothing, and
// may be tried again.
//
// The ids are part of the journal: they are rebuilt at recovery from the records after the
// newest snapshot, and before a snapshot is taken the living ones are written into the journal
// once more (as changes that change nothing), so that they survive it. If more than
// [Options].Repeats ids live at once in a workspace, the oldest are forgotten early.
//
// # Readers
//
// [Engine.Subscribe] hands publications to readers in this process as memory; entities are
// shared by pointer and must not be changed. [Projector] is such a reader with a stored
// position: it writes the SQL projection behind the journal and falls back to reading the
// journal when it cannot keep up. [History] answers questions about the past from there, after
// waiting for the projector if need be. [AlertLog] writes alerts to the server's log.
package engine
