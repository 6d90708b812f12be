package token

import (
	"fmt"
	"net/http"
)

// Codes of a refusal, as REST clients know them.
// Spec: rest-api 2.1
const (
	codeInvalid      = 20001
	codeUnauthorized = 20003
	codeForbidden    = 20006
)

// Error says why a token or a request was refused, in the terms of an HTTP answer. Its text is
// meant for the bearer; it never holds the token, a secret or a parameter's value.
type Error struct {
	// Status is 401 for a token that cannot be trusted, 403 for a request that a trusted token
	// does not allow, and 400 for a request whose URL cannot be read.
	Status int
	// Code is the error code of the answer: 20003, 20006 or 20001.
	Code int
	// Reason names what is wrong and, where there is one, the way out.
	Reason string
}

func (e *Error) Error() string { return e.Reason }

func untrusted(format string, args ...any) *Error {
	return &Error{http.StatusUnauthorized, codeUnauthorized, fmt.Sprintf(format, args...)}
}

func forbidden(format string, args ...any) *Error {
	return &Error{http.StatusForbidden, codeForbidden, fmt.Sprintf(format, args...)}
}

func unreadable(format string, args ...any) *Error {
	return &Error{http.StatusBadRequest, codeInvalid, fmt.Sprintf(format, args...)}
}

// shown quotes text that came from outside, cut to a length that suits a message.
func shown(s string) string {
	const most = 160
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return fmt.Sprintf("%q", s)
}
