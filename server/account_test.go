package server

import "testing"

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	all := accounts{
		"AC1": {SID: "AC1", AuthToken: "one", SecondaryToken: "two"},
		"AC2": {SID: "AC2", AuthToken: "three"},
		"AC3": {SID: "AC3"}, // never made, but a hole if it were
	}
	for _, tt := range []struct {
		name, user, password string
		want                 bool
	}{
		{"right", "AC1", "one", true},
		{"the other of two", "AC1", "two", true},
		{"the beginning", "AC1", "on", false},
		{"more than it", "AC1", "one1", false},
		{"another account's", "AC1", "three", false},
		{"nothing, though there is no second one", "AC2", "", false},
		{"nothing, though there is none", "AC3", "", false},
		{"unknown user", "AC4", "one", false},
		{"unknown user without password", "AC4", "", false},
	} {
		sid, ok := all.authenticate(t.Context(), tt.user, tt.password)
		if ok != tt.want || ok && string(sid) != tt.user || !ok && sid != "" {
			t.Errorf("%s: got %q, %v; want %v", tt.name, sid, ok, tt.want)
		}
	}
}
