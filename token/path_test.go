package token

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPath(t *testing.T) {
	t.Parallel()
	const want = "/v1/Workspaces/WS1/Tasks"
	for _, tt := range []struct {
		name, url, want string
		query           url.Values
	}{
		{"hosted service", "https://taskrouter.twilio.com/v1/Workspaces/WS1/Tasks", want, nil},
		{"another host", "http://localhost:8080/v1/Workspaces/WS1/Tasks", want, nil},
		{"IPv6 host", "http://[::1]:8080/v1/Workspaces/WS1/Tasks", want, nil},
		{"scheme in capitals", "HTTPS://Example.COM/v1/Workspaces/WS1/Tasks", want, nil},
		{"rooted", "/v1/Workspaces/WS1/Tasks", want, nil},
		{"relative", "v1/Workspaces/WS1/Tasks", want, nil},
		{"rooted without version", "/Workspaces/WS1/Tasks", want, nil},
		{"relative without version", "Workspaces/WS1/Tasks", want, nil},
		{"absolute without version", "https://x/Workspaces/WS1", "/Workspaces/WS1", nil},
		{"version in another case", "V1/Workspaces", "/v1/V1/Workspaces", nil},
		{"trailing slash", "https://x/v1/Workspaces/WS1/", "/v1/Workspaces/WS1", nil},
		{"query", "Workspaces/WS1/Tasks?Page=1&PageSize=50&Page=2&x=%2e%2E%2f", want,
			url.Values{"Page": {"1", "2"}, "PageSize": {"50"}, "x": {"../"}}},
		{"trailing slash and query", "Workspaces/WS1/Tasks/?a=b", want, url.Values{"a": {"b"}}},
		{"question mark in the query", "Workspaces/WS1/Tasks?a=b?c", want, url.Values{"a": {"b?c"}}},
		{"scheme in the query", "Workspaces/WS1/Tasks?u=ftp://x//y", want,
			url.Values{"u": {"ftp://x//y"}}},
		{"needless escapes", "/%761/Wor%6Bspaces/WS1/Tasks", want, nil},
		{"needed escapes", "/v1/a%20b/%C3%BC", "/v1/a b/ü", nil},
		{"plain UTF-8", "/v1/ü", "/v1/ü", nil},
		{"escaped star", "/v1/%2a", "/v1/*", nil},
		{"plus stays", "/v1/a+b", "/v1/a+b", nil},
		{"dots inside", "/v1/a.b/...", "/v1/a.b/...", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path, query, err := Path(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			if path != tt.want {
				t.Errorf("got path %q, want %q", path, tt.want)
			}
			if tt.query == nil {
				tt.query = url.Values{}
			}
			if diff := cmp.Diff(tt.query, query); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
		})
	}
}

