package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// What is wrong about accounts, tokens and keys is refused, and accounts and keys stay as they
// are.
func TestBadAccounts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const root = "/2010-04-01/Accounts"
	own := root + "/" + o.user
	sub := o.ask(o.user, o.token, "POST", root+".json", "FriendlyName=Sub", 201)
	closed := o.ask(o.user, o.token, "POST", root+".json", "FriendlyName=Closed", 201)
	key := o.ask(o.user, o.token, "POST", own+"/Keys.json", "FriendlyName=Key", 201)
	text := func(body map[string]any, name string) string { return body[name].(string) }
	subKeys := root + "/" + text(sub, "sid") + "/Keys"
	subKey := o.ask(text(sub, "sid"), text(sub, "auth_token"), "POST", subKeys+".json", "", 201)
	closedPath := root + "/" + text(closed, "sid") + ".json"
	o.ask(o.user, o.token, "POST", closedPath, "Status=closed", 200)
	everything := func() string {
		var b strings.Builder
		for _, path := range []string{root + ".json", own + "/Keys.json", subKeys + ".json"} {
			list, err := json.Marshal(o.ask(o.user, o.token, "GET", path, "", 200))
			if err != nil {
				t.Fatal(err)
			}
			b.Write(list)
		}
		return b.String()
	}
	was := everything()
	noKey := "/SK" + strings.Repeat("0", 32) + ".json"
	long := strings.Repeat("x", 65)
	for _, tt := range []struct {
		name, method, path, form string
		want                     int
		pointer, message         string
	}{
		{"long name", "POST", root + ".json", "FriendlyName=" + long, 400, "/FriendlyName", "65 characters long; at most 64"},
		{"not UTF-8", "POST", root + ".json", "FriendlyName=%FF", 400, "/FriendlyName", "not valid UTF-8"},
		{"wrong escape", "POST", root + ".json", "FriendlyName=%F", 400, "", "malformed"},
		{"unknown status", "POST", own + ".json", "Status=asleep", 400, "/Status", "active, suspended or closed"},
		{"the first of two counts", "POST", own + ".json", "Status=asleep&Status=active", 400, "/Status", "asleep"},
		{"suspending oneself", "POST", own + ".json", "Status=suspended", 400, "/Status", "can't be made suspended by itself"},
		{"a good name beside a wrong status", "POST", own + ".json", "FriendlyName=New&Status=closed", 400, "/Status", "by itself"},
		{"opening what is closed", "POST", closedPath, "Status=active", 400, "/Status", "is closed, which is for ever"},
		{"an account of nothing", "POST", root + "/AC" + strings.Repeat("0", 32) + ".json", "FriendlyName=a", 404, "", "was not found"},
		{"an account that is none", "GET", root + "/me.json", "", 404, "", ""},
		{"an account without .json", "GET", own, "", 404, "", ""},
		{"deletion of an account", "DELETE", own + ".json", "", 405, "", "DELETE is not allowed here"},
		{"list with a page of none", "GET", root + ".json?PageSize=0", "", 400, "/PageSize", "from 1 to 1000"},
		{"list with a page that is none", "GET", root + ".json?Page=x", "", 400, "/Page", "whole number"},
		{"list with a page before the first", "GET", root + ".json?Page=-1", "", 400, "/Page", ""},
		{"key with a long name", "POST", own + "/Keys.json", "FriendlyName=" + long, 400, "/FriendlyName", "at most 64"},
		{"renaming a key too long", "POST", own + "/Keys/" + text(key, "sid") + ".json", "FriendlyName=" + long, 400, "/FriendlyName", ""},
		{"renaming no key", "POST", own + "/Keys" + noKey, "FriendlyName=a", 404, "", "was not found"},
		{"deletion of no key", "DELETE", own + "/Keys" + noKey, "", 404, "", ""},
		{"deletion of a key that is none", "DELETE", own + "/Keys/" + o.user + ".json", "", 404, "", ""},
		{"key of another account", "DELETE", own + "/Keys/" + text(subKey, "sid") + ".json", "", 404, "", ""},
		{"key without .json", "GET", own + "/Keys/" + text(key, "sid"), "", 404, "", ""},
		{"list of keys with a page too large", "GET", own + "/Keys.json?PageSize=1001", "", 400, "/PageSize", ""},
		{"promoting no token", "POST", "/v1/AuthTokens/Promote", "", 400, "", "has no secondary auth token; make one first"},
		{"deletion of no token", "DELETE", "/v1/AuthTokens/Secondary", "", 400, "", "has no secondary auth token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := *o
			o.T = t
			body := o.ask(o.user, o.token, tt.method, tt.path, tt.form, tt.want)
			if message := text(body, "message"); !strings.Contains(message, tt.message) {
				t.Errorf("message %q lacks %q", message, tt.message)
			}
			details, _ := body["details"].(map[string]any)
			if got, _ := details["pointer"].(string); got != tt.pointer {
				t.Errorf("points at %q, want %q", got, tt.pointer)
			}
			if now := everything(); now != was {
				t.Errorf("after it\n%s\nbefore it\n%s", now, was)
			}
		})
	}
	// What is owned makes no accounts, and no key manages anything.
	for name, who := range map[string][2]string{
		"an owned account": {text(sub, "sid"), text(sub, "auth_token")},
		"a key":            {text(key, "sid"), text(key, "secret")},
	} {
		r := httptest.NewRequest("POST", root+".json", strings.NewReader("FriendlyName=a"))
		r.SetBasicAuth(who[0], who[1])
		rec := httptest.NewRecorder()
		if o.server.ServeHTTP(rec, r); rec.Code != 403 {
			t.Errorf("%s: %d, want 403: %s", name, rec.Code, rec.Body)
		}
	}
	if now := everything(); now != was {
		t.Errorf("after all\n%s\nbefore\n%s", now, was)
	}
}
