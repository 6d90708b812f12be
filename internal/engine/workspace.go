package engine

import (
	"errors"
	"runtime"
	"sync"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// A workspace is one workspace's live state and the loop that owns it. Only the loop touches
// anything but the mailbox.
type workspace struct {
	e    *Engine
	sid  taskrouter.WorkspaceSID
	mail *queue[*request]
	busy bool // has timers to run, so loading it is not given up

	// reading is held while a view is begun and run, so that a caller who gave up can wait for
	// the end of its own.
	reading sync.Mutex

	account taskrouter.AccountSID
	state   *routing.State // memory; may be ahead of the disk by the groups below
	repeats *repeats
	lease   store.Lease
	pos     store.Position // of the newest record known to be durable
	loading func()         // called once, after the first attempt to load

	batch    []*request // taken from the mailbox, not served yet
	spent    []*request // memory for the next batch
	next     *group     // decided, still taking commands
	inflight *group     // handed to the appender; nil if there is none
	spare    *group     // memory for another group
	outcome  chan store.Outcome
	telling  bool       // what is durable is being published
	looks    []*request // views to be answered after that
	ended    bool       // the workspace was deleted in memory
	broken   bool       // routing panicked: load anew once everything decided before is durable

	now clock

	timer *time.Timer
	armed time.Time     // when the timer fires; zero if it is not running
	pause time.Duration // grows while ticks do not help
	quiet time.Time     // no tick before

	since    int       // changes since the newest snapshot
	snapshot *snapshot // being made; nil if there is none
	written  chan error
	finished bool // the last snapshot has been considered
}

func newWorkspace(e *Engine, sid taskrouter.WorkspaceSID) *workspace {
	w := &workspace{
		e:       e,
		sid:     sid,
		mail:    newQueue[*request](e.o.Mailbox),
		outcome: make(chan store.Outcome, 1),
		written: make(chan error, 1),
		loading: func() {},
		now:     clock{read: e.o.Now},
		timer:   time.NewTimer(0),
	}
	w.timer.Stop()
	w.next = w.newGroup()
	return w
}

// run is the loop. It ends when the workspace is gone, given up or shut down.
func (w *workspace) run() {
	defer w.e.loops.Done()
	defer w.timer.Stop()
	w.end(w.loop())
}

// end refuses what waits and what still comes with an error, and makes room for another loop.
func (w *workspace) end(err error) {
	w.mail.close(err)
	w.e.forget(w)
	w.refuse(err)
}

func (w *workspace) loop() error {
	if w.state == nil {
		if err := w.load(); err != nil {
			return err
		}
	}
	for {
		if err := w.work(); err != nil {
			return err
		}
		select {
		case <-w.mail.wake:
		case o := <-w.outcome:
			if err := w.settle(o); err != nil {
				return err
			}
		case <-w.timer.C:
			w.armed = time.Time{}
		case err := <-w.written:
			w.snapshotWritten(err)
		}
	}
}

// work does what can be done without waiting: it decides as long as the group has room, and
// hands the group over when the one before is durable. An error ends the loop.
func (w *workspace) work() error {
	for {
		w.serveBatch()
		if w.inflight == nil {
			w.handOver()
		}
		if w.inflight != nil {
			return nil
		}
		// Everything that memory holds is durable.
		switch {
		case w.broken:
			if err := w.load(); err != nil {
				return err
			}
			continue
		case w.state.Catalog().Workspace == nil:
			return errUnknown(w.sid) // it was not created after all
		case w.mail.drained() && !w.finalSnapshot():
			return w.release()
		}
		if !w.snapshot.owes() {
			return nil
		}
	}
}

// serveBatch serves what waits in the mailbox, and then runs the tick if one is due.
func (w *workspace) serveBatch() {
	if len(w.batch) == 0 {
		w.spent = w.mail.take(w.spent)
		w.batch = w.spent
	}
	for len(w.batch) > 0 && w.room() {
		r := w.batch[0]
		w.batch = w.batch[1:]
		w.serve(r)
	}
	if w.room() {
		w.tick()
	}
}

// room reports whether another command may be decided now.
func (w *workspace) room() bool { return !w.broken && !w.next.full() }

// serve decides a command or runs a view, and has the answer wait for what it depends on.
func (w *workspace) serve(r *request) {
	if r.read != nil {
		w.reading.Lock()
		defer w.reading.Unlock()
	}
	if !r.take() {
		return
	}
	switch {
	case !r.from.reaches(w.account):
		r.fail(errUnknown(w.sid))
	case w.ended:
		r.result, r.err = Result{}, errUnknown(w.sid)
		w.hold(r)
	case r.read != nil:
		w.view(r)
		w.next.sealed = w.next.sealed || r.exact && len(w.next.changes) > 0
		w.hold(r)
	default:
		w.command(r)
		w.hold(r)
	}
}

// hold answers r as soon as everything in memory is durable, at once if it is already; a view
// also waits until that has been published.
func (w *workspace) hold(r *request) {
	switch {
	case len(w.next.changes) > 0:
		w.next.waiting = append(w.next.waiting, r)
	case w.inflight != nil:
		w.inflight.waiting = append(w.inflight.waiting, r)
	case w.telling && r.read != nil:
		w.looks = append(w.looks, r)
	default:
		r.result.Position = w.pos
		r.answer()
	}
}

// answerLooks answers the views of what has been published. It comes after that, so that whoever
// begins to listen after a look is not told of what the look has shown.
func (w *workspace) answerLooks() {
	w.telling = false
	for i, r := range w.looks {
		r.result.Position = w.pos
		r.answer()
		w.looks[i] = nil
	}
	w.looks = w.looks[:0]
}

// view lets the caller read. A panic there, in a dry run for example, leaves memory in doubt.
func (w *workspace) view(r *request) {
	w.e.count.views.Add(1)
	defer func() {
		if cause := recover(); cause != nil {
			w.broken = true
			w.e.logPanic(cause, "workspace", w.sid, "in", "view")
			r.err = taskrouter.Internal.Errorf("the view of workspace %s failed", w.sid)
		}
	}()
	r.read(w.state)
}

// command decides r's command and puts the change into the group.
func (w *workspace) command(r *request) {
	w.e.count.commands.Add(1)
	now := w.now.next()
	if r.id != "" {
		if prior := w.repeats.find(r.id, now); prior != nil {
			r.result, r.err = w.repeat(prior, r)
			return
		}
		if r.recall {
			return
		}
	}
	change, err := w.decide(r.do, now)
	if err != nil {
		w.e.count.failed.Add(1)
		r.err = err
		return
	}
	change.Actor = r.from.Actor
	r.result = Result{Entity: change.Answer, Catalog: w.state.Catalog(), Change: change}
	if r.result.Entity == nil && change.Result != "" {
		r.result.Entity = w.state.Entity(change.Result)
	}
	if r.id != "" {
		named := nameOf(r.do)
		change.Command = journalID(named, r.id)
		w.repeats.add(&repeat{
			id: r.id, name: named, at: now, result: change.Result, entity: r.result.Entity,
		})
	}
	if change.Empty() && r.id == "" {
		return
	}
	if w.state.Catalog().Workspace == nil {
		w.ended = true
		w.next.final = true
	}
	w.next.add(change, &r.from)
}

// decide asks routing. A panic there leaves memory in doubt, so it is loaded anew.
func (w *workspace) decide(do routing.Command, now time.Time) (c *taskrouter.Change, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			w.broken = true
			w.e.logPanic(cause, "workspace", w.sid, "in", kindOf(do))
			err = taskrouter.Internal.Errorf(
				"%s failed in workspace %s; nothing was changed", kindOf(do), w.sid)
		}
	}()
	return w.state.Decide(do, now)
}

