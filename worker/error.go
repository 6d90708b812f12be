package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Ways in which a client ends or waits. They are found with [errors.Is] in what [Client.Err]
// returns and in [Disconnected].
var (
	// ErrClosed is what a client that was closed says.
	ErrClosed = errors.New("the client is closed")
	// ErrDisplaced ends a client whose place another session has taken, one that connected with
	// CloseExistingSessions. It does not connect again: the two would throw each other out.
	ErrDisplaced = errors.New("another session of this worker has taken over")
	// ErrDeleted ends a client whose worker, or its workspace, has been deleted.
	ErrDeleted = errors.New("the worker has been deleted")
	// ErrTokenExpired says that the token is used up and another one is needed.
	ErrTokenExpired = errors.New("the token has expired")
)

// An Error is a request that did not succeed: the server refused it, or did not answer.
type Error struct {
	// Op is what was tried: "accept reservation WR…".
	Op string
	// Status is the HTTP status of the answer; 0 when there was none.
	Status int
	// Code is the API's own number, such as 20404; 0 when the answer had none.
	Code int
	// Message is the server's sentence about it.
	Message string
	// MoreInfo is the address of a page about errors of this code, where there is one.
	MoreInfo string
	// RetryAfter is how long the server asks to wait before another try; 0 when it does not say.
	RetryAfter time.Duration
	// Err is why no answer came, or why one could not be read: an error of the network, or of the
	// context of the call, say.
	Err error
}

// Error is a sentence without secrets.
func (e *Error) Error() string {
	switch {
	case e.Status == 0:
		return fmt.Sprintf("%s: no answer: %v", e.Op, e.Err)
	case e.Code != 0:
		return fmt.Sprintf("%s: %s (status %d, code %d)", e.Op, e.Message, e.Status, e.Code)
	}
	text := fmt.Sprintf("%s: %s (status %d)", e.Op, e.Message, e.Status)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same request may succeed a little later: there was no answer,
// or the server has too much to do or cannot be reached behind its proxy. A request that
// changes something and got no answer may have been carried out.
func (e *Error) Temporary() bool {
	return e.Status == 0 || e.Status == http.StatusTooManyRequests || e.Status >= 500
}

// maxProblem is how much is read of a body that tells an error.
const maxProblem = 64 << 10

// refusal reads an answer that is not a success. Spec: event-bridge 6
func refusal(op string, r *http.Response) *Error {
	e := &Error{Op: op, Status: r.StatusCode}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxProblem))
	var p struct {
		Code     int    `json:"code"`
		Message  string `json:"message"`
		MoreInfo string `json:"more_info"`
	}
	if json.Unmarshal(body, &p) == nil {
		e.Code, e.Message, e.MoreInfo = p.Code, p.Message, p.MoreInfo
	}
	if e.Message == "" {
		e.Message = "the answer was " + strings.ToLower(http.StatusText(r.StatusCode))
	}
	if seconds, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// unanswered is the error of a request without an answer. The address that net/http puts into
// its errors is left out: that of a socket has the token in it.
func unanswered(op string, err error) *Error {
	var addressed *url.Error
	if errors.As(err, &addressed) {
		err = addressed.Err
	}
	return &Error{Op: op, Err: err}
}

// Codes that the server closes a socket with. Spec: event-bridge 2
const (
	codeDisplaced = 4001
	codeExpired   = 4002
	codeDeleted   = 4003
)

// A CloseError is a socket that the server ended, in [Disconnected] and [Client.Err].
type CloseError struct {
	Code   int    // of the WebSocket protocol
	Reason string // the server's words, possibly empty
}

// Error is the server's reason, or the bare code.
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("the server closed the connection (code %d)", e.Code)
	}
	return fmt.Sprintf("the server closed the connection: %s (code %d)", e.Reason, e.Code)
}

// Is tells [ErrDisplaced], [ErrTokenExpired] and [ErrDeleted] by their codes.
func (e *CloseError) Is(target error) bool {
	switch e.Code {
	case codeDisplaced:
		return target == ErrDisplaced
	case codeExpired:
		return target == ErrTokenExpired
	case codeDeleted:
		return target == ErrDeleted
	}
	return false
}

// statusOf is the HTTP status in an error, 0 if there is none.
func statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}
