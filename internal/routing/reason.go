package routing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/expr"
)

// A Reason is a code for why a worker does not get a task. Spec: explanation 2
type Reason string

// The reasons, in the order in which explanations look at them: the later one fails, the nearer
// the worker is to the task. The last three are of workers who pass every check.
const (
	ReasonRoutingTarget Reason = "routing_target"      // the task is for another worker
	ReasonKnownAgent    Reason = "known_agent"         // the step asks for another worker
	ReasonNotInQueue    Reason = "not_in_queue"        // the queue's expression does not match
	ReasonExpression    Reason = "expression"          // the step's expression does not match
	ReasonActivity      Reason = "activity"            // the activity is not available
	ReasonChannelOff    Reason = "channel_off"         // the channel is switched off
	ReasonSingleTasking Reason = "single_tasking_busy" // holds a task; one at a time is the rule
	ReasonCapacity      Reason = "capacity"            // the channel's capacity is in use
	ReasonReserved      Reason = "reserved_elsewhere"  // … by an offer that is not answered yet
	ReasonPaused        Reason = "paused"              // the task may not be offered at the moment
	ReasonAnotherFirst  Reason = "another_first"       // others are asked before
	ReasonOffered       Reason = "offered"             // is offered the task
	ReasonFree          Reason = "free"                // could take it now
)

const numberOfReasons = 13

// reasons are all of them in order.
var reasons = [numberOfReasons]Reason{
	ReasonRoutingTarget, ReasonKnownAgent, ReasonNotInQueue, ReasonExpression, ReasonActivity,
	ReasonChannelOff, ReasonSingleTasking, ReasonCapacity, ReasonReserved, ReasonPaused,
	ReasonAnotherFirst, ReasonOffered, ReasonFree,
}

// rank is the place of a reason in the order of checks.
func (r Reason) rank() int {
	for i, x := range reasons {
		if x == r {
			return i
		}
	}
	return 0
}

// An obstacle is the first thing between a worker and a task.
type obstacle struct {
	why    refusal // by which routing refuses the worker; none if it would not
	reason Reason
}

// obstacle says what keeps a waiting task from a worker. Routing looks at the step's expression
// last, since that is the dearest check. People understand it better the other way round: who
// does not fit at all is not said to be busy.
func (s *State) obstacle(t *task, w *worker) obstacle {
	if offer := openOffer(t, w); offer != nil {
		return obstacle{none, ReasonOffered}
	}
	why := s.refusal(t, w)
	switch why {
	case none:
		return obstacle{none, s.welcome(t)}
	case unknownAgent, otherAgent:
		if isWorkerTarget(t.now) {
			return obstacle{why, ReasonRoutingTarget}
		}
		return obstacle{why, ReasonKnownAgent}
	case notInQueue:
		return obstacle{why, ReasonNotInQueue}
	case expressionFalse:
		return obstacle{why, ReasonExpression}
	}
	if !s.suits(t, w) {
		return obstacle{expressionFalse, ReasonExpression}
	}
	switch {
	case why == unavailable && !(s.singleTasking() && holdsWork(w)):
		return obstacle{why, ReasonActivity}
	case why == channelOff:
		return obstacle{why, ReasonChannelOff}
	case s.offeredElsewhere(t, w) != nil:
		return obstacle{why, ReasonReserved}
	case s.singleTasking():
		return obstacle{why, ReasonSingleTasking}
	}
	return obstacle{why, ReasonCapacity}
}

// holdsWork reports whether the worker has an open reservation. Where it may hold but one, that
// is also what moved it to an activity that is not available.
func holdsWork(w *worker) bool {
	return slices.ContainsFunc(w.now.Channels, func(c taskrouter.WorkerChannel) bool {
		return c.Reserved > 0
	})
}

// welcome is the reason for a worker whom nothing keeps from the task.
func (s *State) welcome(t *task) Reason {
	switch {
	case t.now.AssignmentStatus == taskrouter.TaskReserved:
		return ReasonAnotherFirst
	case !t.now.NotBefore.IsZero():
		return ReasonPaused
	}
	return ReasonFree
}

// suits reports whether the step's expression holds for the worker.
func (s *State) suits(t *task, w *worker) bool {
	g := s.targetOf(t.now)
	if g.program == nil {
		return true
	}
	s.env.Task, s.env.Worker = s.valuesOf(t), w.values
	return g.program.Match(&s.env)
}

// openOffer is the offer of the task that the worker has not answered, or nil.
func openOffer(t *task, w *worker) *taskrouter.Reservation {
	if t.now.AssignmentStatus != taskrouter.TaskReserved {
		return nil
	}
	for _, r := range t.reservations {
		if r.now.Status == taskrouter.ReservationPending && r.now.WorkerSID == w.now.SID {
			return r.now
		}
	}
	return nil
}

// offeredElsewhere is an offer of another task that uses up the worker's last place, or nil.
func (s *State) offeredElsewhere(t *task, w *worker) *taskrouter.Reservation {
	for _, r := range w.reservations {
		if r.now.Status == taskrouter.ReservationPending && r.now.TaskSID != t.now.SID &&
			(s.singleTasking() || r.now.TaskChannelSID == t.now.TaskChannelSID) {
			return r.now
		}
	}
	return nil
}

// A finding is an obstacle in words: one clause, what was wanted and what is.
type finding struct{ clause, wanted, actual string }

