package routing

import (
	"slices"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/expr"
)

// A worker is a worker with what follows from its version.
type worker struct {
	now          *taskrouter.Worker
	name         string       // its friendly name in lower case
	values       []expr.Value // by slot of State.workerSlots
	available    bool         // is the activity
	queues       []*queue     // whose expression matches, in order of their SIDs
	reservations []*reservation
}

// free reports whether routing may reserve the worker for a task on the channel.
// Spec: routing 4.2, 8
func (s *State) free(w *worker, channel taskrouter.TaskChannelSID) bool {
	if !w.available {
		return false
	}
	if s.catalog.Workspace.MultiTaskEnabled {
		c := w.now.Channel(channel)
		return c != nil && c.Free()
	}
	for i := range w.now.Channels {
		if w.now.Channels[i].Reserved > 0 {
			return false
		}
	}
	return true
}

// edit returns a copy of the worker's version that may be changed and put.
func (w *worker) edit() *taskrouter.Worker {
	n := *w.now
	n.Channels = slices.Clone(w.now.Channels)
	return &n
}

// inQueue reports whether the worker is in the queue.
func (w *worker) inQueue(sid taskrouter.TaskQueueSID) bool {
	_, found := w.queuePlace(sid)
	return found
}

func (w *worker) queuePlace(sid taskrouter.TaskQueueSID) (int, bool) {
	return slices.BinarySearchFunc(w.queues, sid,
		func(q *queue, sid taskrouter.TaskQueueSID) int {
			return strings.Compare(string(q.now.SID), string(sid))
		})
}

// setWorker makes v the worker's version and brings every index along.
func (s *State) setWorker(v *taskrouter.Worker) {
	w, known := s.workers[v.SID]
	if !known {
		w = &worker{now: v}
		s.workers[v.SID] = w
		s.workerOrder.add(v.SID, w)
	}
	old := w.now
	if known {
		if !s.movesSeat(old, v) {
			w.now = v
			return
		}
		s.unseat(w)
		if old.FriendlyName != v.FriendlyName {
			delete(s.workerNames, w.name)
		}
		w.countOut()
		s.byActivity[old.ActivitySID]--
	}
	s.byActivity[v.ActivitySID]++
	if !known || old.FriendlyName != v.FriendlyName {
		w.name = foldName(v.FriendlyName)
		s.workerNames[w.name] = w
	}
	w.now = v
	activity := s.catalog.Activity(v.ActivitySID)
	w.available = activity != nil && activity.Available
	before := w.values
	// Where a fact is gone with its channel, the attribute of that name shows again.
	s.readValues(w, !known || old.Attributes != v.Attributes ||
		len(old.Channels) != len(v.Channels))
	w.countIn()
	if known {
		s.moveQueues(w, before)
	} else {
		for _, q := range s.queues {
			q.admit(s, w)
		}
	}
	s.seat(w)
}

// movesSeat reports whether a new version may change where the worker sits in pools, or
// which queues it is in.
func (s *State) movesSeat(old, v *taskrouter.Worker) bool {
	if old.ActivitySID != v.ActivitySID || old.Attributes != v.Attributes ||
		old.FriendlyName != v.FriendlyName || !old.LastReserved.Equal(v.LastReserved) ||
		len(old.Channels) != len(v.Channels) || len(s.fields) > 0 || old == v {
		return true
	}
	for i := range v.Channels {
		a, b := &old.Channels[i], &v.Channels[i]
		if a.Free() != b.Free() || a.Reserved == 0 != (b.Reserved == 0) ||
			!a.LastReserved.Equal(b.LastReserved) {
			return true
		}
	}
	return false
}

func (s *State) unsetWorker(sid taskrouter.WorkerSID) {
	w := s.workers[sid]
	s.unseat(w)
	w.countOut()
	s.byActivity[w.now.ActivitySID]--
	for _, q := range w.queues {
		delete(q.members, w)
	}
	w.queues = nil
	delete(s.workers, sid)
	delete(s.workerNames, w.name)
	s.workerOrder.remove(sid)
}

