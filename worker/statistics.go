package worker

import (
	"context"
	"encoding/json"
	"time"

	"taskrouter"
)

// A StatisticsQuery says what to count: the last Minutes, or what lies between Start and End,
// for all channels or one. Empty fields leave the choice to the server: the last 15 minutes, all
// channels.
type StatisticsQuery struct {
	Minutes     int
	Start, End  time.Time
	TaskChannel string // SID or unique name
}

// Statistics are what the worker did in a time. Spec: rest-api 16
type Statistics struct {
	AccountSID   taskrouter.AccountSID   `json:"account_sid"`
	WorkspaceSID taskrouter.WorkspaceSID `json:"workspace_sid"`
	WorkerSID    taskrouter.WorkerSID    `json:"worker_sid"`
	Cumulative   Figures                 `json:"cumulative"`
	// Raw is the whole answer, for figures that have no field here.
	Raw json.RawMessage `json:"-"`
}

// Figures are counts of reservations, and how long the worker was in each activity.
type Figures struct {
	Start, End            time.Time
	ReservationsCreated   int
	ReservationsAccepted  int
	ReservationsRejected  int
	ReservationsTimedOut  int
	ReservationsCanceled  int
	ReservationsRescinded int
	Activities            []ActivityDuration
}

// An ActivityDuration is how long the worker was in an activity: in all, and how long each
// stay was.
type ActivityDuration struct {
	SID                      taskrouter.ActivitySID
	FriendlyName             string
	Total, Average, Min, Max time.Duration
}

// UnmarshalJSON reads figures as servers write them; older ones write counts with a decimal
// point.
func (f *Figures) UnmarshalJSON(b []byte) error {
	var v struct {
		Start     date    `json:"start_time"`
		End       date    `json:"end_time"`
		Created   float64 `json:"reservations_created"`
		Accepted  float64 `json:"reservations_accepted"`
		Rejected  float64 `json:"reservations_rejected"`
		TimedOut  float64 `json:"reservations_timed_out"`
		Canceled  float64 `json:"reservations_canceled"`
		Rescinded float64 `json:"reservations_rescinded"`
		Durations []struct {
			SID   taskrouter.ActivitySID `json:"sid"`
			Name  string                 `json:"friendly_name"`
			Total float64                `json:"total"`
			Avg   float64                `json:"avg"`
			Min   float64                `json:"min"`
			Max   float64                `json:"max"`
		} `json:"activity_durations"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	*f = Figures{
		Start: v.Start.Time, End: v.End.Time,
		ReservationsCreated:   int(v.Created),
		ReservationsAccepted:  int(v.Accepted),
		ReservationsRejected:  int(v.Rejected),
		ReservationsTimedOut:  int(v.TimedOut),
		ReservationsCanceled:  int(v.Canceled),
		ReservationsRescinded: int(v.Rescinded),
	}
	for _, d := range v.Durations {
		f.Activities = append(f.Activities, ActivityDuration{
			SID: d.SID, FriendlyName: d.Name,
			Total: seconds(d.Total), Average: seconds(d.Avg),
			Min: seconds(d.Min), Max: seconds(d.Max),
		})
	}
	return nil
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// Statistics reads the worker's figures.
func (c *Client) Statistics(ctx context.Context, q StatisticsQuery) (*Statistics, error) {
	p := params{}
	p.number("Minutes", q.Minutes)
	p.text("TaskChannel", q.TaskChannel)
	if !q.Start.IsZero() {
		p["StartDate"] = q.Start.UTC().Format(time.RFC3339)
	}
	if !q.End.IsZero() {
		p["EndDate"] = q.End.UTC().Format(time.RFC3339)
	}
	var raw json.RawMessage
	const op = "read the worker's statistics"
	if err := c.send(ctx, request{
		op: op, method: "GET", url: c.workerURL("/Statistics"), params: p,
	}, &raw); err != nil {
		return nil, err
	}
	s := &Statistics{Raw: raw}
	if err := json.Unmarshal(raw, s); err != nil {
		return nil, unreadable(op, err)
	}
	return s, nil
}
