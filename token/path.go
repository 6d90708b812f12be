package token

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Path reduces a request's URL to what is compared with policies, and returns its query beside
// it. A caller that checks a request with [Capability.Allows] must route it by this path and by
// nothing else: then what was checked is what is done.
//
// The URL may be absolute, on any host, or relative, with or without a leading slash and with or
// without the version: "https://example.com/v1/Workspaces/WS…", "/v1/Workspaces/WS…" and
// "Workspaces/WS…" are one resource. The path that comes back starts with a slash, is
// percent-decoded, has no trailing slash (one is dropped) and neither empty nor dot segments.
//
// A URL that has a second spelling of a path in it is refused with status 400: encoded slashes
// and percent signs, dot segments, double slashes, backslashes, semicolons, control characters
// and whatever else does not print, text that is not UTF-8, user names, fragments, and schemes
// other than http and https.
//
// Spec: capability-tokens 2
func Path(rawURL string) (path string, query url.Values, err error) {
	location, rawQuery, _ := strings.Cut(rawURL, "?")
	if strings.Contains(rawURL, "#") {
		return "", nil, unreadable("url %s has a fragment; leave it out", shown(location))
	}
	path, relative, err := locate(location)
	if err != nil {
		return "", nil, err
	}
	if path == "/" {
		return "", nil, unreadable("url %s names no resource", shown(location))
	}
	if path, err = normal(path, relative); err != nil {
		return "", nil, err
	}
	if query, err = url.ParseQuery(rawQuery); err != nil {
		return "", nil, unreadable("the query of url %s cannot be read", shown(location))
	}
	return path, query, nil
}

// locate strips scheme and host from a URL without query. The path it returns starts with a
// slash and is otherwise as sent; relative tells that there was no host to strip.
func locate(location string) (path string, relative bool, err error) {
	scheme, rest, absolute := strings.Cut(location, "://")
	if !absolute {
		if !strings.HasPrefix(location, "/") {
			location = "/" + location
		}
		return location, true, nil
	}
	if !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return "", false, unreadable("url %s is neither http nor https", shown(location))
	}
	host, path := rest, "/"
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if host == "" || strings.ContainsFunc(host, notInHost) {
		return "", false, unreadable("url %s has no host that can be read", shown(location))
	}
	return path, false, nil
}

func notInHost(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !letter && !strings.ContainsRune(".-_:[]", r)
}

// normal returns the one spelling of a path that starts with a slash, or says why it has none.
// A relative path is below /v1 even if it does not say so. The root of a host is "".
func normal(path string, relative bool) (string, error) {
	var b strings.Builder
	b.Grow(len("/v1") + len(path))
	rest := strings.TrimSuffix(path, "/")
	if relative && rest == "" {
		return "/v1", nil
	}
	for rest != "" {
		segment, after := rest[1:], ""
		if i := strings.IndexByte(segment, '/'); i >= 0 {
			segment, after = segment[:i], segment[i:]
		}
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return "", unreadable("path %s has a broken percent escape", shown(path))
		}
		if flaw := flawOf(decoded); flaw != "" {
			return "", unreadable("path %s has %s; send it in its plain form", shown(path), flaw)
		}
		if relative && b.Len() == 0 && decoded != "v1" {
			b.WriteString("/v1")
		}
		b.WriteByte('/')
		b.WriteString(decoded)
		rest = after
	}
	return b.String(), nil
}

// flawOf names what keeps a decoded segment from having one spelling only; "" if nothing does. A
// percent sign that survived the decoding would be decoded again by a less careful reader.
func flawOf(segment string) string {
	switch segment {
	case "":
		return "an empty segment"
	case ".", "..":
		return "a dot segment"
	}
	if !utf8.ValidString(segment) {
		return "bytes that are not UTF-8"
	}
	for _, r := range segment {
		switch {
		case r == '/':
			return "an encoded slash"
		case r == '%':
			return "an encoded percent sign"
		case r == '\\', r == ';', r == '?', r == '#':
			return "the character " + string(r)
		case !unicode.IsPrint(r):
			return "a character that does not print"
		}
	}
	return ""
}
