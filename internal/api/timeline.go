package api

import (
	"slices"
	"strings"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/wire"
)

// readTimeline answers with what happened to a task, from its beginning on. To a worker's
// client other workers have no names. Spec: history 3
func readTimeline(c *call) error {
	h, err := c.past()
	if err != nil {
		return err
	}
	task := taskrouter.TaskSID(c.r.PathValue("TaskSid"))
	if !taskrouter.ValidSID(taskrouter.PrefixTask, string(task)) {
		return taskrouter.NotFound.Errorf("no such task")
	}
	w, p, err := c.pageOfTimeline()
	if err != nil {
		return err
	}
	past, err := h.Timeline(c.r.Context(), c.from, c.workspace(), task, w)
	if err != nil {
		return err
	}
	if p.backward {
		slices.Reverse(past.Entries)
	}
	t := &wire.Timeline{Task: task, Life: wire.TaskLife(past.Life), Viewer: c.viewer()}
	sids := make([]string, len(past.Entries))
	for i, entry := range past.Entries {
		sids[i] = entry.SID()
		t.Entries = append(t.Entries, timelineEntry(entry))
	}
	return c.sendList(c.encoder(past.Catalog).Timeline(c.out,
		c.historyMeta("timeline", p, sids, past.More, ""), t))
}

func timelineEntry(t engine.TimelineEntry) wire.TimelineEntry {
	if e := t.Event; e != nil {
		return wire.TimelineEntry{Event: e.Event, Actor: e.Actor, Sequence: int64(e.Seq)}
	}
	return wire.TimelineEntry{Alert: &t.Alert.Alert, Sequence: int64(t.Alert.Seq)}
}

// pageOfTimeline reads the parameters of paging. A timeline begins with its oldest entry, and
// its places are the SIDs of events and alerts.
func (c *call) pageOfTimeline() (w engine.Window, p page, err error) {
	prefix := taskrouter.PrefixEvent
	if token := c.form.text("PageToken"); strings.HasPrefix(token, "PA"+taskrouter.PrefixAlert) ||
		strings.HasPrefix(token, "PB"+taskrouter.PrefixAlert) {
		prefix = taskrouter.PrefixAlert
	}
	p, err = c.pageOfHistory(prefix, &w)
	w.Ascending = !p.backward
	return w, p, err
}

// viewer is the worker whose client asks, empty if somebody else does.
func (c *call) viewer() taskrouter.WorkerSID {
	if c.inner && strings.HasPrefix(c.from.Channel, taskrouter.PrefixWorker) {
		return taskrouter.WorkerSID(c.from.Channel)
	}
	return ""
}
