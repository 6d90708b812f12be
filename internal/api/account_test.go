package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"taskrouter"
	accounts "taskrouter/internal/account"
	"taskrouter/internal/api"
	"taskrouter/internal/api/apitest"
	"taskrouter/internal/store"
)

// An office is the API with a directory behind it, and one account in that.
type office struct {
	*testing.T
	server      http.Handler
	user, token string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	st, err := store.OpenSQLite(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	d, err := accounts.Open(t.Context(), st, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Create(t.Context(), "", accounts.Account{FriendlyName: "First"})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(o *api.Options) { o.Accounts, o.Directory = d.Authenticate, d })
	return &office{t, apitest.Handler(t, w.server), string(a.SID), a.AuthToken}
}

// ask sends a request as somebody and returns the body of the answer, whose status must be the
// one that is wanted.
func (o *office) ask(user, password, method, path, form string, want int) map[string]any {
	o.Helper()
	r := httptest.NewRequest(method, "http://router.test"+path, strings.NewReader(form))
	r.SetBasicAuth(user, password)
	rec := httptest.NewRecorder()
	o.server.ServeHTTP(rec, r)
	if rec.Code != want {
		o.Fatalf("%s %s: %d, want %d: %s", method, path, rec.Code, want, rec.Body)
	}
	body := map[string]any{}
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
			o.Fatalf("%s %s: %v in %s", method, path, err, rec.Body)
		}
	}
	if message, _ := body["message"].(string); want >= 400 && message == "" {
		o.Errorf("%s %s: an error without words: %s", method, path, rec.Body)
	}
	return body
}

// do asks as the first account.
func (o *office) do(method, path, form string, want int) map[string]any {
	o.Helper()
	return o.ask(o.user, o.token, method, path, form, want)
}

func (o *office) path(rest string) string { return "/2010-04-01/Accounts/" + o.user + rest }

func TestKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	made := o.do("POST", o.path("/Keys.json"), "FriendlyName=Robot", 201)
	sid, secret := made["sid"].(string), made["secret"].(string)
	if !taskrouter.ValidSID(taskrouter.PrefixKey, sid) || len(secret) != 32 ||
		made["friendly_name"] != "Robot" {
		t.Errorf("made %v", made)
	}
	key := o.path("/Keys/" + sid + ".json")
	if got := o.do("GET", key, "", 200); got["secret"] != nil || got["sid"] != sid {
		t.Errorf("read %v", got)
	}
	if got := o.do("POST", key, "FriendlyName=Renamed", 200); got["friendly_name"] != "Renamed" ||
		got["secret"] != nil {
		t.Errorf("renamed %v", got)
	}
	o.do("POST", o.path("/Keys.json"), "", 201)
	page := o.do("GET", o.path("/Keys.json?PageSize=1"), "", 200)
	if len(page["keys"].([]any)) != 1 || page["previous_page_uri"] != nil {
		t.Errorf("first page %v", page)
	}
	page = o.do("GET", page["next_page_uri"].(string), "", 200)
	if len(page["keys"].([]any)) != 1 || page["next_page_uri"] != nil || page["start"] != 1.0 {
		t.Errorf("second page %v", page)
	}

	o.ask(sid, secret, "GET", "/v1/Workspaces", "", 200)
	o.ask(sid, "wrong", "GET", "/v1/Workspaces", "", 401)
	for _, path := range []string{o.path("/Keys.json"), key, o.path(".json"),
		"/2010-04-01/Accounts.json"} {
		o.ask(sid, secret, "GET", path, "", 403)
	}
	o.ask(sid, secret, "POST", o.path("/Keys.json"), "", 403)
	o.ask(sid, secret, "DELETE", key, "", 403)
	o.ask(sid, secret, "POST", "/v1/AuthTokens/Secondary", "", 403)
	o.ask(sid, secret, "POST", "/v1/AuthTokens/Promote", "", 403)

	o.do("DELETE", key, "", 204)
	o.do("DELETE", key, "", 404)
	o.do("GET", key, "", 404)
	o.ask(sid, secret, "GET", "/v1/Workspaces", "", 401)
}

func TestAccountRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	long := "FriendlyName=" + strings.Repeat("x", 65)
	for _, tt := range []struct {
		method, path, form string
		want               int
	}{
		{"POST", o.path("/Keys.json"), long, 400},
		{"POST", o.path(".json"), long, 400},
		{"POST", "/2010-04-01/Accounts.json", long, 400},
		{"GET", o.path("/Keys.json?PageSize=0"), "", 400},
		{"GET", o.path("/Keys.json?Page=x"), "", 400},
		{"GET", o.path("/Keys/SK00000000000000000000000000000000.json"), "", 404},
		{"GET", o.path("/Keys/SK00000000000000000000000000000000"), "", 404},
		{"GET", o.path(""), "", 404},
		{"GET", "/2010-04-01/Accounts/AC00000000000000000000000000000000.json", "", 404},
		{"GET", "/2010-04-01/Accounts/AC00000000000000000000000000000000/Keys.json", "", 404},
		{"DELETE", o.path(".json"), "", 405},
		{"DELETE", o.path("/Keys.json"), "", 405},
		{"GET", "/v1/AuthTokens/Secondary", "", 405},
		{"DELETE", "/v1/AuthTokens/Secondary", "", 400},
		{"POST", "/v1/AuthTokens/Promote", "", 400},
		{"POST", o.path(".json"), "Status=asleep", 400},
		{"POST", o.path(".json"), "Status=closed", 400}, // one's own
	} {
		o.do(tt.method, tt.path, tt.form, tt.want)
	}
	if n := len(o.do("GET", o.path("/Keys.json"), "", 200)["keys"].([]any)); n != 0 {
		t.Errorf("refused requests made %d keys", n)
	}
}

func TestAuthTokens(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	old := o.token
	second := o.do("POST", "/v1/AuthTokens/Secondary", "", 201)["secondary_auth_token"].(string)
	o.ask(o.user, second, "GET", "/v1/Workspaces", "", 200)
	o.do("DELETE", "/v1/AuthTokens/Secondary", "", 204)
	o.ask(o.user, second, "GET", "/v1/Workspaces", "", 401)

	second = o.do("POST", "/v1/AuthTokens/Secondary", "", 201)["secondary_auth_token"].(string)
	got := o.do("POST", "/v1/AuthTokens/Promote", "", 200)
	if got["auth_token"] != second || got["account_sid"] != o.user {
		t.Errorf("promoted %v", got)
	}
	o.ask(o.user, old, "GET", "/v1/Workspaces", "", 401)
	o.ask(o.user, second, "GET", "/v1/Workspaces", "", 200)
}

func TestOwnedAccounts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	made := o.do("POST", "/2010-04-01/Accounts.json", "FriendlyName=Branch", 201)
	sid, token := made["sid"].(string), made["auth_token"].(string)
	if made["owner_account_sid"] != o.user || made["status"] != "active" {
		t.Errorf("made %v", made)
	}
	if n := len(o.do("GET", "/2010-04-01/Accounts.json", "", 200)["accounts"].([]any)); n != 2 {
		t.Errorf("the owner sees %d accounts", n)
	}
	list := o.do("GET", "/2010-04-01/Accounts.json?FriendlyName=Branch", "", 200)
	if n := len(list["accounts"].([]any)); n != 1 {
		t.Errorf("%d accounts by that name", n)
	}
	workspace := o.ask(sid, token, "POST", "/v1/Workspaces",
		url.Values{"FriendlyName": {"Theirs"}}.Encode(), 201)["sid"].(string)
	o.do("GET", "/v1/Workspaces/"+workspace, "", 404)
	o.ask(sid, token, "GET", o.path(".json"), "", 404)
	o.ask(sid, token, "GET", o.path("/Keys.json"), "", 404)
	o.ask(sid, token, "POST", "/2010-04-01/Accounts.json", "", 403)
	path := "/2010-04-01/Accounts/" + sid
	o.ask(sid, token, "POST", path+".json", "Status=active", 200) // as it is
	key := o.do("POST", path+"/Keys.json", "", 201)
	o.ask(key["sid"].(string), key["secret"].(string), "GET", "/v1/Workspaces/"+workspace, "", 200)

	o.do("POST", path+".json", "Status=suspended", 200)
	o.ask(sid, token, "GET", "/v1/Workspaces", "", 401)
	o.ask(key["sid"].(string), key["secret"].(string), "GET", "/v1/Workspaces", "", 401)
	o.do("POST", path+".json", "Status=active&FriendlyName=Again", 200)
	o.ask(sid, token, "GET", "/v1/Workspaces/"+workspace, "", 200)
	o.do("POST", path+".json", "Status=closed", 200)
	o.do("POST", path+".json", "Status=active", 400)
	if got := o.do("GET", path+".json", "", 200); got["status"] != "closed" ||
		got["friendly_name"] != "Again" {
		t.Errorf("closed %v", got)
	}
}
