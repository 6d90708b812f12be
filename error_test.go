package taskrouter_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"taskrouter"
)

// Spec: rest-api 2.1
func TestKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name         string
		kind         taskrouter.Kind
		status, code int
	}{
		{"internal", taskrouter.Internal, 500, 20500},
		{"invalid", taskrouter.Invalid, 400, 20001},
		{"unauthorized", taskrouter.Unauthorized, 401, 20003},
		{"forbidden", taskrouter.Forbidden, 403, 20006},
		{"not found", taskrouter.NotFound, 404, 20404},
		{"conflict", taskrouter.Conflict, 412, 20412},
		{"gone", taskrouter.Gone, 410, 20001},
		{"limit", taskrouter.Limit, 429, 20429},
		{"unavailable", taskrouter.Unavailable, 503, 20503},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.kind.Errorf("task %s", "WT1")
			if tt.kind.Status() != tt.status || err.Code() != tt.code || err.Error() != "task WT1" {
				t.Errorf("got %d/%d %q, want %d/%d", tt.kind.Status(), err.Code(), err, tt.status,
					tt.code)
			}
			wrapped := fmt.Errorf("create task: %w", err)
			if got := taskrouter.KindOf(wrapped); got != tt.kind {
				t.Errorf("wrapped it is of kind %d, want %d", got, tt.kind)
			}
		})
	}
}

func TestErrorKeepsItsCause(t *testing.T) {
	t.Parallel()
	err := taskrouter.Invalid.Errorf("body: %w", io.ErrUnexpectedEOF)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
	exact := err.WithCode(20010)
	if exact.Code() != 20010 || err.Code() != 20001 || !errors.Is(exact, io.ErrUnexpectedEOF) {
		t.Errorf("codes are %d and %d, want 20010 and 20001", exact.Code(), err.Code())
	}
	if got := taskrouter.KindOf(io.EOF); got != taskrouter.Internal {
		t.Errorf("an error without a kind is of kind %d, want Internal", got)
	}
}

// The first error of ours in a chain says of which kind the whole is.
func TestKindOf(t *testing.T) {
	t.Parallel()
	gone := taskrouter.Gone.Errorf("rescinded")
	for _, tt := range []struct {
		name string
		err  error
		want taskrouter.Kind
	}{
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", gone)), taskrouter.Gone},
		{"joined", errors.Join(io.EOF, gone), taskrouter.Gone},
		{"ours over ours", taskrouter.Conflict.Errorf("again: %w", gone), taskrouter.Conflict},
		{"with a code of its own", gone.WithCode(40000), taskrouter.Gone},
		{"none", nil, taskrouter.Internal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := taskrouter.KindOf(tt.err); got != tt.want {
				t.Errorf("got kind %d, want %d", got, tt.want)
			}
		})
	}
}
