package store

import (
	"testing"
	"time"

	"taskrouter"
)

// BenchmarkEvents reads a page of 50 events out of a million of 30 days, by each filter. Half of
// the filters match many events, the others few or none, which is what costs.
func BenchmarkEvents(b *testing.B) {
	events := 1_000_000
	if testing.Short() {
		events = 50_000
	}
	s := openFile(b, b.TempDir())
	l := pastMonth(b, s, events)
	sample := typical(events / 4)
	e := &sample.Events[0]
	end := time.UnixMilli(1.9e12).Add(30 * 24 * time.Hour)
	for _, bench := range []struct {
		name string
		q    EventQuery
	}{
		{"all", EventQuery{}},
		{"last15minutes", EventQuery{Window: Window{From: end.Add(-15 * time.Minute)}}},
		{"day/10", EventQuery{Window: Window{To: end.Add(-10 * 24 * time.Hour)}}},
		{"sid", EventQuery{SID: "EV01ba6b9d10007000000000000000000"}},
		{"task", EventQuery{Task: e.Task.SID}},
		{"reservation", EventQuery{Reservation: e.Reservation.SID}},
		{"worker", EventQuery{Worker: e.Worker.SID}},
		{"queue", EventQuery{TaskQueue: e.TaskQueue.SID}},
		{"queue/none", EventQuery{TaskQueue: "WQ0"}},
		{"workflow", EventQuery{Workflow: e.Workflow.SID}},
		{"channel", EventQuery{TaskChannel: string(e.Task.TaskChannelSID)}},
		{"type", EventQuery{Types: []taskrouter.EventType{e.Type}}},
		{"type/none", EventQuery{Types: []taskrouter.EventType{taskrouter.EventWorkspaceDeleted}}},
		{"actor", EventQuery{Actor: string(e.Worker.SID)}},
		{"after", EventQuery{Window: Window{AfterSeq: l.Pos.Seq - 1}}},
		{"search", EventQuery{Search: "accepted"}},
		{"search/none", EventQuery{Search: "xyzzy"}},
		{"search/nosid", EventQuery{Search: "WTffff"}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			q, n, since := bench.q, 0, cpu(b)
			q.Limit = 50
			for b.Loop() {
				p, err := s.Events(b.Context(), l.Workspace, q)
				if err != nil {
					b.Fatal(err)
				}
				n = len(p.Items)
			}
			b.ReportMetric(float64(n), "events/page")
			b.ReportMetric(float64((cpu(b)-since).Microseconds())/1000/float64(b.N), "cpu-ms/page")
		})
	}
}

// pastMonth makes a workspace with that many events, spread over 30 days, two in a change and
// 32 in a record.
func pastMonth(b *testing.B, s *SQLite, events int) Lease {
	l := start(b, s, 0)
	sids := taskrouter.NewSIDSource(1)
	step := 30 * 24 * time.Hour / time.Duration(events)
	for n := 0; n < events/2; {
		var batch []Record
		var parts []Part
		after := l.Pos.Seq
		for range 64 {
			var changes []*taskrouter.Change
			for range 16 {
				c := typical(n)
				if n == 0 {
					c.Puts = append(c.Puts, &taskrouter.TaskChannel{
						SID: c.Events[0].Task.TaskChannelSID, UniqueName: "voice"})
				}
				c.At = time.UnixMilli(1.9e12).Add(time.Duration(2*n) * step).UTC()
				for i := range c.Events {
					c.Events[i].At = c.At
					c.Events[i].SID = taskrouter.EventSID(sids.Next(taskrouter.PrefixEvent, c.At))
				}
				changes = append(changes, c)
				n++
			}
			at := changes[len(changes)-1].At
			r := s.codec.Record(l, l.Pos, at, changes)
			l.Pos = r.Next
			batch = append(batch, r)
			parts = append(parts, Part{Seq: r.Next.Seq, At: at, Changes: changes})
		}
		for _, o := range s.Append(batch) {
			if o.Err != nil {
				b.Fatal(o.Err)
			}
		}
		if err := s.Project(b.Context(), l.Workspace, after, parts); err != nil {
			b.Fatal(err)
		}
	}
	return l
}
