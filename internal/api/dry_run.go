package api

import (
	"time"

	"taskrouter"
	"taskrouter/expr"
	"taskrouter/internal/routing"
)

const (
	// glance is how many versions one look at a workspace collects, to try things with them
	// elsewhere.
	glance = 20_000
	// mostTrials is how many requests may try or check something at the same time: with many
	// workers that is work for a whole core.
	mostTrials = 2
	// trialPatience is how long a request waits for its turn.
	trialPatience = 10 * time.Second
)

// try does work that takes a core for a while, when it is its turn.
func (c *call) try(work func() error) error {
	select {
	case c.trials <- struct{}{}:
	case <-c.r.Context().Done():
		return taskrouter.Unavailable.Errorf("the request was given up")
	case <-time.After(trialPatience):
		return taskrouter.Unavailable.Errorf("%d other requests try or check something; retry in a "+
			"moment", mostTrials)
	}
	defer func() { <-c.trials }()
	return work()
}

// notForWorkers refuses what would tell a worker about its colleagues. Spec: explanation 5
func (c *call) notForWorkers() error {
	if w := c.viewer(); w != "" {
		return taskrouter.Forbidden.Errorf("the token of worker %s can't try or check anything: the "+
			"answer would tell of other workers", w)
	}
	return nil
}

// scene collects the catalog and, if they are wanted, the workers of the workspace.
func (c *call) scene(workers bool) (routing.Scene, error) {
	var sc routing.Scene
	last := taskrouter.WorkerSID("")
	for done := false; !done; {
		err := c.view(func(s *routing.State) {
			sc.Catalog, done = s.Catalog(), true
			if !workers {
				return
			}
			seen := 0
			for w := range s.Workers(last) {
				if seen++; seen > glance {
					done = false
					return
				}
				last = w.SID
				sc.Workers = append(sc.Workers, w)
			}
		})
		if err != nil {
			return routing.Scene{}, err
		}
	}
	return sc, nil
}

// openTasks collects the tasks of the workspace that have not ended.
func (c *call) openTasks() ([]*taskrouter.Task, error) {
	var list []*taskrouter.Task
	last := taskrouter.TaskSID("")
	for done := false; !done; {
		err := c.view(func(s *routing.State) {
			seen := 0
			for t := range s.Tasks(last) {
				if seen++; seen > glance {
					return
				}
				last = t.SID
				if !t.AssignmentStatus.Final() {
					list = append(list, t)
				}
			}
			done = true
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// dryRunUnsaved tries a task in a configuration that is not saved. Spec: dry-run 1
func dryRunUnsaved(c *call) error {
	c.form.need("Configuration")
	return dryRun(c, "")
}

// dryRunWorkflow tries a task in a workflow, as it is or with another configuration.
func dryRunWorkflow(c *call) error { return dryRun(c, workflowSID(c)) }

func dryRun(c *call, workflow taskrouter.WorkflowSID) error {
	if err := c.notForWorkers(); err != nil {
		return err
	}
	f := &c.form
	trial := routing.Trial{
		Workflow:      workflow,
		Configuration: f.text("Configuration"),
		Task: routing.CreateTask{
			Attributes:       f.text("Attributes"),
			TaskChannel:      f.text("TaskChannel"),
			Priority:         f.optNumber("Priority", 0, taskrouter.MaxPriority),
			Timeout:          f.optNumber("Timeout", 1, taskrouter.MaxTaskTimeout),
			VirtualStartTime: f.optDate("VirtualStartTime"),
		},
	}
	madeUp := f.text("Workers")
	if f.err != nil {
		return f.err
	}
	return c.try(func() error {
		sc, err := c.scene(madeUp == "")
		if err == nil && madeUp != "" {
			sc, err = withWorkers(sc, madeUp, c.at)
		}
		if err != nil {
			return err
		}
		x, err := sc.DryRun(trial, c.at)
		if err != nil {
			return err
		}
		return c.send(x)
	})
}

func withWorkers(sc routing.Scene, text string, now time.Time) (routing.Scene, error) {
	list, err := routing.ReadWorkers(text)
	if err != nil {
		return sc, err
	}
	return sc.With(list, now)
}

// checkWorkflow looks for what is wrong with a configuration. Spec: dry-run 4
func checkWorkflow(c *call) error {
	if err := c.notForWorkers(); err != nil {
		return err
	}
	text, seconds := c.form.need("Configuration"), c.form.reservationTimeout()
	if c.form.err != nil {
		return c.form.err
	}
	return c.try(func() error {
		sc, err := c.scene(true)
		if err != nil {
			return err
		}
		reservation := 0
		if seconds != nil {
			reservation = *seconds
		}
		w := sc.Catalog.Workspace
		return c.send(struct {
			Workspace taskrouter.WorkspaceSID `json:"workspace_sid"`
			Account   taskrouter.AccountSID   `json:"account_sid"`
			*routing.WorkflowCheck
		}{w.SID, w.AccountSID, sc.CheckWorkflow(text, reservation)})
	})
}

// scopes are the kinds of expression by their names. Spec: dry-run 5
var scopes = map[string]expr.Kind{
	"worker": expr.Worker, "task": expr.Task, "target": expr.Target, "skip": expr.Skip,
}

// checkExpression reads an expression and tells whom it matches now. Spec: dry-run 5
func checkExpression(c *call) error {
	if err := c.notForWorkers(); err != nil {
		return err
	}
	f := &c.form
	f.need("Scope")
	scope := word(f, "Scope", sortedNames(scopes)...)
	q := routing.ExpressionQuery{
		Kind:       scopes[scope],
		Expression: f.need("Expression"),
		Attributes: f.filter("Attributes"),
		Queue:      sid[taskrouter.TaskQueueSID](f, "TaskQueueSid", taskrouter.PrefixTaskQueue),
	}
	if f.err != nil {
		return f.err
	}
	return c.try(func() error {
		sc, err := c.scene(q.Kind != expr.Task)
		if err == nil && q.Kind == expr.Task {
			q.Tasks, err = c.openTasks()
		}
		if err != nil {
			return err
		}
		x, err := sc.CheckExpression(q)
		if err != nil {
			return err
		}
		w := sc.Catalog.Workspace
		return c.send(struct {
			Workspace taskrouter.WorkspaceSID `json:"workspace_sid"`
			Account   taskrouter.AccountSID   `json:"account_sid"`
			Scope     string                  `json:"scope"`
			*routing.ExpressionCheck
		}{w.SID, w.AccountSID, scope, x})
	})
}
