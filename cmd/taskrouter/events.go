package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"taskrouter"
)

// events is the command about events.
func (p *program) events() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Follow what happens",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usageError("say what to do: tail")
		},
	}
	cmd.AddCommand(p.eventsTail())
	return cmd
}

func (p *program) eventsTail() *cobra.Command {
	s, all := newRemoteSettings()
	var types []string
	var task, worker, queue, form string
	var after int64
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Print events and alerts as they happen",
		Long: "Print events and alerts as they happen, until it is stopped.\n\n" +
			"A connection that is lost is made again, and goes on where it was: nothing is left out\n" +
			"and nothing printed twice. Each line of JSON has the position after it in sequence;\n" +
			"--after goes on from there another day, --after 0 begins with the first, while it is kept.\n" +
			"Ctrl-C ends it with 0; a workspace that is deleted ends it with 1.",
		Example: "  taskrouter events tail --type task.created,task.canceled\n" +
			"  taskrouter events tail --worker Alice -o json\n" +
			"  taskrouter events tail --after 88120",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("after") && after < 0 {
				return usageError("--after: %d is not a position; they count from 0", after)
			}
			r, _, err := p.begin(cmd, s, all, form)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			query := url.Values{"Topics": {"events,alerts"}, "Fields": {"full"}}
			if len(types) > 0 {
				query["EventType"] = types
			}
			if task != "" {
				if err := checkSID(taskrouter.PrefixTask, task); err != nil {
					return err
				}
				query.Set("TaskSid", task)
			}
			for name, who := range map[string]struct {
				value string
				kind  kind
			}{"WorkerSid": {worker, workerKind()}, "TaskQueueSid": {queue, queueKind()}} {
				if who.value == "" {
					continue
				}
				sid, err := r.find(ctx, who.kind, who.value)
				if err != nil {
					return err
				}
				query.Set(name, sid)
			}
			t := &tail{p: p, remote: r, query: query, json: form == formJSON, at: after}
			if !cmd.Flags().Changed("after") {
				t.at = -1
			}
			return t.run(ctx)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&types, "type", nil, "types of events, such as task.created")
	flags.StringVar(&task, "task", "", "only events about this task, by SID")
	flags.StringVar(&worker, "worker", "", "only events about this worker, by SID or name")
	flags.StringVar(&queue, "queue", "", "only events about this task queue, by SID or name")
	flags.Int64Var(&after, "after", 0, "position to go on from; without it, from now on")
	defineTable(cmd, &form)
	define(cmd, all)
	return cmd
}

// A tail follows a feed of events.
type tail struct {
	p      *program
	remote *remote
	query  url.Values
	json   bool
	at     int64 // position in the journal; -1 = now
}

// How long a tail waits before it connects again.
const (
	firstWait = 500 * time.Millisecond
	longWait  = 15 * time.Second
)

// run follows the feed until ctx ends. A refusal ends it, and so does output that nobody takes;
// a lost connection does not.
func (t *tail) run(ctx context.Context) error {
	path, err := t.remote.in(ctx, "/Feed")
	if err != nil {
		return err
	}
	for wait := firstWait; ; wait = min(2*wait, longWait) {
		connected, err := t.follow(ctx, path)
		refused, ok := errors.AsType[*refusal](err)
		_, final := errors.AsType[*failure](err)
		switch {
		case ctx.Err() != nil:
			return nil
		case final:
			return err
		case ok && refused.Status < 500 && refused.Status != http.StatusTooManyRequests:
			return failed(err)
		case connected:
			wait = firstWait
		}
		t.p.say("disconnected: %s; again in %v", oneLine(err.Error()), wait)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// follow prints one connection's events.
func (t *tail) follow(ctx context.Context, path string) (connected bool, err error) {
	if t.at >= 0 {
		t.query.Set("AfterSequence", strconv.FormatInt(t.at, 10))
	}
	req, err := t.remote.request(ctx, http.MethodGet, path, t.query)
	if err != nil {
		return false, err
	}
	req.Header.Set("Accept", "text/event-stream")
	client := *t.remote.client
	client.Timeout = 0
	resp, err := client.Do(req)
	if err != nil {
		if wrong, ok := errors.AsType[*url.Error](err); ok {
			err = wrong.Err // the address is long, and known
		}
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		return false, refusalOf(resp, body)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxAnswer)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok {
			if err := t.message(strings.TrimSpace(data)); err != nil {
				return true, err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return true, err
	}
	return true, errors.New("the server closed the connection")
}

// feedGone is the code with which a feed ends that has nothing to tell any more: its workspace
// was deleted. Spec: feed 3.5
const feedGone = 4003

// message prints what a message of the feed holds.
func (t *tail) message(text string) error {
	var m struct {
		Type     string          `json:"type"`
		Sequence int64           `json:"sequence"`
		Events   json.RawMessage `json:"events"`
		Alerts   json.RawMessage `json:"alerts"`
		After    int64           `json:"after"`
		Code     int             `json:"code"`
		Reason   string          `json:"reason"`
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return fmt.Errorf("a message can't be read: %w", err)
	}
	switch m.Type {
	case "gap":
		t.p.say("what happened after %d can't be told: %s; going on at %d", m.After,
			oneLine(m.Reason), m.Sequence)
	case "end":
		if m.Code == feedGone {
			return failed(errors.New(oneLine(m.Reason)))
		}
		return errors.New(oneLine(m.Reason))
	}
	for _, list := range []json.RawMessage{m.Events, m.Alerts} {
		var things []thing
		if list != nil {
			if err := decode(list, &things); err != nil {
				return fmt.Errorf("a message can't be read: %w", err)
			}
		}
		for _, e := range things {
			if err := t.print(e); err != nil {
				return err
			}
		}
	}
	if m.Sequence > 0 || m.Type == "hello" {
		t.at = m.Sequence
	}
	return nil
}

// print prints an event or an alert.
func (t *tail) print(e thing) error {
	if t.json {
		return t.p.printJSON(e)
	}
	date, kind, what := e.text("event_date"), e.text("event_type"), e.text("resource_sid")
	if kind == "" {
		date, kind, what = e.text("date_created"), "alert "+e.text("error_code"), e.text("alert_text")
	}
	var about []string
	data, _ := e["event_data"].(map[string]any)
	for _, key := range []string{
		"task_sid", "worker_name", "worker_activity_name", "task_queue_name", "reason",
	} {
		if v := (thing(data)).text(key); v != "" && v != what {
			about = append(about, v)
		}
	}
	_, err := fmt.Fprintf(t.p.stdout, "%s  %-28s %s  %s\n", date, oneLine(kind), oneLine(what),
		oneLine(strings.Join(about, "  ")))
	if err != nil {
		return failed(fmt.Errorf("write output: %w", err))
	}
	return nil
}
