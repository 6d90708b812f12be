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
	Details []byte // a JSON object with more about it; nil = none
}

// ProblemOf says what a client gets to know about err. An error that is not a
// [taskrouter.Error], or is one of the kind Internal, is told without its text: that belongs
// in the log.
//
// An expression that does not parse has details: "column" and "width", in characters from 1,
// say where.
func ProblemOf(err error) Problem {
	kind := taskrouter.KindOf(err)
	p := Problem{Status: kind.Status(), Code: kind.Code()}
	var known *taskrouter.Error
	if !errors.As(err, &known) || kind == taskrouter.Internal {
		p.Message = "The server failed to answer the request; it is not the request's fault"
		return p
	}
	p.Code, p.Message = known.Code(), known.Message
	var syntax *expr.SyntaxError
	if errors.As(err, &syntax) {
		o := &object{}
		o.open()
		o.number("column", syntax.Column)
		o.number("width", syntax.Width)
		o.close()
		p.Details = o.b
	}
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
	if p.Details != nil {
		o.key("details")
		o.b = append(o.b, p.Details...)
	}
	o.close()
	return o.b
}

// AppendError appends the JSON body that tells a client about err.
func AppendError(dst []byte, err error) []byte { return ProblemOf(err).Append(dst) }
