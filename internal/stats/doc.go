// Package stats counts what happens: the cumulative statistics of workspaces, queues, workflows
// and workers over any window of the last 30 days. What is true at this moment is not counted
// here; the package routing knows it.
//
// # The fold
//
// A [Reader] reads the journals of all workspaces and counts each event once, in the second in
// which its change was made, for everybody it concerns: the acceptance of a reservation counts
// for the workspace, the queue, the workflow and the worker, each by task channel. Reading
// figures looks at sums, never at history.
//
//	second  in memory, and in rows of minutes: the last two to three hours
//	minute  in rows of hours
//	hour    in rows of hours, day in rows of days: until they are trimmed
//
// A window that begins within the last two hours is exact to the second, unless so much happened
// in a workspace that its minutes take more than 64 MB; then only the current hour is. What lies
// before is exact to the minute: edges are moved back to the minute they are in. A window reads
// at most about thirty days, two days' worth of hours and three hours' worth of minutes of each
// owner.
//
// Waits are kept as number, sum, least and most, in milliseconds, and as counts for each whole
// second, rounded up; so a split by any threshold in whole seconds is exact.
//
// A stay of a worker in an activity is written down when it ends, with both its ends in
// milliseconds; the one that is running is known from the worker. So durations of activities are
// exact in any window: each unbroken stay counts once, by the part that lies in the window.
//
// # Durability
//
// What was counted is written every few seconds: rows of the minutes that changed, each whole,
// and the reader's position, in one transaction. After a crash memory is what the rows say and
// the journal is read on from the position, so nothing is lost and nothing counted twice. Two
// to three hours later minutes are summed up in rows of hours and days and forgotten; a mark
// says how far. All of that only replaces rows by equal ones until the mark moves, so it may
// break off anywhere.
//
// A workspace's rows are read when its figures are first needed, be it because something happens
// or because somebody asks.
package stats
