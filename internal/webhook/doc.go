// Package webhook tells servers: it asks the application what to do with a reservation, and tells
// it of every event, by HTTP requests to the URLs that workflows and workspaces name.
//
// # Assignment callbacks
//
// When a reservation is made in a workflow that has an assignment callback URL, a form is posted
// there, and the answer says what becomes of the reservation: accept, reject, an instruction
// about its call, or nothing now. Who does not answer properly within five seconds is given up for
// the workflow's fallback URL, and if that does not help the reservation is canceled. All that is
// kept of a callback is the reservation's mark CallbackDue, in the journal; it is taken off by the
// command that records the answer. So a callback is made at least once: what was under way when
// the server stopped is made again at the next start, if the reservation still stands. Callbacks
// run side by side. The answer is judged by [judge], which is a pure function.
//
// # Event callbacks
//
// A workspace with an event callback URL has a reader of its journal, a track. It posts events one
// after the other, in order, each when the one before has been answered; different workspaces do
// not wait for each other. Where a track stands is stored, the last event included, a moment after
// it was told: after a crash a few events are told again, with the same Sid, and none is left out.
// A receiver that does not answer is tried again, at growing intervals, and meanwhile the track
// waits; events that could not be told for as long as [Options].GiveUp says are dropped, with one
// alert. URL and filter are always those of now.
//
// # Slowness
//
// Nothing here slows routing. Publications are taken in passing: a callback that is due is a few
// pointers, and of events only some are kept in memory, the rest is read back from the journal.
// Requests go through lanes, one for each host, bounded each and together; when there are more to
// make than may run, a free place goes to the host that has fewest, so that a receiver that hangs
// takes its own places only.
//
// # Where requests go
//
// Whoever may set a URL could otherwise have the server call what only the server reaches. So the
// address that a connection is about to be made to, after names are resolved, must be a public
// one or in [Options].Allow; redirects are not followed, proxies of the environment not used.
// Requests are signed with the account's secret (see package token). Credentials in a URL become
// a header, and neither they nor a URL's query are ever logged.
package webhook