// countIn and countOut keep the queues' numbers of workers by activity.
func (w *worker) countIn() {
	for _, q := range w.queues {
		q.byActivity[w.now.ActivitySID]++
	}
}

func (w *worker) countOut() {
	for _, q := range w.queues {
		q.byActivity[w.now.ActivitySID]--
	}
}

// moveQueues asks those queues again whose expression reads a value that changed.
func (s *State) moveQueues(w *worker, before []expr.Value) {
	for slot, readers := range s.readers {
		if len(readers) == 0 || slot < len(before) && before[slot].Is(w.values[slot]) {
			continue
		}
		for _, q := range readers {
			q.admit(s, w)
		}
	}
}

// A field is a slot that holds a fact of the worker, not an attribute. Facts win over
// attributes of the same name. Spec: routing 2.1
type field struct {
	slot    int
	name    string
	channel string // of channel facts: the channel's unique name
}

// workerFields are the facts that expressions may read beside attributes.
var workerFields = [...]string{"sid", "friendly_name", "activity_sid", "activity_name"}

// slotsGrew learns about slots that compiling something added, and reads them for everybody.
func (s *State) slotsGrew() {
	if len(s.readers) == s.workerSlots.Len() {
		return
	}
	for i := len(s.readers); i < s.workerSlots.Len(); i++ {
		s.readers = append(s.readers, nil)
		path := s.workerSlots.Path(i)
		if slices.Contains(workerFields[:], path) {
			s.fields = append(s.fields, field{slot: i, name: path})
		} else if rest, ok := strings.CutPrefix(path, "channel."); ok {
			if channel, name, ok := strings.Cut(rest, "."); ok {
				s.fields = append(s.fields, field{slot: i, name: name, channel: channel})
			}
		}
	}
	for w := range s.workerOrder.all() {
		s.readValues(w, true)
	}
}

// noteFacts finds out whether a queue or a step reads facts. It depends on those of now alone,
// not on what was compiled before: states with other pasts decide alike.
func (s *State) noteFacts() {
	s.factsMatter = slices.ContainsFunc(s.fields, func(f field) bool {
		return len(s.readers[f.slot]) > 0
	})
	for _, w := range s.workflows {
		for _, c := range w.configs {
			s.factsMatter = s.factsMatter || s.readsFacts(c)
		}
	}
}

// readsFacts reports whether a step of the configuration reads facts.
func (s *State) readsFacts(c *configuration) bool {
	reads := func(g *target) bool {
		return g != nil && g.program != nil && slices.ContainsFunc(s.fields, func(f field) bool {
			return slices.Contains(g.program.WorkerSlots(), f.slot)
		})
	}
	return reads(c.defaultTarget) || slices.ContainsFunc(c.filters, func(f filter) bool {
		return slices.ContainsFunc(f.targets, reads)
	})
}

// readValues fills the worker's values from attributes and facts. It never changes a slice
// that was read before.
func (s *State) readValues(w *worker, attributes bool) {
	switch {
	case attributes:
		// Attributes were checked when they were given, so reading them cannot fail.
		w.values, _ = s.workerSlots.Extract(w.now.Attributes, nil)
	case len(s.fields) > 0:
		w.values = slices.Clone(w.values)
	}
	for _, f := range s.fields {
		if v, ok := s.fact(w.now, f); ok {
			w.values[f.slot] = v
		}
	}
}

func (s *State) fact(w *taskrouter.Worker, f field) (expr.Value, bool) {
	if f.channel != "" {
		return s.channelFact(w, f)
	}
	switch f.name {
	case "sid":
		return expr.String(string(w.SID)), true
	case "friendly_name":
		return expr.String(w.FriendlyName), true
	case "activity_sid":
		return expr.String(string(w.ActivitySID)), true
	}
	if a := s.catalog.Activity(w.ActivitySID); a != nil {
		return expr.String(a.FriendlyName), true
	}
	return expr.Null(), true
}

