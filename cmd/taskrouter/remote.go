package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"taskrouter"
)

// remoteSettings say which server a command talks to, as whom, and about which workspace.
type remoteSettings struct {
	profile           string
	url               string
	accountSID        string
	authToken         string
	apiKey, apiSecret string
	workspace         string
}

// newRemoteSettings returns the settings with their defaults and the table that describes them.
func newRemoteSettings() (*remoteSettings, []setting) {
	r := &remoteSettings{url: "http://127.0.0.1:8080"}
	return r, []setting{{
		name: "profile", target: &r.profile,
		usage: "name of the server to talk to, whose variables begin with TASKROUTER_PROFILE_NAME_",
		detail: "With the profile `prod` the variables `TASKROUTER_PROFILE_PROD_URL`, " +
			"`TASKROUTER_PROFILE_PROD_ACCOUNT_SID` and so on stand in the place of " +
			"`TASKROUTER_URL`, `TASKROUTER_ACCOUNT_SID` and so on.",
	}, {
		name: "url", target: &r.url,
		usage: "origin of the server",
	}, {
		name: "account-sid", target: &r.accountSID,
		usage: "SID of the account",
	}, {
		name: "auth-token", target: &r.authToken,
		usage: "secret of the account; better given as variable, flags are seen by others",
	}, {
		name: "api-key", target: &r.apiKey,
		usage: "SID of an API key, SK…, instead of account and auth token",
	}, {
		name: "api-secret", target: &r.apiSecret,
		usage: "secret of the API key; better given as variable, flags are seen by others",
	}, {
		name: "workspace", target: &r.workspace,
		usage:  "the workspace, by SID or name",
		detail: "Without it, the account's only one.",
	}}
}

// A remote is a server that a command talks to, about one workspace.
type remote struct {
	p              *program
	origin         string
	user, password string
	wanted         string // workspace, as it was named
	workspace      string // its SID, once it has been asked for
	client         *http.Client
}

// remote returns the server that the flags and variables of a command name.
func (p *program) remote(cmd *cobra.Command, s *remoteSettings, all []setting) (*remote, error) {
	if err := p.fillProfile(cmd, s, all); err != nil {
		return nil, err
	}
	u, err := url.Parse(s.url)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usageError("--url: %q is not an origin such as https://router.example.com",
			s.url)
	}
	r := &remote{
		p: p, origin: strings.TrimRight(s.url, "/"), wanted: s.workspace,
		user: s.accountSID, password: s.authToken,
		client: &http.Client{
			Timeout: time.Minute,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
	}
	if s.apiKey != "" {
		r.user, r.password = s.apiKey, s.apiSecret
	}
	if r.user == "" || r.password == "" {
		return nil, usageError("no credentials: set TASKROUTER_ACCOUNT_SID and " +
			"TASKROUTER_AUTH_TOKEN, or TASKROUTER_API_KEY and TASKROUTER_API_SECRET")
	}
	return r, nil
}

// A refusal is an error that the server answered with.
type refusal struct {
	Status  int    `json:"status"`
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s (%d, error %d)", r.Message, r.Status, r.Code)
}

// maxAnswer is how much of an answer is read: a page of a thousand long things.
const maxAnswer = 64 << 20

