// Package api speaks REST v1: forms come in, JSON goes out, as clients of TaskRouter know it.
//
// # The way of a request
//
// [New] returns the handler of everything below /v1. A request is checked for its credentials,
// finds its resource by path and its verb there, and is carried out by one function, which
// lives in the file named after the noun: task.go, worker.go, reservation.go. Such a function
// reads parameters from a form, makes one command of them, has the engine carry it out (or
// takes one look at the workspace), and writes the answer from the immutable version that the
// engine hands back. Nothing is written before all of it is known, so an answer is whole or is
// an error.
//
// The API checks presence and types of parameters; routing checks what they mean. The first
// complaint is the one that is told.
//
// # Parameters
//
// A POST takes its parameters from a form in the body, a GET from the query. Names are
// case-sensitive; names that the resource does not know are ignored. Where one value is wanted
// and several are given, the first one counts. An empty value of a number, date, word or flag
// that an update may leave out is the same as leaving it out; of a text it is the empty text. A
// flag is true for true, 1 and yes in any case, and false for every other value.
//
// # Errors
//
// Every error of every layer becomes an answer in one place (problem.go): kind, status, code
// and message as the client may see them. What is a fault of ours goes to the log with the
// request's id, which each answer carries as Twilio-Request-Id, and the client gets no more
// than the id.
//
// # Browsers
//
// Any page may read answers (Access-Control-Allow-Origin: *). No answer allows credentials:
// REST knows no cookies, and a page that holds an auth token sends it in a header. The event
// bridge, which is made for browsers, calls the same handler with a principal in the context;
// then no credentials are asked for and answers carry the bridge's additions.
package api
