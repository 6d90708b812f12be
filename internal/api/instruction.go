package api

import (
	"strconv"
	"strings"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/voice"
)

// supervise is the instruction that joins a call already connected.
const supervise = "supervise"

// An instruction is what a request wants done with a reservation beyond its status. The zero
// value is none.
type instruction struct {
	name   string                       // in lower case
	status taskrouter.ReservationStatus // that the reservation gets; empty = stays as it is
	voice  string                       // the instruction, if it is one about calls
	accept bool                         // whether a call instruction accepts as well
}

// readInstruction reads the parameter Instruction and checks those that belong to it.
//
// Without telephony nobody places a call: dequeue and conference, which connect the worker
// once the call is up, accept the reservation; call and redirect accept it if their flag says
// so and leave it pending otherwise. Spec: rest-api 10.1
func readInstruction(f *form, p reservationPath) instruction {
	given := f.text("Instruction")
	in := instruction{name: strings.ToLower(given)}
	switch in.name {
	case "":
		return instruction{}
	case "accept":
		in.status = taskrouter.ReservationAccepted
		return in
	case "reject":
		in.status = taskrouter.ReservationRejected
		return in
	case "dequeue":
		f.checkDequeue()
		in.accept = true
	case "call":
		in.accept = f.checkCall()
	case "redirect":
		in.accept = f.checkRedirect()
	case "conference":
		f.checkConference()
		in.accept = true
	case supervise:
		if p.task != "" {
			f.checkSupervise()
			return in
		}
		f.fail("Instruction", "Instruction supervise is given to a reservation through its task: "+
			"/Tasks/…/Reservations/%s", p.sid)
	default:
		f.fail("Instruction", "Instruction must be dequeue, call, redirect, conference, supervise, accept or "+
			"reject, not %q", shorten(given))
	}
	in.voice = in.name
	if in.accept {
		in.status = taskrouter.ReservationAccepted
	}
	return in
}

// How long a call may ring, in seconds.
const (
	maxRing    = 999
	maxRingSIP = 600
)

const prefixCall = "CA"

// Words that several parameters share.
var (
	recordWords = []string{"record-from-answer", "do-not-record", "true", "false"}
	callEvents  = []string{"initiated", "ringing", "answered", "completed"}
	roomEvents  = []string{"start", "end", "join", "leave", "mute", "hold", "speaker"}
	regions     = []string{"us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1"}
	verbs       = []string{"GET", "POST"}
)

func (f *form) checkDequeue() {
	most := maxRing
	if strings.HasPrefix(strings.ToLower(f.text("DequeueTo")), "sip:") {
		most = maxRingSIP
	}
	f.activity("DequeuePostWorkActivitySid")
	word(f, "DequeueRecord", recordWords...)
	f.optNumber("DequeueTimeout", 1, most)
	f.url("DequeueStatusCallbackUrl")
	words(f, "DequeueStatusCallbackEvent", callEvents...)
}

// checkCall returns whether the reservation is to be accepted.
func (f *form) checkCall() bool {
	f.need("CallFrom")
	f.need("CallUrl")
	f.url("CallUrl")
	f.url("CallStatusCallbackUrl")
	word(f, "CallRecord", recordWords...)
	f.optNumber("CallTimeout", 1, maxRing)
	return f.flag("CallAccept")
}

// checkRedirect returns whether the reservation is to be accepted.
func (f *form) checkRedirect() bool {
	f.need("RedirectCallSid")
	sid[string](f, "RedirectCallSid", prefixCall)
	f.need("RedirectUrl")
	f.url("RedirectUrl")
	return f.flag("RedirectAccept")
}

func (f *form) checkConference() {
	f.optNumber("Timeout", 1, maxRing)
	f.optNumber("MaxParticipants", 2, 250)
	for _, name := range [...]string{
		"StatusCallback", "WaitUrl", "ConferenceStatusCallback", "RecordingStatusCallback",
		"ConferenceRecordingStatusCallback",
	} {
		f.url(name)
	}
	for _, name := range [...]string{
		"StatusCallbackMethod", "WaitMethod", "ConferenceStatusCallbackMethod",
		"RecordingStatusCallbackMethod", "ConferenceRecordingStatusCallbackMethod",
	} {
		word(f, name, verbs...)
	}
	words(f, "StatusCallbackEvent", callEvents...)
	words(f, "ConferenceStatusCallbackEvent", roomEvents...)
	word(f, "Beep", "true", "false", "onEnter", "onExit")
	word(f, "ConferenceRecord", "true", "false", "record-from-start", "do-not-record")
	word(f, "ConferenceTrim", "trim-silence", "do-not-trim")
	word(f, "RecordingChannels", "mono", "dual")
	word(f, "Region", regions...)
	word(f, "JitterBufferSize", "small", "medium", "large", "off")
	f.activity("PostWorkActivitySid")
}

func (f *form) checkSupervise() {
	word(f, "SupervisorMode", "monitor", "whisper", "barge")
	if s := f.text("Supervisor"); strings.HasPrefix(s, taskrouter.PrefixWorker) {
		sid[taskrouter.WorkerSID](f, "Supervisor", taskrouter.PrefixWorker)
	}
}

// unplaced reads an instruction about a call against the state of the workspace, and returns the
// alerts that say why nobody placed the call.
func (c *call) unplaced(k voice.Kind, sid taskrouter.ReservationSID) []taskrouter.Alert {
	params := make(voice.Params)
	for _, name := range voice.Names(k) {
		form := voice.FormName(k, name)
		value := c.form.text(form)
		if strings.HasSuffix(form, "Event") {
			value = strings.Join(c.form.all(form), ",")
		}
		if value != "" {
			params[name] = value
		}
	}
	var in voice.Instruction
	var alert *taskrouter.Alert
	err := c.view(func(s *routing.State) { in, alert = voice.Resolve(s, sid, k, params) })
	if err != nil {
		return nil // the command that follows finds out as well
	}
	if alert == nil {
		alert = voice.Place(c.r.Context(), nil, in)
	}
	return []taskrouter.Alert{*alert}
}

// supervise checks that the reservation has a call one could join; without telephony nothing
// happens but an alert, and the reservation stays as it is.
func (c *call) supervise(p reservationPath) error {
	ifMatch := c.ifMatch()
	if c.form.err != nil {
		return c.form.err
	}
	r, e, err := find(c, p.in)
	if err != nil {
		return err
	}
	if ifMatch != nil && *ifMatch != r.Version {
		return taskrouter.Conflict.Errorf("reservation %s is at version %d, the request was made "+
			"for version %d; read it again", r.SID, r.Version, *ifMatch).In(strconv.Itoa(r.Version))
	}
	if r.Status != taskrouter.ReservationAccepted && r.Status != taskrouter.ReservationWrapping {
		return taskrouter.Invalid.Errorf("reservation %s is %s; only accepted and wrapping "+
			"reservations can be supervised", r.SID, r.Status).In(string(r.Status))
	}
	alerts := c.unplaced(voice.Supervise, r.SID)
	for i := range alerts {
		alerts[i].ReservationSID, alerts[i].TaskSID = r.SID, r.TaskSID
		alerts[i].WorkerSID, alerts[i].WorkflowSID = r.WorkerSID, r.WorkflowSID
	}
	_, err = c.engine.Submit(c.r.Context(), engine.Command{
		Workspace: c.workspace(), From: c.from, Do: routing.RaiseAlerts{Alerts: alerts},
	})
	if err != nil {
		return err
	}
	return c.sendReservation(p, e, r)
}