// ask sends a request and decodes the answer, whole numbers as they are.
func (r *remote) ask(ctx context.Context, method, path string, form url.Values, into any) error {
	req, err := r.request(ctx, method, path, form)
	if err != nil {
		return failed(err)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		var wrong *url.Error
		if errors.As(err, &wrong) {
			err = wrong.Err // the URL may hold attributes
		}
		return failed(fmt.Errorf("no answer from %s: %w", r.origin, err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return failed(fmt.Errorf("answer of %s broke off: %w", r.origin, err))
	}
	if resp.StatusCode >= 300 {
		return failed(refusalOf(resp, body))
	}
	if into == nil {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return failed(fmt.Errorf("%s answered something else than JSON: %w", r.origin, err))
	}
	return nil
}

func (r *remote) request(
	ctx context.Context, method, path string, form url.Values,
) (*http.Request, error) {
	target := r.origin + path
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		target += "?" + form.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(r.user, r.password)
	req.Header.Set("User-Agent", "taskrouter/"+buildVersion())
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req, nil
}

// refusalOf reads an error out of an answer, whoever it is from.
func refusalOf(resp *http.Response, body []byte) error {
	known := &refusal{}
	if err := json.Unmarshal(body, known); err == nil && known.Message != "" {
		return known
	}
	return fmt.Errorf("answered %s: is this a task router?", resp.Status)
}

// in is the path of something in the workspace, which is looked up the first time.
func (r *remote) in(ctx context.Context, rest string) (string, error) {
	if r.workspace == "" {
		sid, err := r.findWorkspace(ctx)
		if err != nil {
			return "", err
		}
		r.workspace = sid
	}
	return "/v1/Workspaces/" + r.workspace + rest, nil
}

func (r *remote) findWorkspace(ctx context.Context) (string, error) {
	if taskrouter.ValidSID(taskrouter.PrefixWorkspace, r.wanted) {
		return r.wanted, nil
	}
	var names []string
	var found []string
	err := r.each(ctx, "/v1/Workspaces", "workspaces", nil, 0, func(w thing) error {
		names = append(names, w.text("friendly_name"))
		if r.wanted == "" || r.wanted == w.text("friendly_name") {
			found = append(found, w.text("sid"))
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(found) == 1:
		return found[0], nil
	case r.wanted != "":
		return "", failed(fmt.Errorf("%d workspaces have the name %q; there are: %s",
			len(found), r.wanted, strings.Join(names, ", ")))
	case len(names) == 0:
		return "", failed(errors.New("the account has no workspace yet"))
	}
	return "", usageError("the account has several workspaces; name one with --workspace: %s",
		strings.Join(names, ", "))
}

// each reads a list page by page and hands over its items, at most limit; 0 = all.
func (r *remote) each(
	ctx context.Context, path, key string, filter url.Values, limit int, item func(thing) error,
) error {
	form := url.Values{"PageSize": {"200"}}
	for name, values := range filter {
		form[name] = values
	}
	for n := 0; ; {
		var page map[string]json.RawMessage
		if err := r.ask(ctx, http.MethodGet, path, form, &page); err != nil {
			return err
		}
		items, meta, err := readPage(page, key)
		if err != nil {
			return failed(err)
		}
		for _, t := range items {
			if limit > 0 && n == limit {
				return nil
			}
			n++
			if err := item(t); err != nil {
				return err
			}
		}
		if meta.Next == "" {
			return nil
		}
		next, err := url.Parse(meta.Next)
		if err != nil {
			return failed(err)
		}
		path, form = next.Path, next.Query() // the server may know itself by another origin
	}
}

type pageMeta struct {
	Next string `json:"next_page_url"`
}

func readPage(page map[string]json.RawMessage, key string) ([]thing, pageMeta, error) {
	var items []thing
	var meta pageMeta
	err := errors.Join(decode(page[key], &items), decode(page["meta"], &meta))
	if err != nil {
		return nil, meta, fmt.Errorf("the server's list of %s can't be read: %w", key, err)
	}
	return items, meta, nil
}

func decode(raw []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	return d.Decode(into)
}

// find returns the SID of the one thing with this name in a list of the workspace; a SID is
// taken as it is.
func (r *remote) find(ctx context.Context, kind kind, name string) (string, error) {
	if taskrouter.ValidSID(kind.prefix, name) {
		return name, nil
	}
	path, err := r.in(ctx, "/"+kind.path)
	if err != nil {
		return "", err
	}
	var sids []string
	err = r.each(ctx, path, kind.key, url.Values{"FriendlyName": {name}}, 2, func(t thing) error {
		sids = append(sids, t.text("sid"))
		return nil
	})
	if err == nil && len(sids) != 1 {
		count := "no"
		if len(sids) > 1 {
			count = "more than one"
		}
		err = failed(fmt.Errorf("%s %s is named %q; give its SID, %s…", count, kind.noun, name,
			kind.prefix))
	}
	if err != nil {
		return "", err
	}
	return sids[0], nil
}

// A kind is a kind of thing that commands name by SID or friendly name.
type kind struct{ noun, prefix, path, key string }

func workerKind() kind {
	return kind{"worker", taskrouter.PrefixWorker, "Workers", "workers"}
}

func queueKind() kind {
	return kind{"task queue", taskrouter.PrefixTaskQueue, "TaskQueues", "task_queues"}
}

func workflowKind() kind {
	return kind{"workflow", taskrouter.PrefixWorkflow, "Workflows", "workflows"}
}

func activityKind() kind {
	return kind{"activity", taskrouter.PrefixActivity, "Activities", "activities"}
}

// A thing is a resource as the server shows it.
type thing map[string]any

// text is a value as people read it, empty for null.
func (t thing) text(key string) string {
	switch v := t[key].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
