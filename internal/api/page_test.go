package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A walked page is what a client sees of one.
type walked struct {
	sids           []string
	next, previous string
	page           float64
}

// walk reads the page at a URL as a client does: as it is.
func (c *client) walk(key, address string) walked {
	c.Helper()
	u, err := url.Parse(address)
	if err != nil {
		c.Fatal(err)
	}
	path := u.Path
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	a := c.do("GET", path, "")
	if a.status != 200 {
		c.Fatalf("%s: %d %s", address, a.status, a.body)
	}
	w := walked{}
	for _, item := range items(c, a, key) {
		w.sids = append(w.sids, item["sid"].(string))
	}
	meta := a.json(c)["meta"].(map[string]any)
	w.next, _ = meta["next_page_url"].(string)
	w.previous, _ = meta["previous_page_url"].(string)
	w.page = meta["page"].(float64)
	if got := meta["url"].(string); !strings.HasSuffix(got, u.RawQuery) && u.Query().Get("Page") != "" {
		c.Errorf("meta.url is %s, want the URL of the request, %s", got, address)
	}
	return w
}

// walkAll reads the list forwards to its end and back to its start, and returns the SIDs.
func (c *client) walkAll(key, path string) []string {
	c.Helper()
	var pages []walked
	for next := c.expand("http://router.test/v1/Workspaces" + path); next != ""; {
		p := c.walk(key, next)
		if int(p.page) != len(pages) {
			c.Errorf("page %v, want %d", p.page, len(pages))
		}
		pages = append(pages, p)
		next = p.next
	}
	if pages[0].previous != "" {
		c.Errorf("the first page has one before it: %s", pages[0].previous)
	}
	var all []string
	for _, p := range pages {
		all = append(all, p.sids...)
	}
	for i := len(pages) - 1; i > 0; i-- {
		back := c.walk(key, pages[i].previous)
		if diff := cmp.Diff(pages[i-1].sids, back.sids); diff != "" {
			c.Errorf("back from page %d (-want +got):\n%s", i, diff)
		}
		if back.next == "" {
			c.Errorf("back from page %d: no next page", i)
		}
		if (back.previous == "") != (i == 1) {
			c.Errorf("back from page %d: previous is %q", i, back.previous)
		}
	}
	return all
}

