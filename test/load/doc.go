// Package load measures a running server from outside, over TCP: a process of its own with a data
// directory on disk, as `taskrouter serve` is run.
//
//	go test -run '^$' -bench . -benchtime 2000x ./test/load
//
// BenchmarkCreateToReservation is what an agent feels: the time from sending the request that
// creates a task to the frame on the worker's socket that offers it. BenchmarkLives is what an
// operator asks: how many tasks per second live their whole lives over REST.
package load
