// Package world is what whole-system tests share: a running server and a workspace to work in.
//
// A server runs inside the test ([Serve]), where the race detector sees it, or as a process of
// its own ([NewSite]), where it can be killed. Either way a test holds an [Endpoint]: where the
// server is and whose account it works for. From there on everything is done as users do it:
// [Build] makes workspace, queue, workflow and workers with the official Go client, whose only
// setting is where its requests go, and tokens of browsers are signed with that client's own
// helper.
package world