// Every spelling that another reader could take for another path.
var tricks = []struct{ name, url, want string }{
	{"empty", "", "no resource"},
	{"slash", "/", "no resource"},
	{"host only", "https://x", "no resource"},
	{"host and slash", "https://x/", "no resource"},
	{"query only", "?a=b", "no resource"},
	{"parent", api + "/../WSother", "dot segment"},
	{"parent at the end", api + "/Tasks/..", "dot segment"},
	{"current", api + "/./Tasks", "dot segment"},
	{"escaped parent", api + "/%2e%2e/WSother", "dot segment"},
	{"escaped parent in capitals", api + "/%2E%2E/WSother", "dot segment"},
	{"half escaped parent", api + "/.%2e/WSother", "dot segment"},
	{"escaped current", api + "/%2e/Tasks", "dot segment"},
	{"twice escaped parent", api + "/%252e%252e/WSother", "encoded percent sign"},
	{"escaped slash", api + "%2fTasks", "encoded slash"},
	{"escaped slash in capitals", api + "%2FTasks", "encoded slash"},
	{"twice escaped slash", api + "/x%252fTasks", "encoded percent sign"},
	{"parent in one segment", api + "/..%2fWSother", "encoded slash"},
	{"overlong slash", api + "/%c0%afTasks", "not UTF-8"},
	{"overlong dots", api + "/%c0%ae%c0%ae/x", "not UTF-8"},
	{"raw bytes", api + "/\xff", "not UTF-8"},
	{"double slash", api + "//Tasks", "empty segment"},
	{"double slash at the end", api + "//", "empty segment"},
	{"no host", "//taskrouter.twilio.com/v1/Workspaces/" + workspace, "empty segment"},
	{"three slashes", "https:///v1/Workspaces/" + workspace, "no host"},
	{"backslash", api + `\Tasks`, `the character \`},
	{"escaped backslash", api + "/..%5cTasks", `the character \`},
	{"backslash in the host", `https://x\y/v1/Workspaces`, "no host"},
	{"user in the host", "https://a:b@x/v1/Workspaces", "no host"},
	{"escape in the host", "https://x%2f/v1/Workspaces", "no host"},
	{"path parameter", api + ";x=1/Tasks", "the character ;"},
	{"escaped path parameter", api + "/Tasks%3bx=1", "the character ;"},
	{"escaped query", api + "/Tasks%3fa=b", "the character ?"},
	{"escaped fragment", api + "/Tasks%23a", "the character #"},
	{"fragment", api + "#/Tasks", "fragment"},
	{"fragment behind the query", api + "?a=b#c", "fragment"},
	{"NUL", api + "/Tasks\x00", "does not print"},
	{"escaped NUL", api + "/Tasks%00", "does not print"},
	{"line end", api + "/Tasks%0d%0aX: y", "does not print"},
	{"tab", api + "/Ta\tsks", "does not print"},
	{"no-break space", api + "/%c2%a0", "does not print"},
	{"zero width", api + "/Tasks%e2%80%8b", "does not print"},
	{"right to left", api + "/%e2%80%aeTasks", "does not print"},
	{"broken escape", api + "/%zz", "broken percent escape"},
	{"cut escape", api + "/%2", "broken percent escape"},
	{"wide escape", api + "/%u002e", "broken percent escape"},
	{"script", "javascript://x/v1/Workspaces", "neither http nor https"},
	{"file", "file:///v1/Workspaces", "neither http nor https"},
	{"scheme with a space", " https://x/v1/Workspaces", "neither http nor https"},
	{"scheme inside the path", "v1/https://x/v1/Workspaces", "neither http nor https"},
	{"semicolon in the query", api + "?a=1;b=2", "query"},
	{"broken escape in the query", api + "?a=%zz", "query"},
}

func TestPathRefusesSecondSpellings(t *testing.T) {
	t.Parallel()
	everything := capability(t, `{"url":"https://x/**","method":"GET","allow":true}`)
	for _, tt := range tricks {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path, query, err := Path(tt.url)
			wantRefusal(t, err, 400, codeInvalid, tt.want)
			if path != "" || query != nil {
				t.Errorf("got path %q and query %v beside the error", path, query)
			}
			err = everything.Allows(Request{Method: "GET", URL: tt.url}, Options{})
			wantRefusal(t, err, 400, codeInvalid, tt.want)
		})
	}
}

func FuzzPath(f *testing.F) {
	for _, tt := range tricks {
		f.Add(tt.url)
	}
	f.Add("Workspaces/WS1/Tasks/?a=b")
	f.Add("https://x/v1/a%20b/%C3%BC")
	f.Fuzz(func(t *testing.T, raw string) {
		path, _, err := Path(raw)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("a reason of %d bytes", len(err.Error()))
			}
			return
		}
		if !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") ||
			strings.ContainsAny(path, "%\\;?#\x00\r\n") || strings.Contains(path, "//") ||
			strings.Contains(path+"/", "/../") || strings.Contains(path+"/", "/./") {
			t.Errorf("path %q of %q has a second spelling", path, raw)
		}
		if strings.HasPrefix(path, "/v1/") {
			again, _, err := Path(path)
			if err != nil || again != path {
				t.Errorf("Path(%q) = %q, %v; want it unchanged", path, again, err)
			}
		}
	})
}
