package feed_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// nouns are the topics of rows.
var nouns = []string{
	"activities", "channels", "queues", "workflows", "workers", "tasks", "reservations",
}

// A mirror is a workspace as somebody sees it who has read a picture and then a feed: rows by
// topic and SID.
type mirror struct {
	sequence int64
	rows     map[string]map[string]map[string]any
}

// picture reads a snapshot.
func (w *world) picture(query string) *mirror {
	w.t.Helper()
	resp, body := w.get("/Snapshot?" + query)
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("snapshot: %s %s", resp.Status, body)
	}
	return readPicture(w.t, body)
}

func readPicture(t testing.TB, body []byte) *mirror {
	t.Helper()
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(body, &parts); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	m := &mirror{rows: make(map[string]map[string]map[string]any)}
	if err := json.Unmarshal(parts["sequence"], &m.sequence); err != nil {
		t.Fatal(err)
	}
	for _, noun := range nouns {
		m.rows[noun] = make(map[string]map[string]any)
		if raw, ok := parts[noun]; ok {
			for _, row := range rowsOf(t, raw) {
				m.rows[noun][row["sid"].(string)] = row
			}
		}
	}
	return m
}

// rowsOf reads the rows of a part: objects, or arrays under the names of columns, some of whose
// cells are places in a list of values.
func rowsOf(t testing.TB, raw json.RawMessage) []map[string]any {
	t.Helper()
	var rows []map[string]any
	if json.Unmarshal(raw, &rows) == nil {
		return rows
	}
	var slim struct {
		Columns []string         `json:"columns"`
		Rows    [][]any          `json:"rows"`
		Shared  map[string][]any `json:"shared"`
	}
	if err := json.Unmarshal(raw, &slim); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	for _, cells := range slim.Rows {
		if len(cells) != len(slim.Columns) {
			t.Fatalf("%d cells for %d columns", len(cells), len(slim.Columns))
		}
		row := make(map[string]any)
		for i, name := range slim.Columns {
			row[name] = cells[i]
			if values, ok := slim.Shared[name]; ok {
				row[name] = values[int(cells[i].(float64))]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// fold applies a message.
func (m *mirror) fold(t testing.TB, msg message) {
	t.Helper()
	if msg.Type != "batch" {
		return
	}
	if msg.Sequence < m.sequence {
		t.Fatalf("sequence goes back from %d to %d", m.sequence, msg.Sequence)
	}
	m.sequence = msg.Sequence
	for topic, rows := range msg.Put {
		seen := make(map[string]bool)
		for _, row := range rows {
			sid := row["sid"].(string)
			if seen[sid] {
				t.Errorf("%s is twice in one batch", sid)
			}
			seen[sid] = true
			if m.rows[topic] != nil {
				m.rows[topic][sid] = row
			}
		}
	}
	for _, sid := range msg.Del {
		for _, rows := range m.rows {
			delete(rows, sid)
		}
	}
}

// passing are the cells that time, or something beside the journal, changes.
var passing = []string{
	"position", "estimated_wait", "connections", "last_seen", "age", "connected",
}

// same compares two mirrors.
func same(t testing.TB, what string, got, want *mirror) {
	t.Helper()
	clean := func(m *mirror) map[string]map[string]map[string]any {
		all := make(map[string]map[string]map[string]any)
		for topic, rows := range m.rows {
			all[topic] = make(map[string]map[string]any)
			for sid, row := range rows {
				row = maps.Clone(row)
				maps.DeleteFunc(row, func(name string, _ any) bool {
					return slices.Contains(passing, name)
				})
				all[topic][sid] = row
			}
		}
		return all
	}
	if diff := cmp.Diff(clean(want), clean(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%.4000s", what, diff)
	}
}