func (s *State) channelFact(w *taskrouter.Worker, f field) (expr.Value, bool) {
	ch := s.catalog.channelNames[f.channel]
	if ch == nil {
		return expr.Value{}, false
	}
	c := w.Channel(ch.SID)
	if c == nil {
		return expr.Value{}, false
	}
	switch f.name {
	case "configured_capacity":
		return expr.Number(float64(c.ConfiguredCapacity)), true
	case "assigned_tasks":
		return expr.Number(float64(c.Assigned)), true
	case "available_capacity_percentage":
		return expr.Number(float64(c.AvailableCapacityPercentage())), true
	}
	return expr.Value{}, false
}

func (s *State) createWorker(c CreateWorker) error {
	if err := s.checkWorkerName(c.FriendlyName, ""); err != nil {
		return err
	}
	attributes, err := checkAttributes(c.Attributes)
	if err != nil {
		return err
	}
	activity := c.ActivitySID
	if activity == "" {
		activity = s.catalog.Workspace.DefaultActivitySID
	}
	if _, err := s.activity("ActivitySid", activity); err != nil {
		return err
	}
	now := s.tx.now
	w := &taskrouter.Worker{
		SID:               taskrouter.WorkerSID(s.sid(taskrouter.PrefixWorker)),
		FriendlyName:      c.FriendlyName,
		ActivitySID:       activity,
		Attributes:        attributes,
		DateCreated:       now,
		DateUpdated:       now,
		DateStatusChanged: now,
	}
	for _, ch := range s.catalog.TaskChannels() {
		w.Channels = append(w.Channels, s.newWorkerChannel(ch))
	}
	s.put(w)
	s.answer(w)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkerCreated, Worker: w})
	s.lookAgainWorker(w.SID)
	return nil
}

func (s *State) checkWorkerName(name string, self taskrouter.WorkerSID) error {
	if err := checkName("FriendlyName", name); err != nil {
		return err
	}
	if w := s.workerNames[foldName(name)]; w != nil && w.now.SID != self {
		// Spec: rest-api 2.2
		return taskrouter.Invalid.Errorf(
			"Worker with the same friendly name already exists: %s", w.now.SID).At("FriendlyName")
	}
	return nil
}

// updateWorker changes a worker: activity first, so that what it rejects is not offered back.
// Spec: routing 5.3
func (s *State) updateWorker(c UpdateWorker) error {
	w := s.workers[c.SID]
	if w == nil {
		return missing("Worker", c.SID)
	}
	if err := checkVersion("worker", c.SID, c.IfMatch, w.now.Version); err != nil {
		return err
	}
	if c.FriendlyName != nil {
		if err := s.checkWorkerName(*c.FriendlyName, c.SID); err != nil {
			return err
		}
	}
	if c.Attributes != nil {
		attributes, err := checkAttributes(*c.Attributes)
		if err != nil {
			return err
		}
		c.Attributes = &attributes
	}
	if err := s.checkMove(c); err != nil {
		return err
	}
	renamed := c.FriendlyName != nil && *c.FriendlyName != w.now.FriendlyName
	described := c.Attributes != nil && *c.Attributes != w.now.Attributes
	if renamed || described {
		n := w.edit()
		set(&n.FriendlyName, c.FriendlyName)
		set(&n.Attributes, c.Attributes)
		n.Version++
		n.DateUpdated = s.tx.now
		s.put(n)
		if described {
			s.tell(taskrouter.Event{Type: taskrouter.EventWorkerAttributes, Worker: n})
		}
		s.lookAgainWorker(c.SID)
	}
	if c.ActivitySID != nil {
		s.move(w, *c.ActivitySID, "asked for")
	}
	s.answer(w.now)
	if c.RejectPendingReservations {
		for _, r := range slices.Clone(w.reservations) {
			if r.now.Status == taskrouter.ReservationPending {
				s.reject(r, "", "the worker left")
			}
		}
	}
	return nil
}

