// Package feed shows a workspace as it is and then as it changes: a picture with the position of
// the journal at which it is true, and a stream that goes on from any position.
//
//	GET …/Snapshot?Parts=workers,tasks&Fields=slim  →  rows @ sequence 88120
//	GET …/Feed?AfterSequence=88120&Topics=workers,tasks
//	    {"type":"hello","sequence":88120,…}
//	    {"type":"batch","sequence":88123,"put":{"workers":[…]},"del":["WT…"]}
//
// Whoever puts the rows of each batch over those of the picture, and takes away what is deleted,
// has the workspace as it is at the batch's sequence. Everybody may build on that; our own
// pages do.
//
// # The picture
//
// Entities are immutable versions, so the workspace's loop only collects pointers; the rows are
// written, and compressed, outside of it.
//
// # The stream
//
// A [Hub] subscribes to the engine. Each workspace somebody watches has a room, which keeps the
// newest publications and, at most every 50 milliseconds, makes one batch of those that have
// come: of each entity only its newest version. The batch is written once for all readers who
// ask for the same, in a stream of their own, and readers take it from there at their own pace:
//
//	engine ─publication─▶ room ─batch─▶ stream (topics, fields, …) ─frame─▶ reader, reader, …
//	                        ▲                                            │
//	                        └──── journal ◀── a reader who is not at the stream's end
//
// A reader is a position, and nothing is queued for it. One that is behind what its stream still
// holds, because it reads slowly or has just come back, is served from the room's publications
// or the journal, in larger batches, until it has caught up. So neither a slow reader nor a
// thousand of them cost memory, and the engine never waits for any.
//
// A position that the journal no longer keeps, or never had, is answered with a gap: the reader
// takes a new picture, and the stream goes on from now.
//
// # Presence
//
// Which workers have a page open is not in the journal. It is told beside the changes, complete
// when a reader has caught up, then as it changes.
package feed
