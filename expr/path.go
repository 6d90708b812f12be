package expr

import (
	"slices"
	"strconv"
	"strings"
)

// Path leads from an object to a value inside it, step by step.
type Path []Step

// Step is one step of a [Path]: to the key Name of an object or, where Name is empty, to the
// element Index of an array, counted from 0.
type Step struct {
	Name  string
	Index int
}

// ParsePath reads a path as [Path.String] writes it, without a prefix that names a side. The
// error is a [*SyntaxError].
func ParsePath(text string) (Path, error) {
	p, err := newParser(Worker, text)
	if err != nil {
		return nil, err
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if p.tok.kind != tokEnd {
		return nil, p.unexpected(`".", "[" or the end`)
	}
	return path, nil
}

// String returns the canonical text: languages[0].code
func (p Path) String() string { return string(p.append(nil)) }

func (p Path) append(dst []byte) []byte {
	for i, s := range p {
		if s.Name == "" {
			dst = append(dst, '[')
			dst = strconv.AppendInt(dst, int64(s.Index), 10)
			dst = append(dst, ']')
			continue
		}
		if i > 0 {
			dst = append(dst, '.')
		}
		dst = append(dst, s.Name...)
	}
	return dst
}

// Side says whose value a reference reads.
type Side uint8

// The sides of a routing decision, and the counts that skip_if reads.
const (
	WorkerSide Side = iota
	TaskSide
	CountSide
)

// String returns the prefix that names the side in an expression: worker, task or workers.
func (s Side) String() string {
	return [...]string{"worker", "task", "workers"}[s]
}

// Ref is a reference: a path on one side.
type Ref struct {
	Side Side
	Path Path
}

// ParseRef reads a single reference under the name rules of kind, for instance the
// task.<attribute> of known-agent routing with kind Target. The error is a [*SyntaxError].
func ParseRef(kind Kind, text string) (Ref, error) {
	p, err := newParser(kind, text)
	if err != nil {
		return Ref{}, err
	}
	ref, err := p.reference()
	if err != nil {
		return Ref{}, err
	}
	if p.tok.kind != tokEnd {
		return Ref{}, p.unexpected(`".", "[" or the end`)
	}
	return ref, nil
}

// String returns the reference with its prefix: worker.languages[0].code
func (r Ref) String() string { return string(r.append(nil)) }

func (r Ref) append(dst []byte) []byte {
	dst = append(dst, r.Side.String()...)
	dst = append(dst, '.')
	return r.Path.append(dst)
}

// appendIn appends the reference as an expression of the kind writes it: without prefix where
// there is only one side, unless the bare path would be read as something else.
func (r Ref) appendIn(dst []byte, kind Kind) []byte {
	if kind == Target || kind == Skip {
		return r.append(dst)
	}
	first := r.Path[0].Name
	looksPrefixed := first == r.Side.String() && len(r.Path) > 1 && r.Path[1].Name != ""
	if looksPrefixed || wordKind(first) != tokName {
		return r.append(dst)
	}
	return r.Path.append(dst)
}

// resolve turns a path as written into a reference. The problem, if there is one, is what was
// expected instead.
func (k Kind) resolve(path Path) (ref Ref, expected string) {
	switch k {
	case Worker:
		return Ref{WorkerSide, trimSide(path, WorkerSide)}, ""
	case Task:
		return Ref{TaskSide, trimSide(path, TaskSide)}, ""
	case Target:
		for _, side := range []Side{WorkerSide, TaskSide} {
			if rest := trimSide(path, side); len(rest) < len(path) {
				return Ref{side, rest}, ""
			}
		}
		return Ref{}, `a name that starts with "worker." or "task."`
	}
	// Spec: routing 3.4
	rest := trimSide(path, CountSide)
	if len(path) == 2 && len(rest) == 1 {
		if name, ok := countName(rest[0].Name); ok {
			return Ref{CountSide, Path{{Name: name}}}, ""
		}
	}
	return Ref{}, "workers.available, workers.unavailable or workers. with an Activity SID"
}

// trimSide takes a prefix off the path. The prefix must be followed by a name, so that an
// attribute called "task" can still be read by itself.
func trimSide(path Path, side Side) Path {
	if len(path) > 1 && path[0].Name == side.String() && path[1].Name != "" {
		return slices.Clip(path[1:])
	}
	return path
}

// countName returns the canonical name of a count.
func countName(name string) (string, bool) {
	if name == "available" || name == "unavailable" {
		return name, true
	}
	hex, ok := strings.CutPrefix(name, "WA")
	if !ok || len(hex) != 32 {
		return "", false
	}
	for i := range len(hex) {
		if c := hex[i] | 0x20; !isDigit(hex[i]) && (c < 'a' || c > 'f') {
			return "", false
		}
	}
	return "WA" + strings.ToLower(hex), true
}
