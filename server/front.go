package server

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"taskrouter/js"
)

// A frontPage names what a server offers, for somebody who opens its address.
type frontPage struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	REST        string `json:"rest"`
	EventBridge string `json:"event_bridge"`
	SDK         string `json:"sdk"`
	Integrity   string `json:"sdk_integrity"`
	Agent       string `json:"agent"`
}

// SDKPath is where the browser SDK is served, under the name that pages know.
const SDKPath = js.VersionedPath

// Integrity is the value of the integrity attribute of a script tag that loads the SDK.
func Integrity() string { return js.Integrity() }

var frontTemplate = template.Must(template.New("front").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Name}}</title>
<h1>{{.Name}} {{.Version}}</h1>
<p>This server routes tasks to workers. It answers at:</p>
<dl>
<dt>REST</dt><dd><code>{{.REST}}</code></dd>
<dt>Event bridge</dt><dd><code>{{.EventBridge}}/{account}/{channel}</code></dd>
<dt>Browser SDK</dt><dd><a href="{{.SDK}}"><code>{{.SDK}}</code></a></dd>
<dt>Agent page</dt>
<dd><a href="{{.Agent}}"><code>{{.Agent}}</code></a>, opened with a worker's token behind
<code>#token=</code></dd>
</dl>
</html>
`))

// front answers browsers with a page and programs with JSON.
func (s *Server) front(w http.ResponseWriter, r *http.Request) {
	page := frontPage{
		Name:        "taskrouter",
		Version:     s.config.Version,
		REST:        "/v1/Workspaces",
		EventBridge: "/v1/wschannels",
		SDK:         SDKPath,
		Integrity:   Integrity(),
		Agent:       "/agent/",
	}
	h := w.Header()
	h.Set("Vary", "Accept")
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		h.Set("Content-Type", "application/json; charset=utf-8")
		json.NewEncoder(w).Encode(page)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
	frontTemplate.Execute(w, page)
}