// inWords tells of an obstacle. To a viewer, colleagues are not named.
func (s *State) inWords(
	o obstacle, t *task, w *worker, now time.Time, viewer taskrouter.WorkerSID,
) finding {
	channel := s.channelName(t.now.TaskChannelSID)
	switch o.reason {
	case ReasonRoutingTarget, ReasonKnownAgent:
		return s.otherInWords(o, t, viewer)
	case ReasonNotInQueue:
		q := s.queues[t.now.TaskQueueSID]
		if q == nil || q.program == nil {
			return finding{s.explain(o.why, t, w), "a queue with members", "nobody is in it"}
		}
		s.env.Worker = w.values
		wanted, actual := sides(q.program.Explain(&s.env))
		return finding{"not in queue " + q.now.FriendlyName + ": " + actual, wanted, actual}
	case ReasonExpression:
		s.env.Task, s.env.Worker = s.valuesOf(t), w.values
		wanted, actual := sides(s.targetOf(t.now).program.Explain(&s.env))
		return finding{"does not match " + wanted + ": " + actual, wanted, actual}
	case ReasonActivity:
		actual := "activity " + s.activityName(w.now.ActivitySID)
		return finding{actual + " is not available, for " + past(w.now.DateStatusChanged, now),
			"an available activity", actual}
	case ReasonChannelOff:
		return finding{s.explain(o.why, t, w), "channel " + channel + " available", "switched off"}
	case ReasonSingleTasking:
		return finding{"holds a task already", "no other task", "holds one"}
	case ReasonCapacity:
		return finding{s.explain(o.why, t, w), "a free place on channel " + channel,
			s.load(t, w)}
	case ReasonReserved:
		r := s.offeredElsewhere(t, w)
		return finding{"is offered another task, for " + span(r.Expires.Sub(now)) + " more",
			"a free place on channel " + channel, s.load(t, w)}
	case ReasonPaused:
		return finding{clause: "could take it, once the task may be offered again"}
	case ReasonAnotherFirst:
		return finding{clause: "could take it, but others are asked first"}
	case ReasonOffered:
		r := openOffer(t, w)
		return finding{clause: "is offered the task, for " + span(r.Expires.Sub(now)) + " more"}
	}
	return finding{clause: "could take it now"}
}

// otherInWords tells of a task that only another worker can get.
func (s *State) otherInWords(o obstacle, t *task, viewer taskrouter.WorkerSID) finding {
	if o.why == unknownAgent {
		clause := s.explain(o.why, t, nil)
		return finding{clause, "a known agent", "nobody"}
	}
	a, _ := s.agentOf(t)
	name := "worker " + clip(a.text)
	if w := s.find(a); w != nil {
		name = w.now.FriendlyName
	}
	if viewer != "" {
		name = "another worker"
	}
	if isWorkerTarget(t.now) {
		return finding{"the task is for " + name, name, "somebody else"}
	}
	return finding{"the step asks for " + name, name, "somebody else"}
}

// load says how much of the worker's capacity for the task is in use.
func (s *State) load(t *task, w *worker) string {
	c := w.now.Channel(t.now.TaskChannelSID)
	if s.singleTasking() || c == nil {
		return "holds one task already"
	}
	return fmt.Sprintf("%d of %d in use", c.Reserved, c.ConfiguredCapacity)
}

// sides says what conditions that failed wanted, and what there is.
func sides(e expr.Explanation) (wanted, actual string) {
	var wants, actuals []string
	for i, c := range e.Failed {
		if i == mostConditions {
			wants, actuals = append(wants, "…"), append(actuals, "…")
			break
		}
		wants, actuals = append(wants, clip(c.Text)), append(actuals, clip(c.Reason))
	}
	return strings.Join(wants, "; "), strings.Join(actuals, "; ")
}

// mostConditions is how many conditions of one expression are told.
const mostConditions = 10

func (s *State) activityName(sid taskrouter.ActivitySID) string {
	if a := s.catalog.Activity(sid); a != nil {
		return a.FriendlyName
	}
	return string(sid)
}

// clip keeps what an explanation quotes to a reasonable length.
func clip(text string) string {
	const most = 300
	n := 0
	for i := range text {
		if n++; n > most {
			return text[:i] + "…"
		}
	}
	return text
}

// span is a length of time in the two largest units that say it.
func span(d time.Duration) string {
	seconds := int((max(d, 0) + time.Second - 1) / time.Second)
	units := [...]struct {
		name    string
		seconds int
	}{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}
	for i, u := range units {
		if seconds < u.seconds && u.seconds > 1 {
			continue
		}
		text := fmt.Sprintf("%d %s", seconds/u.seconds, u.name)
		if i+1 < len(units) {
			if rest := seconds % u.seconds / units[i+1].seconds; rest > 0 {
				text += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return text
	}
	return ""
}

// ago is how long it is since something was.
func ago(at, now time.Time) string {
	if now.Sub(at) < time.Second {
		return "just now"
	}
	return past(at, now) + " ago"
}

// past is how long something lasts already, in whole seconds.
func past(at, now time.Time) string { return span(now.Sub(at).Truncate(time.Second)) }

// dateOf is a moment as answers show it, nil if it never was.
func dateOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Second)
	return &t
}

// orNull makes the empty text one that is not there.
func orNull[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	text := string(s)
	return &text
}

// plural puts a number before a noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// thousands writes a number with its thousands apart.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
