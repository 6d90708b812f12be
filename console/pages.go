//go:build !noconsole

package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// agentPath is where the agent's page is; its scripts and styles are beside it.
const agentPath = "/agent/"

// agentPage is the built file of that page.
const agentPage = "agent.html"

// pages serves built files from memory.
type pages struct {
	files map[string]file // by name in dist
}

// newPages reads all built files. It panics if they cannot be read: they are part of the program.
func newPages(built fs.FS) *pages {
	p := &pages{files: map[string]file{}}
	err := fs.WalkDir(built, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(built, name)
		if err != nil {
			return err
		}
		p.files[name] = newFile(name, content)
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("read built pages: %v", err))
	}
	return p
}

// ServeHTTP serves the page and what belongs to it.
func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD are answered here", http.StatusMethodNotAllowed)
		return
	}
	if r.URL.Path == strings.TrimSuffix(agentPath, "/") {
		http.Redirect(w, r, agentPath, http.StatusMovedPermanently)
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, agentPath)
	if name == "" {
		name = agentPage
	} else if name == agentPage {
		ok = false // one page, one address
	}
	f, found := p.files[name]
	if !ok || !found {
		h.Set("Cache-Control", "no-store")
		http.Error(w, "There is no such page; the agent's page is "+agentPath, http.StatusNotFound)
		return
	}
	if f.page {
		confine(h, r.Host)
	}
	f.serve(w, r)
}

// confine sets what an agent's page may do: load its own files and talk to its own server, and
// nothing else. Injected markup could neither run, nor load, nor send anything.
func confine(h http.Header, host string) {
	h.Set("Content-Security-Policy", strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
		"media-src 'self' blob:", "connect-src " + connections(host), "base-uri 'none'",
		"form-action 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; "))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "microphone=(self), speaker-selection=(self)")
}

// plainHost is a host as it may stand in a policy: a name or an address, perhaps with a port.
var plainHost = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?$`)

// connections lists where the page may connect to. 'self' includes the sockets of the same host,
// but older versions of Safari want them spelled out.
func connections(host string) string {
	if !plainHost.MatchString(host) {
		return "'self'"
	}
	return "'self' ws://" + host + " wss://" + host
}

// file is one built file in both encodings.
type file struct {
	plain, zipped []byte
	hash, mime    string
	page          bool // an HTML page; all other files are named by a hash of what is in them
}

func newFile(name string, content []byte) file {
	sum := sha256.Sum256(content)
	return file{
		plain:  content,
		zipped: compress(content),
		hash:   base64.RawURLEncoding.EncodeToString(sum[:12]),
		mime:   typeOf(name),
		page:   path.Ext(name) == ".html",
	}
}

// typeOf is the media type of a file. The common ones do not depend on the machine's own table.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	default:
		return mime.TypeByExtension(path.Ext(name))
	}
}

// serve answers with the file. Each encoding has its own ETag, as they are different bytes.
func (f file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Vary", "Accept-Encoding")
	if f.page {
		h.Set("Cache-Control", "no-store")
	} else {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := f.plain, f.hash
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		body, tag = f.zipped, f.hash+"-gzip"
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	h.Set("ETag", strconv.Quote(tag))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads Accept-Encoding: gzip is named, and not with weight 0. All browsers name it.
func acceptsGzip(headers []string) bool {
	for _, each := range strings.Split(strings.Join(headers, ","), ",") {
		coding, parameters, _ := strings.Cut(each, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		weight, weighted := strings.CutPrefix(strings.TrimSpace(parameters), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !weighted || (err == nil && q > 0)
	}
	return false
}

// compress gzips the content. Writing to memory cannot fail, so neither does this.
func compress(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write(content); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}
