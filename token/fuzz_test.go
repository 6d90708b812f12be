package token

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// FuzzRead sends any header and payload, well signed: whatever an account signs, reading it
// ends in a capability that keeps its promises, or in a 401.
func FuzzRead(f *testing.F) {
	for _, h := range helpers {
		raw := h.token(samples[h.name])
		payload, _ := decode(strings.Split(raw, ".")[1])
		f.Add(raw, plainHeader, string(payload))
	}
	f.Add("a.b.c", `{"alg":"HS256","alg":"none"}`, `{"exp":1e300,"policies":["{}"]}`)
	f.Fuzz(func(t *testing.T, raw, header, payload string) {
		for _, raw := range []string{
			raw, forge(header, payload, secret), forge(plainHeader, payload, secret),
		} {
			c, err := Read(raw, keys, now)
			if err != nil {
				var refusal *Error
				if !errors.As(err, &refusal) || refusal.Status != 401 {
					t.Errorf("got error %v, want a 401", err)
				}
				continue
			}
			if c.Account != account || !isSID(c.Workspace, "WS") || !now.Before(c.Expires) {
				t.Errorf("read %+v", c)
			}
			_ = c.AllowsSocket(c.Account, c.Channel)
			outside := Request{Method: "GET", URL: "/v1/Workspaces/WS1/Tasks"}
			if c.Allows(outside, Options{}) == nil {
				t.Error("a token allowed something outside its workspace")
			}
		}
	})
}

// FuzzJSON holds the readers of raw JSON to what encoding/json sees in the same text.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(` {"a":[1,{"b":"]}\\\""}], "c" : null , "d":{}}`))
	f.Add([]byte(`[1,"x",[],{} , true]`))
	f.Add([]byte(`{"a":1,"\u0061":2}`))
	f.Add([]byte(`"x"`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !utf8.Valid(raw) || !json.Valid(raw) {
			return
		}
		var list []json.RawMessage
		isList := json.Unmarshal(raw, &list) == nil && list != nil
		elements, ok := array(raw)
		if ok != isList {
			t.Fatalf("array(%q) = %v, want %v", raw, ok, isList)
		}
		if len(elements) != len(list) {
			t.Fatalf("array(%q) has %d elements, want %d", raw, len(elements), len(list))
		}
		for i := range list {
			if diff := cmp.Diff(string(list[i]), string(elements[i])); diff != "" {
				t.Errorf("element %d of %q (-want +got):\n%s", i, raw, diff)
			}
		}
		members, ok := object(raw)
		if !ok {
			return // not an object, or one with a name twice, which encoding/json reads
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(raw, &want); err != nil || want == nil {
			t.Fatalf("object(%q) is one, want %v", raw, err)
		}
		if diff := cmp.Diff(want, members); diff != "" {
			t.Errorf("members of %q (-want +got):\n%s", raw, diff)
		}
	})
}
