package routing

import (
	"errors"
	"strconv"
	"unicode/utf8"

	"taskrouter"
	"taskrouter/expr"
)

// checkName checks a friendly name that a parameter gives.
func checkName(parameter, name string) error {
	if name == "" {
		return taskrouter.Invalid.Errorf("%s is empty; give it a value", parameter).At(parameter)
	}
	if n := utf8.RuneCountInString(name); n > taskrouter.MaxFriendlyName {
		return taskrouter.Invalid.Errorf("%s is %d characters long; at most %d are allowed",
			parameter, n, taskrouter.MaxFriendlyName).At(parameter)
	}
	return nil
}

// checkAttributes checks a JSON object given as text; the empty text stands for {}.
// Spec: rest-api 18
func checkAttributes(text string) (string, error) {
	if text == "" {
		return "{}", nil
	}
	if n := utf8.RuneCountInString(text); n > taskrouter.MaxAttributes {
		return "", taskrouter.Invalid.Errorf(
			"Attributes are %d characters long, white space counted; at most %d are allowed",
			n, taskrouter.MaxAttributes).At("Attributes")
	}
	if _, err := expr.ParseAttributes(text); err != nil {
		return "", taskrouter.Invalid.Errorf("%w", err).At("Attributes")
	}
	return text, nil
}

// checkVersion refuses a command made for another version than the current one.
// Spec: rest-api 4
func checkVersion[S ~string](kind string, sid S, ifMatch *int, now int) error {
	if ifMatch != nil && *ifMatch != now {
		return taskrouter.Conflict.Errorf("%s %s is at version %d, the request was made for "+
			"version %d; read it again and repeat the change", kind, string(sid), now, *ifMatch).
			In(strconv.Itoa(now))
	}
	return nil
}

// parse reads an expression that a parameter gives.
func parse(parameter string, kind expr.Kind, src string) (*expr.Expr, error) {
	e, err := expr.Parse(kind, src)
	if err == nil {
		return e, nil
	}
	var syntax *expr.SyntaxError
	if errors.As(err, &syntax) {
		return nil, taskrouter.Invalid.Errorf("%s does not parse: %w", parameter, err).At(parameter)
	}
	return nil, taskrouter.Invalid.Errorf("%s: %w", parameter, err).At(parameter)
}

// missing is the error for a command on a thing that does not exist.
func missing[S ~string](kind string, sid S) error {
	return taskrouter.NotFound.Errorf("%s %s was not found", kind, string(sid))
}

// choices are those of several statuses that may be gone to.
func choices[S ~string](can func(S) bool, among ...S) []string {
	list := []string{}
	for _, status := range among {
		if can(status) {
			list = append(list, string(status))
		}
	}
	return list
}
