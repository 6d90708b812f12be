package webhook

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/voice"
)

// A due is an assignment callback that has to be made, for a reservation as it was offered.
type due struct {
	m           *Messenger
	ws          taskrouter.WorkspaceSID
	account     taskrouter.AccountSID
	reservation *taskrouter.Reservation
	task        *taskrouter.Task
	worker      *taskrouter.Worker
	workflow    *taskrouter.Workflow
	channel     *taskrouter.TaskChannel // nil if unknown

	over atomic.Bool // answered, or the reservation has ended
	held bool        // seen, but perhaps not durable yet; guarded by dues.mu
}

// dues are the callbacks that have not been answered. They are never more than there are pending
// reservations.
type dues struct {
	mu  sync.Mutex
	all map[taskrouter.ReservationSID]*due
}

// add notes a callback unless it is known already. It returns the one that may be made now, if
// this makes it so: one that is held waits for release.
func (a *dues) add(d *due, held bool) *due {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.all[d.reservation.SID]
	if known == nil {
		d.held = held
		a.all[d.reservation.SID] = d
		known = d
	} else if !known.held {
		return nil
	}
	if held {
		return nil
	}
	known.held = false
	return known
}

// drop takes a callback out that is not to be made any more.
func (a *dues) drop(sid taskrouter.ReservationSID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.all[sid]; d != nil {
		d.over.Store(true)
		delete(a.all, sid)
	}
}

// release lets those of held go that still are, or drops them if they are not durable.
func (a *dues) release(held []*due, durable bool) (free []*due) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range held {
		switch {
		case a.all[d.reservation.SID] != d || !d.held:
		case durable:
			d.held = false
			free = append(free, d)
		default:
			delete(a.all, d.reservation.SID)
		}
	}
	return free
}

func (a *dues) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.all)
}

// noteDues takes from a publication which callbacks are due and which are no longer.
func (m *Messenger) noteDues(p *engine.Publication) {
	for _, c := range p.Changes {
		for i := range c.Events {
			e := &c.Events[i]
			if e.Type != taskrouter.EventReservationCreated || !e.Reservation.CallbackDue ||
				e.Task == nil || e.Worker == nil || e.Workflow == nil {
				continue
			}
			m.begin(&due{
				m: m, ws: p.Workspace, account: p.Account, reservation: e.Reservation,
				task: e.Task, worker: e.Worker, workflow: e.Workflow, channel: e.TaskChannel,
			})
		}
	}
	if m.dues.len() == 0 {
		return
	}
	for _, c := range p.Changes {
		for _, v := range c.Puts {
			if r, ok := v.(*taskrouter.Reservation); ok && !isDue(r) {
				m.dues.drop(r.SID)
			}
		}
		for _, sid := range c.Deleted {
			if sid[:2] == taskrouter.PrefixReservation {
				m.dues.drop(taskrouter.ReservationSID(sid))
			}
		}
	}
}

func isDue(r *taskrouter.Reservation) bool {
	return r.CallbackDue && r.Status == taskrouter.ReservationPending
}

// holdDues finds the callbacks that are due in a workspace. It runs in a view, so what it finds
// may not be durable yet.
func (m *Messenger) holdDues(s *routing.State) (held []*due) {
	catalog := s.Catalog()
	for t := range s.Tasks("") {
		if t.AssignmentStatus != taskrouter.TaskReserved {
			continue
		}
		for _, r := range s.TaskReservations(t.SID) {
			d := &due{
				m: m, ws: catalog.Workspace.SID, account: catalog.Workspace.AccountSID,
				reservation: r, task: t, worker: s.Worker(r.WorkerSID),
				workflow: catalog.Workflow(r.WorkflowSID),
				channel:  catalog.TaskChannel(r.TaskChannelSID),
			}
			if isDue(r) && d.worker != nil && d.workflow != nil {
				m.dues.add(d, true)
				held = append(held, d)
			}
		}
	}
	return held
}

// begin has a callback made when it is its turn.
func (m *Messenger) begin(d *due) {
	if d = m.dues.add(d, false); d != nil {
		m.enter(d)
	}
}

// enter puts a callback into its lane.
func (m *Messenger) enter(d *due) {
	t, _ := newTarget(d.workflow.AssignmentCallbackURL)
	m.assignments.submit(t.host, d)
}

// wanted implements [job]: a reservation that has ended is not asked about any more.
func (d *due) wanted() bool { return !d.over.Load() }

