package routing

import (
	"taskrouter"
)

// createWorkspace makes the workspace and what every new one contains. Spec: rest-api 6
func (s *State) createWorkspace(c CreateWorkspace) error {
	if s.catalog.Workspace != nil {
		return taskrouter.Invalid.Errorf("workspace %s already exists", c.SID)
	}
	if err := checkName("FriendlyName", c.FriendlyName); err != nil {
		return err
	}
	order := c.PrioritizeQueueOrder
	if order == "" {
		order = taskrouter.FIFO
	}
	now := s.tx.now
	w := &taskrouter.Workspace{
		SID:                  c.SID,
		AccountSID:           c.Account,
		FriendlyName:         c.FriendlyName,
		EventCallbackURL:     c.EventCallbackURL,
		EventsFilter:         c.EventsFilter,
		MultiTaskEnabled:     c.MultiTaskEnabled,
		PrioritizeQueueOrder: order,
		DateCreated:          now,
		DateUpdated:          now,
	}
	w.DefaultActivitySID = taskrouter.ActivitySID(s.sid(taskrouter.PrefixActivity))
	w.TimeoutActivitySID = w.DefaultActivitySID
	s.put(w)
	s.answer(w)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkspaceCreated, Workspace: w})
	s.putActivity(w.DefaultActivitySID, "Offline", false)
	named := s.putFirstActivities(w.MultiTaskEnabled)
	for _, name := range taskrouter.BuiltinChannels {
		s.putChannel(name, name, false)
	}
	if c.Template == "FIFO" {
		s.putTemplate(named)
	}
	return nil
}

// putFirstActivities makes the activities beside Offline and returns them by name.
func (s *State) putFirstActivities(multiTask bool) map[string]taskrouter.ActivitySID {
	type first struct {
		name      string
		available bool
	}
	list := []first{{"Available", true}, {"Unavailable", false}}
	if !multiTask {
		list = []first{{"Idle", true}, {"Busy", false}, {"Reserved", false}}
	}
	named := make(map[string]taskrouter.ActivitySID)
	for _, a := range list {
		sid := taskrouter.ActivitySID(s.sid(taskrouter.PrefixActivity))
		s.putActivity(sid, a.name, a.available)
		named[a.name] = sid
	}
	return named
}

// putTemplate makes the queue and the workflow of the template FIFO.
func (s *State) putTemplate(named map[string]taskrouter.ActivitySID) {
	now := s.tx.now
	q := &taskrouter.TaskQueue{
		SID:                    taskrouter.TaskQueueSID(s.sid(taskrouter.PrefixTaskQueue)),
		FriendlyName:           "Sample Queue",
		TargetWorkers:          everybody,
		MaxReservedWorkers:     1,
		TaskOrder:              taskrouter.FIFO,
		ReservationActivitySID: named["Reserved"],
		AssignmentActivitySID:  named["Busy"],
		DateCreated:            now,
		DateUpdated:            now,
	}
	s.put(q)
	s.tell(taskrouter.Event{Type: taskrouter.EventTaskQueueCreated, TaskQueue: q})
	f := &taskrouter.Workflow{
		SID:          taskrouter.WorkflowSID(s.sid(taskrouter.PrefixWorkflow)),
		FriendlyName: "Default Fifo Workflow",
		Configuration: `{"task_routing":{"filters":[],"default_filter":{"queue":"` +
			string(q.SID) + `"}}}`,
		TaskReservationTimeout: taskrouter.DefaultReservation,
		DateCreated:            now,
		DateUpdated:            now,
	}
	s.put(f)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkflowCreated, Workflow: f})
}

func (s *State) updateWorkspace(c UpdateWorkspace) error {
	w := *s.catalog.Workspace
	if c.FriendlyName != nil {
		if err := checkName("FriendlyName", *c.FriendlyName); err != nil {
			return err
		}
		w.FriendlyName = *c.FriendlyName
	}
	if m := c.MultiTaskEnabled; m != nil && !*m && w.MultiTaskEnabled {
		return taskrouter.Invalid.Errorf("MultiTaskEnabled of workspace %s is true and can't go "+
			"back to false; create another workspace with MultiTaskEnabled=false", w.SID).
			At("MultiTaskEnabled")
	}
	for _, a := range []struct {
		name string
		sid  *taskrouter.ActivitySID
		into *taskrouter.ActivitySID
	}{
		{"DefaultActivitySid", c.DefaultActivitySID, &w.DefaultActivitySID},
		{"TimeoutActivitySid", c.TimeoutActivitySID, &w.TimeoutActivitySID},
	} {
		if a.sid == nil {
			continue
		}
		if _, err := s.activity(a.name, *a.sid); err != nil {
			return err
		}
		*a.into = *a.sid
	}
	set(&w.EventCallbackURL, c.EventCallbackURL)
	set(&w.EventsFilter, c.EventsFilter)
	set(&w.PrioritizeQueueOrder, c.PrioritizeQueueOrder)
	turnedMultiTask := c.MultiTaskEnabled != nil && *c.MultiTaskEnabled && !w.MultiTaskEnabled
	set(&w.MultiTaskEnabled, c.MultiTaskEnabled)
	if w == *s.catalog.Workspace {
		s.answer(s.catalog.Workspace)
		return nil
	}
	w.DateUpdated = s.tx.now
	s.put(&w)
	s.answer(&w)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkspaceUpdated, Workspace: &w})
	if turnedMultiTask {
		for wk := range s.workerOrder.all() {
			s.lookAgainWorker(wk.now.SID) // who holds a task may take one of another channel
		}
	}
	return nil
}

// workspaceChanged rebuilds what holds free workers when free means something else.
func (s *State) workspaceChanged(before, after *taskrouter.Workspace) {
	if before != nil && before.MultiTaskEnabled != after.MultiTaskEnabled {
		s.rebuildPools()
	}
}

// deleteWorkspace removes everything; the event comes last. Spec: rest-api 6
func (s *State) deleteWorkspace() {
	var gone []taskrouter.Entity
	for e := range s.Entities() {
		gone = append(gone, e)
	}
	w := s.catalog.Workspace
	for i := len(gone) - 1; i >= 0; i-- {
		s.remove(gone[i])
	}
	s.answer(w)
	s.tell(taskrouter.Event{Type: taskrouter.EventWorkspaceDeleted, Workspace: w})
}

// set stores what an update gives, if it gives anything.
func set[T any](into *T, given *T) {
	if given != nil {
		*into = *given
	}
}
