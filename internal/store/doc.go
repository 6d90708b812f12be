// Package store remembers what workspaces did.
//
// # The model
//
// Each workspace has a journal: records numbered 1, 2, 3, … Each record holds one or more
// changes that were made durable together. Whoever may append holds a [Lease], and every
// append states the position it goes on from. The store checks lease and position in the
// statement that moves the head, so an owner that lost its workspace, or whose memory went
// astray, cannot write, whatever it believes.
//
// A snapshot is all entities of a workspace as they were after one record. Newest snapshot
// plus the records after it give the state; [Store.Load] hands over both in order.
//
// Behind the journal follows the projection: ordinary tables, a row per task, reservation,
// worker, event and so on, that anybody may query with SQL (see migrations/). It is written in
// large batches by a reader with a stored position and can always be redone from the journal.
//
// # History
//
// Rows of what has ended stay in the projection until they are trimmed: they are the history of
// tasks, their reservations, and what is deleted. The row of an event says where the event is
// told, the record and its place there; [Store.Events] finds rows with SQL, and then reads the
// events themselves from the journal, whole, with the names of their moment. Alerts are rows
// alone. Both are ordered by their SIDs, which rise with time, so a SID is a place to go on from
// whatever happens meanwhile.
//
// # Readers
//
// A reader of the journal with work of its own keeps a position with [Store.Advance], by
// compare-and-set, and holds back trimming until it calls [Store.Forget].
//
// # Positions
//
// A [Position] is a sequence number and a chain, a hash over all bodies up to it. Two histories
// that differ anywhere differ in their chains from there on; equal positions mean equal pasts.
//
// # The body of a record
//
// A body is written once, by appending, in protocol buffers' wire format, without reflection:
//
//	body       = { entity } { change }
//	entity     = field 1…8, by kind: workspace, activity, task channel, task queue, workflow,
//	             worker, task, reservation
//	change     = field 15
//
// Entities are numbered from 0 as they come. A change names its puts, and an event its
// subjects, by these numbers, so every version is written once, whoever points at it, and
// comes back as one pointer. A version that no change puts is context: an event needs it to be
// told. So one record tells its story by itself. The only thing left out is the configuration
// of a workflow that is mere context and longer than 8 KB: it would be repeated in every record.
//
// Zero values are not written, unknown fields are skipped, times are milliseconds since 1970.
// A SID is two letters and 16 bytes, or, when it is not two capital letters and 32 lower-case
// hexadecimal digits, a zero byte and its text. A part of a snapshot is a body without changes.
//
// Before it is stored a body is sealed by a [Codec]:
//
//	sealed     = format (1 byte) | length of the plain body (varint) | payload | CRC-32C (4 bytes)
//
// The format says how the payload is to be read: 1 as it is, 2 compressed with zstd.
// A format is never given another meaning; a denser one gets another number.
package store
