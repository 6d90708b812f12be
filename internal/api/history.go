package api

import (
	"net/http"
	"slices"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/wire"
)

const (
	// historyDays is how far back a list of history may begin. Spec: rest-api 15
	historyDays = 30
	// usualMinutes is how far it goes back if the request does not say. Spec: rest-api 15
	usualMinutes = 15
	// slack is what a client's clock and the way of its request may take: who asks for the
	// last 30 days gets them.
	slack = time.Minute
	// longestSearch is how many characters a search may have, and mostWords how many values a
	// repeated filter.
	longestSearch = 100
	mostWords     = 50
)

// past returns where history is, unless the server keeps none.
func (c *call) past() (*engine.History, error) {
	if c.history == nil {
		return nil, taskrouter.NotFound.Errorf("this server keeps no history")
	}
	return c.history, nil
}

// window reads the period of time that a list is about: from StartDate, or else Minutes before
// its end, to EndDate. Usual says that without any of them it begins some minutes ago; else it
// is as long as history is kept. Spec: rest-api 15
func (c *call) window(usual bool) (w engine.Window) {
	f := &c.form
	start, end := f.optDate("StartDate"), f.optDate("EndDate")
	minutes := f.optNumber("Minutes", 1, historyDays*24*60)
	if f.err != nil {
		return w
	}
	last := c.at
	if end != nil {
		last = *end
		if last.Truncate(time.Second).Equal(last) {
			last = last.Add(time.Second - time.Millisecond) // dates go out in whole seconds
		}
		w.To = last
	}
	switch {
	case start != nil:
		w.From = *start
	case minutes != nil:
		w.From = last.Add(-time.Duration(*minutes) * time.Minute)
	case usual:
		w.From = last.Add(-usualMinutes * time.Minute)
	}
	oldest := c.at.Add(-historyDays*24*time.Hour - slack)
	if start != nil && w.From.Before(oldest) {
		f.fail("StartDate", "StartDate %s is more than %d days back; the earliest is %s",
			w.From.Format(time.RFC3339), historyDays, oldest.Add(slack).Format(time.RFC3339))
	}
	if start != nil && end != nil && w.From.After(w.To) {
		f.fail("StartDate", "StartDate %s is after EndDate %s", w.From.Format(time.RFC3339),
			end.Format(time.RFC3339))
	}
	return w
}

// pageOfHistory reads the parameters of paging into a window; lists of history show the newest
// things first.
func (c *call) pageOfHistory(prefix string, w *engine.Window) (page, error) {
	p, err := c.page(prefix, 0)
	if err != nil {
		return page{}, err
	}
	w.Limit = p.size
	if p.token != nil {
		w.Start, w.Ascending = p.token.sid, p.backward
	}
	return p, nil
}

// sendPast answers with a page of history, newest things first.
func sendPast[T any](
	c *call, key string, p page, past engine.Past[T], sid func(T) string,
	write func(*wire.Encoder, []byte, T) []byte,
) error {
	if p.backward {
		slices.Reverse(past.Items)
	}
	sids := make([]string, len(past.Items))
	for i, item := range past.Items {
		sids[i] = sid(item)
	}
	e := c.encoder(past.Catalog)
	return c.sendList(wire.AppendList(c.out, c.historyMeta(key, p, sids, past.More, past.Edge),
		past.Items, func(dst []byte, item T) []byte { return write(e, dst, item) }))
}

// sendOne answers with the one thing that was looked for.
func sendOne[T any](
	c *call, past engine.Past[T], write func(*wire.Encoder, []byte, T) []byte,
) error {
	if len(past.Items) == 0 {
		return taskrouter.NotFound.Errorf("nothing of that name is kept")
	}
	return c.answer(http.StatusOK, write(c.encoder(past.Catalog), c.out, past.Items[0]))
}

// historyMeta describes a page of SIDs, in the order in which they are shown. Edge is where the
// page ended early, if it did.
func (c *call) historyMeta(key string, p page, sids []string, more bool, edge string) wire.Meta {
	var first, last *place
	if n := len(sids); n > 0 {
		first, last = &place{sid: sids[0]}, &place{sid: sids[n-1]}
	}
	if edge != "" {
		at := &place{sid: edge}
		if p.backward {
			first = at
		} else {
			last = at
		}
		if first == nil {
			first = at
		}
		if last == nil {
			last = at
		}
	}
	return c.meta(key, p, first, last, more, 0)
}
