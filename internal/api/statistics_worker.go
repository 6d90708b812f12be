package api

import (
	"iter"
	"net/http"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// workersStatistics returns the handler of statistics of all workers, or of those that the
// parameters name. A task channel narrows reservations alone: every worker has every channel,
// and is in one activity on all of them.
func workersStatistics(show part) handler {
	return func(c *call) error {
		f := &c.form
		q := c.statisticsQuery(show)
		filter := new(workerFilter)
		if show == both {
			filter = &workerFilter{
				name: f.filter("FriendlyName"),
				queue: filterSID[taskrouter.TaskQueueSID](f, "TaskQueueSid",
					taskrouter.PrefixTaskQueue),
				queueName: f.filter("TaskQueueName"),
			}
		}
		if f.err != nil {
			return f.err
		}
		s := wire.Statistics{Of: wire.OfWorkers}
		var catalog *routing.Catalog
		err := c.view(func(state *routing.State) {
			catalog = state.Catalog()
			q.find(f, catalog)
			s.RealTime = nowOf(state, wire.OfWorkers, "", q.TaskChannel)
		})
		if err == nil {
			err = f.err
		}
		if err == nil && show != realTime {
			err = c.addWorkers(&s, q, filter)
		}
		if err != nil {
			return err
		}
		return c.answer(http.StatusOK, show.write(c.encoder(catalog), c.out, &s))
	}
}

// addWorkers adds what the workers did that the filter keeps, and has the figures of now be
// theirs, too.
func (c *call) addWorkers(s *wire.Statistics, q *statisticsQuery, filter *workerFilter) error {
	all := filter.name == nil && filter.queue == nil && filter.queueName == nil
	workers, err := c.someWorkers(filter)
	if err != nil {
		return err
	}
	owners := []string{string(c.workspace())}
	if !all {
		owners = owners[:0]
		in := make(map[taskrouter.ActivitySID]int)
		for _, w := range workers {
			owners = append(owners, string(w.SID))
			in[w.ActivitySID]++
		}
		for i := range s.RealTime.Activities {
			a := &s.RealTime.Activities[i]
			a.Workers = in[a.Activity.SID]
		}
		s.RealTime.Workers = len(workers)
	}
	s.Cumulative = &wire.Cumulative{Start: q.start, End: q.end}
	figures, err := c.figures(q, owners...)
	if err != nil {
		return err
	}
	for i := range figures {
		for k, n := range figures[i].Counts {
			s.Cumulative.Counts[k] += n
		}
	}
	s.Cumulative.Stays, err = c.stays(q, workers, all)
	return err
}

// someWorkers collects the workers that a filter keeps.
func (c *call) someWorkers(filter *workerFilter) (found []*taskrouter.Worker, err error) {
	_, err = scan(c, &listing[*taskrouter.Worker]{
		sid: entitySID[*taskrouter.Worker],
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.Worker] {
			return s.Workers(taskrouter.WorkerSID(last))
		},
		among: filter.among,
		keep:  filter.keep,
	}, "", chunk, func(w *taskrouter.Worker) bool {
		found = append(found, w)
		return true
	})
	return found, err
}

// stays returns how long workers were in each activity, those that are gone included if former.
func (c *call) stays(
	q *statisticsQuery, workers []*taskrouter.Worker, former bool,
) (map[taskrouter.ActivitySID]taskrouter.Stays, error) {
	return c.server.statistics.Stays(c.r.Context(), c.from, c.workspace(), taskrouter.StaysQuery{
		Window: q.Window, Now: c.at, Workers: workers, Former: former,
	})
}

// workerStatistics answers with what one worker did.
func workerStatistics(c *call) error {
	q := c.statisticsQuery(cumulative)
	if c.form.err != nil {
		return c.form.err
	}
	sid := taskrouter.WorkerSID(c.r.PathValue("WorkerSid"))
	w, e, err := find(c, func(s *routing.State) *taskrouter.Worker {
		q.find(&c.form, s.Catalog())
		return s.Worker(sid)
	})
	if err == nil {
		err = c.form.err
	}
	if err != nil {
		return err
	}
	figures, err := c.figures(q, string(sid))
	if err != nil {
		return err
	}
	s := wire.Statistics{Of: wire.OfWorker, SID: string(sid), Cumulative: &figures[0]}
	s.Cumulative.Stays, err = c.stays(q, []*taskrouter.Worker{w}, false)
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.CombinedStatistics(c.out, &s))
}
