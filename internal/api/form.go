package api

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"taskrouter"
)

// maxBody is how many bytes of a request are read: the longest configuration that a workflow
// may have, every character of it escaped, and room for the rest.
const maxBody = 4 << 20

// maxText is how many characters a text may have that is kept and has no limit of its own: the
// name of a workflow, a URL, a filter of events, a reason. Spec: rest-api 18
const maxText = 4096

// A form holds the parameters of one request. Its methods read one parameter each, as the type
// the handler wants; the first that is missing or of the wrong type sets err, which ends the
// request before a command is submitted. So a handler reads all it needs in a row and looks at
// no error.
type form struct {
	pairs []parameter
	err   error
}

type parameter struct{ name, value string }

// readForm reads the parameters from the request's body.
func (c *call) readForm() error {
	text, err := c.readBody()
	if err != nil || text == "" {
		return err
	}
	kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	first := strings.TrimLeft(text, " \t\r\n")
	switch {
	case kind == "multipart/form-data":
	case kind == "application/json", first != "" && (first[0] == '{' || first[0] == '['):
		kind = "JSON"
	default:
		c.form.parse(text)
		return nil
	}
	return taskrouter.Invalid.Errorf("The request body is %s; send the parameters as "+
		"application/x-www-form-urlencoded", kind)
}

// readJSON reads a body that is JSON; its handler says whether it is.
func (c *call) readJSON() (err error) {
	c.body, err = c.readBody()
	return err
}

// readBody reads the request's body.
func (c *call) readBody() (string, error) {
	if c.r.Body == nil || c.r.ContentLength == 0 {
		return "", nil
	}
	tooLarge := taskrouter.Invalid.Errorf(
		"The request body is larger than %d bytes, the most that is read", maxBody)
	if c.r.ContentLength > maxBody {
		return "", tooLarge
	}
	buffer := bytes.NewBuffer(c.out[:0])
	_, err := buffer.ReadFrom(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	c.out = buffer.Bytes()[:0]
	var limit *http.MaxBytesError
	if errors.As(err, &limit) {
		return "", tooLarge
	}
	if err != nil {
		return "", taskrouter.Invalid.Errorf("The request body could not be read to its end")
	}
	return buffer.String(), nil
}

// parse reads parameters in the form a=1&b=2. It refuses escapes that are not hexadecimal, and
// text that is not UTF-8.
func (f *form) parse(text string) {
	for text != "" {
		var part string
		part, text, _ = strings.Cut(text, "&")
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		var err error
		if name, err = url.QueryUnescape(name); err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil {
			f.fail("", "The parameters are malformed: %v", err)
			return
		}
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			name = shorten(strings.ToValidUTF8(name, "\uFFFD"))
			f.fail(name, "Parameter %s is not valid UTF-8", strconv.QuoteToASCII(name))
			return
		}
		f.pairs = append(f.pairs, parameter{name, value})
	}
}

// fail refuses a parameter; the empty name stands for the request as a whole.
func (f *form) fail(name, format string, args ...any) {
	err := taskrouter.Invalid.Errorf(format, args...)
	if name != "" {
		err = err.At(name)
	}
	f.failWith(err)
}

func (f *form) failWith(err error) {
	if f.err == nil {
		f.err = err
	}
}

// lookup returns the first value of a parameter.
func (f *form) lookup(name string) (string, bool) {
	for i := range f.pairs {
		if f.pairs[i].name == name {
			return f.pairs[i].value, true
		}
	}
	return "", false
}

// all returns the values of a parameter that may be repeated, or be a list with commas.
func (f *form) all(name string) []string {
	var list []string
	for i := range f.pairs {
		if f.pairs[i].name != name {
			continue
		}
		for v := range strings.SplitSeq(f.pairs[i].value, ",") {
			if v = strings.TrimSpace(v); v != "" {
				list = append(list, v)
			}
		}
	}
	return list
}

// text returns a text, empty if it is not given.
func (f *form) text(name string) string {
	v, _ := f.lookup(name)
	return v
}

// optText returns a text that may be left out.
func (f *form) optText(name string) *string {
	if v, ok := f.lookup(name); ok {
		return &v
	}
	return nil
}

// optLimited returns a text of limited length that may be left out.
func (f *form) optLimited(name string, most int) *string {
	f.limited(name, most)
	return f.optText(name)
}

// limited returns a text of limited length, empty if it is not given.
func (f *form) limited(name string, most int) string {
	v := f.text(name)
	if n := utf8.RuneCountInString(v); n > most {
		f.fail(name, "%s is %d characters long; at most %d are allowed", name, n, most)
	}
	return v
}

// filter returns a text that items of a list must have, nil if any will do.
func (f *form) filter(name string) *string { return notEmpty(f.optText(name)) }

// need returns a text that must be given. Spec: rest-api 2.2
func (f *form) need(name string) string {
	v, _ := f.lookup(name)
	if v == "" {
		f.fail(name, "Missing required parameter %s in the post body", name)
	}
	return v
}

