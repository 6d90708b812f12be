// Package console serves the web pages for people: so far the agent's page, /agent/, where a
// worker sees offers, takes them and finishes tasks.
//
// The page is a client of the server like any other. It is made with the browser SDK of this
// project (package js) alone and reaches nothing that another client could not reach: what it
// shows and does can be rebuilt on the same public interface.
//
// The sources are TypeScript in src; `go run ./tools/bundle` builds them into dist, which is
// committed and embedded here. Within src the layers are
//
//	base    what knows nothing of tasks: colours, texts, keys, clocks, announcements
//	parts   small controls on native elements
//	store   what is known about the worker, folded from the SDK's events; sends commands
//	agent   the page: reads the store's signals, calls its commands
//
// No component talks to the network by itself, and no text from outside becomes markup: names and
// attributes of tasks are written by strangers.
//
// The build tag noconsole leaves the pages out.
package console
