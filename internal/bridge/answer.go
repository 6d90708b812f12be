package bridge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"taskrouter"
	"taskrouter/internal/wire"
	"taskrouter/token"
)

// codeMethod is the error code of a method that a path does not have. Spec: rest-api 2.1
const codeMethod = 20004

// allowBrowsers lets scripts of any page read the answer, errors included: who may ask for
// something is told by a token in the request, never by cookies. Spec: event-bridge 5
func allowBrowsers(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	w.Header().Set("Cache-Control", "no-store")
}

// preflight answers the question that a browser asks before a request that is not simple.
func preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers",
		"Accept, Content-Type, If-Match, I-Twilio-Idempotency-Token, apiVersion, clientVersion")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// notServed answers for paths that are no channel.
func notServed(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		preflight(w)
		return
	}
	problem(w, http.StatusNotFound, taskrouter.NotFound.Code(), fmt.Sprintf(
		"%s is not served: channels are at %s/{AccountSid}/{ChannelSid}; the dialect without "+
			"these two is not spoken here", r.URL.Path, root))
}

// problem answers with an error object. Spec: event-bridge 6
func problem(w http.ResponseWriter, status, code int, message string) {
	p := wire.Problem{Status: status, Code: code, Message: message}
	write(w, status, p.Append(nil))
}

// refuse answers with an error. A fault of ours is told as 503: on 500 the v1 client waits for
// an answer that never comes. Spec: event-bridge 6
func refuse(w http.ResponseWriter, err error) {
	var untrusted *token.Error
	if errors.As(err, &untrusted) {
		problem(w, untrusted.Status, untrusted.Code, untrusted.Reason)
		return
	}
	p := wire.ProblemOf(err)
	if p.Status == http.StatusInternalServerError {
		p.Status, p.Code = taskrouter.Unavailable.Status(), taskrouter.Unavailable.Code()
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	write(w, p.Status, p.Append(nil))
}

// write sends a JSON body and sees to it that it is on its way.
func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// A client that is gone has no use for an answer.
	_, _ = w.Write(body)
	_ = http.NewResponseController(w).Flush()
}

// An answer collects what the REST API says, to be put into an envelope.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the header of the answer; the body's length and type are not taken from it.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sets the status; the first one counts.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
}

// Write collects the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// send writes the answer to the page. Whatever went well is status 200 with a JSON body: the v1
// client takes nothing else for success. Spec: event-bridge 4
func (a *answer) send(w http.ResponseWriter, eventType *string) {
	a.WriteHeader(http.StatusOK)
	switch {
	case a.status < 300:
		write(w, http.StatusOK, a.payload(eventType))
	case a.status >= 400 && a.status != http.StatusInternalServerError:
		if v := a.header.Get("Retry-After"); v != "" {
			w.Header().Set("Retry-After", v)
		}
		write(w, a.status, a.body.Bytes())
	default:
		refuse(w, taskrouter.Unavailable.Errorf("%s", a.message()))
	}
}

// message is what the REST API says about a fault of ours: where the log has more about it.
func (a *answer) message() string {
	var p struct{ Message string }
	if err := json.Unmarshal(a.body.Bytes(), &p); err != nil || p.Message == "" {
		return "The server failed to answer the request; try again in a moment"
	}
	return p.Message
}

func (a *answer) payload(eventType *string) []byte {
	payload := bytes.TrimSpace(a.body.Bytes())
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	body := make([]byte, 0, len(payload)+64)
	body = append(body, `{"payload":`...)
	body = append(body, payload...)
	if eventType != nil {
		body = append(body, `,"event_type":`...)
		body = wire.AppendString(body, *eventType)
	}
	return append(body, '}')
}
