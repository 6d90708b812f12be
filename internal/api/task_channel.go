package api

import (
	"iter"
	"net/http"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Spec: rest-api 14

func createTaskChannel(c *call) error {
	f := &c.form
	ch, e, err := submit[taskrouter.TaskChannel](c, routing.CreateTaskChannel{
		FriendlyName:            f.need("FriendlyName"),
		UniqueName:              f.need("UniqueName"),
		ChannelOptimizedRouting: f.flag("ChannelOptimizedRouting"),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, e.TaskChannel(c.out, ch))
}

func readTaskChannel(c *call) error {
	ch, e, err := find(c, func(s *routing.State) *taskrouter.TaskChannel {
		return s.Catalog().FindTaskChannel(c.r.PathValue("Sid"))
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.TaskChannel(c.out, ch))
}

func updateTaskChannel(c *call) error {
	f := &c.form
	ch, e, err := submit[taskrouter.TaskChannel](c, routing.UpdateTaskChannel{
		Channel:                 c.r.PathValue("Sid"),
		FriendlyName:            f.optText("FriendlyName"),
		ChannelOptimizedRouting: f.optFlag("ChannelOptimizedRouting"),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.TaskChannel(c.out, ch))
}

func deleteTaskChannel(c *call) error {
	return c.remove(routing.DeleteTaskChannel{Channel: c.r.PathValue("Sid")})
}

func listTaskChannels(c *call) error {
	return list(c, listing[*taskrouter.TaskChannel]{
		key:    "channels",
		prefix: taskrouter.PrefixTaskChannel,
		sid:    entitySID[*taskrouter.TaskChannel],
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.TaskChannel] {
			return after(s.Catalog().TaskChannels(), entitySID, last)
		},
		write: (*wire.Encoder).TaskChannel,
	})
}
