package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Statistics tell what happened within a window of time. What they tell holds everything that
// was acknowledged before they were asked; errors are [taskrouter.Error]s.
type Statistics interface {
	// Figures returns the figures of each of q.Of, in the same order.
	Figures(ctx context.Context, who engine.Principal, ws taskrouter.WorkspaceSID,
		q taskrouter.FiguresQuery) ([]taskrouter.Figures, error)
	// Stays sums up how long workers were in each activity.
	Stays(ctx context.Context, who engine.Principal, ws taskrouter.WorkspaceSID,
		q taskrouter.StaysQuery) (map[taskrouter.ActivitySID]taskrouter.Stays, error)
}

// statisticsResources are the paths of statistics.
var statisticsResources = map[string]resource{
	workspace + "/Statistics":           {get: statistics(wire.OfWorkspace, both)},
	workspace + "/RealTimeStatistics":   {get: statistics(wire.OfWorkspace, realTime)},
	workspace + "/CumulativeStatistics": {get: statistics(wire.OfWorkspace, cumulative)},

	workspace + "/Workers/Statistics":             {get: workersStatistics(both)},
	workspace + "/Workers/RealTimeStatistics":     {get: workersStatistics(realTime)},
	workspace + "/Workers/CumulativeStatistics":   {get: workersStatistics(cumulative)},
	workspace + "/Workers/{WorkerSid}/Statistics": {get: workerStatistics},

	workspace + "/TaskQueues/Statistics":       {get: listQueueStatistics},
	workspace + "/TaskQueues/{Sid}/Statistics": {get: statistics(wire.OfTaskQueue, both)},
	workspace + "/TaskQueues/{Sid}/RealTimeStatistics": {
		get: statistics(wire.OfTaskQueue, realTime),
	},
	workspace + "/TaskQueues/{Sid}/CumulativeStatistics": {
		get: statistics(wire.OfTaskQueue, cumulative),
	},

	workspace + "/Workflows/{Sid}/Statistics": {get: statistics(wire.OfWorkflow, both)},
	workspace + "/Workflows/{Sid}/RealTimeStatistics": {
		get: statistics(wire.OfWorkflow, realTime),
	},
	workspace + "/Workflows/{Sid}/CumulativeStatistics": {
		get: statistics(wire.OfWorkflow, cumulative),
	},
}

// bulkStatistics is the path whose body is JSON.
const bulkStatistics = workspace + "/TaskQueues/RealTimeStatistics"

// A part says which part of statistics a resource shows.
type part int

const (
	both part = iota
	realTime
	cumulative
)

// write appends the part that is shown.
func (p part) write(e *wire.Encoder, dst []byte, s *wire.Statistics) []byte {
	switch p {
	case realTime:
		return e.RealTimeStatistics(dst, s)
	case cumulative:
		return e.CumulativeStatistics(dst, s)
	}
	return e.CombinedStatistics(dst, s)
}

// statistics returns the handler of statistics of a workspace, a queue or a workflow.
func statistics(of wire.StatisticsOf, show part) handler {
	return func(c *call) error {
		q := c.statisticsQuery(show)
		if c.form.err != nil {
			return c.form.err
		}
		s := wire.Statistics{Of: of, SID: c.r.PathValue("Sid")}
		var catalog *routing.Catalog
		found := false
		err := c.view(func(state *routing.State) {
			catalog = state.Catalog()
			if found = s.SID == "" || state.Entity(s.SID) != nil && of.Names(s.SID); !found {
				return
			}
			if q.find(&c.form, catalog); show != cumulative {
				s.RealTime = nowOf(state, of, s.SID, q.TaskChannel)
			}
		})
		switch {
		case err != nil:
			return err
		case !found:
			return taskrouter.NotFound.Errorf("no such resource")
		case c.form.err != nil:
			return c.form.err
		}
		if show != realTime {
			owner := s.SID
			if owner == "" {
				owner = string(c.workspace())
			}
			all, err := c.figures(q, owner)
			if err != nil {
				return err
			}
			s.Cumulative = &all[0]
		}
		return c.answer(http.StatusOK, show.write(c.encoder(catalog), c.out, &s))
	}
}

