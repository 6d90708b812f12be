package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the numbers a server tells about itself, in a registry of its own.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "taskrouter_http_requests_total",
			Help: "Requests answered on the public address, by route, method and class of status.",
		}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "taskrouter_http_request_duration_seconds",
			Help: "Time from a request's header to the end of its answer; sockets and streams are left out.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5,
				10},
		}, []string{"route", "method"}),
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "taskrouter_build_info",
		Help: "Always 1; the label says which build runs.",
	}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	m.registry.MustRegister(m.requests, m.duration, build,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// handler serves the numbers.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

// counter registers a number that only rises.
func (m *metrics) counter(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(
		prometheus.CounterOpts{Name: "taskrouter_" + name, Help: help}, read))
}

// gauge registers a number that rises and falls.
func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: "taskrouter_" + name, Help: help}, read))
}

// request counts an answered request.
func (m *metrics) request(r *http.Request, rec *recorder, took time.Duration) {
	status := rec.status
	if status == 0 {
		status = http.StatusOK // a handler that wrote nothing
	}
	at, by := route(r.URL.Path, status), method(r.Method)
	m.requests.WithLabelValues(at, by, statusClasses[min(status/100, 5)]).Inc()
	stream := strings.HasPrefix(rec.Header().Get("Content-Type"), "text/event-stream")
	if status != http.StatusSwitchingProtocols && !stream {
		m.duration.WithLabelValues(at, by).Observe(took.Seconds())
	}
}

var statusClasses = [...]string{"0xx", "1xx", "2xx", "3xx", "4xx", "5xx"}

// method is a label for a method; strangers' inventions share one.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodPost, http.MethodDelete, http.MethodHead, http.MethodOptions,
		http.MethodPut, http.MethodPatch:
		return m
	default:
		return "other"
	}
}

// unrouted is the route of requests that found nothing, so that strangers cannot make routes.
const unrouted = "unrouted"

// nouns are the parts of REST paths that are words; every other part is a SID or a name.
var nouns = map[string]bool{
	"v1": true, "Workspaces": true, "Activities": true, "Channels": true, "Events": true,
	"Explanation": true, "DryRun": true, "Reservations": true, "TaskChannels": true,
	"TaskQueues": true, "Tasks": true, "Workers": true, "Workflows": true,
	"Statistics": true, "RealTimeStatistics": true, "CumulativeStatistics": true,
}

// route is a label for a path: the path with a mark in place of each name and SID, such as
// /v1/Workspaces/{}/Tasks/{}. There are as many as there are kinds of resources.
func route(path string, status int) string {
	switch {
	case strings.HasPrefix(path, "/v1/wschannels"):
		return "/v1/wschannels/{}/{}"
	case strings.HasPrefix(path, "/js/"):
		return "/js/"
	case strings.HasPrefix(path, "/agent/"):
		return "/agent/"
	case path == "/":
		return path
	case status == http.StatusNotFound || status == http.StatusUnauthorized ||
		!strings.HasPrefix(path, "/v1/"):
		return unrouted
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i, part := range parts {
		if !nouns[part] {
			parts[i] = "{}"
		}
	}
	return "/" + strings.Join(parts, "/")
}
