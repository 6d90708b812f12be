package world

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/twilio/twilio-go"
	"github.com/twilio/twilio-go/client"

	"taskrouter/internal/api/apitest"
	"taskrouter/server"
)

// An Endpoint is a server that runs, and the account to use it with.
type Endpoint struct {
	URL       string // origin
	Account   string
	AuthToken string
}

// Serve runs a server inside the test, on a port and a data directory of its own, until the
// test ends.
func Serve(t testing.TB) Endpoint {
	t.Helper()
	return ServeWith(t, server.Config{})
}

// ServeWith is [Serve] with settings; addresses and data directory are set here.
func ServeWith(t testing.TB, c server.Config) Endpoint {
	t.Helper()
	c.DataDir = t.TempDir()
	c.Listen, c.InternalListen = "127.0.0.1:0", server.Off
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	account := s.Account()
	return Endpoint{URL: s.URL(), Account: string(account.SID), AuthToken: account.AuthToken}
}

// GoClient is the official Go client with only its base URL changed. The library has no setting
// for that, so its transport puts the server's origin in the place of the hosted one. Every
// answer is held against the official description.
func (e Endpoint) GoClient(t testing.TB) *twilio.RestClient {
	t.Helper()
	return e.GoClientAs(t, e.Account, e.AuthToken)
}

// GoClientAs is [Endpoint.GoClient] with other credentials of the account: an API key, say.
func (e Endpoint) GoClientAs(t testing.TB, user, password string) *twilio.RestClient {
	t.Helper()
	base, err := url.Parse(e.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &elsewhere{t: t, base: base, to: http.DefaultTransport.(*http.Transport).Clone()}
	t.Cleanup(transport.to.CloseIdleConnections)
	c := &client.Client{
		Credentials: client.NewCredentials(user, password),
		HTTPClient:  &http.Client{Transport: transport},
	}
	c.SetAccountSid(e.Account)
	return twilio.NewRestClientWithParams(twilio.ClientParams{Client: c})
}

// elsewhere sends requests for the hosted service to another origin.
type elsewhere struct {
	t    testing.TB
	base *url.URL
	to   *http.Transport
}

func (e *elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = e.base.Scheme, e.base.Host, ""
	resp, err := e.to.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	apitest.Validate(e.t, r, resp, body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
