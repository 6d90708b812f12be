package crash_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A client speaks REST to one process.
type client struct {
	base, user, password string
	http                 *http.Client
}

func (w *world) client(p *process) *client {
	return &client{
		base: p.base, user: w.account, password: w.secret,
		http: &http.Client{Timeout: 20 * time.Second, Transport: p.transport},
	}
}

// A resource is a JSON object of an answer.
type resource map[string]any

func (r resource) text(key string) string {
	s, _ := r[key].(string)
	return s
}

// attribute is an attribute of a task.
func (r resource) attribute(t *testing.T, key string) string {
	t.Helper()
	var attributes map[string]string
	if err := json.Unmarshal([]byte(r.text("attributes")), &attributes); err != nil {
		t.Fatalf("attributes of %s: %v", r.text("sid"), err)
	}
	return attributes[key]
}

// A refusal is an answer that is not a success.
type refusal struct {
	status int
	body   string
}

func (r *refusal) Error() string { return fmt.Sprintf("answer %d: %s", r.status, r.body) }

// call sends a request with form parameters and returns the answer. An error that is not a
// [refusal] means that the server is gone, and what became of the request is unknown.
func (c *client) call(method, path, token string, form ...string) (resource, error) {
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	if !strings.HasPrefix(path, "http") {
		path = c.base + path
	}
	r, err := http.NewRequest(method, path, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth(c.user, c.password)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		r.Header.Set("I-Twilio-Idempotency-Token", token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var body json.RawMessage
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		return nil, err // cut off in the middle
	}
	if answer.StatusCode >= 300 {
		return nil, &refusal{answer.StatusCode, string(body)}
	}
	var made resource
	return made, json.Unmarshal(body, &made)
}

// must is a call that has to succeed.
func (c *client) must(t *testing.T, method, path string, form ...string) resource {
	t.Helper()
	made, err := c.call(method, path, "", form...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return made
}

// list reads all pages of a list.
func (c *client) list(t *testing.T, path, key string) []resource {
	t.Helper()
	var all []resource
	for path != "" {
		page := c.must(t, "GET", path)
		for _, item := range page[key].([]any) {
			all = append(all, item.(map[string]any))
		}
		path = resource(page["meta"].(map[string]any)).text("next_page_url")
	}
	return all
}

// createTask creates a task, or learns which one the token created before.
func (c *client) createTask(t *testing.T, w *world, token string) string {
	t.Helper()
	made, err := c.create(w, token)
	if err != nil {
		t.Fatalf("create task with token %s: %v", token, err)
	}
	return made.text("sid")
}

func (c *client) create(w *world, token string) (resource, error) {
	return c.call("POST", w.tasks, token, "WorkflowSid", w.workflow,
		"Attributes", fmt.Sprintf(`{"token":%q}`, token))
}

// A worker is one client's side of the world: it creates tasks and does what it is offered. What
// it was told is kept apart until its round is over.
type worker struct {
	number int
	sid    string
	tokens int

	created             map[string]string
	unsure              []string
	accepted, completed []string
	fault               error // an answer that should not have come
}

// work creates and does tasks until the server is gone.
func (k *worker) work(w *world, c *client) {
	if !k.finish(w, c) {
		return
	}
	for {
		k.tokens++
		token := fmt.Sprintf("worker-%d-task-%d", k.number, k.tokens)
		made, err := c.create(w, token)
		if err != nil {
			k.unsure = append(k.unsure, token)
			k.ended(err)
			return
		}
		if k.created == nil {
			k.created = make(map[string]string)
		}
		k.created[token] = made.text("sid")
		if !k.take(w, c) || !k.finish(w, c) {
			return
		}
	}
}

// take accepts whatever the worker is offered. It reports whether the server is still there.
func (k *worker) take(w *world, c *client) bool {
	return k.each(w, c, "pending", func(r resource) error {
		_, err := c.call("POST", k.path(w)+"/"+r.text("sid"), "", "ReservationStatus", "accepted")
		if err == nil {
			k.accepted = append(k.accepted, r.text("task_sid"))
		}
		return err
	})
}

// finish completes whatever the worker has accepted.
func (k *worker) finish(w *world, c *client) bool {
	return k.each(w, c, "accepted", func(r resource) error {
		task := r.text("task_sid")
		_, err := c.call("POST", w.tasks+"/"+task, "", "AssignmentStatus", "completed")
		if err == nil {
			k.completed = append(k.completed, task)
		}
		return err
	})
}

func (k *worker) path(w *world) string {
	return w.workspace + "/Workers/" + k.sid + "/Reservations"
}

// each does something with all of the worker's reservations in a status.
func (k *worker) each(w *world, c *client, status string, do func(resource) error) bool {
	page, err := c.call("GET", k.path(w)+"?ReservationStatus="+status, "")
	if err != nil {
		return k.ended(err)
	}
	for _, r := range page["reservations"].([]any) {
		if err := do(r.(map[string]any)); err != nil {
			return k.ended(err)
		}
	}
	return true
}

// ended notes a refusal: killing a server makes it silent, never rude.
func (k *worker) ended(err error) bool {
	var refused *refusal
	if errors.As(err, &refused) {
		k.fault = err
	}
	return false
}

// report hands what the worker was told over to the world.
func (k *worker) report(t *testing.T, w *world) {
	t.Helper()
	for token, sid := range k.created {
		w.created[token] = sid
	}
	w.unsure = append(w.unsure, k.unsure...)
	for _, sid := range k.accepted {
		w.accepted[sid] = true
	}
	for _, sid := range k.completed {
		w.completed[sid] = true
	}
	if k.fault != nil {
		t.Errorf("worker %s: %v", k.sid, k.fault)
	}
	k.created, k.unsure, k.accepted, k.completed, k.fault = nil, nil, nil, nil, nil
}
