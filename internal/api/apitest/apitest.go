// Package apitest holds answers of the REST API against its official description.
//
// [Validate] checks one answer; [Handler] wraps a handler so that every answer it gives is
// checked, which is how tests of this project talk to the API:
//
//	h := apitest.Handler(t, api.New(options))
//
// An answer is right if its status is one that the operation has, its body has exactly the
// keys that the schema names (and the additions that this project documents), every value has
// the type, pattern, format and enumeration of the schema, integers are written as integers,
// dates are whole seconds in UTC, and the headers of the operation are there. An error is right
// if its body has the shape of errors.
package apitest

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"taskrouter/internal/api/openapi"
)

// description is read once; it does not change.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromData(openapi.JSON())
})

//go:embed additions.json
var additionsJSON []byte

// ours describes the operations that only this project has, in the same language.
var ours = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromData(additionsJSON)
})

// Handler returns a handler that answers as h does, and fails the test for every answer that
// is not as described.
func Handler(t testing.TB, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Helper()
		method, path := r.Method, r.URL.Path
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if err := check(method, path, rec.Code, rec.Header(), rec.Body.Bytes()); err != nil {
			t.Errorf("%s %s: %v\n%s", method, path, err, rec.Body)
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// Validate fails the test unless the answer is one that the description allows for the request.
func Validate(t testing.TB, r *http.Request, resp *http.Response, body []byte) {
	t.Helper()
	if err := check(r.Method, r.URL.Path, resp.StatusCode, resp.Header, body); err != nil {
		t.Errorf("%s %s: %v\n%s", r.Method, r.URL.Path, err, body)
	}
}

func check(method, path string, status int, header http.Header, body []byte) error {
	if method == http.MethodOptions {
		return nil
	}
	if status >= 400 {
		if method == http.MethodHead {
			return checkType(header)
		}
		return checkError(status, header, body)
	}
	doc, err := description()
	if err != nil {
		return err
	}
	more, err := ours()
	if err != nil {
		return err
	}
	_, op := operation(method, path, doc, more)
	if op == nil {
		return fmt.Errorf("status %d for an operation that is not described", status)
	}
	response := op.Responses.Status(status)
	if response == nil {
		return fmt.Errorf("status %d is none of the operation's", status)
	}
	for name := range response.Value.Headers {
		// Credentials are never allowed together with any origin: see the package api.
		if name != "Access-Control-Allow-Credentials" && header.Get(name) == "" {
			return fmt.Errorf("header %s is missing", name)
		}
	}
	media := response.Value.Content.Get("application/json")
	if media == nil || method == http.MethodHead {
		if len(body) > 0 {
			return fmt.Errorf("status %d has a body", status)
		}
		return nil
	}
	if err := checkType(header); err != nil {
		return err
	}
	return CheckSchema(media.Schema.Value, body)
}

func checkType(header http.Header) error {
	if got, want := header.Get("Content-Type"), "application/json; charset=utf-8"; got != want {
		return fmt.Errorf("Content-Type is %q, want %q", got, want)
	}
	return nil
}

// Schema returns a schema of the description by its name, nil if there is none.
func Schema(name string) *openapi3.Schema {
	doc, err := description()
	if err != nil {
		return nil
	}
	if ref := doc.Components.Schemas[name]; ref != nil {
		return ref.Value
	}
	return nil
}

// CheckSchema returns what is wrong with a body that should have the schema, nil if nothing is.
func CheckSchema(schema *openapi3.Schema, body []byte) error {
	var plain any
	if err := json.Unmarshal(body, &plain); err != nil {
		return fmt.Errorf("the body is not JSON: %w", err)
	}
	err := schema.VisitJSON(plain, openapi3.VisitAsResponse(), openapi3.MultiErrors(),
		openapi3.EnableFormatValidation(),
		openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
			"date-time": openapi3.NewRegexpFormatValidator(
				`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$`),
			"uri": openapi3.NewRegexpFormatValidator(`^https?://[^/]`),
		}))
	if err != nil {
		return err
	}
	exact := json.NewDecoder(bytes.NewReader(body))
	exact.UseNumber()
	var numbers any
	if err := exact.Decode(&numbers); err != nil {
		return err
	}
	return checkExact("", schema, numbers)
}

// additions are keys that answers may have beyond those of the description.
var additions = []string{
	"reservation_timeout", "date_expires", "version", "queue_sid", "queue_name", "workflow_name",
	"sequence",
	"position", "estimated_wait", "step", "connected", "connections", "last_seen",
}

