package routing

import (
	"maps"
	"slices"

	"taskrouter"
)

// A Catalog is the slow-changing side of a workspace: the workspace itself, its activities,
// channels, queues and workflows. It never changes once it is shown: a change of one of them
// makes a new catalog. So readers keep it beside a task or worker and find the names there
// that were true together with it.
type Catalog struct {
	Workspace    *taskrouter.Workspace
	activities   table[taskrouter.ActivitySID, *taskrouter.Activity]
	channels     table[taskrouter.TaskChannelSID, *taskrouter.TaskChannel]
	queues       table[taskrouter.TaskQueueSID, *taskrouter.TaskQueue]
	workflows    table[taskrouter.WorkflowSID, *taskrouter.Workflow]
	channelNames map[string]*taskrouter.TaskChannel
}

// A table is a map that also keeps its keys in order, which for SIDs is order of creation.
type table[K ~string, V any] struct {
	byKey map[K]V
	keys  []K
}

func (t table[K, V]) list() []V {
	list := make([]V, len(t.keys))
	for i, k := range t.keys {
		list[i] = t.byKey[k]
	}
	return list
}

// with returns a copy of the table in which k stands for v.
func (t table[K, V]) with(k K, v V) table[K, V] {
	c := table[K, V]{byKey: maps.Clone(t.byKey), keys: t.keys}
	if c.byKey == nil {
		c.byKey = make(map[K]V)
	}
	if _, ok := c.byKey[k]; !ok {
		at, _ := slices.BinarySearch(t.keys, k)
		c.keys = slices.Insert(slices.Clone(t.keys), at, k)
	}
	c.byKey[k] = v
	return c
}

// without returns a copy of the table in which k stands for nothing.
func (t table[K, V]) without(k K) table[K, V] {
	c := table[K, V]{byKey: maps.Clone(t.byKey), keys: t.keys}
	if at, ok := slices.BinarySearch(t.keys, k); ok {
		c.keys = slices.Delete(slices.Clone(t.keys), at, at+1)
	}
	delete(c.byKey, k)
	return c
}

// Activity returns the activity with this SID, or nil.
func (c *Catalog) Activity(sid taskrouter.ActivitySID) *taskrouter.Activity {
	return c.activities.byKey[sid]
}

// Activities returns all activities in order of creation.
func (c *Catalog) Activities() []*taskrouter.Activity { return c.activities.list() }

// TaskChannel returns the channel with this SID, or nil.
func (c *Catalog) TaskChannel(sid taskrouter.TaskChannelSID) *taskrouter.TaskChannel {
	return c.channels.byKey[sid]
}

// FindTaskChannel returns the channel with this SID or unique name, or nil.
func (c *Catalog) FindTaskChannel(name string) *taskrouter.TaskChannel {
	if ch := c.channelNames[name]; ch != nil {
		return ch
	}
	return c.channels.byKey[taskrouter.TaskChannelSID(name)]
}

// TaskChannels returns all channels in order of creation.
func (c *Catalog) TaskChannels() []*taskrouter.TaskChannel { return c.channels.list() }

// TaskQueue returns the queue with this SID, or nil.
func (c *Catalog) TaskQueue(sid taskrouter.TaskQueueSID) *taskrouter.TaskQueue {
	return c.queues.byKey[sid]
}

// TaskQueues returns all queues in order of creation.
func (c *Catalog) TaskQueues() []*taskrouter.TaskQueue { return c.queues.list() }

// Workflow returns the workflow with this SID, or nil.
func (c *Catalog) Workflow(sid taskrouter.WorkflowSID) *taskrouter.Workflow {
	return c.workflows.byKey[sid]
}

// Workflows returns all workflows in order of creation.
func (c *Catalog) Workflows() []*taskrouter.Workflow { return c.workflows.list() }

// put returns a catalog in which e has the place of its earlier version, and whether e is a
// thing that catalogs hold at all.
func (c *Catalog) put(e taskrouter.Entity) (*Catalog, bool) {
	n := *c
	switch e := e.(type) {
	case *taskrouter.Workspace:
		n.Workspace = e
	case *taskrouter.Activity:
		n.activities = c.activities.with(e.SID, e)
	case *taskrouter.TaskChannel:
		n.channels = c.channels.with(e.SID, e)
		n.channelNames = maps.Clone(c.channelNames)
		if n.channelNames == nil {
			n.channelNames = make(map[string]*taskrouter.TaskChannel)
		}
		n.channelNames[e.UniqueName] = e
	case *taskrouter.TaskQueue:
		n.queues = c.queues.with(e.SID, e)
	case *taskrouter.Workflow:
		n.workflows = c.workflows.with(e.SID, e)
	default:
		return c, false
	}
	return &n, true
}

// delete returns a catalog without e.
func (c *Catalog) delete(e taskrouter.Entity) *Catalog {
	n := *c
	switch e := e.(type) {
	case *taskrouter.Workspace:
		n.Workspace = nil
	case *taskrouter.Activity:
		n.activities = c.activities.without(e.SID)
	case *taskrouter.TaskChannel:
		n.channels = c.channels.without(e.SID)
		n.channelNames = maps.Clone(c.channelNames)
		delete(n.channelNames, e.UniqueName)
	case *taskrouter.TaskQueue:
		n.queues = c.queues.without(e.SID)
	case *taskrouter.Workflow:
		n.workflows = c.workflows.without(e.SID)
	}
	return &n
}