// run makes the callback and records what came of it.
func (d *due) run() {
	m := d.m
	cmd := routing.AnswerCallback{SID: d.reservation.SID}
	if d.workflow.AssignmentCallbackURL == "" {
		cmd.Why = "the workflow has no callback any more" // it was taken off since
	} else {
		v, alerts := d.ask()
		if v.call != "" && m.ctx.Err() == nil {
			alerts = append(alerts, d.instruct(v)...)
		}
		cmd.Answer, cmd.ActivitySID, cmd.Why, cmd.Alerts = v.do, v.activity, v.why, alerts
	}
	if m.ctx.Err() != nil {
		return // cut off by the end of the server: asked again at the next start
	}
	late := d.over.Load() // by then, since the answer itself ends it
	if late && len(cmd.Alerts) == 0 || d.record(cmd) {
		m.count.answered(cmd.Answer, late)
	}
	m.dues.drop(d.reservation.SID)
}

// ask asks the callback URL, and the fallback URL if that does not answer properly.
func (d *due) ask() (verdict, []taskrouter.Alert) {
	form := d.form()
	primary, err := newTarget(d.workflow.AssignmentCallbackURL)
	v := d.post(primary, err, form)
	var alerts []taskrouter.Alert
	note := func(v verdict) {
		if v.alert != nil {
			alerts = append(alerts, *v.alert)
		}
	}
	note(v)
	fallback := d.workflow.FallbackAssignmentCallbackURL
	if v.failed && fallback != "" && !d.over.Load() && d.m.ctx.Err() == nil {
		d.m.count.fallbacks.Add(1)
		form.Set("ErrorCode", strconv.Itoa(int(v.alert.Code)))
		form.Set("ErrorUrl", primary.address)
		second, err := newTarget(fallback)
		v = d.post(second, err, form)
		note(v)
	}
	if v.failed {
		v.do, v.why = routing.CallbackFailed, "its assignment callback was not answered"
	}
	return v, alerts
}

// post makes one request.
func (d *due) post(t target, bad error, form map[string][]string) verdict {
	if bad != nil {
		return judge(t, answer{}, bad)
	}
	m := d.m
	a, err := m.client.post(m.ctx, t, m.o.Key(d.account), form, m.o.AssignmentTimeout)
	return judge(t, a, err)
}

// instruct has an instruction about the task's call carried out, and returns what went wrong.
func (d *due) instruct(v verdict) []taskrouter.Alert {
	var in voice.Instruction
	var alert *taskrouter.Alert
	err := d.m.patiently(func() error {
		return d.m.o.Engine.View(d.m.ctx, d.principal(), d.ws, func(s *routing.State) {
			in, alert = voice.Resolve(s, d.reservation.SID, v.call, v.params)
		})
	})
	if err != nil {
		return nil // the workspace is gone, or the server stops; recording finds out as well
	}
	if alert == nil {
		alert = voice.Place(d.m.ctx, d.m.o.Caller, in)
	}
	if alert == nil {
		return nil
	}
	return []taskrouter.Alert{*alert}
}

// principal is in whose name the answer is recorded.
func (d *due) principal() engine.Principal {
	return engine.Principal{System: true, Account: d.account, Actor: taskrouter.Actor{
		Type: "workflow", SID: string(d.workflow.SID)}}
}

// record submits the answer until it is durable or nobody needs it. It reports whether it is.
func (d *due) record(cmd routing.AnswerCallback) bool {
	submit := func() error {
		_, err := d.m.o.Engine.Submit(d.m.ctx, engine.Command{
			Workspace: d.ws, From: d.principal(), Do: cmd,
		})
		return err
	}
	err := d.m.patiently(submit)
	if taskrouter.KindOf(err) == taskrouter.Invalid && cmd.Answer == routing.CallbackReject {
		// The activity is not one: the reservation stays, and somebody hears of it.
		cmd.Alerts = append(cmd.Alerts, taskrouter.Alert{
			Code: taskrouter.AlertRejectActivity,
			Message: fmt.Sprintf("reservation %s was not rejected as its assignment callback "+
				"asked for: %v", d.reservation.SID, err),
		})
		cmd.Answer, cmd.ActivitySID = routing.CallbackNothing, ""
		err = d.m.patiently(submit)
	}
	if err != nil && d.m.ctx.Err() == nil && taskrouter.KindOf(err) != taskrouter.NotFound {
		d.m.o.Logger.Error("answer of a callback could not be recorded",
			"workspace", d.ws, "reservation", d.reservation.SID, "err", err)
	}
	return err == nil
}
