package worker_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"taskrouter/server"
	"taskrouter/token"
)

// A shop is where the examples play: a server inside the process, with a sample workspace, of
// which Alice is a worker.
type shop struct {
	URL string

	dir     string
	server  *server.Server
	sample  server.Sample
	account server.Account
	done    chan error
}

// openShop starts the server.
func openShop() *shop {
	dir, err := os.MkdirTemp("", "example-")
	must(err)
	s := &shop{dir: dir, done: make(chan error, 1)}
	s.server, err = server.New(server.Config{
		Listen: "127.0.0.1:0", InternalListen: server.Off, DataDir: dir,
	})
	must(err)
	go func() { s.done <- s.server.Run(context.Background()) }()
	s.sample, err = s.server.Seed(context.Background())
	must(err)
	s.URL, s.account = s.server.URL(), s.server.Account()
	return s
}

// Close stops it.
func (s *shop) Close() {
	must(s.server.Close())
	must(<-s.done)
	must(os.RemoveAll(s.dir))
}

// Token signs a token for Alice.
func (s *shop) Token(context.Context) (string, error) {
	grant := token.WorkerGrant(string(s.account.SID), string(s.sample.Workspace),
		string(s.sample.Workers[0].SID))
	grant.FetchSubresources, grant.Update, grant.UpdateSubresources = true, true, true
	grant.UpdateActivities, grant.UpdateReservations = true, true
	return grant.Mint(s.account.AuthToken, time.Hour)
}

// AliceToken is a token for Alice.
func (s *shop) AliceToken() string {
	raw, err := s.Token(context.Background())
	must(err)
	return raw
}

// Order makes a task that Alice can do.
func (s *shop) Order() {
	form := url.Values{
		"WorkflowSid": {string(s.sample.Workflow)},
		"Attributes":  {`{"type":"billing","language":"de","order":7}`},
	}
	r, err := http.NewRequest("POST",
		s.URL+"/v1/Workspaces/"+string(s.sample.Workspace)+"/Tasks",
		strings.NewReader(form.Encode()))
	must(err)
	r.SetBasicAuth(string(s.account.SID), s.account.AuthToken)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	must(err)
	answer.Body.Close()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