func (s *State) checkMove(c UpdateWorker) error {
	available := true
	if c.ActivitySID != nil {
		a, err := s.activity("ActivitySid", *c.ActivitySID)
		if err != nil {
			return err
		}
		available = a.Available
	}
	if c.RejectPendingReservations && available {
		return taskrouter.Invalid.Errorf("RejectPendingReservations needs an ActivitySid of an " +
			"unavailable activity in the same request").At("RejectPendingReservations")
	}
	return nil
}

// move puts the worker into an activity; the one it is in already is no move.
func (s *State) move(w *worker, to taskrouter.ActivitySID, why string) {
	from := w.now
	if to == "" || from.ActivitySID == to {
		return
	}
	n := w.edit()
	n.ActivitySID = to
	n.Version++
	n.DateStatusChanged, n.DateUpdated = s.tx.now, s.tx.now
	s.put(n)
	s.tell(taskrouter.Event{
		Type:             taskrouter.EventWorkerActivity,
		Worker:           n,
		PreviousActivity: s.catalog.Activity(from.ActivitySID),
		PreviousSince:    from.DateStatusChanged,
		Why:              why,
	})
	s.lookAgainWorker(n.SID)
}

func (s *State) deleteWorker(c DeleteWorker) error {
	w := s.workers[c.SID]
	if w == nil {
		return missing("Worker", c.SID)
	}
	if err := checkVersion("worker", c.SID, c.IfMatch, w.now.Version); err != nil {
		return err
	}
	for _, r := range w.reservations {
		if r.now.Status.Open() {
			return taskrouter.Invalid.Errorf("worker %s can't be deleted: reservation %s of task %s "+
				"is %s; end it first", c.SID, r.now.SID, r.now.TaskSID, r.now.Status)
		}
	}
	v := w.now
	s.remove(v)
	s.answer(v)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkerDeleted, Worker: v})
	return nil
}

// updateWorkerChannel changes what a worker takes of one channel. Work that is running stays.
// Spec: rest-api 9
func (s *State) updateWorkerChannel(c UpdateWorkerChannel) error {
	w := s.workers[c.Worker]
	if w == nil {
		return missing("Worker", c.Worker)
	}
	at := s.workerChannel(w.now, c.Channel)
	if at < 0 {
		return missing("Channel", c.Channel)
	}
	old := w.now.Channels[at]
	capacity := c.Capacity != nil && *c.Capacity != old.ConfiguredCapacity
	availability := c.Available != nil && *c.Available != old.Available
	if capacity || availability {
		n := w.edit()
		ch := &n.Channels[at]
		set(&ch.ConfiguredCapacity, c.Capacity)
		set(&ch.Available, c.Available)
		ch.DateUpdated = s.tx.now
		n.Version++
		s.put(n)
		e := taskrouter.Event{Worker: n, WorkerChannel: ch.SID}
		if capacity {
			e.Type, e.PreviousCapacity = taskrouter.EventWorkerCapacity, old.ConfiguredCapacity
			s.tell(e)
		}
		if availability {
			e.Type, e.PreviousCapacity = taskrouter.EventWorkerAvailability, 0
			s.tell(e)
		}
		s.lookAgainWorker(n.SID)
	}
	s.answer(w.now)
	return nil
}

// workerChannel finds a worker's channel by its SID, its task channel's SID or unique name;
// -1 if there is none.
func (s *State) workerChannel(w *taskrouter.Worker, name string) int {
	ch := s.catalog.FindTaskChannel(name)
	return slices.IndexFunc(w.Channels, func(c taskrouter.WorkerChannel) bool {
		return string(c.SID) == name || ch != nil && c.TaskChannelSID == ch.SID
	})
}

// idleSince is the time by which workers of a channel wait for their turn.
// Spec: routing 4.2, 4.3
func idleSince(w *taskrouter.Worker, channel taskrouter.TaskChannelSID, own bool) time.Time {
	if own {
		if c := w.Channel(channel); c != nil {
			return c.LastReserved
		}
	}
	return w.LastReserved
}
