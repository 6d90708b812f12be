package wire

import (
	"time"

	"taskrouter/internal/routing"
)

// An Encoder writes nouns of one workspace. It is a plain value: fill it in and use it; it is
// safe for concurrent use while its fields stay as they are.
type Encoder struct {
	// Origin is how clients reach the server, without a slash at the end:
	// "http://127.0.0.1:8080". Every URL starts with it.
	Origin string
	// Catalog tells the names of what a noun refers to, the workspace and the account.
	Catalog *routing.Catalog
	// Now is the time of the answer; the age of a task is measured by it.
	Now time.Time
	// Bridge adds the keys that browser clients read beside the documented ones.
	Bridge bool
}

// root is the path under which every resource lives.
const root = "/v1/Workspaces"

// url appends the JSON string of the URL of something in the workspace; each element of path
// goes in as it is.
func (e *Encoder) url(dst []byte, path ...string) []byte {
	dst = append(dst, '"')
	dst = appendText(dst, e.Origin)
	dst = append(dst, root...)
	dst = append(dst, '/')
	dst = append(dst, e.Catalog.Workspace.SID...)
	for _, p := range path {
		dst = append(dst, p...)
	}
	return append(dst, '"')
}

// owner writes the two SIDs that say where a noun belongs.
func (e *Encoder) owner(o *object) {
	o.text("account_sid", string(e.Catalog.Workspace.AccountSID))
	o.text("workspace_sid", string(e.Catalog.Workspace.SID))
}

// dates writes when a noun was made and last changed.
func dates(o *object, created, updated time.Time) {
	o.date("date_created", created)
	o.date("date_updated", updated)
}

// AppendDate appends t as a JSON string, ISO 8601 in UTC with whole seconds, or null for the
// zero time. Spec: rest-api 1
func AppendDate(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = t.UTC().AppendFormat(dst, "2006-01-02T15:04:05Z")
	return append(dst, '"')
}
