package feed

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
	"taskrouter/internal/wire"
)

// A picture is what a workspace holds at one position of its journal.
type picture struct {
	at           store.Seq
	catalog      *routing.Catalog
	workers      []*taskrouter.Worker
	tasks        []*taskrouter.Task
	reservations []*taskrouter.Reservation
	figures      *figures
	present      map[taskrouter.WorkerSID]wire.Presence
}

// Snapshot answers with a picture of a workspace: all its parts as they are at one position of
// the journal. An error means that nothing has been answered yet.
//
// Spec: feed 1
func (h *Hub) Snapshot(w http.ResponseWriter, r *http.Request, from engine.Principal) error {
	q := &query{values: r.URL.Query()}
	parts := q.topics("Parts", rows|stats, rows|stats)
	full, attributes := q.full(), q.flag("Attributes")
	if q.err != nil {
		return q.err
	}
	p, err := h.picture(r, from, parts)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept-Encoding")
	var out io.Writer = w
	if acceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
		z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		defer z.Close() // the only error is a client that is gone
		out = z
	}
	w.WriteHeader(http.StatusOK)
	h.counts.snapshots.Add(1)
	if r.Method == http.MethodHead {
		return nil
	}
	s := &sheet{out: out, picture: p, full: full, pen: pen{
		wire: wire.Encoder{
			Origin: h.originOf(r), Catalog: p.catalog, Now: h.now(), Bridge: true,
		},
		attributes: attributes,
	}}
	s.write(parts, h.standings(p, parts))
	return nil
}

// picture collects the versions that parts need. Nothing is written inside the workspace's loop.
func (h *Hub) picture(
	r *http.Request, from engine.Principal, parts topics,
) (*picture, error) {
	p, missing := &picture{}, false
	ws := workspaceOf(r)
	head, err := h.options.Engine.ViewAt(r.Context(), from, ws, func(s *routing.State) {
		p.catalog = s.Catalog()
		if missing = lacks(s, from.Channel); missing {
			return
		}
		if parts&stats != 0 {
			p.figures = figuresOf(s)
		}
		if parts&workers != 0 {
			p.workers = slices.Collect(s.Workers(""))
		}
		if parts&tasks != 0 {
			p.tasks = slices.Collect(s.Tasks(""))
		}
		if parts&reservations != 0 {
			p.reservations = slices.Collect(s.Reservations())
		}
	})
	if err == nil && missing {
		err = errChannel(ws, from.Channel)
	}
	if err != nil {
		return nil, err
	}
	p.at = head.Seq
	p.present = make(map[taskrouter.WorkerSID]wire.Presence)
	if parts&workers != 0 && h.options.Present != nil {
		h.options.Present(ws, func(
			_ taskrouter.WorkspaceSID, worker taskrouter.WorkerSID, connections int, seen time.Time,
		) {
			p.present[worker] = wire.Presence{Connections: connections, Seen: seen}
		})
	}
	return p, nil
}

// standings says of each task where it stands, in their order.
func (h *Hub) standings(p *picture, parts topics) []wire.Standing {
	if parts&tasks == 0 {
		return nil
	}
	rates := make(map[taskrouter.TaskQueueSID]float64)
	list := make([]wire.Standing, len(p.tasks))
	for i, place := range routing.Positions(p.catalog, p.tasks) {
		list[i] = wire.Standing{Position: place, Wait: -1}
		if place == 0 || h.options.Throughput == nil {
			continue
		}
		queue := p.tasks[i].TaskQueueSID
		rate, asked := rates[queue]
		if !asked {
			rate = h.options.Throughput(p.catalog.Workspace.SID, queue)
			rates[queue] = rate
		}
		list[i].Wait = wire.Wait(place, rate)
	}
	return list
}

// acceptsGzip reports whether the client can read gzip.
func acceptsGzip(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept-Encoding") {
		for offer := range strings.SplitSeq(line, ",") {
			name, weight, _ := strings.Cut(strings.ToLower(strings.TrimSpace(offer)), ";")
			if name = strings.TrimSpace(name); name != "gzip" && name != "*" {
				continue
			}
			_, q, given := strings.Cut(weight, "q=")
			value, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !given || err == nil && value > 0
		}
	}
	return false
}

// sheetSize is how much is written before it is handed on.
const sheetSize = 32 << 10

// A sheet is a picture on its way out, in pieces.
type sheet struct {
	pen
	picture *picture
	full    bool
	out     io.Writer
	dst     []byte
	err     error // of out; then the rest is spared
}

// flush hands on what is written, once it is enough, or at the end.
func (s *sheet) flush(least int) {
	if len(s.dst) < least {
		return
	}
	if s.err == nil {
		_, s.err = s.out.Write(s.dst)
	}
	s.dst = s.dst[:0]
}

