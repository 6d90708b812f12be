// Package server puts the parts together as one running task router.
//
// A [Server] owns a data directory and two listeners. The public one serves everything clients
// use, on one port:
//
//	/v1/…, /2010-04-01/…    REST
//	/v1/wschannels/…        the event bridge: sockets and requests of browsers
//	/js/taskrouter/…        the browser SDK
//	/agent/                 the agent's page
//	/                       a page that names these
//
// The internal one is for those who run it: /healthz, /readyz and /metrics.
//
// # Life
//
// [New] opens the data directory, makes the first account if there is none, loads what was
// unfinished and takes the addresses, so that everything that can keep a server from starting is
// known before anything is served. [Server.Run] serves until its context ends, and then stops
// in an order that loses nothing: it reports not ready, refuses new work with 503, tells sockets
// to come back later, finishes the requests under way, makes the last changes durable and closes
// the data directory. What clients were told is there at the next start; that holds for a killed
// process as well.
//
// A program may run several servers, each with its own data directory; they share nothing.
//
//	s, err := server.New(server.Config{Listen: "127.0.0.1:0", DataDir: dir})
//	if err != nil { … }
//	go s.Run(ctx)
//	fmt.Println(s.URL(), s.Account().SID)
package server
