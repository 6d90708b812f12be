package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/wire"
)

// errPanic answers a request whose handler broke off; the log has the rest.
var errPanic = errors.New("api: the handler panicked")

// A methodError is a verb that the path does not take.
type methodError struct{ method, allowed string }

func (e methodError) Error() string {
	return fmt.Sprintf("%s is not allowed here; allowed: %s", e.method, e.allowed)
}

// elsewhere is the error for what is not here, with a word about where it is.
type elsewhere struct {
	error
	hint string
}

func (e elsewhere) Unwrap() error { return e.error }

// codeMethod is the code of a methodError. Spec: rest-api 2.1
const codeMethod = 20004

// fail answers with the error. Spec: rest-api 2
func (c *call) fail(err error) {
	p := c.problem(err)
	p.Request = c.id
	if p.Status == http.StatusServiceUnavailable {
		retryAfter(c.w.Header(), time.Second)
	}
	_ = c.answer(p.Status, p.Append(c.out[:0]))
}

// problem says what the client gets to know, and logs what it does not.
func (c *call) problem(err error) wire.Problem {
	var method methodError
	if errors.As(err, &method) {
		return wire.Problem{
			Status: http.StatusMethodNotAllowed, Code: codeMethod, Message: method.Error(),
		}
	}
	p := wire.ProblemOf(err)
	switch taskrouter.KindOf(err) {
	case taskrouter.NotFound:
		p.Message = "The requested resource " + c.shortPath() + " was not found"
		var gone elsewhere
		if errors.As(err, &gone) {
			p.Message += "; " + gone.hint
		}
	case taskrouter.Internal:
		if err != errPanic {
			c.log.Error("a request failed", "request", c.id, "method", c.r.Method,
				"path", c.r.URL.Path, "error", err)
		}
		p.Message += "; the server's log tells more under " + c.id
	}
	return p
}

// longestPath is how much of a path a message shows; a resource's is shorter.
const longestPath = 300

// shortPath is the path as messages about missing resources show it. Spec: rest-api 2.2
func (c *call) shortPath() string {
	path := c.r.URL.Path
	if strings.HasPrefix(path, "/v1/") {
		path = path[len("/v1"):]
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if len(path) > longestPath {
		path = path[:longestPath] + "…"
	}
	return path
}
