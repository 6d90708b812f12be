// Package routing decides: which filter, step and queue a task takes, which worker it is
// offered to, and what follows from an answer, a timeout or a change of anything else.
//
// # Model
//
// A [State] is one workspace. [State.Decide] carries a [Command] out on it and returns the
// [taskrouter.Change]: new versions of what was touched, and the events that tell it, in order.
// A command is followed to its end. An accepted offer takes the task from the others it was
// offered to, who are free then and take the next tasks; a step that nobody can serve is left;
// a worker who finished one task is offered the next in the same change.
//
// The package is pure. It reads no clock (now is an argument), does no I/O, starts no goroutine
// and draws no random number. The same state, command and time give the same change, so a dry
// run ([State.Try]), a test and the real thing are one.
//
// # How a command works
//
// Rules put new versions of entities ([State.put]). A put is applied at once, so that the next
// rule sees it, and remembered; an error takes all of them back. Indexes follow from entities
// alone and are kept by the set functions, so taking back and replaying ([State.Apply]) are the
// same code as moving on. What gives somebody a reason to look for work again is noted, and
// [State.settle] looks until no reason is left.
//
// # How a match is found
//
// Nothing scans all workers or all tasks. Queues know their members, and learn of a change of
// attributes only when their expression reads what changed. Per queue, channel and order, a
// [pool] holds the members who are free, in the order in which they are asked. Waiting tasks
// stand in lines, one per [shape] of step and values that matter there, so a freed worker
// looks at the heads of lines only, and a task that waits for somebody special blocks nobody.
// An expression such as worker.team == task.team files both sides by that value besides.
//
// # Files
//
//	command.go      what can be asked
//	transaction.go  Decide: put, take back, settle
//	state.go        the maps and how they are read
//	catalog.go      the slow-changing side, as immutable snapshots
//	task.go, reservation.go, worker.go, queue.go, workflow.go, …  the rules of each noun
//	walk.go         a task's way through its workflow
//	agent.go        tasks that ask for one worker
//	reevaluate.go   many tasks through a new configuration, portion by portion
//	callback.go     answers to assignment callbacks, and pauses between offers
//	match.go, pool.go, line.go  who gets what
//	deadline.go     what time alone changes
//	explain.go      why not, for one worker
//	explanation.go, inquiry.go, situation.go, sentence.go, reason.go, idle.go  why
//	                not, in full
//	scene.go, dryrun.go  trying a task away from the state
//	lint.go, lint_ways.go, expression.go  checking configurations and expressions
package routing
