package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// An inquiry is answered by looking at a workspace, as often as it takes.
type inquiry interface {
	Look(s *routing.State, now time.Time) (done bool, err error)
}

// inquire looks at the workspace until the inquiry is answered. Commands go on between the looks.
func (c *call) inquire(q inquiry) error {
	for done := false; !done; {
		var failed error
		err := c.view(func(s *routing.State) { done, failed = q.Look(s, c.at) })
		if err == nil {
			err = failed
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// explainTask answers why a task has nobody yet. Spec: explanation 3
func explainTask(c *call) error {
	f := &c.form
	q := &routing.TaskInquiry{
		Task:   taskSID(c),
		Worker: sid[taskrouter.WorkerSID](f, "WorkerSid", taskrouter.PrefixWorker),
		Viewer: c.viewer(),
	}
	if f.text("At") != "" {
		f.fail("At", "At can't be given: an explanation is of this moment. What was decided before, "+
			"and why, is in Tasks/%s/Timeline", q.Task)
	}
	if f.err != nil {
		return f.err
	}
	p, err := c.page(taskrouter.PrefixWorker, 1)
	if err != nil {
		return err
	}
	if p.backward {
		return taskrouter.Invalid.Errorf("PageToken leads backwards; an explanation is read from " +
			"its first page on").At("PageToken")
	}
	if q.Size = p.size; p.token != nil {
		q.After = &routing.Place{
			Rank: int(p.token.keys[0]), Worker: taskrouter.WorkerSID(p.token.sid),
		}
	}
	if q.Viewer != "" && q.Worker != "" && q.Worker != q.Viewer {
		return taskrouter.Forbidden.Errorf("the token of worker %s explains a task for that worker "+
			"only", q.Viewer)
	}
	if err := c.inquire(q); err != nil {
		if taskrouter.KindOf(err) == taskrouter.NotFound {
			return elsewhere{err, "a task is explained until five minutes after its end, and what " +
				"happened to it before is at Tasks/" + shorten(string(q.Task)) + "/Timeline"}
		}
		return err
	}
	x := q.Answer()
	if at := x.NextPage; at != nil {
		token := appendToken(nil, "PA", place{
			keys: [maxTerms]int64{int64(at.Rank)}, sid: string(at.Worker),
		}, 1)
		next := pageURL(c.listURL(), p.size, p.number+1, string(token))
		x.NextPageURL = &next
	}
	return c.send(x)
}

// explainWorker answers why nothing comes to a worker. Spec: explanation 4
func explainWorker(c *call) error {
	q := &routing.WorkerInquiry{Worker: workerSID(c)}
	if err := c.inquire(q); err != nil {
		return err
	}
	return c.send(q.Answer())
}

// send answers with something that is written as its fields say.
func (c *call) send(answer any) error {
	b := bytes.NewBuffer(c.out[:0])
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(answer); err != nil {
		return err
	}
	return c.answer(http.StatusOK, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
