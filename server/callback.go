package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"taskrouter"
	"taskrouter/internal/account"
	"taskrouter/internal/engine"
	"taskrouter/internal/webhook"
)

// newMessenger returns what makes the callbacks of a server.
func newMessenger(s *Server, accounts *account.Directory) (*webhook.Messenger, error) {
	allow, err := webhook.ParseNetworks(s.config.CallbackAllow)
	if err != nil {
		return nil, err
	}
	return webhook.New(webhook.Options{
		Engine: s.engine,
		Store:  s.store,
		Key: func(sid taskrouter.AccountSID) string {
			secret, _ := accounts.AuthToken(sid)
			return secret
		},
		Allow:  allow,
		GiveUp: s.config.CallbackGiveUp,
		Logger: s.log,
	}), nil
}

const (
	alertsWaiting   = 256 // that wait to be logged; more are counted only
	alertsPerSecond = 10
	alertsAtOnce    = 50
)

// An alertLog logs the alerts of all workspaces with their numbers: a fault that repeats itself
// fills no disk, but is counted.
type alertLog struct {
	log     *slog.Logger
	waiting chan workspaceAlert
	silent  atomic.Int64 // that were not logged
	leave   func()
}

type workspaceAlert struct {
	workspace taskrouter.WorkspaceSID
	taskrouter.Alert
}

func newAlertLog(e *engine.Engine, log *slog.Logger) *alertLog {
	a := &alertLog{log: log, waiting: make(chan workspaceAlert, alertsWaiting)}
	a.leave = e.Subscribe("alerts", func(p engine.Publication) {
		for _, c := range p.Changes {
			for _, alert := range c.Alerts {
				select {
				case a.waiting <- workspaceAlert{p.Workspace, alert}:
				default:
					a.silent.Add(1)
				}
			}
		}
	})
	return a
}

// run logs until ctx ends.
func (a *alertLog) run(ctx context.Context) {
	defer a.leave()
	limit := rate.NewLimiter(alertsPerSecond, alertsAtOnce)
	for {
		select {
		case <-ctx.Done():
			return
		case alert := <-a.waiting:
			if !limit.AllowN(time.Now(), 1) {
				a.silent.Add(1)
				continue
			}
			a.write(ctx, alert)
		}
	}
}

func (a *alertLog) write(ctx context.Context, alert workspaceAlert) {
	level := slog.LevelError
	if alert.Code.Level() == taskrouter.AlertWarning {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.Int("alert", int(alert.Code)),
		slog.String("workspace", string(alert.workspace)),
	}
	if alert.ReservationSID != "" {
		attrs = append(attrs, slog.String("reservation", string(alert.ReservationSID)))
	}
	if alert.TaskSID != "" {
		attrs = append(attrs, slog.String("task", string(alert.TaskSID)))
	}
	if silent := a.silent.Swap(0); silent > 0 {
		attrs = append(attrs, slog.Int64("not_logged", silent))
	}
	a.log.LogAttrs(ctx, level, alert.Message, attrs...)
}
