package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"taskrouter"
)

// params are the parameters of a request, under the names of the REST API.
type params map[string]any

// text sets a parameter unless its value is empty.
func (p params) text(name, value string) {
	if value != "" {
		p[name] = value
	}
}

// number sets a parameter unless its value is zero.
func (p params) number(name string, value int) {
	if value != 0 {
		p[name] = value
	}
}

// flag sets a parameter if it is true.
func (p params) flag(name string, value bool) {
	if value {
		p[name] = true
	}
}

// words sets a parameter that is a list.
func (p params) words(name string, values []string) { p.text(name, strings.Join(values, ",")) }

// set sets a parameter unless its value is nil.
func set[T any](p params, name string, value *T) {
	if value != nil {
		p[name] = *value
	}
}

// attributes sets Attributes unless they are nil.
func (p params) attributes(v any) error {
	if v == nil {
		return nil
	}
	text, err := attributesText(v)
	if err == nil {
		p["Attributes"] = text
	}
	return err
}

// A request asks something of the REST API, through the event bridge.
type request struct {
	op     string // what it is, for people
	method string
	url    string
	params params
}

// An envelope is how a request travels. Spec: event-bridge 4
type envelope struct {
	URL    string `json:"url"`
	Method string `json:"method"`
	Params params `json:"params,omitempty"`
	Token  string `json:"token"`
}

// segment is a part of a path that came from elsewhere.
func segment(s string) string { return url.PathEscape(s) }

func (c *Client) workspaceURL(path string) string {
	return c.hosts.api + "/Workspaces/" + segment(string(c.claims.Workspace)) + path
}

func (c *Client) workerURL(path string) string {
	return c.workspaceURL("/Workers/" + segment(string(c.claims.Channel)) + path)
}

func (c *Client) taskURL(sid taskrouter.TaskSID) string {
	return c.workspaceURL("/Tasks/" + segment(string(sid)))
}

func (c *Client) reservationURL(
	task taskrouter.TaskSID, sid taskrouter.ReservationSID,
) string {
	return c.taskURL(task) + "/Reservations/" + segment(string(sid))
}

// channelURL is where the bridge serves the worker.
func (c *Client) channelURL() string {
	return c.hosts.bridge + "/v1/wschannels/" + segment(string(c.claims.Account)) + "/" +
		segment(string(c.claims.Channel))
}

// Request sends any request that the token allows and decodes the answer into out, unless that
// is nil. The path is below the workspace: "Tasks" or "Workers/WK…/Channels". Parameters are
// named as in the REST API; they are the query of a GET or DELETE and the form of a POST. It is
// the way to all that has no method of its own here.
func (c *Client) Request(
	ctx context.Context, method, path string, parameters map[string]any, out any,
) error {
	return c.send(ctx, request{
		op: method + " " + path, method: method,
		url: c.workspaceURL("/" + strings.TrimPrefix(path, "/")), params: parameters,
	}, out)
}

// Waits before a read is repeated: the first one is doubled for each further one, up to the
// longest.
const (
	firstWait   = 250 * time.Millisecond
	longestWait = 8 * time.Second
)

// send sends a request, a read several times if need be, and decodes the answer into out. Its
// errors are an [*Error], or [ErrClosed]. Spec: worker-sdk 8
func (c *Client) send(ctx context.Context, r request, out any) error {
	wait := firstWait
	for attempt := 0; ; attempt++ {
		err := c.try(ctx, r, out)
		if err == nil {
			return nil
		}
		if r.method != http.MethodGet || attempt >= c.options.Retries || !err.Temporary() ||
			ctx.Err() != nil || c.isClosed() {
			return c.orClosed(err)
		}
		c.log.Debug("reading again", "op", r.op, "attempt", attempt+1, "err", err)
		timer := time.NewTimer(max(err.RetryAfter, jittered(wait)))
		wait = min(2*wait, longestWait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return unanswered(r.op, ctx.Err())
		case <-c.closing:
			timer.Stop()
			return c.orClosed(err)
		}
	}
}

// orClosed is ErrClosed after the client has been closed, else err.
func (c *Client) orClosed(err *Error) error {
	if c.isClosed() {
		return fmt.Errorf("%s: %w", err.Op, ErrClosed)
	}
	return err
}

// try sends a request once. Spec: event-bridge 4
func (c *Client) try(ctx context.Context, r request, out any) *Error {
	if c.isClosed() {
		return &Error{Op: r.op, Err: ErrClosed}
	}
	body, err := json.Marshal(envelope{
		URL: r.url, Method: r.method, Params: r.params, Token: c.tokens.current(),
	})
	if err != nil {
		return unanswered(r.op, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, c.channelURL(),
		bytes.NewReader(body))
	if err != nil {
		return unanswered(r.op, err)
	}
	post.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	post.Header.Set("Accept", "application/json")
	answer, err := c.http.Do(post)
	if err != nil {
		return unanswered(r.op, err)
	}
	defer answer.Body.Close()
	return readAnswer(r.op, answer, out)
}

// maxAnswer is how long an answer may be.
const maxAnswer = 32 << 20

// readAnswer decodes the payload of an answer.
func readAnswer(op string, answer *http.Response, out any) *Error {
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return refusal(op, answer)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return unanswered(op, err)
	case len(body) > maxAnswer:
		return unreadable(op, fmt.Errorf("the answer is longer than %d bytes", maxAnswer))
	}
	var v struct {
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return unreadable(op, err)
	}
	if out == nil {
		return nil
	}
	if len(v.Payload) == 0 {
		return unreadable(op, fmt.Errorf("the answer has no payload"))
	}
	if err := json.Unmarshal(v.Payload, out); err != nil {
		return unreadable(op, err)
	}
	return nil
}

// unreadable is the error of an answer that says success and cannot be understood.
func unreadable(op string, err error) *Error {
	return &Error{Op: op, Status: http.StatusOK, Message: "the answer cannot be read", Err: err}
}

// list reads all pages of a list. Spec: event-bridge 8
func list[T any](
	ctx context.Context, c *Client, op, address string, p params,
) ([]*T, error) {
	var all []*T
	for address != "" {
		var page map[string]json.RawMessage
		r := request{op: op, method: "GET", url: address, params: p}
		if err := c.send(ctx, r, &page); err != nil {
			return nil, err
		}
		var meta struct {
			Key  string `json:"key"`
			Next string `json:"next_page_url"`
		}
		var items []*T
		if err := json.Unmarshal(page["meta"], &meta); err != nil {
			return nil, unreadable(op, err)
		}
		if err := json.Unmarshal(page[meta.Key], &items); err != nil {
			return nil, unreadable(op, err)
		}
		all = append(all, items...)
		if len(items) == 0 {
			break
		}
		address, p = meta.Next, nil
	}
	return all, nil
}
