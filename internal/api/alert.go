package api

import (
	"math"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/wire"
)

// Spec: history 2

func listAlerts(c *call) error {
	h, err := c.past()
	if err != nil {
		return err
	}
	f := &c.form
	q := engine.AlertQuery{
		SID:      sid[taskrouter.AlertSID](f, "Sid", taskrouter.PrefixAlert),
		Level:    word(f, "LogLevel", taskrouter.AlertError, taskrouter.AlertWarning),
		Task:     sid[taskrouter.TaskSID](f, "TaskSid", taskrouter.PrefixTask),
		Worker:   sid[taskrouter.WorkerSID](f, "WorkerSid", taskrouter.PrefixWorker),
		Workflow: sid[taskrouter.WorkflowSID](f, "WorkflowSid", taskrouter.PrefixWorkflow),
	}
	if n := f.optNumber("ErrorCode", 1, math.MaxInt32); n != nil {
		q.Code = taskrouter.AlertCode(*n)
	}
	q.Window = c.window(false)
	if n := f.optNumber("AfterSequence", 0, math.MaxInt); n != nil {
		q.AfterSeq = engine.Seq(*n)
	}
	if f.err != nil {
		return f.err
	}
	p, err := c.pageOfHistory(taskrouter.PrefixAlert, &q.Window)
	if err != nil {
		return err
	}
	past, err := h.Alerts(c.r.Context(), c.from, c.workspace(), q)
	if err != nil {
		return err
	}
	return sendPast(c, "alerts", p, past, alertSID, writeAlert)
}

func alertSID(a engine.PastAlert) string { return string(a.SID) }

func writeAlert(e *wire.Encoder, dst []byte, a engine.PastAlert) []byte {
	return e.Alert(dst, &a.Alert, int64(a.Seq))
}

func readAlert(c *call) error {
	h, err := c.past()
	if err != nil {
		return err
	}
	q := engine.AlertQuery{SID: taskrouter.AlertSID(c.r.PathValue("Sid"))}
	if !taskrouter.ValidSID(taskrouter.PrefixAlert, string(q.SID)) {
		return taskrouter.NotFound.Errorf("no such alert")
	}
	q.Limit = 1
	past, err := h.Alerts(c.r.Context(), c.from, c.workspace(), q)
	if err != nil {
		return err
	}
	return sendOne(c, past, writeAlert)
}
