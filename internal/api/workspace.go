package api

import (
	"cmp"
	"net/http"
	"slices"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Spec: rest-api 6

func createWorkspace(c *call) error {
	f := &c.form
	multiTask := f.optFlag("MultiTaskEnabled")
	cmd := routing.CreateWorkspace{
		Account:              c.from.Account,
		FriendlyName:         f.need("FriendlyName"),
		EventCallbackURL:     f.url("EventCallbackUrl"),
		EventsFilter:         f.limited("EventsFilter", maxText),
		MultiTaskEnabled:     multiTask == nil || *multiTask,
		Template:             word(f, "Template", "NONE", "FIFO"),
		PrioritizeQueueOrder: word(f, "PrioritizeQueueOrder", taskrouter.FIFO, taskrouter.LIFO),
	}
	if f.err != nil {
		return f.err
	}
	id, err := c.commandID()
	if err != nil {
		return err
	}
	result, err := c.engine.CreateOnce(c.r.Context(), c.from, id, cmd)
	if err != nil {
		return err
	}
	w := result.Catalog.Workspace
	return c.answer(http.StatusCreated, c.encoder(result.Catalog).Workspace(c.out, w))
}

func readWorkspace(c *call) error {
	w, e, err := find(c, func(s *routing.State) *taskrouter.Workspace {
		return s.Catalog().Workspace
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.Workspace(c.out, w))
}

func updateWorkspace(c *call) error {
	f := &c.form
	w, e, err := submit[taskrouter.Workspace](c, routing.UpdateWorkspace{
		FriendlyName:         f.optText("FriendlyName"),
		EventCallbackURL:     f.optURL("EventCallbackUrl"),
		EventsFilter:         f.optLimited("EventsFilter", maxText),
		MultiTaskEnabled:     f.optFlag("MultiTaskEnabled"),
		PrioritizeQueueOrder: optWord(f, "PrioritizeQueueOrder", taskrouter.FIFO, taskrouter.LIFO),
		DefaultActivitySID:   notEmpty(f.optActivity("DefaultActivitySid")),
		TimeoutActivitySID:   notEmpty(f.optActivity("TimeoutActivitySid")),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.Workspace(c.out, w))
}

func deleteWorkspace(c *call) error { return c.remove(routing.DeleteWorkspace{}) }

// listWorkspaces goes through the account's workspaces one by one: each has its own loop, and
// no place knows them all but by SID.
func listWorkspaces(c *call) error {
	name := c.form.filter("FriendlyName")
	l := listing[*routing.Catalog]{
		key:    "workspaces",
		prefix: taskrouter.PrefixWorkspace,
		sid:    func(k *routing.Catalog) string { return string(k.Workspace.SID) },
	}
	p, err := c.page(l.prefix, 0)
	if err != nil {
		return err
	}
	sids, err := c.engine.Workspaces(c.r.Context(), c.from.Account)
	if err != nil {
		return err
	}
	sids = slices.SortedFunc(slices.Values(sids), cmp.Compare[taskrouter.WorkspaceSID])
	if p.backward {
		slices.Reverse(sids)
	}
	found, more, err := c.workspaces(sids, p, name)
	if err != nil {
		return err
	}
	var first, last *place
	if n := len(found); n > 0 {
		a, b := l.place(found[0]), l.place(found[n-1])
		first, last = &a, &b
	}
	return c.sendList(wire.AppendList(c.out, c.meta(l.key, p, first, last, more, 0), found,
		func(dst []byte, k *routing.Catalog) []byte {
			return c.encoder(k).Workspace(dst, k.Workspace)
		}))
}

// workspaces returns a page's catalogs in the order of the list, out of SIDs in the direction
// of the page, and whether there is more beyond it.
func (c *call) workspaces(
	sids []taskrouter.WorkspaceSID, p page, name *string,
) (found []*routing.Catalog, more bool, err error) {
	for _, sid := range sids {
		if p.token != nil && (string(sid) <= p.token.sid) != p.backward ||
			p.token != nil && string(sid) == p.token.sid {
			continue
		}
		var catalog *routing.Catalog
		err := c.engine.View(c.r.Context(), c.from, sid, func(s *routing.State) {
			catalog = s.Catalog()
		})
		if taskrouter.KindOf(err) == taskrouter.NotFound && err != nil {
			continue // deleted since the SIDs were read
		}
		if err != nil {
			return nil, false, err
		}
		if catalog.Workspace == nil || !is(name, catalog.Workspace.FriendlyName) {
			continue
		}
		if more = len(found) == p.size; more {
			break
		}
		found = append(found, catalog)
	}
	if p.backward {
		slices.Reverse(found)
	}
	return found, more, nil
}
