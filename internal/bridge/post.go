package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/token"
)

// maxEventType is how long an event_type to be echoed may be, in characters.
const maxEventType = 64

// An envelope is the body of a POST: a request to the REST API, and the token that allows it.
// Spec: event-bridge 4
type envelope struct {
	URL       string                     `json:"url"`
	Method    string                     `json:"method"`
	Params    map[string]json.RawMessage `json:"params"`
	Token     string                     `json:"token"`
	EventType *string                    `json:"event_type"`
}

// An inner request is what an envelope asks for, checked against its token.
type inner struct {
	method string
	path   string     // exactly what the policies were asked about
	query  url.Values // of the URL
	params url.Values
	token  *token.Capability
}

// post serves one envelope. Changes that it causes reach the sockets of its own channel after
// its answer.
func (h *Hub) post(w http.ResponseWriter, r *http.Request, account, sid string) {
	env, err := readEnvelope(w, r, h.options.BodySize)
	if err != nil {
		refuse(w, err)
		return
	}
	// What a page asked for is done even if the page does not wait for it: it may be closing.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), h.options.PostTimeout)
	defer cancel()
	in, err := h.check(ctx, env, account, sid)
	if err != nil {
		refuse(w, err)
		return
	}
	from := engine.Principal{
		Account: taskrouter.AccountSID(in.token.Account),
		Actor:   actorOf(in.token, r),
		Channel: in.token.Channel,
	}
	if in.method != http.MethodGet {
		from.Request = strconv.FormatUint(h.requests.Add(1), 36)
		h.holds.take(from.Request)
		// Deferred, so that frames are let go also if the answer never comes.
		defer h.holds.release(from.Request, h.options.AnswerDelay)
	}
	a := &answer{header: make(http.Header)}
	h.options.Inner.ServeHTTP(a, in.request(engine.WithPrincipal(ctx, from), r))
	h.counts.posts.Add(1)
	a.send(w, env.EventType)
}

// actorOf is who acts when a token does.
func actorOf(c *token.Capability, r *http.Request) taskrouter.Actor {
	if strings.HasPrefix(c.Channel, taskrouter.PrefixWorker) {
		return taskrouter.Actor{Type: "worker", SID: c.Channel, IP: addressOf(r)}
	}
	return taskrouter.Actor{Type: "account", SID: c.Account, IP: addressOf(r)}
}

// readEnvelope reads a body as JSON, whatever its content type says: clients send JSON as plain
// text, and one as a form.
func readEnvelope(w http.ResponseWriter, r *http.Request, size int64) (*envelope, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, size))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return nil, &token.Error{
			Status: http.StatusRequestEntityTooLarge, Code: taskrouter.Invalid.Code(),
			Reason: fmt.Sprintf("the body is longer than %d bytes, the most that is read", size),
		}
	case err != nil:
		return nil, taskrouter.Invalid.Errorf("the body could not be read to its end")
	}
	env := &envelope{}
	var mistyped *json.UnmarshalTypeError
	err = json.Unmarshal(body, env)
	switch {
	case errors.As(err, &mistyped) && mistyped.Field != "":
		kind := "a " + mistyped.Value
		if mistyped.Value == "array" {
			kind = "an array"
		}
		return nil, taskrouter.Invalid.Errorf("%s in the body is %s; url, method, token and "+
			"event_type are strings, params is an object", mistyped.Field, kind)
	case err != nil:
		return nil, taskrouter.Invalid.Errorf(
			"the body is not a JSON object with url, method, params and token")
	case env.EventType != nil && utf8.RuneCountInString(*env.EventType) > maxEventType:
		return nil, taskrouter.Invalid.Errorf(
			"event_type is longer than %d characters", maxEventType)
	}
	return env, nil
}

