// Package taskrouter holds the nouns of a task router and their laws.
//
// A [Workspace] is one routing world. In it, a [Task] (a call, a chat, a ticket: any JSON)
// walks through the filters and steps of a [Workflow], waits in a [TaskQueue], and is offered
// to a [Worker] as a [Reservation], on a [TaskChannel] that says how many tasks of that kind a
// worker may hold at once. An [Activity] says whether a worker is there to take anything.
// Everything that happens is told by an [Event].
//
// The package says what these things are, which transitions are legal, and which errors
// clients see. It does not say how they are stored, sent or decided: internal/routing decides,
// internal/store remembers, internal/api and internal/bridge speak.
//
// # Versions
//
// Nouns are used as immutable versions. A change makes a new copy and puts it in the place of
// the old one; whoever holds a pointer holds a version that stays as it is. A [Change] is the
// set of new versions one command made, together with the events that tell it.
//
// # Identifiers
//
// Every noun has a SID: two letters for its kind and 32 hexadecimal digits. SIDs made by a
// [SIDSource] rise with time, so the order of SIDs is the order of creation.
package taskrouter
