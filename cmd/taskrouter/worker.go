package main

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"taskrouter"
)

// worker is the command about workers.
func (p *program) worker() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "List workers, and set what one does",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usageError("say what to do: list or set")
		},
	}
	cmd.AddCommand(p.workerList(), p.workerSet())
	return cmd
}

// workerColumns are what a table of workers shows.
func (p *program) workerColumns() []column {
	now := time.Now()
	return []column{
		plain("WORKER", "sid"),
		plain("NAME", "friendly_name"),
		plain("ACTIVITY", "activity_name"),
		plain("AVAILABLE", "available"),
		{"SINCE", func(t thing) string { return ago(t.text("date_status_changed"), now) }},
		plain("ATTRIBUTES", "attributes"),
	}
}

func (p *program) workerList() *cobra.Command {
	s, all := newRemoteSettings()
	var activity, queue, where, form string
	var available bool
	var limit int
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List workers",
		Example: "  taskrouter worker list --available\n" +
			"  taskrouter worker list --queue Billing --where 'skills HAS \"de\"'",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, t, err := p.begin(cmd, s, all, form, p.workerColumns()...)
			if err != nil {
				return err
			}
			filter := url.Values{}
			switch {
			case taskrouter.ValidSID(taskrouter.PrefixTaskQueue, queue):
				filter.Set("TaskQueueSid", queue)
			case queue != "":
				filter.Set("TaskQueueName", queue)
			}
			switch {
			case taskrouter.ValidSID(taskrouter.PrefixActivity, activity):
				filter.Set("ActivitySid", activity)
			case activity != "":
				filter.Set("ActivityName", activity)
			}
			if where != "" {
				filter.Set("TargetWorkersExpression", where)
			}
			if cmd.Flags().Changed("available") {
				filter.Set("Available", strconv.FormatBool(available))
			}
			return r.showList(cmd, t, "/Workers", "workers", filter, limit,
				"no worker is like that")
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&activity, "activity", "", "activity, by SID or name")
	flags.StringVar(&queue, "queue", "", "task queue, by SID or name")
	flags.StringVar(&where, "where", "", "expression over the workers' attributes")
	flags.BoolVar(&available, "available", false, "only those in an available activity")
	defineLimit(cmd, &limit)
	defineTable(cmd, &form)
	define(cmd, all)
	return cmd
}

func (p *program) workerSet() *cobra.Command {
	s, all := newRemoteSettings()
	var activity, attributes, form string
	var reject bool
	var capacity map[string]int
	cmd := &cobra.Command{
		Use:   "set WORKER",
		Short: "Set activity, attributes or capacity of a worker, named by SID or name",
		Example: "  taskrouter worker set Alice --activity Available\n" +
			"  taskrouter worker set Alice --activity Offline --reject-pending\n" +
			"  taskrouter worker set Alice --capacity chat=3,voice=1",
		Args: exactly("a worker, by SID or name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, t, err := p.begin(cmd, s, all, form, p.workerColumns()...)
			if err != nil {
				return err
			}
			values := url.Values{}
			text, err := readArgument("--attributes", attributes)
			if err != nil {
				return err
			}
			if text != "" {
				values.Set("Attributes", text)
			}
			if activity != "" {
				sid, err := r.find(cmd.Context(), activityKind(), activity)
				if err != nil {
					return err
				}
				values.Set("ActivitySid", sid)
			}
			if reject {
				values.Set("RejectPendingReservations", "true")
			}
			if len(values)+len(capacity) == 0 {
				return usageError("say what to set: --activity, --attributes or --capacity")
			}
			sid, err := r.find(cmd.Context(), workerKind(), args[0])
			if err != nil {
				return err
			}
			if err := r.setCapacity(cmd, sid, capacity); err != nil {
				return err
			}
			method := http.MethodPost
			if len(values) == 0 {
				method, values = http.MethodGet, nil
			}
			return r.show(cmd, t, method, "/Workers/"+sid, values)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&activity, "activity", "", "activity, by SID or name")
	flags.StringVar(&attributes, "attributes", "", "JSON object; @FILE reads it, - is standard input")
	flags.StringToIntVar(&capacity, "capacity", nil, "tasks at once by channel, such as chat=3")
	flags.BoolVar(&reject, "reject-pending", false,
		"reject what is offered to the worker, with a move to an unavailable activity")
	defineTable(cmd, &form)
	define(cmd, all)
	return cmd
}

// setCapacity sets how many tasks of each channel a worker takes at once.
func (r *remote) setCapacity(cmd *cobra.Command, worker string, capacity map[string]int) error {
	for _, channel := range slices.Sorted(maps.Keys(capacity)) {
		path, err := r.in(cmd.Context(), "/Workers/"+worker+"/Channels/"+url.PathEscape(channel))
		if err != nil {
			return err
		}
		form := url.Values{"Capacity": {strconv.Itoa(capacity[channel])}}
		if err := r.ask(cmd.Context(), http.MethodPost, path, form, nil); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys(t thing) []string {
	keys := slices.Collect(maps.Keys(t))
	slices.SortFunc(keys, strings.Compare)
	return keys
}