// nowOf looks at what is true now of a workspace, a queue or a workflow.
func nowOf(
	s *routing.State, of wire.StatisticsOf, sid string, channel taskrouter.TaskChannelSID,
) *wire.RealTime {
	r := new(wire.RealTime)
	switch of {
	case wire.OfWorkflow:
		r.Tally = s.WorkflowTally(taskrouter.WorkflowSID(sid), channel)
	case wire.OfTaskQueue:
		queue := taskrouter.TaskQueueSID(sid)
		r.Tally = s.QueueTally(queue, channel)
		r.Eligible = s.MemberCount(queue)
		r.Activities = countActivities(s.Catalog(), func(a taskrouter.ActivitySID) int {
			return s.MembersIn(queue, a)
		})
		for _, a := range r.Activities {
			if a.Activity.Available {
				r.Available += a.Workers
			}
		}
	default:
		r.Tally = s.WorkspaceTally(channel)
		r.Workers = s.WorkerCount()
		r.Activities = countActivities(s.Catalog(), s.WorkersIn)
	}
	return r
}

// countActivities counts the workers in each activity of the workspace, zeros included.
func countActivities(
	c *routing.Catalog, count func(taskrouter.ActivitySID) int,
) []wire.ActivityCount {
	activities := c.Activities()
	list := make([]wire.ActivityCount, len(activities))
	for i, a := range activities {
		list[i] = wire.ActivityCount{Activity: a, Workers: count(a.SID)}
	}
	return list
}

// figures returns what happened to each of the owners.
func (c *call) figures(q *statisticsQuery, owners ...string) ([]wire.Cumulative, error) {
	f := q.FiguresQuery
	f.Of = owners
	figures, err := c.server.statistics.Figures(c.r.Context(), c.from, c.workspace(), f)
	if err != nil {
		return nil, err
	}
	all := make([]wire.Cumulative, len(figures))
	for i := range figures {
		all[i] = wire.Cumulative{Start: q.start, End: q.end, Figures: figures[i]}
	}
	return all, nil
}

// A statisticsQuery is what a request for statistics asks for.
type statisticsQuery struct {
	taskrouter.FiguresQuery
	start, end time.Time // as they are told
	channel    string    // SID or unique name; empty = all
}

const (
	defaultMinutes = 15
	maxMinutes     = 30 * 24 * 60
	// startSlack is how much older than 30 days a beginning may be: the request was on its way.
	startSlack = time.Minute
	// codeTooOld is the code for a beginning more than 30 days ago. Spec: rest-api 2.1
	codeTooOld = 14241
	maxSplits  = 100
)

// statisticsQuery reads the parameters of statistics.
func (c *call) statisticsQuery(show part) *statisticsQuery {
	f := &c.form
	q := &statisticsQuery{channel: f.text("TaskChannel")}
	if show == realTime {
		return q
	}
	minutes := defaultMinutes
	if n := f.optNumber("Minutes", 1, maxMinutes); n != nil {
		minutes = *n
	}
	start, end := f.optDate("StartDate"), f.optDate("EndDate")
	q.end = c.at.UTC()
	if end != nil {
		q.end = *end
	}
	q.start = q.end.Add(-time.Duration(minutes) * time.Minute)
	if start != nil {
		q.start = *start
	}
	q.From = q.start
	if q.end.Before(c.at) {
		q.To = q.end
	}
	switch oldest := c.at.Add(-maxMinutes*time.Minute - startSlack); {
	case f.err != nil:
	case q.start.Before(oldest):
		f.failWith(taskrouter.Invalid.Errorf("StartDate %s is more than 30 days ago; statistics "+
			"reach back no further", q.start.Format(time.RFC3339)).
			At("StartDate").WithCode(codeTooOld))
	case q.end.Before(q.start):
		f.fail("StartDate", "StartDate %s is after the end of the window, %s",
			q.start.Format(time.RFC3339), q.end.UTC().Format(time.RFC3339))
	}
	for _, text := range f.all("SplitByWaitTime") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > taskrouter.MaxTaskTimeout || len(q.Splits) == maxSplits {
			f.fail("SplitByWaitTime", "SplitByWaitTime must be up to %d whole numbers of seconds "+
				"from 0 to %d with commas between them, not %q", maxSplits,
				taskrouter.MaxTaskTimeout, shorten(f.text("SplitByWaitTime")))
			break
		}
		if !slices.Contains(q.Splits, n) {
			q.Splits = append(q.Splits, n)
		}
	}
	return q
}

// find finds the channel that the request names, or fails the form.
func (q *statisticsQuery) find(f *form, catalog *routing.Catalog) {
	if q.channel == "" {
		return
	}
	channel := catalog.FindTaskChannel(q.channel)
	if channel == nil {
		f.fail("TaskChannel", "TaskChannel %q is no task channel of workspace %s",
			shorten(q.channel), catalog.Workspace.SID)
		return
	}
	q.TaskChannel = channel.SID
}
