package api

import (
	"iter"
	"net/http"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Spec: rest-api 12

func workflowSID(c *call) taskrouter.WorkflowSID {
	return taskrouter.WorkflowSID(c.r.PathValue("Sid"))
}

func createWorkflow(c *call) error {
	f := &c.form
	f.limited("FriendlyName", maxText)
	w, e, err := submit[taskrouter.Workflow](c, routing.CreateWorkflow{
		FriendlyName:                  f.need("FriendlyName"),
		Configuration:                 f.need("Configuration"),
		AssignmentCallbackURL:         f.url("AssignmentCallbackUrl"),
		FallbackAssignmentCallbackURL: f.url("FallbackAssignmentCallbackUrl"),
		TaskReservationTimeout:        f.reservationTimeout(),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, e.Workflow(c.out, w))
}

// reservationTimeout returns how long workers have to answer, in seconds. Spec: rest-api 18
func (f *form) reservationTimeout() *int {
	return f.optNumber("TaskReservationTimeout", 1, taskrouter.MaxReservation)
}

func readWorkflow(c *call) error {
	w, e, err := find(c, func(s *routing.State) *taskrouter.Workflow {
		return s.Catalog().Workflow(workflowSID(c))
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.Workflow(c.out, w))
}

func updateWorkflow(c *call) error {
	f := &c.form
	w, e, err := submit[taskrouter.Workflow](c, routing.UpdateWorkflow{
		SID:                           workflowSID(c),
		FriendlyName:                  f.optLimited("FriendlyName", maxText),
		Configuration:                 f.optText("Configuration"),
		AssignmentCallbackURL:         f.optURL("AssignmentCallbackUrl"),
		FallbackAssignmentCallbackURL: f.optURL("FallbackAssignmentCallbackUrl"),
		TaskReservationTimeout:        f.reservationTimeout(),
		ReEvaluateTasks:               f.flag("ReEvaluateTasks"),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.Workflow(c.out, w))
}

func deleteWorkflow(c *call) error {
	return c.remove(routing.DeleteWorkflow{SID: workflowSID(c)})
}

func listWorkflows(c *call) error {
	name := c.form.filter("FriendlyName")
	return list(c, listing[*taskrouter.Workflow]{
		key:    "workflows",
		prefix: taskrouter.PrefixWorkflow,
		sid:    entitySID[*taskrouter.Workflow],
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.Workflow] {
			return after(s.Catalog().Workflows(), entitySID, last)
		},
		keep: func(*routing.Catalog) func(*taskrouter.Workflow) bool {
			return func(w *taskrouter.Workflow) bool { return is(name, w.FriendlyName) }
		},
		write: (*wire.Encoder).Workflow,
	})
}
