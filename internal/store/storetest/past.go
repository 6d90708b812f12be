package storetest

import (
	"slices"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

// project makes a workspace with so many records, all of them projected.
func (b *bench) project(records int) (store.Lease, store.Position) {
	b.t.Helper()
	l := b.create(1)
	pos := b.append(l, l.Pos, records)
	parts, err := b.read(l.Workspace, 0)
	b.must(err)
	b.must(b.Project(b.t.Context(), l.Workspace, 0, parts))
	return l, pos
}

// past are the events and alerts that records tell, oldest first.
func past(ws taskrouter.WorkspaceSID, from, to int) (
	events []store.PastEvent, alerts []store.PastAlert,
) {
	for seq := store.Seq(from); seq <= store.Seq(to); seq++ {
		for _, c := range history(ws, seq) {
			for i := range c.Events {
				events = append(events,
					store.PastEvent{Event: &c.Events[i], Actor: c.Actor, Seq: seq})
			}
			for _, a := range c.Alerts {
				alerts = append(alerts, store.PastAlert{Alert: a, Seq: seq})
			}
		}
	}
	return events, alerts
}

func (b *bench) events(ws taskrouter.WorkspaceSID, q store.EventQuery) []store.PastEvent {
	b.t.Helper()
	if q.Limit == 0 {
		q.Limit = 1000
	}
	p, err := b.Events(b.t.Context(), ws, q)
	b.must(err)
	return p.Items
}

func testEvents(t *testing.T, b *bench) {
	l, _ := b.project(20)
	want, _ := past(l.Workspace, 1, 20)
	b.same("oldest first", want, b.events(l.Workspace, store.EventQuery{
		Window: store.Window{Ascending: true}}))
	slices.Reverse(want)
	b.same("newest first", want, b.events(l.Workspace, store.EventQuery{}))
	b.reopen()
	for _, ascending := range []bool{false, true} {
		var got []store.PastEvent
		q := store.EventQuery{Window: store.Window{Limit: 4, Ascending: ascending}}
		for more := true; more; {
			p, err := b.Events(t.Context(), l.Workspace, q)
			b.must(err)
			if len(p.Items) > 4 || len(p.Items) == 0 || p.Edge != "" {
				t.Fatalf("a page of %d events, edge %q", len(p.Items), p.Edge)
			}
			got, more = append(got, p.Items...), p.More
			q.Start = string(got[len(got)-1].SID)
		}
		b.same("page by page", want, got)
		slices.Reverse(want)
	}
	b.same("of another workspace", 0, len(b.events(b.create(2).Workspace, store.EventQuery{})))
	_, err := b.Events(t.Context(), workspace(3), store.EventQuery{})
	b.wants(store.ErrNotFound, err)
}

func testEventFilters(t *testing.T, b *bench) {
	l, _ := b.project(20)
	all, _ := past(l.Workspace, 1, 20)
	is := func(kind taskrouter.EventType) func(store.PastEvent) bool {
		return func(e store.PastEvent) bool { return e.Type == kind }
	}
	at := func(seq int) func(store.PastEvent) bool {
		return func(e store.PastEvent) bool { return e.Seq == store.Seq(seq) }
	}
	reserved := is(taskrouter.EventReservationCreated)
	offered := func(seq int) func(store.PastEvent) bool {
		return func(e store.PastEvent) bool { return e.Seq == store.Seq(seq) && reserved(e) }
	}
	nothing := func(store.PastEvent) bool { return false }
	everything := func(store.PastEvent) bool { return true }
	tests := []struct {
		name string
		q    store.EventQuery
		want func(store.PastEvent) bool
	}{
		{"sid", store.EventQuery{SID: all[5].SID},
			func(e store.PastEvent) bool { return e.SID == all[5].SID }},
		{"type", store.EventQuery{Types: []taskrouter.EventType{taskrouter.EventReservationCreated}},
			reserved},
		{"types", store.EventQuery{Types: []taskrouter.EventType{
			taskrouter.EventTaskCreated, taskrouter.EventReservationCreated, "no.such"}},
			func(e store.PastEvent) bool { return e.Seq > 1 }},
		{"task", store.EventQuery{Task: sid[taskrouter.TaskSID]("WT", 7)}, at(7)},
		{"reservation", store.EventQuery{Reservation: sid[taskrouter.ReservationSID]("WR", 7)},
			offered(7)},
		{"no such reservation", store.EventQuery{
			Reservation: sid[taskrouter.ReservationSID]("WR", 77)}, nothing},
		{"task and another's reservation", store.EventQuery{
			Reservation: sid[taskrouter.ReservationSID]("WR", 7),
			Task:        sid[taskrouter.TaskSID]("WT", 8)}, nothing},
		{"worker", store.EventQuery{Worker: sid[taskrouter.WorkerSID]("WK", 1)},
			func(e store.PastEvent) bool { return e.Worker != nil }},
		{"queue", store.EventQuery{TaskQueue: sid[taskrouter.TaskQueueSID]("WQ", 1)},
			func(e store.PastEvent) bool { return e.TaskQueue != nil || e.Task != nil }},
		{"workflow", store.EventQuery{Workflow: "WW1"}, nothing},
		{"channel", store.EventQuery{TaskChannel: "voice"}, nothing},
		{"actor", store.EventQuery{Actor: string(account(1))}, everything},
		{"another actor", store.EventQuery{Actor: string(account(2))}, nothing},
		{"after a record", store.EventQuery{Window: store.Window{AfterSeq: 17}},
			func(e store.PastEvent) bool { return e.Seq > 17 }},
		{"after a record to come", store.EventQuery{Window: store.Window{AfterSeq: 170}}, nothing},
		{"from", store.EventQuery{Window: store.Window{From: moment(18)}},
			func(e store.PastEvent) bool { return e.Seq >= 18 }},
		{"to", store.EventQuery{Window: store.Window{To: moment(3)}},
			func(e store.PastEvent) bool { return e.Seq <= 3 }},
		{"to before", store.EventQuery{Window: store.Window{To: moment(3).Add(-time.Millisecond)}},
			func(e store.PastEvent) bool { return e.Seq <= 2 }},
		{"from and to", store.EventQuery{Window: store.Window{From: moment(5), To: moment(5)}}, at(5)},
		{"search in types", store.EventQuery{Search: "ESERVATION.crea"}, reserved},
		{"search in descriptions", store.EventQuery{Search: "reservation created"}, reserved},
		{"search in SIDs", store.EventQuery{Search: string(sid[taskrouter.TaskSID]("WT", 9))[10:]},
			at(9)},
		{"search in names", store.EventQuery{Search: "alic"},
			func(e store.PastEvent) bool { return e.Worker != nil }},
		{"search for a wildcard", store.EventQuery{Search: "%"}, nothing},
		{"search for another wildcard", store.EventQuery{Search: "reservation_created"}, nothing},
		{"all at once", store.EventQuery{
			Task: sid[taskrouter.TaskSID]("WT", 7), Worker: sid[taskrouter.WorkerSID]("WK", 1),
			Types:  []taskrouter.EventType{taskrouter.EventReservationCreated},
			Window: store.Window{From: moment(2), To: moment(9), AfterSeq: 5}}, offered(7)},
	}
	for _, tt := range tests {
		var want []store.PastEvent
		for _, e := range all {
			if tt.want(e) {
				want = append(want, e)
			}
		}
		for _, ascending := range []bool{true, false} {
			tt.q.Ascending = ascending
			got := b.events(l.Workspace, tt.q)
			if len(got) == 0 {
				got = nil
			}
			b.same(tt.name, want, got)
			slices.Reverse(want)
		}
	}
}

func testAlerts(t *testing.T, b *bench) {
	l, _ := b.project(40)
	_, all := past(l.Workspace, 1, 40)
	if len(all) != 10 {
		t.Fatalf("%d alerts in the history", len(all))
	}
	tests := []struct {
		name string
		q    store.AlertQuery
		want func(store.PastAlert) bool
	}{
		{"all", store.AlertQuery{}, func(store.PastAlert) bool { return true }},
		{"sid", store.AlertQuery{SID: all[3].SID},
			func(a store.PastAlert) bool { return a.SID == all[3].SID }},
		{"code", store.AlertQuery{Code: all[0].Code},
			func(a store.PastAlert) bool { return a.Code == all[0].Code }},
		{"level", store.AlertQuery{Level: taskrouter.AlertError},
			func(store.PastAlert) bool { return true }},
		{"another level", store.AlertQuery{Level: taskrouter.AlertWarning},
			func(store.PastAlert) bool { return false }},
		{"task", store.AlertQuery{Task: all[2].TaskSID},
			func(a store.PastAlert) bool { return a.TaskSID == all[2].TaskSID }},
		{"worker", store.AlertQuery{Worker: all[2].WorkerSID},
			func(store.PastAlert) bool { return true }},
		{"another worker", store.AlertQuery{Worker: "WK9"},
			func(store.PastAlert) bool { return false }},
		{"workflow", store.AlertQuery{Workflow: all[2].WorkflowSID},
			func(store.PastAlert) bool { return true }},
		{"window", store.AlertQuery{Window: store.Window{From: moment(8), To: moment(16)}},
			func(a store.PastAlert) bool { return a.Seq >= 8 && a.Seq <= 16 }},
		{"after a record", store.AlertQuery{Window: store.Window{AfterSeq: 20}},
			func(a store.PastAlert) bool { return a.Seq > 20 }},
	}
	for _, tt := range tests {
		var want, got []store.PastAlert
		for _, a := range slices.Backward(all) {
			if tt.want(a) {
				want = append(want, a)
			}
		}
		tt.q.Limit = 3
		for more := true; more; {
			p, err := b.Alerts(t.Context(), l.Workspace, tt.q)
			b.must(err)
			if got, more = append(got, p.Items...), p.More; more {
				tt.q.Start = string(got[len(got)-1].SID)
			}
		}
		b.same(tt.name, want, got)
	}
	_, err := b.Alerts(t.Context(), workspace(3), store.AlertQuery{})
	b.wants(store.ErrNotFound, err)
}

func testTaskLife(t *testing.T, b *bench) {
	l, _ := b.project(20)
	life := func(n int) store.TaskLife {
		t.Helper()
		got, err := b.TaskLife(t.Context(), l.Workspace, sid[taskrouter.TaskSID]("WT", n))
		b.must(err)
		return got
	}
	b.same("of a waiting task", store.TaskLife{Status: taskrouter.TaskReserved,
		Created: moment(19), FirstOffered: moment(19), Offers: 1}, life(19))
	b.same("of one that is gone", store.TaskLife{Status: taskrouter.TaskReserved,
		Created: moment(7), FirstOffered: moment(7), Offers: 1, Removed: moment(10)}, life(7))
	_, err := b.TaskLife(t.Context(), l.Workspace, sid[taskrouter.TaskSID]("WT", 99))
	b.wants(store.ErrUnknown, err)
	_, err = b.TaskLife(t.Context(), b.create(2).Workspace, sid[taskrouter.TaskSID]("WT", 7))
	b.wants(store.ErrUnknown, err)
}

func testTrimHistory(t *testing.T, b *bench) {
	l, pos := b.project(20)
	b.must(b.Snapshot(t.Context(), l, pos, inOrder(replay(l.Workspace, pos.Seq))))
	b.must(b.Trim(t.Context(), l.Workspace, moment(12)))
	events, alerts := past(l.Workspace, 12, 20)
	b.same("events", events, b.events(l.Workspace, store.EventQuery{
		Window: store.Window{Ascending: true, AfterSeq: 3}}))
	got, err := b.Alerts(t.Context(), l.Workspace, store.AlertQuery{
		Window: store.Window{Ascending: true, Limit: 100}})
	b.must(err)
	b.same("alerts", alerts, got.Items)
	_, err = b.TaskLife(t.Context(), l.Workspace, sid[taskrouter.TaskSID]("WT", 7))
	b.wants(store.ErrUnknown, err)
	_, err = b.TaskLife(t.Context(), l.Workspace, sid[taskrouter.TaskSID]("WT", 12))
	b.must(err)
}
