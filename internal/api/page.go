package api

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"taskrouter"
	"taskrouter/internal/wire"
)

// Sizes of pages. Spec: rest-api 3
const (
	defaultPageSize = 50
	maxPageSize     = 1000
)

// codeAbsolutePaging is the code for a page asked for by number alone. Spec: rest-api 3
const codeAbsolutePaging = 40153

// A place is where an item stands in a list: by the keys of the list's ordering, then by SID,
// which is by creation. It says enough to go on from when the item itself is gone.
type place struct {
	keys [maxTerms]int64
	sid  string
}

// maxTerms is how many keys an ordering may have.
const maxTerms = 3

// A term is one key of an ordering.
type term[T any] struct {
	descending bool
	key        func(T) int64
}

// A page is what a request for a part of a list asks for.
type page struct {
	number, size int
	token        *place // go on from there; nil = from the start
	backward     bool   // the items before the token, not those after it
}

// page reads the parameters of paging, for a list of items whose SIDs have the prefix and that
// is ordered by so many keys.
func (c *call) page(prefix string, terms int) (page, error) {
	f := &c.form
	p := page{size: defaultPageSize}
	if n := f.optNumber("PageSize", 1, maxPageSize); n != nil {
		p.size = *n
	}
	if n := f.optNumber("Page", 0, 1<<31-1); n != nil {
		p.number = *n
	}
	if f.err != nil {
		return page{}, f.err
	}
	token := f.text("PageToken")
	if token == "" {
		if p.number > 0 {
			return page{}, taskrouter.Invalid.Errorf("Page %d can't be asked for by its number "+
				"alone; follow next_page_url of the page before it", p.number).
				WithCode(codeAbsolutePaging).At("Page")
		}
		return p, nil
	}
	at, backward, ok := parseToken(token, prefix, terms)
	if !ok {
		return page{}, taskrouter.Invalid.Errorf("PageToken %q is none that this list gives "+
			"with these parameters; start at its first page", shorten(token)).At("PageToken")
	}
	p.token, p.backward = &at, backward
	return p, nil
}

// A token is PA or PB, for after or before, and a place: the SID, and the keys if the list has
// an ordering, with dots between them.

func appendToken(dst []byte, direction string, at place, terms int) []byte {
	dst = append(dst, direction...)
	dst = append(dst, at.sid...)
	for _, k := range at.keys[:terms] {
		dst = append(dst, '.')
		dst = strconv.AppendInt(dst, k, 10)
	}
	return dst
}

func parseToken(token, prefix string, terms int) (at place, backward, ok bool) {
	text, after := strings.CutPrefix(token, "PA")
	if !after {
		if text, backward = strings.CutPrefix(token, "PB"); !backward {
			return place{}, false, false
		}
	}
	parts := strings.Split(text, ".")
	if len(parts) != 1+terms || !taskrouter.ValidSID(prefix, parts[0]) {
		return place{}, false, false
	}
	at.sid = parts[0]
	for i, part := range parts[1:] {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return place{}, false, false
		}
		at.keys[i] = n
	}
	return at, backward, true
}

// meta describes the page that shows the items from first to last; more says that there are
// others beyond it, in the direction of the request. Both places are nil for an empty page.
func (c *call) meta(key string, p page, first, last *place, more bool, terms int) wire.Meta {
	base := c.listURL()
	start := pageURL(base, p.size, 0, "")
	m := wire.Meta{
		Key: key, Page: p.number, PageSize: p.size, First: start,
		URL: pageURL(base, p.size, p.number, c.form.text("PageToken")),
	}
	follow := func(number int, direction string, at *place) string {
		if at == nil { // nothing here to go on from
			return start
		}
		return pageURL(base, p.size, max(0, number),
			string(appendToken(nil, direction, *at, terms)))
	}
	hasNext, hasPrevious := more, p.token != nil
	if p.backward {
		hasNext, hasPrevious = true, more
	}
	if hasNext {
		m.Next = follow(p.number+1, "PA", last)
	}
	if hasPrevious {
		m.Previous = follow(p.number-1, "PB", first)
	}
	return m
}

// listURL is the URL of the list with its filters, ready for the parameters of paging.
func (c *call) listURL() string {
	var b strings.Builder
	b.WriteString(c.origin())
	b.WriteString(strings.TrimSuffix(c.r.URL.EscapedPath(), "/"))
	b.WriteByte('?')
	for _, p := range c.form.pairs {
		switch p.name {
		case "PageSize", "Page", "PageToken":
			continue
		}
		b.WriteString(url.QueryEscape(p.name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.value))
		b.WriteByte('&')
	}
	return b.String()
}

func pageURL(base string, size, number int, token string) string {
	u := base + "PageSize=" + strconv.Itoa(size) + "&Page=" + strconv.Itoa(number)
	if token != "" {
		u += "&PageToken=" + url.QueryEscape(token)
	}
	return u
}

// ordering reads the parameter Ordering, "Attribute:asc,Attribute:desc", against the keys that
// the list has. natural names the attribute that follows creation.
func ordering[T any](f *form, natural string, keys map[string]func(T) int64) []term[T] {
	text := f.text("Ordering")
	if text == "" {
		return nil
	}
	var terms []term[T]
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(text, ",") {
		name, order, _ := strings.Cut(strings.TrimSpace(part), ":")
		key, known := keys[name]
		descending := strings.EqualFold(order, "desc")
		if !known || !descending && !strings.EqualFold(order, "asc") {
			f.fail("Ordering", "Ordering must be a list of %s, each followed by :asc or :desc, not %q",
				either(sortedNames(keys)), shorten(text))
			return nil
		}
		if seen[name] {
			f.fail("Ordering", "Ordering %q names %s twice", shorten(text), name)
			return nil
		}
		seen[name] = true
		terms = append(terms, term[T]{descending, key})
	}
	if len(terms) == 1 && seen[natural] && !terms[0].descending {
		return nil
	}
	if seen["DateCreated"] && seen["VirtualStartTime"] {
		f.fail("Ordering", "Ordering can't hold both DateCreated and VirtualStartTime; choose one of them")
	}
	return terms
}

// comparePlaces orders places by the keys of the terms, then by SID.
func comparePlaces[T any](terms []term[T], a, b place) int {
	for i, t := range terms {
		if d := cmp.Compare(a.keys[i], b.keys[i]); d != 0 {
			if t.descending {
				return -d
			}
			return d
		}
	}
	return cmp.Compare(a.sid, b.sid)
}
