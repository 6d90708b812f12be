// Package voice connects people: it is given the instructions that say what is to become of a
// task's call, and has somebody place it.
//
// # Instructions
//
// An instruction comes as the answer to an assignment callback or over REST, with parameters that
// have the same names but for their spelling: status_callback_url in a JSON answer is
// DequeueStatusCallbackUrl in a form. Either becomes [Params]; [Resolve] reads those against the
// state of the workspace and makes an [Instruction] of them, in which everything is filled in:
// whom to call (what is given, else the worker's attribute contact_uri), whose number to show
// (what is given, else the one that the task's caller dialled), what the worker does afterwards.
// What cannot be carried out is an alert with the number that belongs to the fault, and a message
// that names the fault and the way out.
//
// # Who places calls
//
// A [Caller] does. This server has none yet: telephony is not part of it. [Place] then makes the
// alert that a call which could not be placed has, so that whoever asked for it finds out; the
// reservation stays as it is, and its worker can still accept, reject or let it run out.
package voice
