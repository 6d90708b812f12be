package load

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"taskrouter/test/world"
)

// A client speaks REST, with as little work of its own as possible.
type client struct {
	w    *world.World
	http *http.Client
	base string // of the workspace
}

func newClient(w *world.World) *client {
	return &client{
		w:    w,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
		base: w.URL + "/v1/Workspaces/" + w.Workspace,
	}
}

// post sends a form and reads what answers of that kind have.
func (c *client) post(path string, form url.Values, into any) error {
	return c.send(http.MethodPost, path, form, into)
}

func (c *client) send(method, path string, form url.Values, into any) error {
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.SetBasicAuth(c.w.Account, c.w.AuthToken)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, body)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}

// create creates a task for a worker.
func (c *client) create(worker string) (sid string, err error) {
	var task struct{ SID string }
	err = c.post("/Tasks", url.Values{
		"WorkflowSid": {c.w.Workflow},
		"Attributes":  {`{"to":"` + worker + `","topic":"refund"}`},
	}, &task)
	return task.SID, err
}

// pending returns the worker's offer.
func (c *client) pending(worker string) (reservation string, err error) {
	var list struct{ Reservations []struct{ SID string } }
	path := "/Workers/" + worker + "/Reservations?ReservationStatus=pending"
	if err := c.send(http.MethodGet, path, nil, &list); err != nil {
		return "", err
	}
	if len(list.Reservations) != 1 {
		return "", fmt.Errorf("worker %s has %d offers, want 1", worker, len(list.Reservations))
	}
	return list.Reservations[0].SID, nil
}

// finish accepts an offer and completes its task.
func (c *client) finish(task, reservation string) error {
	err := c.post("/Tasks/"+task+"/Reservations/"+reservation,
		url.Values{"ReservationStatus": {"accepted"}}, nil)
	if err != nil {
		return err
	}
	return c.post("/Tasks/"+task, url.Values{"AssignmentStatus": {"completed"}}, nil)
}

// newWorld starts a server and builds a world on it.
func newWorld(b *testing.B) *world.World {
	b.Helper()
	site := world.NewSite(b)
	site.Start(b)
	return world.Build(b, site.Endpoint())
}
