package routing

import (
	"slices"

	"taskrouter"
)

func (s *State) createTaskChannel(c CreateTaskChannel) error {
	if err := checkChannelName(c.FriendlyName); err != nil {
		return err
	}
	if err := checkName("UniqueName", c.UniqueName); err != nil {
		return err
	}
	if !validUniqueName(c.UniqueName) || taskrouter.ValidSID(
		taskrouter.PrefixTaskChannel, c.UniqueName) {
		return taskrouter.Invalid.Errorf("UniqueName %q can't name a channel; it must hold only "+
			"letters, digits, _ and $, must not start with a digit, and must not look like a SID",
			c.UniqueName).At("UniqueName")
	}
	if old := s.catalog.channelNames[c.UniqueName]; old != nil {
		return taskrouter.Invalid.Errorf(
			"Task Channel with the same unique name already exists: %s", old.SID).At("UniqueName")
	}
	ch := s.putChannel(c.FriendlyName, c.UniqueName, c.ChannelOptimizedRouting)
	s.answer(ch)
	for w := range s.workerOrder.all() {
		n := *w.now
		n.Channels = append(slices.Clone(n.Channels), s.newWorkerChannel(ch))
		s.put(&n)
	}
	return nil
}

func (s *State) putChannel(name, unique string, optimized bool) *taskrouter.TaskChannel {
	ch := &taskrouter.TaskChannel{
		SID:                     taskrouter.TaskChannelSID(s.sid(taskrouter.PrefixTaskChannel)),
		FriendlyName:            name,
		UniqueName:              unique,
		ChannelOptimizedRouting: optimized,
		DateCreated:             s.tx.now,
		DateUpdated:             s.tx.now,
	}
	s.put(ch)
	s.tell(taskrouter.Event{Type: taskrouter.EventTaskChannelCreated, TaskChannel: ch})
	return ch
}

// newWorkerChannel is a worker's side of a channel as it begins. Spec: rest-api 9
func (s *State) newWorkerChannel(ch *taskrouter.TaskChannel) taskrouter.WorkerChannel {
	return taskrouter.WorkerChannel{
		SID:                taskrouter.WorkerChannelSID(s.sid(taskrouter.PrefixWorkerChannel)),
		TaskChannelSID:     ch.SID,
		Available:          true,
		ConfiguredCapacity: 1,
		DateCreated:        s.tx.now,
		DateUpdated:        s.tx.now,
	}
}

func (s *State) updateTaskChannel(c UpdateTaskChannel) error {
	old := s.catalog.FindTaskChannel(c.Channel)
	if old == nil {
		return missing("TaskChannel", c.Channel)
	}
	ch := *old
	if c.FriendlyName != nil {
		if err := checkChannelName(*c.FriendlyName); err != nil {
			return err
		}
		ch.FriendlyName = *c.FriendlyName
	}
	set(&ch.ChannelOptimizedRouting, c.ChannelOptimizedRouting)
	if ch == *old {
		s.answer(old)
		return nil
	}
	ch.DateUpdated = s.tx.now
	s.put(&ch)
	s.answer(&ch)
	s.tell(taskrouter.Event{Type: taskrouter.EventTaskChannelUpdated, TaskChannel: &ch})
	return nil
}

func (s *State) deleteTaskChannel(c DeleteTaskChannel) error {
	ch := s.catalog.FindTaskChannel(c.Channel)
	if ch == nil {
		return missing("TaskChannel", c.Channel)
	}
	if ch.UniqueName == taskrouter.DefaultChannel {
		return taskrouter.Invalid.Errorf("task channel %q (%s) can't be deleted: tasks that name "+
			"no channel are on it", ch.UniqueName, ch.SID)
	}
	for t := range s.taskOrder.all() {
		if t.now.TaskChannelSID == ch.SID {
			return taskrouter.Invalid.Errorf("task channel %q (%s) can't be deleted: task %s is on "+
				"it; finish or delete its tasks first", ch.UniqueName, ch.SID, t.now.SID)
		}
	}
	for w := range s.workerOrder.all() {
		n := *w.now
		n.Channels = slices.DeleteFunc(slices.Clone(n.Channels),
			func(wc taskrouter.WorkerChannel) bool { return wc.TaskChannelSID == ch.SID })
		s.put(&n)
	}
	s.remove(ch)
	s.answer(ch)
	s.tell(taskrouter.Event{Type: taskrouter.EventTaskChannelDeleted, TaskChannel: ch})
	return nil
}

// channelChanged rebuilds what is ordered by a channel's own idle time.
func (s *State) channelChanged(before, after *taskrouter.TaskChannel) {
	if before != nil && before.ChannelOptimizedRouting != after.ChannelOptimizedRouting {
		s.rebuildPools()
	}
}

func checkChannelName(name string) error {
	if err := checkName("FriendlyName", name); err != nil {
		return err
	}
	for _, c := range name {
		if c == '-' {
			return taskrouter.Invalid.Errorf("FriendlyName %q of a task channel can't hold a "+
				"hyphen; use a blank or _ instead", name).At("FriendlyName")
		}
	}
	return nil
}

func validUniqueName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
