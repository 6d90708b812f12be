package store

import "taskrouter"

func appendAlert(m message, a *taskrouter.Alert) message {
	m, start := m.open(10)
	m = m.sid(1, string(a.SID))
	m = m.int(2, int(a.Code))
	m = m.time(3, a.At)
	m = m.text(4, a.Message)
	m = m.text(5, a.URL)
	m = m.sid(6, string(a.TaskSID))
	m = m.sid(7, string(a.ReservationSID))
	m = m.sid(8, string(a.WorkerSID))
	m = m.sid(9, string(a.WorkflowSID))
	return m.close(start)
}

func alert(r *fields) taskrouter.Alert {
	var a taskrouter.Alert
	for r.next() {
		switch r.field {
		case 1:
			a.SID = taskrouter.AlertSID(r.sid())
		case 2:
			a.Code = taskrouter.AlertCode(r.int())
		case 3:
			a.At = r.time()
		case 4:
			a.Message = r.text()
		case 5:
			a.URL = r.word()
		case 6:
			a.TaskSID = taskrouter.TaskSID(r.sid())
		case 7:
			a.ReservationSID = taskrouter.ReservationSID(r.sid())
		case 8:
			a.WorkerSID = taskrouter.WorkerSID(r.sharedSID())
		case 9:
			a.WorkflowSID = taskrouter.WorkflowSID(r.sharedSID())
		}
	}
	return a
}
