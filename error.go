package taskrouter

import (
	"errors"
	"fmt"
	"strings"
)

// A Kind says what sort of failure an [Error] is; it decides status and code that clients see.
type Kind int

const (
	// Internal is a fault of ours; the zero Kind, so that a forgotten kind is never mild.
	Internal Kind = iota
	// Invalid is a bad parameter or a transition that the thing's state does not allow.
	Invalid
	// Unauthorized is a request without valid credentials.
	Unauthorized
	// Forbidden is a request whose credentials do not reach that far.
	Forbidden
	// NotFound is a name that stands for nothing here.
	NotFound
	// Conflict is a version that is no longer the current one.
	Conflict
	// Gone is a reservation that was withdrawn because another worker accepted first.
	Gone
	// Limit is too many requests.
	Limit
	// Unavailable is a request that cannot be served now but can be a little later.
	Unavailable
)

// kinds holds HTTP status and error code of each kind. Spec: rest-api 2.1
var kinds = [...]struct{ status, code int }{
	Internal:     {500, 20500},
	Invalid:      {400, 20001},
	Unauthorized: {401, 20003},
	Forbidden:    {403, 20006},
	NotFound:     {404, 20404},
	Conflict:     {412, 20412},
	Gone:         {410, 20001},
	Limit:        {429, 20429},
	Unavailable:  {503, 20503},
}

// Status is the HTTP status that answers an error of this kind.
func (k Kind) Status() int { return kinds[k].status }

// Code is the error code that clients of the REST API know for this kind.
func (k Kind) Code() int { return kinds[k].code }

// An Error is a failure that a client may see. Its message names the thing, its state and the
// way out, and holds nothing that the client must not know.
type Error struct {
	Kind    Kind
	Message string
	// Pointer says what in the request is wrong, as a JSON pointer: "/Priority" is a parameter,
	// "/Configuration/task_routing/filters/0" a place in the JSON it holds. Empty: nothing is.
	Pointer string
	// State is the state of the thing that refuses: the status of a task, a version.
	State string
	// Allowed are the values that would be taken instead.
	Allowed []string

	code  int // 0: the kind's
	cause error
}

// Errorf returns an [Error] of the kind. A %w operand is kept as its cause.
func (k Kind) Errorf(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: k, Message: err.Error(), cause: errors.Unwrap(err)}
}

// WithCode returns a copy of e with a code more exact than the kind's.
func (e *Error) WithCode(code int) *Error {
	c := *e
	c.code = code
	return &c
}

// pointerEscapes writes what has a meaning in JSON pointers.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// At returns a copy of e that points at a place in the request: the name of a parameter, and
// what follows in the JSON that it holds.
func (e *Error) At(parameter string, rest ...string) *Error {
	c := *e
	c.Pointer = "/" + pointerEscapes.Replace(parameter) + strings.Join(rest, "")
	return &c
}

// In returns a copy of e that tells the state of what refuses, and what would be allowed.
func (e *Error) In(state string, allowed ...string) *Error {
	c := *e
	c.State, c.Allowed = state, allowed
	return &c
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, if there is one.
func (e *Error) Unwrap() error { return e.cause }

// Code is the error code that clients see.
func (e *Error) Code() int {
	if e.code != 0 {
		return e.code
	}
	return e.Kind.Code()
}

// KindOf returns the kind of the first [Error] in err's chain, and Internal if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
