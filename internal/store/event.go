package store

import "taskrouter"

const insertEvent = `
INSERT INTO events
  (workspace_sid, sid, event_type, event_date, resource_type, resource_sid, actor_type,
   actor_sid, source_ip_address, task_sid, reservation_sid, worker_sid, task_queue_sid,
   workflow_sid, task_channel_sid, activity_sid, seq, idx)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO NOTHING`

// eventRow is the row of event number idx of the record seq.
func eventRow(ws string, seq Seq, idx int, c *taskrouter.Change, e *taskrouter.Event) row {
	s := mentions(e)
	return row{insertEvent, []any{
		ws, string(e.SID), string(e.Type), e.At.UnixMilli(),
		e.ResourceType(), e.ResourceSID(), c.Actor.Type, c.Actor.SID, c.Actor.IP,
		orNull(s.task), orNull(s.reservation), orNull(s.worker), orNull(s.taskQueue),
		orNull(s.workflow), orNull(s.taskChannel), orNull(s.activity), int64(seq), idx,
	}}
}

// subjects are the SIDs of what an event mentions.
type subjects struct {
	task, reservation, worker, taskQueue, workflow, taskChannel, activity string
}

// mentions are the SIDs by which an event can be found: its subjects, and what the task or
// reservation among them belongs to.
func mentions(e *taskrouter.Event) subjects {
	var s subjects
	if t := e.Task; t != nil {
		s.task, s.taskChannel = string(t.SID), string(t.TaskChannelSID)
		s.taskQueue, s.workflow = string(t.TaskQueueSID), string(t.WorkflowSID)
	}
	if r := e.Reservation; r != nil {
		s.reservation = string(r.SID)
		s.task, s.worker = string(r.TaskSID), string(r.WorkerSID)
		s.taskQueue, s.workflow = string(r.TaskQueueSID), string(r.WorkflowSID)
		s.taskChannel = string(r.TaskChannelSID)
	}
	if e.Worker != nil {
		s.worker = string(e.Worker.SID)
	}
	if e.TaskQueue != nil {
		s.taskQueue = string(e.TaskQueue.SID)
	}
	if e.Workflow != nil {
		s.workflow = string(e.Workflow.SID)
	}
	if e.TaskChannel != nil {
		s.taskChannel = string(e.TaskChannel.SID)
	}
	if e.Activity != nil {
		s.activity = string(e.Activity.SID)
	}
	return s
}

func orNull(sid string) any {
	if sid == "" {
		return nil
	}
	return sid
}
