package wire

import (
	"errors"
	"strconv"

	"taskrouter"
	"taskrouter/expr"
)

// A Problem is an error as clients read it.
type Problem struct {
	Status  int // of the HTTP answer
	Code    int
	Message string
	// Request is the id of the request, by which the server's log knows it; empty = none.
	Request string

	refusal *taskrouter.Error // nil = nothing more to tell
	syntax  *expr.SyntaxError
}

// ProblemOf says what a client gets to know about err. An error that is not a
// [taskrouter.Error], or is one of the kind Internal, is told without its text: that belongs
// in the log.
func ProblemOf(err error) Problem {
	kind := taskrouter.KindOf(err)
	p := Problem{Status: kind.Status(), Code: kind.Code()}
	var known *taskrouter.Error
	if !errors.As(err, &known) || kind == taskrouter.Internal {
		p.Message = "The server failed to answer the request; it is not the request's fault"
		return p
	}
	p.Code, p.Message, p.refusal = known.Code(), known.Message, known
	errors.As(err, &p.syntax)
	return p
}

// moreInfo is where the codes of errors and alerts are explained. Spec: rest-api 2
const moreInfo = "https://www.twilio.com/docs/errors/"

// Append appends the JSON body of the problem. Spec: rest-api 2
func (p Problem) Append(dst []byte) []byte {
	o := &object{dst}
	o.open()
	o.number("code", p.Code)
	o.text("message", p.Message)
	o.text("more_info", moreInfo+strconv.Itoa(p.Code))
	o.number("status", p.Status)
	p.details(o)
	o.close()
	return o.b
}

// details tells more than the message in a form that programs read: where in the request the
// mistake is, with column and width in characters from 1 if it is in an expression; the state
// of what refused; what would be allowed. Spec: rest-api 2
func (p *Problem) details(o *object) {
	r := p.refusal
	if r == nil {
		r = &taskrouter.Error{}
	}
	if p.Request == "" && p.syntax == nil && r.Pointer == "" && r.State == "" && r.Allowed == nil {
		return
	}
	o.key("details")
	o.open()
	if r.Pointer != "" {
		o.text("pointer", r.Pointer)
	}
	if p.syntax != nil {
		o.number("column", p.syntax.Column)
		o.number("width", p.syntax.Width)
	}
	if r.State != "" {
		o.text("state", r.State)
	}
	if r.Allowed != nil {
		o.key("allowed")
		o.b = append(o.b, '[')
		for i, word := range r.Allowed {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.b = AppendString(o.b, word)
		}
		o.b = append(o.b, ']')
	}
	if p.Request != "" {
		o.text("request_id", p.Request)
	}
	o.close()
}

// AppendError appends the JSON body that tells a client about err.
func AppendError(dst []byte, err error) []byte { return ProblemOf(err).Append(dst) }
