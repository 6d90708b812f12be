package routing

import (
	"taskrouter"
)

func (s *State) createActivity(c CreateActivity) error {
	if err := s.checkActivityName(c.FriendlyName, ""); err != nil {
		return err
	}
	if len(s.catalog.activities.keys) >= taskrouter.MaxActivities {
		return taskrouter.Invalid.Errorf("the workspace has %d activities, the most it may have; "+
			"delete one first", taskrouter.MaxActivities)
	}
	sid := taskrouter.ActivitySID(s.sid(taskrouter.PrefixActivity))
	s.answer(s.putActivity(sid, c.FriendlyName, c.Available))
	return nil
}

func (s *State) putActivity(
	sid taskrouter.ActivitySID, name string, available bool,
) *taskrouter.Activity {
	a := &taskrouter.Activity{
		SID:          sid,
		FriendlyName: name,
		Available:    available,
		DateCreated:  s.tx.now,
		DateUpdated:  s.tx.now,
	}
	s.put(a)
	s.tell(taskrouter.Event{Type: taskrouter.EventActivityCreated, Activity: a})
	return a
}

func (s *State) updateActivity(c UpdateActivity) error {
	old := s.catalog.Activity(c.SID)
	if old == nil {
		return missing("Activity", c.SID)
	}
	if c.FriendlyName == nil || *c.FriendlyName == old.FriendlyName {
		s.answer(old)
		return nil
	}
	if err := s.checkActivityName(*c.FriendlyName, c.SID); err != nil {
		return err
	}
	a := *old
	a.FriendlyName, a.DateUpdated = *c.FriendlyName, s.tx.now
	s.put(&a)
	s.answer(&a)
	s.tell(taskrouter.Event{Type: taskrouter.EventActivityUpdated, Activity: &a})
	for w := range s.workerOrder.all() {
		if w.now.ActivitySID == a.SID {
			s.lookAgainWorker(w.now.SID) // an expression may read the activity's name
		}
	}
	return nil
}

func (s *State) deleteActivity(c DeleteActivity) error {
	a := s.catalog.Activity(c.SID)
	if a == nil {
		return missing("Activity", c.SID)
	}
	if use := s.activityUse(a.SID); use != "" {
		return taskrouter.Invalid.Errorf("activity %q (%s) can't be deleted: %s",
			a.FriendlyName, a.SID, use)
	}
	s.remove(a)
	s.answer(a)
	s.tell(taskrouter.Event{Type: taskrouter.EventActivityDeleted, Activity: a})
	return nil
}

// activityUse says what keeps an activity from being deleted, and the way out.
func (s *State) activityUse(sid taskrouter.ActivitySID) string {
	w := s.catalog.Workspace
	switch sid {
	case w.DefaultActivitySID:
		return "it is the workspace's default activity; choose another one there first"
	case w.TimeoutActivitySID:
		return "it is the workspace's timeout activity; choose another one there first"
	}
	for _, q := range s.catalog.TaskQueues() {
		if q.ReservationActivitySID == sid || q.AssignmentActivitySID == sid {
			return "queue " + string(q.SID) + " moves workers to it; change the queue first"
		}
	}
	for wk := range s.workerOrder.all() {
		if wk.now.ActivitySID == sid {
			return "worker " + string(wk.now.SID) + " is in it; move its workers first"
		}
		for _, r := range wk.reservations {
			if s.singleTasking() && r.now.Status == taskrouter.ReservationPending &&
				r.now.PreviousActivitySID == sid {
				return "worker " + string(wk.now.SID) + " returns to it if reservation " +
					string(r.now.SID) + " comes to nothing; end that first"
			}
		}
	}
	return ""
}

func (s *State) checkActivityName(name string, self taskrouter.ActivitySID) error {
	if err := checkName("FriendlyName", name); err != nil {
		return err
	}
	for _, a := range s.catalog.Activities() {
		if a.SID != self && a.FriendlyName == name {
			return taskrouter.Invalid.Errorf(
				"Activity with the same friendly name already exists: %s", a.SID).At("FriendlyName")
		}
	}
	return nil
}

// activity finds an activity that a parameter names.
func (s *State) activity(
	parameter string, sid taskrouter.ActivitySID,
) (*taskrouter.Activity, error) {
	if a := s.catalog.Activity(sid); a != nil {
		return a, nil
	}
	return nil, taskrouter.Invalid.Errorf(
		"%s %q is no activity of workspace %s", parameter, sid, s.catalog.Workspace.SID).
		At(parameter)
}

// activityChanged keeps the workers' facts right when an activity is renamed.
func (s *State) activityChanged(before, after *taskrouter.Activity) {
	if before == nil || before.FriendlyName == after.FriendlyName {
		return
	}
	for w := range s.workerOrder.all() {
		if w.now.ActivitySID == after.SID {
			s.setWorker(w.now)
		}
	}
}