// checkExact checks what a JSON schema does not say: which keys are there, and how integers
// are written.
func checkExact(at string, schema *openapi3.Schema, v any) error {
	switch v := v.(type) {
	case json.Number:
		if schema.Type.Is("integer") && strings.ContainsAny(v.String(), ".eE") {
			return fmt.Errorf("%s is %s; integers have no point and no exponent", at, v)
		}
	case []any:
		if schema.Items == nil {
			return nil
		}
		if len(schema.Items.Value.OneOf) > 0 {
			return checkOneOf(at, schema.Items.Value.OneOf, v)
		}
		for i, item := range v {
			err := checkExact(fmt.Sprintf("%s[%d]", at, i), schema.Items.Value, item)
			if err != nil {
				return err
			}
		}
	case map[string]any:
		if len(schema.Properties) == 0 { // an object of any shape, such as links
			return nil
		}
		for name, property := range schema.Properties {
			value, ok := v[name]
			if !ok {
				return fmt.Errorf("%s.%s is missing", at, name)
			}
			if err := checkExact(at+"."+name, property.Value, value); err != nil {
				return err
			}
		}
		for name := range v {
			if schema.Properties[name] == nil && !slices.Contains(additions, name) {
				return fmt.Errorf("%s.%s is not described", at, name)
			}
		}
	}
	return nil
}

// checkOneOf checks items each of which has one of several schemas: the one that all of its
// required keys say.
func checkOneOf(at string, schemas openapi3.SchemaRefs, items []any) error {
	for i, item := range items {
		keys, _ := item.(map[string]any)
		for _, s := range schemas {
			if slices.ContainsFunc(s.Value.Required, func(k string) bool { return keys[k] == nil }) {
				continue
			}
			if err := checkExact(fmt.Sprintf("%s[%d]", at, i), s.Value, item); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkError checks the shape of an error. Spec: rest-api 2
func checkError(status int, header http.Header, body []byte) error {
	if err := checkType(header); err != nil {
		return err
	}
	var e struct {
		Code     *int           `json:"code"`
		Message  *string        `json:"message"`
		MoreInfo *string        `json:"more_info"`
		Status   *int           `json:"status"`
		Details  map[string]any `json:"details"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return fmt.Errorf("the body is no error: %w", err)
	}
	switch {
	case e.Code == nil || e.Message == nil || e.MoreInfo == nil || e.Status == nil:
		return fmt.Errorf("the error lacks one of code, message, more_info, status")
	case *e.Status != status:
		return fmt.Errorf("the error's status is %d, the answer's %d", *e.Status, status)
	case *e.Code < 10000 || *e.Message == "":
		return fmt.Errorf("the error says nothing")
	case *e.MoreInfo != fmt.Sprintf("https://www.twilio.com/docs/errors/%d", *e.Code):
		return fmt.Errorf("more_info is %q", *e.MoreInfo)
	case status == http.StatusUnauthorized && header.Get("WWW-Authenticate") == "":
		return fmt.Errorf("WWW-Authenticate is missing")
	case status == http.StatusMethodNotAllowed && header.Get("Allow") == "":
		return fmt.Errorf("Allow is missing")
	case status == http.StatusServiceUnavailable && header.Get("Retry-After") == "":
		return fmt.Errorf("Retry-After is missing")
	}
	return nil
}

// operation finds what descriptions say about a request, and the template of its path: the one
// with the fewest variables wins.
func operation(
	method, path string, docs ...*openapi3.T,
) (template string, op *openapi3.Operation) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	path = strings.TrimSuffix(path, "/")
	fewest := -1
	for _, doc := range docs {
		for candidate, item := range doc.Paths.Map() {
			has := item.GetOperation(method)
			if variables, ok := match(candidate, path); ok && has != nil &&
				(fewest < 0 || variables < fewest) {
				template, op, fewest = candidate, has, variables
			}
		}
	}
	return template, op
}

// Operation names the described operation that a request is for, by verb and path:
// "GET /v1/Workspaces/{Sid}". It is empty if there is none.
func Operation(method, path string) string {
	doc, err := description()
	if err != nil {
		return ""
	}
	template, op := operation(method, path, doc)
	if op == nil {
		return ""
	}
	return method + " " + template
}

// Operations names all operations of the description, in order.
func Operations() []string {
	doc, err := description()
	if err != nil {
		return nil
	}
	var names []string
	for template, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			names = append(names, method+" "+template)
		}
	}
	slices.Sort(names)
	return names
}

// Parameters names what a described operation reads beside its path, in order: of its query, or
// of its form.
func Parameters(operation string) []string {
	doc, err := description()
	if err != nil {
		return nil
	}
	method, template, _ := strings.Cut(operation, " ")
	item := doc.Paths.Value(template)
	if item == nil || item.GetOperation(method) == nil {
		return nil
	}
	op := item.GetOperation(method)
	var names []string
	for _, p := range op.Parameters {
		if p.Value.In == openapi3.ParameterInQuery {
			names = append(names, p.Value.Name)
		}
	}
	if op.RequestBody != nil {
		form := op.RequestBody.Value.Content.Get("application/x-www-form-urlencoded")
		if form != nil {
			for name := range form.Schema.Value.Properties {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// match reports whether a path is one of the template's, and how many variables it fills.
func match(template, path string) (variables int, ok bool) {
	wants, gots := strings.Split(template, "/"), strings.Split(path, "/")
	if len(wants) != len(gots) {
		return 0, false
	}
	for i, want := range wants {
		if strings.HasPrefix(want, "{") {
			variables++
		} else if want != gots[i] {
			return 0, false
		}
	}
	return variables, true
}
