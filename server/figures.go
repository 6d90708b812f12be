package server

import (
	"github.com/prometheus/client_golang/prometheus"

	"taskrouter/internal/bridge"
	"taskrouter/internal/engine"
	"taskrouter/internal/feed"
	"taskrouter/internal/stats"
	"taskrouter/internal/webhook"
)

// engine registers what the engine counts.
func (m *metrics) engine(e *engine.Engine) {
	for _, f := range []struct {
		name, help string
		read       func(engine.Stats) float64
	}{
		{"commands_total", "Commands decided, those that failed and timers included.",
			func(s engine.Stats) float64 { return float64(s.Commands) }},
		{"commands_failed_total", "Commands that routing turned down.",
			func(s engine.Stats) float64 { return float64(s.Failed) }},
		{"commands_repeated_total", "Commands answered by an earlier one with the same token.",
			func(s engine.Stats) float64 { return float64(s.Repeats) }},
		{"views_total", "Reads of live workspaces.",
			func(s engine.Stats) float64 { return float64(s.Views) }},
		{"changes_total", "Changes made durable.",
			func(s engine.Stats) float64 { return float64(s.Changes) }},
		{"journal_records_total", "Journal records made durable, one per group of changes.",
			func(s engine.Stats) float64 { return float64(s.Records) }},
		{"journal_bytes_total", "Bytes of those records, compressed.",
			func(s engine.Stats) float64 { return float64(s.Bytes) }},
		{"journal_appends_total", "Appends to the store, each with one sync.",
			func(s engine.Stats) float64 { return float64(s.Appends) }},
		{"journal_append_seconds_total", "Time spent in appends.",
			func(s engine.Stats) float64 { return s.AppendTime.Seconds() }},
		{"journal_append_failures_total", "Records that could not be stored.",
			func(s engine.Stats) float64 { return float64(s.AppendFailures) }},
		{"journal_append_refusals_total", "Records whose lease was no longer good.",
			func(s engine.Stats) float64 { return float64(s.AppendRefusals) }},
		{"overloads_total", "Requests turned away because a workspace had too many waiting.",
			func(s engine.Stats) float64 { return float64(s.Overloads) }},
		{"workspace_loads_total", "Workspaces loaded from the store.",
			func(s engine.Stats) float64 { return float64(s.Loads) }},
		{"workspace_load_failures_total", "Workspaces that could not be loaded.",
			func(s engine.Stats) float64 { return float64(s.LoadFailures) }},
		{"snapshots_total", "Snapshots written.",
			func(s engine.Stats) float64 { return float64(s.Snapshots) }},
		{"panics_total", "Faults in routing or a reader that were survived.",
			func(s engine.Stats) float64 { return float64(s.Panics) }},
	} {
		m.counter(f.name, f.help, func() float64 { return f.read(e.Stats()) })
	}
	m.gauge("workspaces_loaded", "Workspaces held in memory.",
		func() float64 { return float64(e.Stats().Workspaces) })
	m.gauge("requests_waiting", "Requests that wait for their workspace.",
		func() float64 { return float64(e.Stats().Mailbox) })
}

// bridge registers what the event bridge counts.
func (m *metrics) bridge(h *bridge.Hub) {
	for _, f := range []struct {
		name, help string
		read       func(bridge.Stats) uint64
	}{
		{"bridge_opened_total", "Sockets opened.",
			func(s bridge.Stats) uint64 { return s.Opened }},
		{"bridge_refused_total", "Handshakes refused.",
			func(s bridge.Stats) uint64 { return s.Refused }},
		{"bridge_displaced_total", "Sockets closed for another session.",
			func(s bridge.Stats) uint64 { return s.Displaced }},
		{"bridge_expired_total", "Sockets closed at the end of their token.",
			func(s bridge.Stats) uint64 { return s.Expired }},
		{"bridge_slow_total", "Sockets closed because they did not read.",
			func(s bridge.Stats) uint64 { return s.Slow }},
		{"bridge_flooded_total", "Sockets closed because they sent too much.",
			func(s bridge.Stats) uint64 { return s.Flooded }},
		{"bridge_frames_total", "Text frames written, heartbeats included.",
			func(s bridge.Stats) uint64 { return s.Frames }},
		{"bridge_posts_total", "Requests of browsers answered.",
			func(s bridge.Stats) uint64 { return s.Posts }},
		{"bridge_left_total", "Activities set because a worker's last page had gone.",
			func(s bridge.Stats) uint64 { return s.Left }},
	} {
		m.counter(f.name, f.help, func() float64 { return float64(f.read(h.Stats())) })
	}
	m.gauge("bridge_sockets", "Sockets open.",
		func() float64 { return float64(h.Stats().Sockets) })
	m.gauge("bridge_workers", "Workers with a socket open.",
		func() float64 { return float64(h.Stats().Workers) })
}