func TestPaging(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	var workers, tasks []string
	for i := range 11 {
		c.create("x", "/Workers", fmt.Sprintf("FriendlyName=W%d", i))
		workers = append(workers, c.names["x"])
		c.create("x", "/Tasks", fmt.Sprintf("TaskChannel=chat&Priority=%d&VirtualStartTime=2020-01-%02dT00:00:00Z",
			i%3, 28-i))
		tasks = append(tasks, c.names["x"])
	}
	workers = slices.Insert(workers, 0, c.names["alice"])
	priority := func(want int) (list []string) {
		for i, sid := range tasks {
			if i%3 == want {
				list = append(list, sid)
			}
		}
		return list
	}
	reversed := slices.Clone(tasks)
	slices.Reverse(reversed)
	tests := []struct {
		name, key, path string
		want            []string
	}{
		{"workers", "workers", "/{ws}/Workers?PageSize=5", workers},
		{"exactly full pages", "workers", "/{ws}/Workers?PageSize=4", workers},
		{"one by one", "workers", "/{ws}/Workers?PageSize=1", workers},
		{"one page", "workers", "/{ws}/Workers", workers},
		{"tasks", "tasks", "/{ws}/Tasks?PageSize=4", tasks},
		{"filtered", "tasks", "/{ws}/Tasks?PageSize=2&Priority=2", priority(2)},
		{"newest first", "tasks", "/{ws}/Tasks?PageSize=3&Ordering=DateCreated:desc", reversed},
		{"by virtual start", "tasks", "/{ws}/Tasks?PageSize=3&Ordering=VirtualStartTime:asc", reversed},
		{
			"by priority with many ties", "tasks", "/{ws}/Tasks?PageSize=2&Ordering=Priority:desc",
			slices.Concat(priority(2), priority(1), priority(0)),
		},
		{
			"by priority, then date", "tasks", "/{ws}/Tasks?PageSize=3&Ordering=Priority:asc,DateCreated:asc",
			slices.Concat(priority(0), priority(1), priority(2)),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := *c
			c.TB = t
			if diff := cmp.Diff(tt.want, c.walkAll(tt.key, tt.path)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	t.Run("channels", func(t *testing.T) {
		c := *c
		c.TB = t
		if got := c.walkAll("channels", "/{ws}/TaskChannels?PageSize=2"); len(got) != 5 {
			t.Errorf("%d task channels, want 5", len(got))
		}
		if got := c.walkAll("channels", "/{ws}/Workers/{alice}/Channels?PageSize=2"); len(got) != 5 {
			t.Errorf("%d channels of alice, want 5", len(got))
		}
	})
	t.Run("workspaces", func(t *testing.T) {
		c := *c
		c.TB = t
		for range 4 {
			must(&c, "POST", "/v1/Workspaces", "FriendlyName=Another")
		}
		got := c.walkAll("workspaces", "?PageSize=2")
		if len(got) != 5 || !slices.IsSorted(got) {
			t.Errorf("workspaces %q, want 5 in order of creation", got)
		}
	})
}

func TestPageURLs(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	c.create("bob", "/Workers", "FriendlyName=Bob")
	a := must(c, "GET", "/v1/Workspaces/{ws}/Workers?PageSize=1&TaskQueueName=Everyone&"+
		"TargetWorkersExpression=level+%3D%3D+5+OR+1%3D%3D1", "")
	base := c.expand("http://router.test/v1/Workspaces/{ws}/Workers?TaskQueueName=Everyone&" +
		"TargetWorkersExpression=level+%3D%3D+5+OR+1%3D%3D1&PageSize=1")
	want := map[string]any{
		"key": "workers", "page": 0.0, "page_size": 1.0,
		"url":               base + "&Page=0",
		"first_page_url":    base + "&Page=0",
		"next_page_url":     base + "&Page=1&PageToken=PA" + c.names["alice"],
		"previous_page_url": nil,
	}
	if diff := cmp.Diff(want, a.json(c)["meta"]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	a = must(c, "GET", "/v1/Workspaces/{ws}/Workers?PageSize=1&Page=1&PageToken=PA{alice}", "")
	base = c.expand("http://router.test/v1/Workspaces/{ws}/Workers?PageSize=1")
	want = map[string]any{
		"key": "workers", "page": 1.0, "page_size": 1.0,
		"url":               base + "&Page=1&PageToken=PA" + c.names["alice"],
		"first_page_url":    base + "&Page=0",
		"next_page_url":     nil,
		"previous_page_url": base + "&Page=0&PageToken=PB" + c.names["bob"],
	}
	if diff := cmp.Diff(want, a.json(c)["meta"]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// A page goes on from its token even if the item it names is gone.
func TestPagingOverDeletedItem(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	for _, name := range []string{"b", "c", "d"} {
		c.create(name, "/Workers", "FriendlyName="+name)
	}
	for _, order := range []string{"", "&Ordering=DateStatusChanged:desc"} {
		first := c.walk("workers", c.expand("http://router.test/v1/Workspaces/{ws}/Workers?PageSize=2"+order))
		last := first.sids[len(first.sids)-1]
		c.names["last"] = last
		must(c, "DELETE", "/v1/Workspaces/{ws}/Workers/{last}", "")
		second := c.walk("workers", first.next)
		if len(second.sids) == 0 || slices.Contains(second.sids, first.sids[0]) {
			t.Errorf("%s after a deletion: %q follows %q", order, second.sids, first.sids)
		}
	}
	// What remains on neither side is an empty page, not an error.
	empty := c.walk("workers", c.expand("http://router.test/v1/Workspaces/{ws}/Workers?PageSize=2&Page=4&PageToken=PAWK"+
		strings.Repeat("f", 32)))
	if len(empty.sids) != 0 || empty.next != "" || empty.previous == "" {
		t.Errorf("a page beyond the end: %+v", empty)
	}
}

// Lists longer than one look at the workspace come in pieces that fit together.
func TestLongList(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	const n = 700 // looked at in steps of 101, 404 and more
	for i := range n {
		c.create("x", "/Tasks", fmt.Sprintf("TaskChannel=chat&Priority=%d", i%7))
	}
	got := c.walkAll("tasks", "/{ws}/Tasks?PageSize=100")
	if len(got) != n || !slices.IsSorted(got) {
		t.Errorf("%d tasks, sorted %t; want %d", len(got), slices.IsSorted(got), n)
	}
	got = c.walkAll("tasks", "/{ws}/Tasks?PageSize=100&Ordering=Priority:desc")
	if slices.Sort(got); len(slices.Compact(got)) != n {
		t.Errorf("%d different tasks by priority; want %d", len(got), n)
	}
}

func TestPageParameters(t *testing.T) {
	t.Parallel()
	var scenarios []scenario
	for _, s := range []scenario{
		{name: "size too large", form: "PageSize=1001", status: 400, code: 20001, want: []string{"from 1 to 1000"}},
		{name: "size of nothing", form: "PageSize=0", status: 400, code: 20001},
		{name: "size that is no number", form: "PageSize=many", status: 400, code: 20001},
		{name: "largest size", form: "PageSize=1000", want: []string{`"page_size":1000`}},
		{name: "default size", want: []string{`"page_size":50`}},
		{name: "first page by number", form: "Page=0", want: []string{"{alice}"}},
		{name: "later page by number", form: "Page=3&PageSize=50", status: 400, code: 40153, want: []string{"docs/errors/40153"}},
		{name: "page below zero", form: "Page=-1", status: 400, code: 20001},
		{name: "token of another list", form: "PageToken=PA{queue}", status: 400, code: 20001, want: []string{"PageToken"}},
		{name: "token of no direction", form: "PageToken=PX{alice}", status: 400, code: 20001},
		{name: "token of another ordering", form: "PageToken=PA{alice}&Ordering=DateStatusChanged:asc", status: 400, code: 20001},
		{name: "token with too much", form: "PageToken=PA{alice}.1", status: 400, code: 20001},
		{name: "token with a broken key", form: "PageToken=PA{alice}.x&Ordering=DateStatusChanged:asc", status: 400, code: 20001},
	} {
		s.path = "/Workers"
		scenarios = append(scenarios, s)
	}
	run(t, newWorld(t), scenarios)
}
