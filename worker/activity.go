package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"taskrouter"
)

// An Activity is something that workers of the workspace can be doing. Spec: rest-api 7
type Activity struct {
	SID          taskrouter.ActivitySID  `json:"sid"`
	AccountSID   taskrouter.AccountSID   `json:"account_sid"`
	WorkspaceSID taskrouter.WorkspaceSID `json:"workspace_sid"`
	FriendlyName string                  `json:"friendly_name"`
	Available    bool                    `json:"available"` // whether it lets workers be offered tasks
	DateCreated  time.Time               `json:"date_created"`
	DateUpdated  time.Time               `json:"date_updated"`
}

// UnmarshalJSON reads an activity as servers write it.
func (a *Activity) UnmarshalJSON(b []byte) error {
	type plain Activity
	v := struct {
		*plain
		Created date `json:"date_created"`
		Updated date `json:"date_updated"`
	}{plain: (*plain)(a)}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	a.DateCreated, a.DateUpdated = v.Created.Time, v.Updated.Time
	return nil
}

// Activities lists the activities of the workspace.
func (c *Client) Activities(ctx context.Context) ([]*Activity, error) {
	return list[Activity](ctx, c, "list activities", c.workspaceURL("/Activities"), nil)
}

// ActivityNamed finds the activity of that name, to be set with [Client.SetActivity].
func (c *Client) ActivityNamed(ctx context.Context, name string) (*Activity, error) {
	all, err := c.Activities(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, a := range all {
		if a.FriendlyName == name {
			return a, nil
		}
		names[i] = a.FriendlyName
	}
	return nil, fmt.Errorf("the workspace has no activity %q; it has %s", name,
		strings.Join(names, ", "))
}
