package voice

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"taskrouter"
	"taskrouter/internal/routing"
)

// How long a call may ring, in seconds. Spec: callbacks 2
const (
	defaultRing = 60
	maxRing     = 999
	maxRingSIP  = 600
)

// alert makes an alert. What it is about is filled in by whoever raises it.
func alert(code taskrouter.AlertCode, format string, args ...any) *taskrouter.Alert {
	return &taskrouter.Alert{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Resolve reads an instruction for a reservation and fills in what it leaves out. If it cannot be
// carried out the alert says why; then the instruction is worth nothing. Resolve changes nothing
// and does not wait, so that it can run in a view. Spec: callbacks 2, 7
func Resolve(
	s *routing.State, sid taskrouter.ReservationSID, k Kind, p Params,
) (Instruction, *taskrouter.Alert) {
	r := &resolver{state: s, params: p, in: Instruction{Kind: k, ReservationSID: sid}}
	if w := s.Catalog().Workspace; w != nil {
		r.in.AccountSID, r.in.WorkspaceSID = w.AccountSID, w.SID
	}
	reservation := s.Reservation(sid)
	r.checkState(reservation)
	if r.alert != nil {
		return r.in, r.alert
	}
	r.in.TaskSID, r.in.WorkerSID = reservation.TaskSID, reservation.WorkerSID
	if t := s.Task(reservation.TaskSID); t != nil {
		r.task = attributes(t.Attributes)
	}
	if w := s.Worker(reservation.WorkerSID); w != nil {
		r.worker = attributes(w.Attributes)
	}
	switch k {
	case Dequeue:
		r.dequeue()
	case Call:
		r.call()
	case Redirect:
		r.redirect()
	case Conference:
		r.conference()
	case Supervise:
		r.supervise()
	}
	return r.in, r.alert
}

// A resolver fills in one instruction. Its methods read one parameter each; the first fault sets
// alert.
type resolver struct {
	state        *routing.State
	params       Params
	task, worker map[string]string // attributes
	in           Instruction
	alert        *taskrouter.Alert
}

func (r *resolver) fail(code taskrouter.AlertCode, format string, args ...any) {
	if r.alert == nil {
		r.alert = alert(code, "instruction %s for reservation %s was not carried out: %s",
			r.in.Kind, r.in.ReservationSID, fmt.Sprintf(format, args...))
	}
}

// stateFaults are the alerts of instructions that come for a reservation which is not pending.
var stateFaults = map[Kind]taskrouter.AlertCode{
	Dequeue:    taskrouter.AlertDequeueState,
	Call:       taskrouter.AlertCallState,
	Redirect:   taskrouter.AlertRedirectState,
	Conference: taskrouter.AlertConferenceState,
	Supervise:  taskrouter.AlertSuperviseState,
}

func (r *resolver) checkState(reservation *taskrouter.Reservation) {
	code := stateFaults[r.in.Kind]
	switch {
	case reservation == nil:
		r.fail(code, "the reservation is gone")
	case r.in.Kind == Supervise:
		if s := reservation.Status; s != taskrouter.ReservationAccepted &&
			s != taskrouter.ReservationWrapping {
			r.fail(code, "the reservation is %s; only accepted and wrapping ones have a call "+
				"to join", s)
		}
	case reservation.Status == taskrouter.ReservationCanceled && r.in.Kind == Conference:
		r.fail(taskrouter.AlertConferenceGone, "the reservation was canceled meanwhile")
	case reservation.Status != taskrouter.ReservationPending:
		r.fail(code, "the reservation is %s; only pending ones can get it", reservation.Status)
	}
}

func (r *resolver) dequeue() {
	if r.in.CallSID = r.task["call_sid"]; r.in.CallSID == "" {
		r.fail(taskrouter.AlertDequeueCall, "the task's attributes have no call_sid, so it is "+
			"no call that waits")
	}
	r.activity(taskrouter.AlertDequeueActivity)
	r.to(taskrouter.AlertDequeueTo)
	r.from(taskrouter.AlertDequeueFrom, optional)
	r.record()
	r.ring()
	r.statusCallback("status_callback_url", "GET", taskrouter.AlertDequeueCallback)
	r.statusEvents("status_callback_events", taskrouter.AlertDequeueEvents)
}

func (r *resolver) call() {
	r.to(taskrouter.AlertCallTo)
	r.in.From = r.params["from"]
	if !isAddress(r.in.From) {
		r.fail(taskrouter.AlertCallFrom, "from must be a number such as +14155550100")
	}
	r.url(taskrouter.AlertCallURL)
	r.in.CallSID = r.task["call_sid"]
	r.in.Accept = truthy(r.params["accept"])
	r.record()
	r.ring()
	r.statusCallback("status_callback_url", "POST", taskrouter.AlertCallCallback)
	r.in.StatusCallback.Events = []string{"completed"}
}

func (r *resolver) redirect() {
	r.in.CallSID = r.params["call_sid"]
	if !isCall(r.in.CallSID) {
		r.fail(taskrouter.AlertRedirectCall, "call_sid must be the SID of a call, CA and 32 "+
			"hexadecimal digits, not %q", shorten(r.in.CallSID))
	}
	r.url(taskrouter.AlertRedirectURL)
	r.in.Accept = truthy(r.params["accept"])
}

func (r *resolver) conference() {
	r.in.CallSID = r.task["call_sid"]
	if r.in.CallSID == "" && r.task["outbound_to"] == "" {
		r.fail(taskrouter.AlertConferenceCall, "the task's attributes have neither call_sid, of "+
			"a call that waits, nor outbound_to, of one to be placed")
	}
	r.activity(taskrouter.AlertConferenceActivity)
	r.to(taskrouter.AlertConferenceNoTo)
	r.from(taskrouter.AlertConferenceFrom, taskrouter.AlertConferenceNoFrom)
	r.ring()
	r.statusCallback("status_callback", "POST", taskrouter.AlertConferenceCallback)
	if m := r.params["status_callback_method"]; m != "" {
		r.in.StatusCallback.Method = strings.ToUpper(m)
		if !slices.Contains(methods, r.in.StatusCallback.Method) {
			r.fail(failed[Conference], "status_callback_method must be GET or POST, not %q",
				shorten(m))
		}
	}
	r.statusEvents("status_callback_event", failed[Conference])
	r.in.Options = make(Params)
	for _, o := range options {
		v := r.params[o.name]
		if v == "" {
			continue
		}
		if !o.fits(v) {
			r.fail(failed[Conference], "%s can't be %q", o.name, shorten(v))
		}
		r.in.Options[o.name] = v
	}
	r.in.Record = r.in.Options["record"]
}

func (r *resolver) supervise() {
	r.in.To = r.params["supervisor"]
	if taskrouter.ValidSID(taskrouter.PrefixWorker, r.in.To) {
		w := r.state.Worker(taskrouter.WorkerSID(r.in.To))
		if w == nil {
			r.fail(taskrouter.AlertSuperviseContact, "there is no worker %s", r.in.To)
			return
		}
		r.in.To = attributes(w.Attributes)["contact_uri"]
	}
	if !isAddress(r.in.To) {
		r.fail(taskrouter.AlertSuperviseContact, "supervisor must be an address, or a worker "+
			"whose attribute contact_uri is one")
	}
	if r.in.From = r.task["from"]; r.in.From == "" {
		r.fail(taskrouter.AlertSuperviseFrom, "the task's attributes have no from")
	}
	r.in.CallSID = r.task["call_sid"]
	r.in.SupervisorMode = strings.ToLower(r.params["supervisor_mode"])
	if r.in.SupervisorMode == "" {
		r.in.SupervisorMode = "monitor"
	}
	if m := r.in.SupervisorMode; m != "monitor" && m != "whisper" && m != "barge" {
		r.fail(failed[Supervise], "supervisor_mode must be monitor, whisper or barge, not %q",
			shorten(m))
	}
}

// to finds whom to call: what is given wins over the worker's own address.
func (r *resolver) to(code taskrouter.AlertCode) {
	r.in.To = r.params["to"]
	named := "to"
	if r.in.To == "" {
		r.in.To, named = r.worker["contact_uri"], "the worker's attribute contact_uri"
	}
	switch {
	case r.in.To == "":
		r.fail(code, "it names no address (to) and the worker has no attribute contact_uri")
	case !isAddress(r.in.To):
		r.fail(code, "%s must be a number such as +14155550100, client:NAME or sip:user@host",
			named)
	}
}

// optional stands for the alert of a parameter that may be missing.
const optional taskrouter.AlertCode = 0

// from finds the number to show: what is given, else the one that the task's caller dialled.
func (r *resolver) from(bad, missing taskrouter.AlertCode) {
	if r.in.From = r.params["from"]; r.in.From != "" {
		if !isAddress(r.in.From) {
			r.fail(bad, "from must be a number such as +14155550100")
		}
		return
	}
	r.in.From = cmp.Or(r.task["to"], r.task["called"])
	if r.in.From == "" && missing != optional {
		r.fail(missing, "it names no number to show (from), and the task's attributes have "+
			"no to")
	}
}

// activity finds what the worker does afterwards.
func (r *resolver) activity(code taskrouter.AlertCode) {
	sid := taskrouter.ActivitySID(r.params["post_work_activity_sid"])
	if sid != "" && r.state.Catalog().Activity(sid) == nil {
		r.fail(code, "post_work_activity_sid %q is no activity of the workspace",
			shorten(string(sid)))
	}
	r.in.PostWorkActivitySID = sid
}

func (r *resolver) url(code taskrouter.AlertCode) {
	r.in.URL = r.params["url"]
	if !isURL(r.in.URL) {
		r.fail(code, "url must be an absolute URL with http or https")
	}
}

func (r *resolver) record() {
	r.in.Record = strings.ToLower(r.params["record"])
	if r.in.Record != "" && !slices.Contains(recordWords, r.in.Record) {
		r.fail(failed[r.in.Kind], "record must be record-from-answer or do-not-record, not %q",
			shorten(r.in.Record))
	}
}

// ring finds how long the call may ring.
func (r *resolver) ring() {
	r.in.Timeout = defaultRing
	v := r.params["timeout"]
	if v == "" {
		return
	}
	most := maxRing
	if isSIP(r.in.To) {
		most = maxRingSIP
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most {
		r.fail(failed[r.in.Kind], "timeout must be a number of seconds from 1 to %d, not %q", most,
			shorten(v))
	}
	r.in.Timeout = n
}

func (r *resolver) statusCallback(name, method string, code taskrouter.AlertCode) {
	u := r.params[name]
	if u != "" && !isURL(u) {
		r.fail(code, "%s must be an absolute URL with http or https", name)
	}
	r.in.StatusCallback = Callback{URL: u, Method: method}
}

func (r *resolver) statusEvents(name string, code taskrouter.AlertCode) {
	given := r.params[name]
	if given == "" && name == "status_callback_event" {
		given = r.params[name+"s"]
	}
	if !listOf(callEvents...)(given) {
		r.fail(code, "%s must be of %s, not %q", name, strings.Join(callEvents, ", "),
			shorten(given))
	}
	if r.in.StatusCallback.Events = list(given); len(r.in.StatusCallback.Events) == 0 {
		r.in.StatusCallback.Events = []string{"completed"}
	}
}

// truthy reads a flag. Spec: rest-api 1
func truthy(s string) bool {
	return s == "1" || strings.EqualFold(s, "true") || strings.EqualFold(s, "yes")
}

// shorten cuts a value that a message repeats.
func shorten(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
