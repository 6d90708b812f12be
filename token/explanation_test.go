package token

import "testing"

// TestExplanation: who may read a worker may ask why nothing comes to it.
func TestExplanation(t *testing.T) {
	t.Parallel()
	const other = "B/Workers/WK00000000000000000000000000000009"
	for _, tt := range []struct {
		name     string
		policies []string
		request  string
		allowed  bool
	}{
		{"the worker itself", []string{allow("GET", "K")}, "GET K/Explanation", true},
		{"any worker", []string{allow("GET", "B/Workers/*")}, "GET " + other + "/Explanation", true},
		{"another worker", []string{allow("GET", "K")}, "GET " + other + "/Explanation", false},
		{"nothing that changes", []string{allow("POST", "K"), allow("GET", "K")},
			"POST K/Explanation", false},
		{"nothing else below the worker", []string{allow("GET", "K")}, "GET K/Channels", false},
		{"nothing below it", []string{allow("GET", "K")}, "GET K/Explanation/x", false},
		{"unless a policy says otherwise",
			[]string{allow("GET", "K"), deny("GET", "K/Explanation")}, "GET K/Explanation", false},
		{"not of a worker that may not be read", []string{deny("GET", "K")}, "GET K/Explanation", false},
		{"no worker", []string{allow("GET", "B/Workers/Statistics")},
			"GET B/Workers/Statistics/Explanation", false},
		{"with the filter of the right", []string{allow("GET", "K", `"query_filter":{"A":"1"}`)},
			"GET K/Explanation", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := capability(t, tt.policies...).Allows(ask(tt.request), Options{})
			if (err == nil) != tt.allowed {
				t.Errorf("got %v, want allowed %v", err, tt.allowed)
			}
		})
	}
}
