package routing

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A flaw is what is wrong with a workflow configuration, and where.
type flaw struct {
	pointer string // JSON pointer, from what is being read on: /targets/1/queue
	err     error
}

// flawed is the error for what is wrong at a place; text goes on where the place ends.
func flawed(pointer, format string, args ...any) error {
	return &flaw{pointer, fmt.Errorf(format, args...)}
}

// under puts the place before the one that err tells.
func under(pointer string, err error) error {
	var f *flaw
	if !errors.As(err, &f) {
		return err
	}
	return &flaw{pointer + f.pointer, f.err}
}

func (f *flaw) Error() string { return spoken(f.pointer) + " " + f.err.Error() }

func (f *flaw) Unwrap() error { return f.err }

// spoken writes a pointer as people who write configurations say it: filters[0].targets[1].queue.
func spoken(pointer string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch {
		case part != "" && part[0] >= '0' && part[0] <= '9':
			b.WriteString("[" + part + "]")
		case b.Len() > 0:
			b.WriteString("." + part)
		default:
			b.WriteString(part)
		}
	}
	return b.String()
}

// shorten keeps what a message quotes of a request to a reasonable length.
func shorten[T ~string | ~[]byte](s T) string {
	const most = 80
	text := string(s[:min(len(s), utf8.UTFMax*most)])
	n := 0
	for i := range text {
		if n == most {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
