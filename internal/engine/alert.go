package engine

import (
	"context"
	"log/slog"
	"net/url"
	"sync/atomic"

	"golang.org/x/time/rate"

	"taskrouter"
)

// How many alerts may wait to be logged, and how many are, in a second and at once: a fault that
// repeats itself fills no disk. All of them are in the journal.
const (
	alertQueue      = 1000
	alertsPerSecond = 10
	alertsAtOnce    = 50
)

// An AlertLog writes the alerts of all workspaces to the log as they become durable: the number,
// what it means, and the SIDs of what it is about. The text of an alert stays out, since it may
// quote attributes; it is found under the alert's SID.
type AlertLog struct {
	log     *slog.Logger
	cancel  func()
	waiting chan loggedAlert
	limit   *rate.Limiter
	dropped atomic.Int64
}

type loggedAlert struct {
	workspace taskrouter.WorkspaceSID
	alert     *taskrouter.Alert
}

// NewAlertLog returns a log of e's alerts from now on. [AlertLog.Run] writes them.
func NewAlertLog(e *Engine) *AlertLog {
	l := &AlertLog{
		log:     e.o.Logger,
		waiting: make(chan loggedAlert, alertQueue),
		limit:   rate.NewLimiter(alertsPerSecond, alertsAtOnce),
	}
	l.cancel = e.Subscribe("alerts", l.publish)
	return l
}

// publish takes what there is; if the log does not keep up, it drops and counts.
func (l *AlertLog) publish(p Publication) {
	for _, c := range p.Changes {
		for i := range c.Alerts {
			select {
			case l.waiting <- loggedAlert{p.Workspace, &c.Alerts[i]}:
			default:
				l.dropped.Add(1)
			}
		}
	}
}

// Run logs until ctx ends, and what waits then. It returns nil.
func (l *AlertLog) Run(ctx context.Context) error {
	defer l.cancel()
	for {
		select {
		case a := <-l.waiting:
			l.write(a)
		case <-ctx.Done():
			for {
				select {
				case a := <-l.waiting:
					l.write(a)
				default:
					return nil
				}
			}
		}
	}
}

func (l *AlertLog) write(w loggedAlert) {
	if !l.limit.Allow() {
		l.dropped.Add(1)
		return
	}
	if n := l.dropped.Swap(0); n > 0 {
		l.log.Warn("more alerts than the log takes", "left_out", n)
	}
	a := w.alert
	attrs := []slog.Attr{
		slog.Int("code", int(a.Code)), slog.String("alert", string(a.SID)),
		slog.String("workspace", string(w.workspace)),
	}
	for _, about := range [...]struct{ name, value string }{
		{"task", string(a.TaskSID)}, {"reservation", string(a.ReservationSID)},
		{"worker", string(a.WorkerSID)}, {"workflow", string(a.WorkflowSID)},
		{"url", withoutSecrets(a.URL)},
	} {
		if about.value != "" {
			attrs = append(attrs, slog.String(about.name, about.value))
		}
	}
	level := slog.LevelError
	if a.Code.Level() == taskrouter.AlertWarning {
		level = slog.LevelWarn
	}
	l.log.LogAttrs(context.Background(), level, a.Code.String(), attrs...)
}

// withoutSecrets is the part of an URL that says where it leads; user, password, query and
// fragment may hold secrets.
func withoutSecrets(text string) string {
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil {
		return "(no URL)"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