// handOver makes a record of what was decided and gives it to the appender. It does nothing if
// there is nothing to record.
func (w *workspace) handOver() {
	g := w.next
	if len(g.changes) == 0 && !w.snapshot.owes() {
		return
	}
	w.next = w.newGroup()
	if err := w.seal(g); err != nil {
		w.broken = true
		g.fail(err)
		return
	}
	w.inflight = g
	w.since += len(g.changes)
	w.considerSnapshot(g.record.Next)
	// The appender's queue has no limit and is closed only after all loops have ended.
	_ = w.e.appender.waiting.put(writing{record: g.record, outcome: w.outcome})
}

// seal makes the record of a group.
func (w *workspace) seal(g *group) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			w.e.logPanic(cause, "workspace", w.sid, "in", "seal")
			err = taskrouter.Internal.Errorf(
				"a change of workspace %s cannot be written down; nothing was changed", w.sid)
		}
	}()
	g.catalog = w.state.Catalog()
	g.record = w.e.codec.Record(w.lease, w.pos, w.now.last, w.rememberRepeats(g.changes))
	g.record.Final = g.final
	return nil
}

// settle deals with the outcome of the record in flight. An error ends the loop.
func (w *workspace) settle(o store.Outcome) error {
	g := w.inflight
	w.inflight = nil
	switch o.State {
	case store.Durable:
		w.pos = g.record.Next
		readers := w.e.readers()
		w.answer(g)
		// Those answered often have their next command ready; letting them run now makes
		// groups a third larger. Then the disk gets work, and while it syncs the readers are told.
		runtime.Gosched()
		w.telling = true
		w.serveBatch()
		w.handOver()
		w.publish(g, readers)
		w.answerLooks()
		w.writeSnapshot()
		if g.final {
			return errUnknown(w.sid)
		}
		return nil
	case store.Refused:
		w.e.count.appendRefusals.Add(1)
		if !errors.Is(o.Err, store.ErrFenced) && !errors.Is(o.Err, store.ErrNotFound) {
			w.e.o.Logger.Error("the store does not take a record", "workspace", w.sid,
				"seq", g.record.Next.Seq, "changes", len(g.changes), "err", o.Err)
			w.lose(g, taskrouter.Internal.Errorf("a change of workspace %s is more than can be "+
				"stored at once; nothing was changed", w.sid))
			return w.load()
		}
		w.e.o.Logger.Warn("workspace was claimed by somebody else", "workspace", w.sid,
			"seq", g.record.Next.Seq, "err", o.Err)
		err := taskrouter.Unavailable.Errorf("workspace %s has moved; retry in a moment", w.sid)
		w.lose(g, err)
		return err
	default:
		w.e.count.appendFailures.Add(1)
		w.e.o.Logger.Error("record could not be stored", "workspace", w.sid,
			"seq", g.record.Next.Seq, "err", o.Err)
		w.lose(g, taskrouter.Unavailable.Errorf("workspace %s could not be stored; "+
			"retry in a moment", w.sid))
		return w.load()
	}
}

// lose fails whoever waits for a group that did not become durable, and those whose answers
// came from memory that held it.
func (w *workspace) lose(g *group, err error) {
	g.fail(err)
	w.next.fail(err)
	w.next = w.newGroup()
}

// refuse answers everything in the mailbox with an error.
func (w *workspace) refuse(err error) {
	for {
		for _, r := range w.batch {
			if r.take() {
				r.fail(err)
			}
		}
		if w.batch = w.mail.take(nil); len(w.batch) == 0 {
			return
		}
	}
}
