package server_test

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"taskrouter/server"
)

// A program that has a task router inside: it starts one on a free port, asks it something over
// REST, and stops it.
func Example() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := server.New(server.Config{
		Listen:         "127.0.0.1:0",
		InternalListen: server.Off,
		DataDir:        dir,
	})
	if err != nil {
		panic(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Run(ctx) }()

	r, err := http.NewRequest("GET", s.URL()+"/v1/Workspaces", nil)
	if err != nil {
		panic(err)
	}
	account := s.Account()
	r.SetBasicAuth(string(account.SID), account.AuthToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		panic(err)
	}
	answer.Body.Close()
	fmt.Println(answer.Status)

	stop()
	fmt.Println(<-done)
	// Output:
	// 200 OK
	// <nil>
}
