package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Policy is one rule of a token: whether a method on a URL, with parameters that its filters
// admit, is allowed. Whether a policy fits a request, and which of several decides, is told in
// the package documentation.
//
// Written as JSON a policy has all five keys, as most helper libraries write it. Read from JSON
// it is strict: see [Policy.UnmarshalJSON].
type Policy struct {
	// URL is literal, or ends in "/*" or "/**". It has no query. Only its path matters.
	URL string `json:"url"`
	// Method is GET, POST or DELETE.
	Method string `json:"method"`
	// QueryFilter binds the parameters of a GET or DELETE, and the query of any request's URL.
	QueryFilter Filter `json:"query_filter"`
	// PostFilter binds the parameters of a POST.
	PostFilter Filter `json:"post_filter"`
	// Allow is the policy's answer. Its zero value refuses.
	Allow bool `json:"allow"`
}

// Filter says what parameters a policy wants, by their names. A filter without entries asks
// nothing; one with entries admits no parameter but those it names.
type Filter map[string]Condition

// Condition is what a [Filter] asks of one parameter.
type Condition struct {
	// Required makes the parameter's absence a misfit.
	Required bool `json:"required"`
	// Value, if not nil, is what the parameter must be when it is present.
	Value *string `json:"value,omitempty"`
}

// MarshalJSON writes an object also for a nil filter, as the helper libraries do.
func (f Filter) MarshalJSON() ([]byte, error) {
	if f == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(map[string]Condition(f))
}

// admits reports whether parameters satisfy the filter. A parameter with several values must
// satisfy it with each; one without any is absent.
func (f Filter) admits(params url.Values) bool {
	if len(f) == 0 {
		return true
	}
	for name, values := range params {
		condition, named := f[name]
		if !named && len(values) > 0 {
			return false
		}
		for _, value := range values {
			if condition.Value != nil && value != *condition.Value {
				return false
			}
		}
	}
	for name, condition := range f {
		if condition.Required && len(params[name]) == 0 {
			return false
		}
	}
	return true
}

// UnmarshalJSON reads a policy as it stands in a token. It fails if the policy says something
// that cannot be told for certain: a URL that is missing, has a query or has no plain path; a
// method other than GET, POST and DELETE; an allow that is not a boolean (absent and null mean
// false); a filter that is not an object of conditions; a key that occurs twice. Keys it does not
// know are ignored in the policy, but not in a condition, which would then ask less than it says.
//
// Spec: capability-tokens 3
func (p *Policy) UnmarshalJSON(raw []byte) error {
	r, err := readRule(raw)
	if err == nil {
		*p = r.Policy
	}
	return err
}

func readRule(raw json.RawMessage) (rule, error) {
	members, ok := object(raw)
	if !ok {
		return rule{}, errors.New("it is not an object with distinct keys")
	}
	var read Policy
	if read.URL, ok = text(members["url"]); !ok {
		return rule{}, errors.New("url is not a string")
	}
	if read.Method, ok = text(members["method"]); !ok {
		return rule{}, errors.New("method is not a string")
	}
	if allow := members["allow"]; !absent(allow) {
		if read.Allow, ok = boolean(allow); !ok {
			return rule{}, errors.New("allow is not a boolean")
		}
	}
	var err error
	if read.QueryFilter, err = readFilter(members["query_filter"]); err != nil {
		return rule{}, fmt.Errorf("query_filter: %w", err)
	}
	if read.PostFilter, err = readFilter(members["post_filter"]); err != nil {
		return rule{}, fmt.Errorf("post_filter: %w", err)
	}
	return compile(read)
}

// readFilter reads a filter. Absent, null, {} and [] (how PHP writes an empty map) ask nothing.
func readFilter(raw json.RawMessage) (Filter, error) {
	if absent(raw) || string(raw) == "{}" {
		return nil, nil
	}
	if list, ok := array(raw); ok && len(list) == 0 {
		return nil, nil
	}
	members, ok := object(raw)
	if !ok {
		return nil, errors.New("it is not an object with distinct keys")
	}
	if len(members) == 0 {
		return nil, nil
	}
	filter := make(Filter, len(members))
	for name, raw := range members {
		condition, ok := readCondition(raw)
		if !ok {
			return nil, fmt.Errorf("%s is neither a string nor an object of required and value",
				shown(name))
		}
		filter[name] = condition
	}
	return filter, nil
}

func readCondition(raw json.RawMessage) (Condition, bool) {
	if value, ok := text(raw); ok {
		return Condition{Required: true, Value: &value}, true
	}
	members, ok := object(raw)
	if !ok {
		return Condition{}, false
	}
	var c Condition
	for name, raw := range members {
		switch name {
		case "required":
			c.Required, ok = boolean(raw)
		case "value":
			var value string
			value, ok = text(raw)
			c.Value = &value
		default:
			ok = false
		}
		if !ok {
			return Condition{}, false
		}
	}
	return c, true
}

// A reach says what beside its literal path a rule covers. Greater is more specific.
type reach uint8

const (
	below reach = iota // X/**
	child              // X/*
	exact              // X
)

// A rule is a policy ready to be compared.
type rule struct {
	Policy
	literal string // the normal path before the wildcard
	reach   reach
}

// compile makes a policy comparable, or says what about its method or URL cannot be read.
func compile(p Policy) (rule, error) {
	switch p.Method {
	case "GET", "POST", "DELETE":
	default:
		return rule{}, fmt.Errorf("method %s is not GET, POST or DELETE", shown(p.Method))
	}
	if p.URL == "" {
		return rule{}, errors.New("url is empty")
	}
	if strings.ContainsAny(p.URL, "?#") {
		return rule{}, fmt.Errorf("url %s has a query or a fragment", shown(p.URL))
	}
	path, relative, err := locate(p.URL)
	if err != nil {
		return rule{}, err
	}
	r := rule{Policy: p, reach: exact}
	if prefix, ok := strings.CutSuffix(path, "/**"); ok {
		path, r.reach = prefix, below
	} else if prefix, ok := strings.CutSuffix(path, "/*"); ok {
		path, r.reach = prefix, child
	}
	if r.reach != exact && strings.HasSuffix(path, "/") {
		return rule{}, fmt.Errorf("url %s has an empty segment", shown(p.URL))
	}
	r.literal, err = normal(path, relative)
	return r, err
}
