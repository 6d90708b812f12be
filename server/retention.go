package server

import (
	"context"
	"time"
)

// trimEvery is the time between two rounds of [Server.trim].
const trimEvery = time.Hour

// trim forgets what is older than the config's Retention, again and again until ctx ends. It
// works beside everything else and in small steps.
func (s *Server) trim(ctx context.Context) {
	ticker := time.NewTicker(trimEvery)
	defer ticker.Stop()
	for {
		s.trimOnce(ctx, time.Now())
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// trimOnce goes through all workspaces. What fails is tried again in the next round.
func (s *Server) trimOnce(ctx context.Context, now time.Time) {
	entries, err := s.store.AllWorkspaces(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Warn("old records cannot be removed", "err", err)
	}
	for _, e := range entries {
		err := s.store.Trim(ctx, e.Workspace, now.Add(-s.config.Retention))
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Warn("old records cannot be removed", "workspace", e.Workspace, "err", err)
		}
	}
}
