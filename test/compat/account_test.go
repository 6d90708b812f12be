package compat

import (
	"errors"
	"testing"

	"github.com/twilio/twilio-go"
	"github.com/twilio/twilio-go/client"
	accounts "github.com/twilio/twilio-go/rest/accounts/v1"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// refused fails the test unless a call was answered with a status.
func refused(t *testing.T, what string, err error, status int) {
	t.Helper()
	var e *client.TwilioRestError
	if !errors.As(err, &e) || e.Status != status {
		t.Errorf("%s: %v, want status %d", what, err, status)
	}
}

// workspaces are the names of all workspaces that a client sees.
func workspaces(t *testing.T, c *twilio.RestClient) (names []string) {
	t.Helper()
	for _, w := range world.Must(c.TaskrouterV1.ListWorkspace(nil))(t) {
		names = append(names, *w.FriendlyName)
	}
	return names
}

// TestGoClientKeys takes an API key from its creation to its end, and works with it.
func TestGoClientKeys(t *testing.T) {
	t.Parallel()
	e := world.Serve(t)
	owner := e.GoClient(t)
	made := world.Must(owner.Api.CreateNewKey(&api.CreateNewKeyParams{
		FriendlyName: world.Ptr("Robot"),
	}))(t)
	robot := e.GoClientAs(t, *made.Sid, *made.Secret)
	w := world.Must(robot.TaskrouterV1.CreateWorkspace(&taskrouter.CreateWorkspaceParams{
		FriendlyName: world.Ptr("By a robot"),
	}))(t)
	if *w.AccountSid != e.Account {
		t.Errorf("the key's workspace is in account %s, want %s", *w.AccountSid, e.Account)
	}
	if names := workspaces(t, owner); len(names) != 1 || names[0] != "By a robot" {
		t.Errorf("the owner sees %v", names)
	}
	_, err := robot.Api.ListKey(nil)
	refused(t, "a key lists keys", err, 403)
	_, err = e.GoClientAs(t, *made.Sid, "wrong").TaskrouterV1.ListWorkspace(nil)
	refused(t, "a wrong secret", err, 401)

	world.Must(owner.Api.UpdateKey(*made.Sid, &api.UpdateKeyParams{
		FriendlyName: world.Ptr("Renamed"),
	}))(t)
	got := world.Must(owner.Api.FetchKey(*made.Sid, nil))(t)
	if *got.FriendlyName != "Renamed" || *got.DateCreated != *made.DateCreated {
		t.Errorf("the key is %s of %s", *got.FriendlyName, *got.DateCreated)
	}
	world.Must(owner.Api.CreateNewKey(nil))(t)
	list := world.Must(owner.Api.ListKey(&api.ListKeyParams{PageSize: world.Ptr(1)}))(t)
	if len(list) != 2 || *list[0].Sid != *made.Sid {
		t.Errorf("%d keys are listed, want two", len(list))
	}
	if err := owner.Api.DeleteKey(*made.Sid, nil); err != nil {
		t.Error(err)
	}
	_, err = robot.TaskrouterV1.ListWorkspace(nil)
	refused(t, "a deleted key", err, 401)
	_, err = owner.Api.FetchKey(*made.Sid, nil)
	refused(t, "a deleted key is read", err, 404)
}

// TestGoClientAuthTokens changes the auth token as it is done without an interruption.
func TestGoClientAuthTokens(t *testing.T) {
	t.Parallel()
	e := world.Serve(t)
	old := e.GoClient(t)
	second := func() string {
		return *world.Must(old.AccountsV1.CreateSecondaryAuthToken(
			&accounts.CreateSecondaryAuthTokenParams{}))(t).SecondaryAuthToken
	}
	taken := e.GoClientAs(t, e.Account, second())
	workspaces(t, taken)
	if err := old.AccountsV1.DeleteSecondaryAuthToken(
		&accounts.DeleteSecondaryAuthTokenParams{}); err != nil {
		t.Error(err)
	}
	_, err := taken.TaskrouterV1.ListWorkspace(nil)
	refused(t, "a secondary token that was taken back", err, 401)
	_, err = old.AccountsV1.UpdateAuthTokenPromotion(&accounts.UpdateAuthTokenPromotionParams{})
	refused(t, "a promotion of nothing", err, 400)

	fresh := second()
	workspaces(t, old) // both work until the promotion
	promoted := world.Must(e.GoClientAs(t, e.Account, fresh).AccountsV1.UpdateAuthTokenPromotion(
		&accounts.UpdateAuthTokenPromotionParams{}))(t)
	if *promoted.AuthToken != fresh {
		t.Error("another token than the secondary one was promoted")
	}
	workspaces(t, e.GoClientAs(t, e.Account, fresh))
	_, err = old.TaskrouterV1.ListWorkspace(nil)
	refused(t, "the old token", err, 401)
}

// TestGoClientAccounts has two accounts that do not see each other's workspaces.
func TestGoClientAccounts(t *testing.T) {
	t.Parallel()
	e := world.Serve(t)
	owner := e.GoClient(t)
	made := world.Must(owner.Api.CreateAccount(&api.CreateAccountParams{
		FriendlyName: world.Ptr("Second"),
	}))(t)
	second := world.Endpoint{URL: e.URL, Account: *made.Sid, AuthToken: *made.AuthToken}
	first, other := world.Build(t, e), world.Build(t, second)
	for _, pair := range [][2]*world.World{{first, other}, {other, first}} {
		mine, foreign := pair[0], pair[1]
		if n := len(workspaces(t, mine.Client)); n != 1 {
			t.Errorf("account %s sees %d workspaces, want its own", mine.Account, n)
		}
		_, err := mine.API.FetchWorkspace(foreign.Workspace)
		refused(t, "a foreign workspace", err, 404)
		_, err = mine.API.CreateTask(foreign.Workspace, &taskrouter.CreateTaskParams{})
		refused(t, "a task in a foreign workspace", err, 404)
		_, err = mine.API.ListEvent(foreign.Workspace, nil)
		refused(t, "foreign events", err, 404)
	}
	_, err := other.Client.Api.FetchAccount(e.Account)
	refused(t, "the owner's account", err, 404)
	if got := world.Must(owner.Api.FetchAccount(*made.Sid))(t); *got.FriendlyName != "Second" {
		t.Errorf("the account is called %s", *got.FriendlyName)
	}
}

// TestNodeClientAccount does the same with the official Node client.
func TestNodeClientAccount(t *testing.T) {
	t.Parallel()
	w := watch(t, world.Serve(t))
	play(t, w.Endpoint, "", nil, "node", "account.mjs")
}