// flag returns a flag, false if it is not given.
func (f *form) flag(name string) bool {
	v, _ := f.lookup(name)
	return truthy(v)
}

// optFlag returns a flag that may be left out.
func (f *form) optFlag(name string) *bool {
	v, _ := f.lookup(name)
	if v == "" {
		return nil
	}
	b := truthy(v)
	return &b
}

// truthy reads a flag. Spec: rest-api 1
func truthy(s string) bool {
	return s == "1" || strings.EqualFold(s, "true") || strings.EqualFold(s, "yes")
}

// optNumber returns a whole number that may be left out.
func (f *form) optNumber(name string, least, most int) *int {
	v, _ := f.lookup(name)
	if v == "" {
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		f.fail(name, "%s must be a whole number from %d to %d, not %q", name, least, most, shorten(v))
		return nil
	}
	return &n
}

// optDate returns a point in time that may be left out. Spec: rest-api 1
func (f *form) optDate(name string) *time.Time {
	v, _ := f.lookup(name)
	if v == "" {
		return nil
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, v); err == nil {
			t = t.UTC().Truncate(time.Millisecond)
			return &t
		}
	}
	f.fail(name, "%s must be a date in ISO 8601, like 2006-01-02T15:04:05Z, not %q", name, shorten(v))
	return nil
}

// dateLayouts are the forms of ISO 8601 that clients send; without an offset UTC is meant.
var dateLayouts = [...]string{
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02",
}

// optURL returns an absolute URL that may be left out; the empty text clears it.
func (f *form) optURL(name string) *string {
	v, ok := f.lookup(name)
	if !ok {
		return nil
	}
	if v == "" {
		return &v
	}
	if f.limited(name, maxText); f.err != nil {
		return nil
	}
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		f.fail(name, "%s must be an absolute URL with http or https, not %q", name, shorten(v))
		return nil
	}
	return &v
}

// url returns an absolute URL, empty if it is not given.
func (f *form) url(name string) string {
	if u := f.optURL(name); u != nil {
		return *u
	}
	return ""
}

// optSID returns the SID of a thing that may be left out; the empty one is passed on.
func optSID[T ~string](f *form, name, prefix string) *T {
	v, ok := f.lookup(name)
	if !ok {
		return nil
	}
	if v != "" && !taskrouter.ValidSID(prefix, v) {
		f.fail(name, "%s must be a SID, %s and 32 hexadecimal digits, not %q", name, prefix, shorten(v))
		return nil
	}
	sid := T(v)
	return &sid
}

// sid returns the SID of a thing, empty if it is not given.
func sid[T ~string](f *form, name, prefix string) T {
	if s := optSID[T](f, name, prefix); s != nil {
		return *s
	}
	return ""
}

// activity returns the SID of an activity, empty if it is not given.
func (f *form) activity(name string) taskrouter.ActivitySID {
	return sid[taskrouter.ActivitySID](f, name, taskrouter.PrefixActivity)
}

// optActivity returns the SID of an activity that may be left out; the empty one is passed on.
func (f *form) optActivity(name string) *taskrouter.ActivitySID {
	return optSID[taskrouter.ActivitySID](f, name, taskrouter.PrefixActivity)
}

// filterSID returns a SID that items of a list must have, nil if any will do.
func filterSID[T ~string](f *form, name, prefix string) *T {
	return notEmpty(optSID[T](f, name, prefix))
}

// notEmpty makes an empty text one that is not given.
func notEmpty[T ~string](s *T) *T {
	if s != nil && *s == "" {
		return nil
	}
	return s
}

// optWord returns one of the words that the parameter may be; nil if it is not given.
func optWord[T ~string](f *form, name string, words ...T) *T {
	v, _ := f.lookup(name)
	if v == "" {
		return nil
	}
	w, ok := oneOf(f, name, v, words)
	if !ok {
		return nil
	}
	return &w
}

// word returns one of the words that the parameter may be, empty if it is not given.
func word[T ~string](f *form, name string, words ...T) T {
	if w := optWord(f, name, words...); w != nil {
		return *w
	}
	return ""
}

// words returns those of a parameter that may be repeated.
func words[T ~string](f *form, name string, allowed ...T) []T {
	var list []T
	for _, v := range f.all(name) {
		w, ok := oneOf(f, name, v, allowed)
		if !ok {
			return nil
		}
		list = append(list, w)
	}
	return list
}

func oneOf[T ~string](f *form, name, v string, allowed []T) (T, bool) {
	for _, w := range allowed {
		if v == string(w) {
			return w, true
		}
	}
	err := taskrouter.Invalid.Errorf("%s must be %s, not %q", name, either(allowed), shorten(v))
	err = err.At(name)
	for _, w := range allowed {
		err.Allowed = append(err.Allowed, string(w))
	}
	f.failWith(err)
	return "", false
}

// either lists words the way a sentence does: "a", "a or b", "a, b or c".
func either[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			b.WriteString(" or ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

// shorten keeps what a message quotes to a reasonable length.
func shorten(s string) string {
	const most = 80
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