// write writes the parts in the order in which they refer to each other.
func (s *sheet) write(parts topics, standings []wire.Standing) {
	p := s.picture
	s.dst = append(s.dst, `{"sequence":`...)
	s.dst = strconv.AppendInt(s.dst, int64(p.at), 10)
	s.dst = append(s.dst, `,"now":`...)
	s.dst = appendMoment(s.dst, s.wire.Now)
	s.dst = append(s.dst, `,"workspace_sid":`...)
	s.dst = wire.AppendString(s.dst, string(p.catalog.Workspace.SID))
	next := 0
	s.standing = func(*taskrouter.Task) *wire.Standing { return &standings[next] }
	s.present = func(w *taskrouter.Worker) *wire.Presence {
		seen := p.present[w.SID]
		return &seen
	}
	if parts&workspaces != 0 {
		s.dst = append(s.dst, `,"workspace":`...)
		if s.full {
			s.dst = s.appendFull(s.dst, p.catalog.Workspace)
		} else {
			s.dst = s.appendObject(s.dst, workspaceColumns, p.catalog.Workspace)
		}
	}
	writePart(s, parts, activities, p.catalog.Activities(), nil)
	writePart(s, parts, channels, p.catalog.TaskChannels(), nil)
	writePart(s, parts, queues, p.catalog.TaskQueues(), nil)
	writePart(s, parts, workflows, p.catalog.Workflows(), nil)
	writePart(s, parts, workers, p.workers, nil)
	writePart(s, parts, tasks, p.tasks, &next)
	writePart(s, parts, reservations, p.reservations, nil)
	if parts&stats != 0 {
		s.dst = append(s.dst, `,"stats":`...)
		s.dst = p.figures.append(s.dst)
	}
	s.dst = append(s.dst, '}', '\n')
	s.flush(0)
}

// writePart writes the rows of a topic; at, if not nil, is kept at the row that is written.
func writePart[T any, E interface {
	*T
	taskrouter.Entity
}](s *sheet, parts, topic topics, list []E, at *int) {
	if parts&topic == 0 {
		return
	}
	i := slices.IndexFunc(topicNames[:], func(t topicName) bool { return t.topic == topic })
	s.dst = append(s.dst, `,"`...)
	s.dst = append(s.dst, topicNames[i].name...)
	s.dst = append(s.dst, `":`...)
	columns := s.columnsOf(topic)
	shared := make([]values, len(columns))
	if !s.full {
		s.dst = append(s.dst, `{"columns":[`...)
		for i, c := range columns {
			if i > 0 {
				s.dst = append(s.dst, ',')
			}
			s.dst = wire.AppendString(s.dst, c.name)
		}
		s.dst = append(s.dst, `],"rows":`...)
	}
	s.dst = append(s.dst, '[')
	for i, e := range list {
		if i > 0 {
			s.dst = append(s.dst, ',')
		}
		if at != nil {
			*at = i
		}
		if s.full {
			s.dst = s.appendFull(s.dst, e)
		} else {
			s.appendRow(columns, shared, e)
		}
		s.flush(sheetSize)
	}
	s.dst = append(s.dst, ']')
	if !s.full {
		s.appendShared(columns, shared)
		s.dst = append(s.dst, '}')
	}
}

// Values are the different ones of a shared column, in the order in which they turned up.
type values struct {
	places map[string]int
	list   []string
}

// appendRow appends a row as an array, with the place of the value in shared columns.
func (s *sheet) appendRow(columns []column, shared []values, e taskrouter.Entity) {
	s.dst = append(s.dst, '[')
	for i, c := range columns {
		if i > 0 {
			s.dst = append(s.dst, ',')
		}
		start := len(s.dst)
		s.dst = c.append(s.dst, &s.pen, e)
		if !c.shared {
			continue
		}
		v := &shared[i]
		place, known := v.places[string(s.dst[start:])]
		if !known {
			if v.places == nil {
				v.places = make(map[string]int)
			}
			text := string(s.dst[start:])
			place = len(v.list)
			v.places[text], v.list = place, append(v.list, text)
		}
		s.dst = strconv.AppendInt(s.dst[:start], int64(place), 10)
	}
	s.dst = append(s.dst, ']')
}

// appendShared appends the values of shared columns.
func (s *sheet) appendShared(columns []column, shared []values) {
	s.dst = append(s.dst, `,"shared":{`...)
	some := false
	for i, c := range columns {
		if !c.shared {
			continue
		}
		if some {
			s.dst = append(s.dst, ',')
		}
		some = true
		s.dst = wire.AppendString(s.dst, c.name)
		s.dst = append(s.dst, ":["...)
		s.dst = append(s.dst, strings.Join(shared[i].list, ",")...)
		s.dst = append(s.dst, ']')
	}
	s.dst = append(s.dst, '}')
}