// statistics registers how the counting goes.
func (m *metrics) statistics(r *stats.Reader) {
	m.counter("statistics_changes_total", "Changes counted in statistics.",
		func() float64 { return float64(r.Stats().Changes) })
	m.gauge("statistics_behind_records", "Journal records that statistics have not counted yet.",
		func() float64 { return float64(r.Stats().Behind) })
}

// feed registers the figures of the live feed.
func (m *metrics) feed(h *feed.Hub) {
	for _, f := range []struct {
		name, help string
		read       func(feed.Stats) uint64
	}{
		{"feed_opened_total", "Feeds opened.",
			func(s feed.Stats) uint64 { return s.Opened }},
		{"feed_refused_total", "Requests for a feed that were refused.",
			func(s feed.Stats) uint64 { return s.Refused }},
		{"feed_expired_total", "Feeds closed at the end of their token.",
			func(s feed.Stats) uint64 { return s.Expired }},
		{"feed_slow_total", "Feeds closed because they took nothing for too long.",
			func(s feed.Stats) uint64 { return s.Slow }},
		{"feed_lagged_total", "Times that a reader fell behind and went on from the journal.",
			func(s feed.Stats) uint64 { return s.Lagged }},
		{"feed_frames_total", "Messages written to feeds, heartbeats included.",
			func(s feed.Stats) uint64 { return s.Frames }},
		{"feed_snapshots_total", "Snapshots sent.",
			func(s feed.Stats) uint64 { return s.Snapshots }},
	} {
		m.counter(f.name, f.help, func() float64 { return float64(f.read(h.Stats())) })
	}
	m.gauge("feed_readers", "Feeds open.",
		func() float64 { return float64(h.Stats().Readers) })
	m.gauge("feed_workspaces", "Workspaces that a feed is open of.",
		func() float64 { return float64(h.Stats().Rooms) })
	m.gauge("feed_kept_bytes", "Messages that are kept for readers who have not taken them yet.",
		func() float64 { return float64(h.Stats().Kept) })
}

// callbacks registers what the callbacks count.
func (m *metrics) callbacks(w *webhook.Messenger) {
	for _, f := range []struct {
		name, help, result string
		read               func(webhook.Stats) uint64
	}{
		{"assignment_callbacks_total", assignmentHelp, "accept",
			func(s webhook.Stats) uint64 { return s.Accepted }},
		{"assignment_callbacks_total", assignmentHelp, "reject",
			func(s webhook.Stats) uint64 { return s.Rejected }},
		{"assignment_callbacks_total", assignmentHelp, "open",
			func(s webhook.Stats) uint64 { return s.Open }},
		{"assignment_callbacks_total", assignmentHelp, "failed",
			func(s webhook.Stats) uint64 { return s.Failed }},
		{"assignment_callbacks_total", assignmentHelp, "late",
			func(s webhook.Stats) uint64 { return s.Late }},
		{"event_callbacks_total", eventHelp, "told",
			func(s webhook.Stats) uint64 { return s.Told }},
		{"event_callbacks_total", eventHelp, "refused",
			func(s webhook.Stats) uint64 { return s.Refused }},
		{"event_callbacks_total", eventHelp, "dropped",
			func(s webhook.Stats) uint64 { return s.Dropped }},
		{"event_callbacks_total", eventHelp, "failed",
			func(s webhook.Stats) uint64 { return s.Attempts }},
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "taskrouter_" + f.name, Help: f.help,
			ConstLabels: prometheus.Labels{"result": f.result},
		}, func() float64 { return float64(f.read(w.Stats())) }))
	}
	m.counter("assignment_callbacks_fallback_total",
		"Assignment callbacks for which the fallback URL had to be asked.",
		func() float64 { return float64(w.Stats().Fallbacks) })
	m.gauge("assignment_callbacks_due", "Assignment callbacks that have not been answered.",
		func() float64 { return float64(w.Stats().Due) })
	m.gauge("callbacks_running", "Requests of callbacks under way.",
		func() float64 { return float64(w.Stats().Running) })
	m.gauge("callbacks_waiting", "Requests of callbacks that wait for their turn.",
		func() float64 { return float64(w.Stats().Waiting) })
	m.gauge("event_callbacks_down", "Workspaces whose event callback does not answer.",
		func() float64 { return float64(w.Stats().Down) })
	m.gauge("event_callbacks_lag_seconds", "Age of the oldest event that is being told.",
		func() float64 { return w.Stats().Lag.Seconds() })
}

const (
	assignmentHelp = "Assignment callbacks by what came of them; open: the reservation stays."
	eventHelp      = "Events by what came of telling them; failed: attempts that are repeated."
)
