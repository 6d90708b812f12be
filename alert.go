package taskrouter

import "time"

// An AlertLevel says how bad an [Alert] is.
type AlertLevel string

// Spec: rest-api 2.3
const (
	AlertError   AlertLevel = "error"
	AlertWarning AlertLevel = "warning"
)

// An AlertCode is the number that an [Alert] is known by.
type AlertCode int

// Spec: rest-api 2.3
const (
	AlertCallbackType       AlertCode = 40000 // answer without Content-Type: application/json
	AlertCallbackJSON       AlertCode = 40001 // answer is no JSON
	AlertCallbackEmpty      AlertCode = 40005 // answer has no instruction
	AlertInstruction        AlertCode = 55555 // instruction is unknown
	AlertRejectActivity     AlertCode = 40100
	AlertCallTo             AlertCode = 40110
	AlertCallFrom           AlertCode = 40111
	AlertCallURL            AlertCode = 40112
	AlertCallFailed         AlertCode = 40113
	AlertCallState          AlertCode = 40114 // reservation is not pending
	AlertRedirectURL        AlertCode = 40120
	AlertRedirectCall       AlertCode = 40121
	AlertRedirectFailed     AlertCode = 40122
	AlertRedirectState      AlertCode = 40123
	AlertDequeueActivity    AlertCode = 40130
	AlertDequeueTo          AlertCode = 40131
	AlertDequeueFrom        AlertCode = 40132
	AlertDequeueFailed      AlertCode = 40133
	AlertDequeueEvents      AlertCode = 40134
	AlertDequeueState       AlertCode = 40135
	AlertConferenceState    AlertCode = 40136
	AlertConferenceNoTo     AlertCode = 40137
	AlertConferenceNoFrom   AlertCode = 40138
	AlertConferenceActivity AlertCode = 40139
	AlertDequeueCall        AlertCode = 40140 // task's attributes lack call_sid
	AlertConferenceFrom     AlertCode = 40141
	AlertConferenceCall     AlertCode = 40142 // task lacks call_sid or outbound_to
	AlertConferenceGone     AlertCode = 40144
	AlertConferenceFailed   AlertCode = 40145
	AlertSuperviseState     AlertCode = 40146
	AlertSuperviseContact   AlertCode = 40147
	AlertSuperviseFrom      AlertCode = 40148
	AlertKnownNotInQueue    AlertCode = 40152 // known worker is not in the step's queue
	AlertKnownUnknown       AlertCode = 40154 // known worker reference means nobody
	AlertKnownElsewhere     AlertCode = 40155 // known worker is in another workspace
	AlertDequeueCallback    AlertCode = 40157 // bad status_callback_url
	AlertCallCallback       AlertCode = 40158
	AlertConferenceCallback AlertCode = 40159
	// AlertUnreachable is a receiver of callbacks that cannot be reached, in time or at all, or
	// that the server may not call. Spec: routing 6.1
	AlertUnreachable AlertCode = 11200
)

// Level is how bad an alert with this code is.
func (c AlertCode) Level() AlertLevel {
	switch c {
	case AlertCallbackJSON, AlertCallbackEmpty:
		return AlertWarning
	}
	return AlertError
}

// An Alert tells an operator what went wrong while nobody waited for an answer: a callback that
// could not be delivered, an instruction that cannot be carried out, a step that names an agent
// who does not exist. It is kept in the journal like an [Event], and changes nothing.
type Alert struct {
	SID     AlertSID
	Code    AlertCode
	At      time.Time
	Message string // names the thing, its state and the way out
	URL     string // that was called, without credentials; empty if none was

	// What the alert is about; empty what it is not.
	TaskSID        TaskSID
	ReservationSID ReservationSID
	WorkerSID      WorkerSID
	WorkflowSID    WorkflowSID
}
