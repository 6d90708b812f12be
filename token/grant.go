package token

import (
	"fmt"
	"strings"
	"time"
)

// The hosts that helper libraries write into policies. Here they are ignored; other readers of
// a token may expect them.
const (
	apiHost    = "https://taskrouter.twilio.com"
	bridgeHost = "https://event-bridge.twilio.com"
)

// Grant is a token described by the names that helper libraries give to rights. The resource it
// speaks of is its channel: a worker, a task queue or the workspace. Without any right set it
// allows to open the channel, to send requests through it, and to read the resource; a worker
// may also read the activities, the tasks and its own reservations.
//
//	g := token.WorkerGrant(account, workspace, worker)
//	g.FetchSubresources = true
//	g.UpdateActivities = true
//	g.UpdateReservations = true
//	raw, err := g.Mint(authToken, token.DefaultLife)
type Grant struct {
	Account, Workspace, Channel string

	// FetchSubresources allows GET on everything below the resource.
	FetchSubresources bool
	// Update allows POST on the resource, with any parameters.
	Update bool
	// UpdateSubresources allows POST on everything below the resource.
	UpdateSubresources bool
	// Delete allows DELETE on the resource.
	Delete bool
	// DeleteSubresources allows DELETE on everything below the resource.
	DeleteSubresources bool

	// UpdateActivities allows a worker to change its activity. Only for a worker's channel.
	UpdateActivities bool
	// UpdateReservations allows a worker to answer its reservations and to update tasks. Only
	// for a worker's channel.
	UpdateReservations bool
}

// WorkerGrant returns the default grant of a worker.
func WorkerGrant(account, workspace, worker string) *Grant {
	return &Grant{Account: account, Workspace: workspace, Channel: worker}
}

// TaskQueueGrant returns the default grant of a task queue.
func TaskQueueGrant(account, workspace, taskQueue string) *Grant {
	return &Grant{Account: account, Workspace: workspace, Channel: taskQueue}
}

// WorkspaceGrant returns the default grant of a whole workspace.
func WorkspaceGrant(account, workspace string) *Grant {
	return &Grant{Account: account, Workspace: workspace, Channel: workspace}
}

// Mint writes and signs a token with the grant's policies, good from now on for the given life.
// It fails where [Mint] does, so also for malformed SIDs, and if a right is set that only a worker
// can have.
func (g *Grant) Mint(secret string, life time.Duration) (string, error) {
	if (g.UpdateActivities || g.UpdateReservations) && !g.forWorker() {
		return "", fmt.Errorf("mint token: channel %s is not a worker; "+
			"only a worker can be allowed to update its activity and reservations",
			shown(g.Channel))
	}
	return Mint(secret, g.Claims(life))
}

func (g *Grant) forWorker() bool { return strings.HasPrefix(g.Channel, "WK") }

// Claims returns what [Grant.Mint] signs, for those who want to change it before.
func (g *Grant) Claims(life time.Duration) Claims {
	return Claims{
		Account:   g.Account,
		Workspace: g.Workspace,
		Channel:   g.Channel,
		Policies:  g.Policies(),
		Life:      life,
	}
}

// Policies returns the rules of the grant, the defaults first. Rights that only a worker can
// have add nothing to the grant of another channel.
//
// Spec: capability-tokens 5
func (g *Grant) Policies() []Policy {
	var list []Policy
	add := func(method, url string) {
		list = append(list, Policy{Method: method, URL: url, Allow: true})
	}
	channel := bridgeHost + channelPath(g.Account, g.Channel)
	workspace := apiHost + workspacePath(g.Workspace)
	worker := g.forWorker()
	resource := workspace
	switch {
	case worker:
		resource = workspace + "/Workers/" + g.Channel
	case strings.HasPrefix(g.Channel, "WQ"):
		resource = workspace + "/TaskQueues/" + g.Channel
	}

	add("GET", channel)
	add("POST", channel)
	add("GET", resource)
	if worker {
		add("GET", workspace+"/Activities")
		add("GET", workspace+"/Tasks/**")
		add("GET", resource+"/Reservations/**")
	}
	for _, right := range []struct {
		granted bool
		method  string
		url     string
	}{
		{g.FetchSubresources, "GET", resource + "/**"},
		{g.Update, "POST", resource},
		{g.UpdateSubresources, "POST", resource + "/**"},
		{g.Delete, "DELETE", resource},
		{g.DeleteSubresources, "DELETE", resource + "/**"},
		{g.UpdateReservations && worker, "POST", workspace + "/Tasks/**"},
		{g.UpdateReservations && worker, "POST", resource + "/Reservations/**"},
	} {
		if right.granted {
			add(right.method, right.url)
		}
	}
	if g.UpdateActivities && worker {
		list = append(list, Policy{
			Method:     "POST",
			URL:        resource,
			PostFilter: onlyActivity(),
			Allow:      true,
		})
	}
	return list
}

// onlyActivity admits the change of an activity and nothing beside it.
func onlyActivity() Filter { return Filter{"ActivitySid": {Required: true}} }