// check verifies the token of an envelope and asks it about the request, in the order in which
// least is told to those who may know least. Spec: event-bridge 4, capability-tokens 2
func (h *Hub) check(
	ctx context.Context, env *envelope, account, sid string,
) (*inner, error) {
	c, err := token.Read(env.Token, h.options.Keys, time.Now())
	if err != nil {
		return nil, err
	}
	if err := c.AllowsPost(account, sid); err != nil {
		return nil, err
	}
	switch env.Method {
	case http.MethodGet, http.MethodPost, http.MethodDelete:
	default:
		return nil, taskrouter.Invalid.Errorf("method %q in the body is not GET, POST or DELETE",
			env.Method)
	}
	in := &inner{method: env.Method, token: c}
	if in.path, in.query, err = token.Path(env.URL); err != nil {
		return nil, err
	}
	if in.params, err = formOf(env.Params); err != nil {
		return nil, err
	}
	if !h.renew(c) {
		if err := h.look(ctx, c, func(*routing.State) {}); err != nil {
			return nil, err
		}
	}
	options := token.Options{
		Lenient: !h.options.Strict,
		TaskOf:  func(sid string) (string, bool) { return h.taskOf(ctx, c, sid) },
	}
	request := token.Request{Method: env.Method, URL: env.URL, Params: in.params}
	if err := c.Allows(request, options); err != nil {
		return nil, err
	}
	in.respell()
	return in, nil
}

// renew lets the sockets of a token's channel live as long as the token, and reports whether
// there are any: then the channel is known to exist. Nothing else tells the server that a page
// has a new token. Spec: event-bridge 13
func (h *Hub) renew(c *token.Capability) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch := h.channels[address{taskrouter.WorkspaceSID(c.Workspace), c.Channel}]
	// Any account can mint a token about another's worker; it has no say there.
	if ch == nil || len(ch.sockets) == 0 || string(ch.account) != c.Account {
		return false
	}
	for _, s := range ch.sockets {
		if s.expires.Before(c.Expires) {
			s.expires = c.Expires
		}
	}
	return true
}

// taskOf returns the task of a reservation, if that belongs to the token's worker.
func (h *Hub) taskOf(ctx context.Context, c *token.Capability, sid string) (string, bool) {
	task := ""
	err := h.look(ctx, c, func(st *routing.State) {
		r := st.Reservation(taskrouter.ReservationSID(sid))
		if r != nil && string(r.WorkerSID) == c.Worker {
			task = string(r.TaskSID)
		}
	})
	return task, err == nil && task != ""
}

// formOf turns parameters into form values: what is null is absent, objects and arrays are
// their JSON text, numbers are the digits that were sent. Spec: event-bridge 4
func formOf(params map[string]json.RawMessage) (url.Values, error) {
	form := make(url.Values, len(params))
	for name, raw := range params {
		raw = bytes.TrimSpace(raw)
		if len(raw) == 0 || raw[0] == 'n' {
			continue
		}
		value := string(raw)
		if raw[0] == '"' {
			if err := json.Unmarshal(raw, &value); err != nil {
				return nil, taskrouter.Invalid.Errorf("parameter %q cannot be read", name)
			}
		}
		form.Set(name, value)
	}
	return form, nil
}

// respell gives parameters that clients spell in several ways the spelling of the REST API: one
// has two names, and lists of events come as text with commas or as a list. Policies are asked
// before, about what the page sent. Spec: event-bridge 16
func (in *inner) respell() {
	const theirs, ours = "DequeueStatusCallbackEvents", "DequeueStatusCallbackEvent"
	if values, ok := in.params[theirs]; ok && !in.params.Has(ours) {
		in.params[ours] = values
		delete(in.params, theirs)
	}
	for _, name := range []string{ours, "StatusCallbackEvent", "ConferenceStatusCallbackEvent"} {
		var events []string
		text := in.params.Get(name)
		if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &events) == nil {
			in.params[name] = events
		}
	}
}

// request returns the request for the REST API: it has the path that was checked, the
// parameters where the method has them, and of the outer request only what matters to it.
func (in *inner) request(ctx context.Context, outer *http.Request) *http.Request {
	query, body := in.query, ""
	if in.method == http.MethodPost {
		body = in.params.Encode()
	} else {
		for name, values := range in.params {
			query[name] = append(query[name], values...)
		}
	}
	r := &http.Request{
		Method:        in.method,
		URL:           &url.URL{Path: in.path, RawQuery: query.Encode()},
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        make(http.Header),
		Body:          http.NoBody,
		ContentLength: int64(len(body)),
		Host:          outer.Host,
		TLS:           outer.TLS,
		RemoteAddr:    outer.RemoteAddr,
	}
	r.RequestURI = r.URL.RequestURI()
	for _, name := range []string{"If-Match", "I-Twilio-Idempotency-Token"} {
		if v := outer.Header.Get(name); v != "" {
			r.Header.Set(name, v)
		}
	}
	if in.method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Body = io.NopCloser(strings.NewReader(body))
	}
	return r.WithContext(ctx)
}
