package worker

import (
	"context"
	"encoding/json"
	"time"

	"taskrouter"
)

// A Channel is how much of one kind of work the worker takes at a time. Spec: rest-api 9
type Channel struct {
	SID                   taskrouter.WorkerChannelSID `json:"sid"`
	AccountSID            taskrouter.AccountSID       `json:"account_sid"`
	WorkspaceSID          taskrouter.WorkspaceSID     `json:"workspace_sid"`
	WorkerSID             taskrouter.WorkerSID        `json:"worker_sid"`
	TaskChannelSID        taskrouter.TaskChannelSID   `json:"task_channel_sid"`
	TaskChannelUniqueName string                      `json:"task_channel_unique_name"`
	ConfiguredCapacity    int                         `json:"configured_capacity"`
	AssignedTasks         int                         `json:"assigned_tasks"`
	// AvailableCapacityPercentage is how much of the capacity is free.
	AvailableCapacityPercentage int       `json:"available_capacity_percentage"`
	Available                   bool      `json:"available"`
	DateCreated                 time.Time `json:"date_created"`
	DateUpdated                 time.Time `json:"date_updated"`
}

// UnmarshalJSON reads a channel as servers write it.
func (c *Channel) UnmarshalJSON(b []byte) error {
	type plain Channel
	v := struct {
		*plain
		Percentage float64 `json:"available_capacity_percentage"`
		Created    date    `json:"date_created"`
		Updated    date    `json:"date_updated"`
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	c.AvailableCapacityPercentage = int(v.Percentage)
	c.DateCreated, c.DateUpdated = v.Created.Time, v.Updated.Time
	return nil
}

// Channels lists the worker's channels.
func (c *Client) Channels(ctx context.Context) ([]*Channel, error) {
	return list[Channel](ctx, c, "list the worker's channels", c.workerURL("/Channels"), nil)
}

// A ChannelUpdate says what to change about a channel of the worker; what is nil stays as it is.
type ChannelUpdate struct {
	Capacity  *int
	Available *bool
}

// UpdateChannel changes a channel, named by its SID, or by SID or unique name of its task
// channel. The token has to allow POST below the worker.
func (c *Client) UpdateChannel(
	ctx context.Context, channel string, u ChannelUpdate,
) (*Channel, error) {
	p := params{}
	set(p, "Capacity", u.Capacity)
	set(p, "Available", u.Available)
	changed := &Channel{}
	if err := c.send(ctx, request{
		op: "update channel " + channel, method: "POST",
		url: c.workerURL("/Channels/" + segment(channel)), params: p,
	}, changed); err != nil {
		return nil, err
	}
	return changed, nil
}
