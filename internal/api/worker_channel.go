package api

import (
	"cmp"
	"iter"
	"math"
	"net/http"
	"slices"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Spec: rest-api 9

// A channelOf is a worker's channel together with the worker, as answers show it.
type channelOf struct {
	worker  *taskrouter.Worker
	channel *taskrouter.WorkerChannel
}

func (c channelOf) sid() string { return string(c.channel.SID) }

func workerInPath(c *call) taskrouter.WorkerSID {
	return taskrouter.WorkerSID(c.r.PathValue("WorkerSid"))
}

// workerChannel finds a channel of a worker by its own SID, or by SID or unique name of the
// task channel; nil if there is none.
func workerChannel(w *taskrouter.Worker, catalog *routing.Catalog, name string) *channelOf {
	if w == nil {
		return nil
	}
	for i := range w.Channels {
		if string(w.Channels[i].SID) == name {
			return &channelOf{w, &w.Channels[i]}
		}
	}
	if ch := catalog.FindTaskChannel(name); ch != nil {
		if own := w.Channel(ch.SID); own != nil {
			return &channelOf{w, own}
		}
	}
	return nil
}

func readWorkerChannel(c *call) error {
	found, e, err := find(c, func(s *routing.State) *channelOf {
		return workerChannel(s.Worker(workerInPath(c)), s.Catalog(), c.r.PathValue("Sid"))
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.WorkerChannel(c.out, found.worker, found.channel))
}

func updateWorkerChannel(c *call) error {
	f, name := &c.form, c.r.PathValue("Sid")
	w, e, err := submit[taskrouter.Worker](c, routing.UpdateWorkerChannel{
		Worker:    workerInPath(c),
		Channel:   name,
		Capacity:  f.optNumber("Capacity", 0, math.MaxInt32),
		Available: f.optFlag("Available"),
	})
	if err != nil {
		return err
	}
	found := workerChannel(w, e.Catalog, name)
	if found == nil {
		return taskrouter.NotFound.Errorf("no such channel")
	}
	return c.answer(http.StatusOK, e.WorkerChannel(c.out, found.worker, found.channel))
}

func listWorkerChannels(c *call) error {
	return list(c, listing[channelOf]{
		key:    "channels",
		prefix: taskrouter.PrefixWorkerChannel,
		sid:    channelOf.sid,
		each: func(s *routing.State, last string) iter.Seq[channelOf] {
			w := s.Worker(workerInPath(c))
			if w == nil {
				return nil
			}
			channels := make([]channelOf, len(w.Channels))
			for i := range w.Channels {
				channels[i] = channelOf{w, &w.Channels[i]}
			}
			slices.SortFunc(channels, func(a, b channelOf) int {
				return cmp.Compare(a.sid(), b.sid())
			})
			return after(channels, channelOf.sid, last)
		},
		write: func(e *wire.Encoder, dst []byte, ch channelOf) []byte {
			return e.WorkerChannel(dst, ch.worker, ch.channel)
		},
	})
}
