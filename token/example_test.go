package token_test

import (
	"fmt"
	"net/url"
	"time"

	"taskrouter/token"
)

const (
	accountSID   = "AC00000000000000000000000000000001"
	workspaceSID = "WS00000000000000000000000000000002"
	workerSID    = "WK00000000000000000000000000000003"
	authToken    = "0123456789abcdef0123456789abcdef"
)

func keys(account string) []string {
	if account == accountSID {
		return []string{authToken}
	}
	return nil
}

// A web server mints a token for the agent who has signed in; the event bridge reads it and asks
// it about every request.
func Example() {
	grant := token.WorkerGrant(accountSID, workspaceSID, workerSID)
	grant.UpdateActivities = true
	raw, err := grant.Mint(authToken, 8*time.Hour)
	if err != nil {
		fmt.Println(err)
		return
	}

	c, err := token.Read(raw, keys, time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("socket:", c.AllowsSocket(accountSID, workerSID))
	update := token.Request{
		Method: "POST",
		URL:    "https://taskrouter.twilio.com/v1/Workspaces/" + workspaceSID + "/Workers/" + workerSID,
		Params: url.Values{"ActivitySid": {"WA00000000000000000000000000000004"}},
	}
	fmt.Println("activity:", c.Allows(update, token.Options{}))
	update.Params.Set("Attributes", "{}")
	fmt.Println("attributes allowed:", c.Allows(update, token.Options{}) == nil)
	// Output:
	// socket: <nil>
	// activity: <nil>
	// attributes allowed: false
}

// A token of one's own design: it reads one task queue's figures and nothing else.
func ExampleMint() {
	raw, err := token.Mint(authToken, token.Claims{
		Account:   accountSID,
		Workspace: workspaceSID,
		Channel:   workspaceSID,
		Life:      token.DefaultLife,
		Policies: []token.Policy{{
			URL:    "Workspaces/" + workspaceSID + "/TaskQueues/Statistics",
			Method: "GET",
			Allow:  true,
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	c, _ := token.Read(raw, keys, time.Now())
	fmt.Println(c.Allows(token.Request{
		Method: "GET",
		URL:    "/v1/Workspaces/" + workspaceSID + "/TaskQueues/Statistics?Minutes=15",
	}, token.Options{}))
	fmt.Println(c.AllowsSocket(accountSID, workspaceSID))
	// Output:
	// <nil>
	// GET "/v1/wschannels/AC00000000000000000000000000000001/WS00000000000000000000000000000002" is not allowed by any policy of the token; mint it with a policy for this method and path
}

// A path has one spelling; whoever checks a request routes it by this one.
func ExamplePath() {
	path, query, err := token.Path("https://taskrouter.twilio.com/v1/Workspaces/WS1/?PageSize=5")
	fmt.Println(path, query, err)
	_, _, err = token.Path("Workspaces/WS1/%2e%2e/WS2")
	fmt.Println(err)
	// Output:
	// /v1/Workspaces/WS1 map[PageSize:[5]] <nil>
	// path "/Workspaces/WS1/%2e%2e/WS2" has a dot segment; send it in its plain form
}
