// Package wire writes the nouns of a task router as REST clients read them: JSON with
// snake_case keys, dates in whole seconds, absolute URLs, and attributes, configurations and
// add-ons as strings that hold JSON.
//
// An [Encoder] holds what a noun does not carry itself: where the server is reached, the names
// that were true at the time (the [routing.Catalog]), and the time of the answer. Its methods
// append one noun to a buffer, use no reflection and allocate nothing of their own:
//
//	e := wire.Encoder{Origin: "http://127.0.0.1:8080", Catalog: catalog, Now: time.Now()}
//	body = e.Task(body, task)
//
// Lists ([AppendList]) and errors ([ProblemOf]) have one form each, for every noun.
//
// # Additions
//
// Keys beyond those of the REST reference are additions: clients that do not know them skip
// them. Reservations always carry reservation_timeout (seconds) and date_expires. An encoder
// with Bridge set, which writes for browsers, also gives workers, tasks and reservations their
// version, and tasks queue_sid, queue_name and workflow_name.
package wire
