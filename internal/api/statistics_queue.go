package api

import (
	"encoding/json"
	"iter"
	"net/http"
	"slices"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// queuesAtOnce is how many queues one look at a workspace counts, at most.
const queuesAtOnce = 100

// listQueueStatistics answers with a page of queues with their statistics.
func listQueueStatistics(c *call) error {
	f := &c.form
	q := c.statisticsQuery(both)
	name := f.filter("FriendlyName")
	if f.err != nil {
		return f.err
	}
	found, err := pageOf(c, &listing[*taskrouter.TaskQueue]{
		key:    "task_queues_statistics",
		prefix: taskrouter.PrefixTaskQueue,
		sid:    entitySID[*taskrouter.TaskQueue],
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.TaskQueue] {
			q.find(f, s.Catalog())
			return after(s.Catalog().TaskQueues(), entitySID, last)
		},
		keep: func(*routing.Catalog) func(*taskrouter.TaskQueue) bool {
			return func(q *taskrouter.TaskQueue) bool { return is(name, q.FriendlyName) }
		},
	})
	if err == nil {
		err = f.err
	}
	if err != nil {
		return err
	}
	owners := make([]string, len(found.items))
	all := make([]wire.Statistics, len(found.items))
	for i, item := range found.items {
		owners[i] = string(item.SID)
		all[i] = wire.Statistics{Of: wire.OfTaskQueue, SID: owners[i]}
	}
	if err := c.countQueues(all, q.TaskChannel); err != nil {
		return err
	}
	figures, err := c.figures(q, owners...)
	if err != nil {
		return err
	}
	for i := range all {
		all[i].Cumulative = &figures[i]
	}
	e := c.encoder(found.catalog)
	return c.sendList(wire.AppendList(c.out, found.meta, all,
		func(dst []byte, s wire.Statistics) []byte { return e.ListedStatistics(dst, &s) }))
}

// countQueues looks at what is true now of queues; of one that does not exist nothing is.
func (c *call) countQueues(all []wire.Statistics, channel taskrouter.TaskChannelSID) error {
	for some := range slices.Chunk(all, queuesAtOnce) {
		err := c.view(func(s *routing.State) {
			for i := range some {
				some[i].RealTime = nowOf(s, wire.OfTaskQueue, some[i].SID, channel)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Limits of asking for many queues at once. Spec: rest-api 16.5
const (
	maxBulkQueues = 50
	bulkPerSecond = 5
)

// readQueueStatistics answers with what is true now of the queues that the body lists.
func readQueueStatistics(c *call) error {
	_, wait := c.bulkLimits.take(c.from.Account, c.at)
	if wait > 0 {
		retryAfter(c.w.Header(), wait)
		return taskrouter.Limit.Errorf("Too many requests: account %s may ask for many queues at "+
			"once %d times a second", c.from.Account, bulkPerSecond)
	}
	// Keys are matched without regard to case, so queueSids are taken as well.
	var body struct{ QueueSids []string }
	if err := json.Unmarshal([]byte(c.body), &body); err != nil {
		return taskrouter.Invalid.Errorf("The request body must be a JSON object like " +
			`{"QueueSids":["WQ…"]}, with SIDs of task queues`).At("QueueSids")
	}
	if n := len(body.QueueSids); n < 1 || n > maxBulkQueues {
		return taskrouter.Invalid.Errorf("QueueSids lists %d queues; it must list 1 to %d", n,
			maxBulkQueues).At("QueueSids")
	}
	all := make([]wire.Statistics, len(body.QueueSids))
	for i, sid := range body.QueueSids {
		if !taskrouter.ValidSID(taskrouter.PrefixTaskQueue, sid) {
			return taskrouter.Invalid.Errorf("QueueSids must list SIDs, %s and 32 hexadecimal "+
				"digits; %q is none", taskrouter.PrefixTaskQueue, shorten(sid)).At("QueueSids")
		}
		all[i] = wire.Statistics{Of: wire.OfTaskQueue, SID: sid}
	}
	var catalog *routing.Catalog
	err := c.view(func(s *routing.State) { catalog = s.Catalog() })
	if err == nil {
		err = c.countQueues(all, "")
	}
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, c.encoder(catalog).BulkStatistics(c.out, all))
}
