package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
)

// A Sample is a small workspace to try things in: two queues, three workers, and a workflow
// that has something to decide.
type Sample struct {
	Workspace taskrouter.WorkspaceSID
	Workflow  taskrouter.WorkflowSID
	Queues    []taskrouter.TaskQueueSID // Billing, Everyone
	Workers   []SampleWorker
}

// A SampleWorker is a worker of a [Sample].
type SampleWorker struct {
	Name string
	SID  taskrouter.WorkerSID
}

// SampleName is the friendly name of a [Sample]'s workspace.
const SampleName = "Support"

// sampleWorkers are the workers and what they can do.
var sampleWorkers = [...]struct{ name, attributes string }{
	{"Alice", `{"skills":["billing","support"],"languages":["en","de"],` +
		`"levels":{"billing":3,"support":1}}`},
	{"Bob", `{"skills":["billing"],"languages":["en"],"levels":{"billing":1}}`},
	{"Carla", `{"skills":["support"],"languages":["en","fr"],"levels":{"support":2}}`},
}

// Seed makes a [Sample] in the server's account, as a client would. What is there by name, from
// an earlier call, is kept as it is.
func (s *Server) Seed(ctx context.Context) (Sample, error) {
	p := planter{ctx: ctx, engine: s.engine, from: engine.Principal{
		Account: s.account.SID,
		Actor:   taskrouter.Actor{Type: "account", SID: string(s.account.SID)},
	}}
	sample, err := p.plant()
	if err != nil {
		return Sample{}, fmt.Errorf("make sample workspace: %w", err)
	}
	return sample, nil
}

// A planter makes a sample, one thing at a time.
type planter struct {
	ctx    context.Context
	engine *engine.Engine
	from   engine.Principal
	ws     taskrouter.WorkspaceSID
}

func (p *planter) plant() (Sample, error) {
	if err := p.workspace(); err != nil {
		return Sample{}, err
	}
	billing, err := p.queue("Billing", `skills HAS "billing"`)
	if err != nil {
		return Sample{}, err
	}
	everyone, err := p.queue("Everyone", "1==1")
	if err != nil {
		return Sample{}, err
	}
	workflow, err := p.workflow("Support", sampleWorkflow(billing, everyone))
	if err != nil {
		return Sample{}, err
	}
	sample := Sample{
		Workspace: p.ws,
		Workflow:  workflow,
		Queues:    []taskrouter.TaskQueueSID{billing, everyone},
	}
	for _, w := range sampleWorkers {
		sid, err := p.worker(w.name, w.attributes)
		if err != nil {
			return Sample{}, err
		}
		sample.Workers = append(sample.Workers, SampleWorker{Name: w.name, SID: sid})
	}
	return sample, nil
}

// workspace finds or makes the workspace.
func (p *planter) workspace() error {
	all, err := p.engine.Workspaces(p.ctx, p.from.Account)
	if err != nil {
		return err
	}
	for _, p.ws = range all {
		found := false
		if err := p.view(func(s *routing.State) {
			found = s.Catalog().Workspace.FriendlyName == SampleName
		}); err != nil {
			return err
		}
		if found {
			return nil
		}
	}
	made, err := p.engine.Create(p.ctx, p.from, routing.CreateWorkspace{
		FriendlyName:         SampleName,
		MultiTaskEnabled:     true,
		PrioritizeQueueOrder: taskrouter.FIFO,
	})
	if err != nil {
		return err
	}
	p.ws = taskrouter.WorkspaceSID(made.Entity.EntitySID())
	return nil
}

// queue finds or makes a queue.
func (p *planter) queue(name, workers string) (sid taskrouter.TaskQueueSID, err error) {
	err = p.find(func(s *routing.State) string {
		for _, q := range s.Catalog().TaskQueues() {
			if q.FriendlyName == name {
				return string(q.SID)
			}
		}
		return ""
	}, routing.CreateTaskQueue{FriendlyName: name, TargetWorkers: &workers}, (*string)(&sid))
	return sid, err
}

// workflow finds or makes a workflow.
func (p *planter) workflow(name, configuration string) (sid taskrouter.WorkflowSID, err error) {
	err = p.find(func(s *routing.State) string {
		for _, w := range s.Catalog().Workflows() {
			if w.FriendlyName == name {
				return string(w.SID)
			}
		}
		return ""
	}, routing.CreateWorkflow{FriendlyName: name, Configuration: configuration}, (*string)(&sid))
	return sid, err
}

// worker finds or makes a worker.
func (p *planter) worker(name, attributes string) (sid taskrouter.WorkerSID, err error) {
	err = p.find(func(s *routing.State) string {
		for w := range s.Workers("") {
			if strings.EqualFold(w.FriendlyName, name) {
				return string(w.SID)
			}
		}
		return ""
	}, routing.CreateWorker{FriendlyName: name, Attributes: attributes}, (*string)(&sid))
	return sid, err
}

// find sets sid to what look finds in the workspace, or to what the command makes.
func (p *planter) find(look func(*routing.State) string, otherwise routing.Command,
	sid *string) error {
	if err := p.view(func(s *routing.State) { *sid = look(s) }); err != nil || *sid != "" {
		return err
	}
	made, err := p.engine.Submit(p.ctx,
		engine.Command{Workspace: p.ws, From: p.from, Do: otherwise})
	if err != nil {
		return err
	}
	*sid = made.Entity.EntitySID()
	return nil
}

func (p *planter) view(read func(*routing.State)) error {
	return p.engine.View(p.ctx, p.from, p.ws, read)
}

// sampleWorkflow is a configuration with two filters. An invoice question goes to somebody in
// billing who speaks the customer's language; after half a minute to anybody in billing; after
// another minute to everyone. A complaint goes to everyone ahead of the others.
func sampleWorkflow(billing, everyone taskrouter.TaskQueueSID) string {
	type target struct {
		Queue      taskrouter.TaskQueueSID `json:"queue"`
		Expression string                  `json:"expression,omitempty"`
		OrderBy    string                  `json:"order_by,omitempty"`
		Priority   int                     `json:"priority,omitempty"`
		Timeout    int                     `json:"timeout,omitempty"`
	}
	type filter struct {
		Name       string   `json:"filter_friendly_name"`
		Expression string   `json:"expression"`
		Targets    []target `json:"targets"`
	}
	type rules struct {
		Filters []filter `json:"filters"`
		Default target   `json:"default_filter"`
	}
	filters := []filter{{
		Name:       "Billing",
		Expression: `type == "billing"`,
		Targets: []target{
			{Queue: billing, Expression: "worker.languages HAS task.language",
				OrderBy: "worker.levels.billing DESC", Timeout: 30},
			{Queue: billing, Timeout: 60},
			{Queue: everyone, Priority: 5},
		},
	}, {
		Name:       "Complaints",
		Expression: `type == "complaint"`,
		Targets:    []target{{Queue: everyone, Priority: 10}},
	}}
	configuration, err := json.Marshal(struct {
		Routing rules `json:"task_routing"`
	}{rules{filters, target{Queue: everyone}}})
	if err != nil {
		panic(err) // strings and numbers can always be written
	}
	return string(configuration)
}
