package api

import (
	"iter"
	"net/http"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Spec: rest-api 7

func activitySID(c *call) taskrouter.ActivitySID {
	return taskrouter.ActivitySID(c.r.PathValue("Sid"))
}

func createActivity(c *call) error {
	f := &c.form
	a, e, err := submit[taskrouter.Activity](c, routing.CreateActivity{
		FriendlyName: f.need("FriendlyName"),
		Available:    f.flag("Available"),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, e.Activity(c.out, a))
}

func readActivity(c *call) error {
	a, e, err := find(c, func(s *routing.State) *taskrouter.Activity {
		return s.Catalog().Activity(activitySID(c))
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.Activity(c.out, a))
}

func updateActivity(c *call) error {
	a, e, err := submit[taskrouter.Activity](c, routing.UpdateActivity{
		SID:          activitySID(c),
		FriendlyName: c.form.optText("FriendlyName"),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.Activity(c.out, a))
}

func deleteActivity(c *call) error {
	return c.remove(routing.DeleteActivity{SID: activitySID(c)})
}

func listActivities(c *call) error {
	f := &c.form
	name, available := f.filter("FriendlyName"), f.optFlag("Available")
	return list(c, listing[*taskrouter.Activity]{
		key:    "activities",
		prefix: taskrouter.PrefixActivity,
		sid:    entitySID[*taskrouter.Activity],
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.Activity] {
			return after(s.Catalog().Activities(), entitySID, last)
		},
		keep: func(*routing.Catalog) func(*taskrouter.Activity) bool {
			return func(a *taskrouter.Activity) bool {
				return is(name, a.FriendlyName) && is(available, a.Available)
			}
		},
		write: (*wire.Encoder).Activity,
	})
}

// is reports whether a filter, if it is given, wants exactly this value.
func is[T comparable](filter *T, value T) bool { return filter == nil || *filter == value }
