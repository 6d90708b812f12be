// Package js serves the browser SDK: the script that stands in for TaskRouter.js v1 in a page
// when one script tag is changed.
//
//	<script src="https://taskrouter.example.com/js/taskrouter/v1.21/taskrouter.min.js"></script>
//	<script>const worker = new Twilio.TaskRouter.Worker(token);</script>
//
// The script talks to the server it came from, so such a page needs no further setting. Its
// sources are TypeScript in src; `go run ./tools/bundle` builds them into dist, which is committed
// and embedded here.
//
// The sources have three layers. src/wire knows the server: token, socket, requests. src/object
// knows what user code holds in its hands: workers, tasks, reservations, lists. src/client has the
// live classes that tie both together and emit events. src/global.ts is what the script tag runs;
// src/taskrouter.ts is for pages that are bundled with the library; src/taskrouter.d.ts documents
// every member a page may use.
package js

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed dist/taskrouter.min.js
var script string

//go:embed dist/taskrouter.d.ts
var declarations string

//go:embed dist/integrity.txt
var integrity string

// Paths under which Handler serves the script. The versioned one is that of the hosted service's
// documentation and may be cached for good; the other always has the latest build.
const (
	VersionedPath = "/js/taskrouter/v1.21/taskrouter.min.js"
	LatestPath    = "/js/taskrouter/taskrouter.js"
)

// Paths of the script's types, for editors.
const (
	versionedTypesPath = "/js/taskrouter/v1.21/taskrouter.d.ts"
	latestTypesPath    = "/js/taskrouter/taskrouter.d.ts"
)

// Script returns the built, minified script.
func Script() []byte {
	return []byte(script)
}

// Integrity returns the value of the integrity attribute for a script tag that loads Script, such
// as sha384-…. A page with that attribute also needs crossorigin="anonymous" when it comes from
// another origin.
func Integrity() string {
	return strings.TrimSpace(integrity)
}

// Handler serves the script and its types to GET and HEAD, to pages of any origin, compressed for
// clients that accept it. Everything below /js/ that is not ours is 404.
//
// Spec: sdk-v1-api 1
func Handler() http.Handler {
	const (
		forGood    = "public, max-age=31536000, immutable"
		askFirst   = "no-cache"
		javascript = "text/javascript; charset=utf-8"
		typescript = "text/plain; charset=utf-8"
	)
	code := newAsset(script, javascript)
	types := newAsset(declarations, typescript)
	mux := http.NewServeMux()
	mux.Handle("GET "+VersionedPath, code.cached(forGood))
	mux.Handle("GET "+LatestPath, code.cached(askFirst))
	mux.Handle("GET "+versionedTypesPath, types.cached(forGood))
	mux.Handle("GET "+latestTypesPath, types.cached(askFirst))
	return mux
}

// asset is one file in both encodings.
type asset struct {
	plain, zipped []byte
	hash, mime    string
}

func newAsset(content, mime string) asset {
	sum := sha256.Sum256([]byte(content))
	return asset{
		plain:  []byte(content),
		zipped: compress(content),
		hash:   base64.RawURLEncoding.EncodeToString(sum[:12]),
		mime:   mime,
	}
}

// cached serves the asset under a caching rule. Each encoding has its own ETag, as they are
// different bytes.
func (a asset) cached(rule string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cache-Control", rule)
		h.Set("Content-Type", a.mime)
		h.Set("Vary", "Accept-Encoding")
		h.Set("X-Content-Type-Options", "nosniff")
		body, tag := a.plain, a.hash
		if acceptsGzip(r.Header.Values("Accept-Encoding")) {
			body, tag = a.zipped, a.hash+"-gzip"
			h.Set("Content-Encoding", "gzip")
			h.Set("Content-Length", strconv.Itoa(len(body)))
		}
		h.Set("ETag", fmt.Sprintf("%q", tag))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}

// acceptsGzip reads Accept-Encoding headers: gzip or * is named, and not with weight 0.
func acceptsGzip(headers []string) bool {
	other := false
	for _, each := range strings.Split(strings.Join(headers, ","), ",") {
		coding, parameters, _ := strings.Cut(each, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		weight, named := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		wanted := !named || (err == nil && q > 0)
		if coding == "gzip" {
			return wanted
		}
		other = wanted
	}
	return other
}

// compress gzips the content. Writing to memory cannot fail, so neither does this.
func compress(content string) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write([]byte(content)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
