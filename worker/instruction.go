package worker

import (
	"context"
	"maps"

	"taskrouter"
)

// The four instructions connect the worker with the caller whose call is the task. Parameters
// are those of the REST API; empty ones are not sent, and the server's defaults hold. Whether
// calls are placed depends on the server.
//
// Spec: rest-api 10.1, sdk-v1-api 5

// DequeueOptions say how [Reservation.Dequeue] calls the worker.
type DequeueOptions struct {
	To                   string // phone number, client:… or sip:…; by default its contact_uri
	From                 string // the number that is shown
	PostWorkActivity     taskrouter.ActivitySID
	Record               string // record-from-answer or do-not-record
	Timeout              int    // seconds to ring
	StatusCallbackURL    string
	StatusCallbackEvents []string // of initiated, ringing, answered, completed
}

// Dequeue takes the caller out of the queue and connects it with the worker. The reservation is
// accepted.
func (r *Reservation) Dequeue(ctx context.Context, o DequeueOptions) (*Reservation, error) {
	p := params{"Instruction": "dequeue"}
	p.text("DequeueTo", o.To)
	p.text("DequeueFrom", o.From)
	p.text("DequeuePostWorkActivitySid", string(o.PostWorkActivity))
	p.text("DequeueRecord", o.Record)
	p.number("DequeueTimeout", o.Timeout)
	p.text("DequeueStatusCallbackUrl", o.StatusCallbackURL)
	p.words("DequeueStatusCallbackEvent", o.StatusCallbackEvents)
	return r.act(ctx, "dequeue", p)
}

// CallOptions say what [Reservation.Call] does. From and URL are required.
type CallOptions struct {
	From              string
	URL               string // where the instructions for the call are
	To                string // by default the worker's contact_uri
	StatusCallbackURL string
	Accept            bool // accept the reservation, too; otherwise it stays pending
	Record            string
	Timeout           int // seconds to ring
}

// Call calls the worker.
func (r *Reservation) Call(ctx context.Context, o CallOptions) (*Reservation, error) {
	p := params{"Instruction": "call", "CallAccept": o.Accept}
	p.text("CallFrom", o.From)
	p.text("CallUrl", o.URL)
	p.text("CallTo", o.To)
	p.text("CallStatusCallbackUrl", o.StatusCallbackURL)
	p.text("CallRecord", o.Record)
	p.number("CallTimeout", o.Timeout)
	return r.act(ctx, "call for", p)
}

// RedirectOptions say what [Reservation.Redirect] does. CallSID and URL are required.
type RedirectOptions struct {
	CallSID string // the call to go on elsewhere
	URL     string // where its new instructions are
	Accept  bool   // accept the reservation, too; otherwise it stays pending
}

// Redirect gives a call new instructions.
func (r *Reservation) Redirect(ctx context.Context, o RedirectOptions) (*Reservation, error) {
	p := params{"Instruction": "redirect", "RedirectAccept": o.Accept}
	p.text("RedirectCallSid", o.CallSID)
	p.text("RedirectUrl", o.URL)
	return r.act(ctx, "redirect", p)
}

// ConferenceOptions say how [Reservation.Conference] brings caller and worker together.
type ConferenceOptions struct {
	To               string // by default the worker's contact_uri
	From             string
	PostWorkActivity taskrouter.ActivitySID
	Timeout          int // seconds to ring

	// The worker's call.
	StatusCallback                string
	StatusCallbackMethod          string
	StatusCallbackEvents          []string // of initiated, ringing, answered, completed
	Record                        *bool
	Muted                         *bool
	EarlyMedia                    *bool
	RecordingChannels             string // mono or dual
	RecordingStatusCallback       string
	RecordingStatusCallbackMethod string
	SIPAuthUsername               string
	SIPAuthPassword               string
	JitterBufferSize              string // small, medium, large or off
	Region                        string

	// The room.
	Beep                                    string // true, false, onEnter or onExit
	BeepOnCustomerEntrance                  *bool
	StartConferenceOnEnter                  *bool
	EndConferenceOnExit                     *bool
	EndConferenceOnCustomerExit             *bool
	WaitURL                                 string
	WaitMethod                              string
	MaxParticipants                         int
	ConferenceStatusCallback                string
	ConferenceStatusCallbackMethod          string
	ConferenceStatusCallbackEvents          []string // of start, end, join, leave, mute, hold, speaker
	ConferenceRecord                        string   // true, false, record-from-start or do-not-record
	ConferenceTrim                          string   // trim-silence or do-not-trim
	ConferenceRecordingStatusCallback       string
	ConferenceRecordingStatusCallbackMethod string

	// Other holds parameters in the REST API's spelling that have no field here; they win.
	Other map[string]any
}

// Conference brings the caller and the worker together in a room. The reservation is accepted.
func (r *Reservation) Conference(
	ctx context.Context, o ConferenceOptions,
) (*Reservation, error) {
	p := params{"Instruction": "conference"}
	for name, value := range map[string]string{
		"To": o.To, "From": o.From, "PostWorkActivitySid": string(o.PostWorkActivity),
		"StatusCallback":                          o.StatusCallback,
		"StatusCallbackMethod":                    o.StatusCallbackMethod,
		"RecordingChannels":                       o.RecordingChannels,
		"RecordingStatusCallback":                 o.RecordingStatusCallback,
		"RecordingStatusCallbackMethod":           o.RecordingStatusCallbackMethod,
		"SipAuthUsername":                         o.SIPAuthUsername,
		"SipAuthPassword":                         o.SIPAuthPassword,
		"JitterBufferSize":                        o.JitterBufferSize,
		"Region":                                  o.Region,
		"Beep":                                    o.Beep,
		"WaitUrl":                                 o.WaitURL,
		"WaitMethod":                              o.WaitMethod,
		"ConferenceStatusCallback":                o.ConferenceStatusCallback,
		"ConferenceStatusCallbackMethod":          o.ConferenceStatusCallbackMethod,
		"ConferenceRecord":                        o.ConferenceRecord,
		"ConferenceTrim":                          o.ConferenceTrim,
		"ConferenceRecordingStatusCallback":       o.ConferenceRecordingStatusCallback,
		"ConferenceRecordingStatusCallbackMethod": o.ConferenceRecordingStatusCallbackMethod,
	} {
		p.text(name, value)
	}
	for name, value := range map[string]*bool{
		"Record": o.Record, "Muted": o.Muted, "EarlyMedia": o.EarlyMedia,
		"BeepOnCustomerEntrance":      o.BeepOnCustomerEntrance,
		"StartConferenceOnEnter":      o.StartConferenceOnEnter,
		"EndConferenceOnExit":         o.EndConferenceOnExit,
		"EndConferenceOnCustomerExit": o.EndConferenceOnCustomerExit,
	} {
		set(p, name, value)
	}
	p.number("Timeout", o.Timeout)
	p.number("MaxParticipants", o.MaxParticipants)
	p.words("StatusCallbackEvent", o.StatusCallbackEvents)
	p.words("ConferenceStatusCallbackEvent", o.ConferenceStatusCallbackEvents)
	maps.Copy(p, o.Other)
	return r.act(ctx, "conference", p)
}
