package taskrouter

import "strconv"

// String says in a few words what an alert with this code is about, always the same words:
// nothing of what it happened to.
func (c AlertCode) String() string {
	switch c {
	case AlertCallbackType:
		return "the answer of an assignment callback is not application/json"
	case AlertCallbackJSON:
		return "the answer of an assignment callback is not JSON"
	case AlertCallbackEmpty:
		return "the answer of an assignment callback has no instruction"
	case AlertInstruction:
		return "the instruction of an assignment callback is unknown"
	case AlertUnreachable:
		return "the receiver of a callback cannot be reached"
	case AlertRejectActivity:
		return "reject: activity_sid is missing or wrong"
	case AlertKnownNotInQueue:
		return "the known worker is not in the step's queue"
	case AlertKnownUnknown:
		return "the known worker does not exist"
	case AlertKnownElsewhere:
		return "the known worker is in another workspace"
	}
	if text := c.instruction(); text != "" {
		return text
	}
	return "alert " + strconv.Itoa(int(c))
}

// instruction says what is wrong with an instruction for telephony, "" for other codes.
func (c AlertCode) instruction() string {
	switch c {
	case AlertCallTo:
		return "call: to is wrong"
	case AlertCallFrom:
		return "call: from is wrong"
	case AlertCallURL:
		return "call: url is wrong"
	case AlertCallFailed:
		return "call: the call could not be placed"
	case AlertCallState:
		return "call: the reservation is not pending"
	case AlertCallCallback:
		return "call: status_callback_url is wrong"
	case AlertRedirectURL:
		return "redirect: url is wrong"
	case AlertRedirectCall:
		return "redirect: call_sid is wrong"
	case AlertRedirectFailed:
		return "redirect: the call could not be redirected"
	case AlertRedirectState:
		return "redirect: the reservation is not pending"
	case AlertDequeueActivity:
		return "dequeue: post_work_activity_sid is wrong"
	case AlertDequeueTo:
		return "dequeue: to is wrong"
	case AlertDequeueFrom:
		return "dequeue: from is wrong"
	case AlertDequeueFailed:
		return "dequeue: the call could not be placed"
	case AlertDequeueEvents:
		return "dequeue: status_callback_events is wrong"
	case AlertDequeueState:
		return "dequeue: the reservation is not pending"
	case AlertDequeueCall:
		return "dequeue: the task has no call_sid"
	case AlertDequeueCallback:
		return "dequeue: status_callback_url is wrong"
	case AlertConferenceState:
		return "conference: the reservation is not pending"
	case AlertConferenceNoTo:
		return "conference: to is missing"
	case AlertConferenceNoFrom:
		return "conference: from is missing"
	case AlertConferenceActivity:
		return "conference: post_work_activity_sid is wrong"
	case AlertConferenceFrom:
		return "conference: from is wrong"
	case AlertConferenceCall:
		return "conference: the task has no call_sid or outbound_to"
	case AlertConferenceGone:
		return "conference: the reservation is no longer pending"
	case AlertConferenceFailed:
		return "conference: the call failed"
	case AlertConferenceCallback:
		return "conference: status_callback_url is wrong"
	case AlertSuperviseState:
		return "supervise: the reservation is pending or canceled"
	case AlertSuperviseContact:
		return "supervise: the supervisor has no contact_uri"
	case AlertSuperviseFrom:
		return "supervise: the task has no from"
	}
	return ""
}
