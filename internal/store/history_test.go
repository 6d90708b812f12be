package store

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"taskrouter"
)

// rareEvents makes a workspace with n events, one per record; every so many is of another type.
func rareEvents(t *testing.T, s *SQLite, n, rare int) (Lease, []taskrouter.EventSID) {
	t.Helper()
	l := start(t, s, 0)
	world := &taskrouter.Workspace{SID: l.Workspace}
	var want []taskrouter.EventSID
	var parts []Part
	sids := taskrouter.NewSIDSource(1)
	for i := range n {
		at := time.UnixMilli(1.9e12 + int64(i/7)).UTC()
		e := taskrouter.Event{SID: taskrouter.EventSID(sids.Next(taskrouter.PrefixEvent, at)),
			Type: taskrouter.EventWorkspaceUpdated, At: at, Workspace: world}
		if i%rare == rare/2 {
			e.Type = taskrouter.EventWorkspaceCreated
			want = append(want, e.SID)
		}
		c := &taskrouter.Change{At: at, Events: []taskrouter.Event{e}}
		r := s.codec.Record(l, l.Pos, at, []*taskrouter.Change{c})
		if o := s.Append([]Record{r})[0]; o.Err != nil {
			t.Fatal(o.Err)
		}
		l.Pos = r.Next
		parts = append(parts, Part{Seq: l.Pos.Seq, At: at, Changes: []*taskrouter.Change{c}})
	}
	if err := s.Project(t.Context(), l.Workspace, 0, parts); err != nil {
		t.Fatal(err)
	}
	return l, want
}

// Where no index helps a page ends early rather than look at everything, and says where to go
// on; nothing is lost or doubled by that.
func TestEventsAreLookedForInSteps(t *testing.T) {
	t.Parallel()
	s := openFile(t, t.TempDir())
	s.looks = looks{first: 10, last: 40}
	l, want := rareEvents(t, s, 400, 90)
	for _, ascending := range []bool{true, false} {
		if !ascending {
			slices.Reverse(want)
		}
		for _, limit := range []int{1, 3, 100} {
			q := EventQuery{Types: []taskrouter.EventType{taskrouter.EventWorkspaceCreated},
				Window: Window{Ascending: ascending, Limit: limit}}
			var got []taskrouter.EventSID
			early, pages := 0, 0
			for more := true; more; pages++ {
				if pages > 100 {
					t.Fatal("no end")
				}
				p, err := s.Events(t.Context(), l.Workspace, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range p.Items {
					got = append(got, e.SID)
				}
				more = p.More
				switch {
				case p.Edge != "":
					early++
					q.Start = p.Edge
				case more:
					q.Start = string(got[len(got)-1])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ascending %v, %d at once (-want +got):\n%s", ascending, limit, diff)
			}
			if early == 0 {
				t.Errorf("ascending %v, %d at once: no page ended early", ascending, limit)
			}
		}
	}
}

// Filters that an index leads to find all there is, however far apart it is.
func TestIndexesLeadToEvents(t *testing.T) {
	t.Parallel()
	s := openFile(t, t.TempDir())
	l := start(t, s, 0)
	for _, q := range []EventQuery{
		{Task: "WT1"}, {Worker: "WK1"}, {SID: "EV1"},
	} {
		r := q.reading(string(l.Workspace))
		if !r.direct {
			t.Errorf("%+v looks in steps", q)
		}
		plan := ""
		rows, err := s.read.QueryContext(t.Context(), `EXPLAIN QUERY PLAN SELECT sid FROM events
			WHERE workspace_sid = ? AND sid >= ? AND sid < ? AND `+
			strings.Join(r.where, " AND ")+` ORDER BY sid DESC LIMIT 10`,
			append([]any{string(l.Workspace), "EV", "EVg"}, r.args...)...)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id, parent, zero int
			var detail string
			if err := rows.Scan(&id, &parent, &zero, &detail); err != nil {
				t.Fatal(err)
			}
			plan += detail + "\n"
		}
		rows.Close()
		if q.SID == "" && !strings.Contains(plan, "sid=? AND workspace_sid=? AND sid>?") ||
			strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s is found so:\n%s", r.where, plan)
		}
	}
}

// A database of the first release goes on, with all that it holds.
func TestFirstSchemaIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(t, dir)
	l, _ := rareEvents(t, s, 5, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	downgrade(t, dir)
	if got := dump(t, dir, `SELECT name FROM sqlite_master WHERE name = 'alerts'`); got != nil {
		t.Fatal("the first schema has alerts")
	}
	s = openFile(t, dir)
	l, err := s.Claim(t.Context(), l.Workspace)
	if err != nil {
		t.Fatal(err)
	}
	at := time.UnixMilli(1.9e12 + 9).UTC()
	c := &taskrouter.Change{At: at,
		Alerts: []taskrouter.Alert{{SID: "NO1", Code: taskrouter.AlertInstruction, At: at}},
		Events: []taskrouter.Event{{SID: taskrouter.EventSID(fmt.Sprintf("EV%012x%020x", at.UnixMilli(), 1)),
			Type: taskrouter.EventWorkspaceUpdated, At: at, Workspace: &taskrouter.Workspace{SID: "WS1"}}}}
	r := s.codec.Record(l, l.Pos, at, []*taskrouter.Change{c})
	if o := s.Append([]Record{r})[0]; o.Err != nil {
		t.Fatal(o.Err)
	}
	err = s.Project(t.Context(), l.Workspace, l.Pos.Seq, []Part{
		{Seq: r.Next.Seq, At: at, Changes: []*taskrouter.Change{c}}})
	if err != nil {
		t.Fatal(err)
	}
	events, err := s.Events(t.Context(), l.Workspace, EventQuery{Window: Window{Limit: 10}})
	if err != nil || len(events.Items) != 6 {
		t.Errorf("%d events, want 6: %v", len(events.Items), err)
	}
	found, err := s.Events(t.Context(), l.Workspace,
		EventQuery{Search: "Workspace updated", Window: Window{Limit: 10}})
	if err != nil || len(found.Items) != 1 {
		t.Errorf("%d events are described, want the new one: %v", len(found.Items), err)
	}
	alerts, err := s.Alerts(t.Context(), l.Workspace, AlertQuery{Window: Window{Limit: 10}})
	if err != nil || len(alerts.Items) != 1 {
		t.Errorf("%d alerts, want 1: %v", len(alerts.Items), err)
	}
}

// downgrade takes a closed database back to the tables of the first release.
func downgrade(t *testing.T, dir string) {
	t.Helper()
	db, err := connect(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
}
