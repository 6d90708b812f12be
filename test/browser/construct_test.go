package browser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// logged is what the page has written to the console.
func (p *page) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var lines []string
	for _, message := range p.console {
		lines = append(lines, message.Text)
	}
	return strings.Join(lines, "\n")
}

// TestConstructor makes a client with all its arguments. Spec: sdk-v1-api 2
func TestConstructor(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	k := s.NewWorker("Ana", 1)
	p := s.page(t)
	got := ask[[]any](p, `async (token, connect, disconnect, base) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, true, connect, disconnect, true,
			"ie1-ix", 3, base + "/v1", base));
		const members = [typeof worker.sid, worker.workerSid, worker.connectActivitySid,
			worker.disconnectActivitySid, worker.closeExistingSessions, worker.debug,
			worker.token === token];
		await next("connected");
		const ready = await next("ready");
		const told = await next("activity.update");
		return [...members, ready.activityName, ready.available, told.activityName, told.available];
	}`, k.Token(), s.Activity("Available"), s.Activity("Offline"), s.URL)
	want := []any{"undefined", k.SID, s.Activity("Available"), s.Activity("Offline"), true, true,
		true, "Offline", false, "Available", true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members, ready and connect activity (-want +got):\n%s", diff)
	}
	await(t, "the page logs its connection", func() bool {
		return strings.Contains(p.logged(), "Websocket opened")
	})
	if strings.Contains(p.logged(), k.Token()[:20]) {
		t.Error("the page logs a token")
	}
}

// TestQuiet makes a client that logs nothing.
func TestQuiet(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for name, debug := range map[string]any{"false": false, "the text false": "false"} {
		t.Run(name, func(t *testing.T) {
			p := s.page(t)
			p.do(`async (token, debug) => {
				worker = follow(new Twilio.TaskRouter.Worker(token, debug));
				await next("ready");
				console.log("end");
			}`, s.NewWorker("Quiet "+name, 1).Token(), debug)
			await(t, "the page logs its last line", func() bool {
				return strings.HasSuffix(p.logged(), "end")
			})
			if got := p.logged(); got != "end" {
				t.Errorf("the page logs:\n%s", got)
			}
		})
	}
}

// TestConnectActivity is not set while somebody waits for an answer. Spec: event-bridge 10
func TestConnectActivity(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	task := s.offer(a)
	b := &agent{page: s.page(t), client: clients[0], worker: a.worker}
	b.do(`async (token, connect) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false, connect));
		await next("ready");
	}`, a.token, s.Activity("Unavailable"))
	b.offered(task, "refund")
	b.accept()
	if got := a.worker.Activity(); got != "Available" {
		t.Errorf("the worker is %s, want Available as before", got)
	}
}

// TestBadTokens is what the constructor throws at once, and what the server refuses.
// Spec: sdk-v1-api 2
func TestBadTokens(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p := s.page(t)
	texts := ask[[]string](p, `() => ["", "a.b", "a.b.c", "e30." + btoa("{}") + ".e30"].map(
		(token) => thrown(() => new Twilio.TaskRouter.Worker(token, false)))`)
	for i, text := range texts {
		if text == "" {
			t.Errorf("bad token %d throws nothing", i)
		}
	}
	k := s.NewWorker("Ana", 1)
	foreign := *s.World
	foreign.AuthToken = "somebody else's"
	k.World = &foreign
	got := ask[[]string](p, `async (token) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false));
		const error = await next("error");
		const {message} = await next("disconnected");
		return [typeof error.response, error.message, message, String(count("connected"))];
	}`, k.Token())
	want := []string{"object", "Websocket error",
		"Websocket disconnected due to lost connectivity", "0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events of a refused token (-want +got):\n%s", diff)
	}
}

// TestErrorWithoutListener is not thrown at a page that does not listen. Spec: sdk-v1-api 9
func TestErrorWithoutListener(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	k := s.NewWorker("Ana", 1)
	foreign := *s.World
	foreign.AuthToken = "somebody else's"
	k.World = &foreign
	s.page(t).do(`(token) => new Promise((resolve) => {
		new Twilio.TaskRouter.Worker(token, false).on("disconnected", () => resolve());
	})`, k.Token()) // the end of the test looks for uncaught errors
}

// TestRetries makes requests that fail at first. Spec: sdk-v1-api 9
func TestRetries(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := newRecorder(t, s.Endpoint)
	k := s.NewWorker("Ana", 1)
	connect := func(t *testing.T, retries int) *page {
		p := s.page(t)
		p.do(`async (token, retries, base) => {
			worker = follow(new Twilio.TaskRouter.Worker(token, false, null, null, false, null,
				retries, base + "/v1", base));
			await next("ready");
		}`, k.Token(), retries, r.url)
		return p
	}
	failing := func(method, path string, times int) {
		r.refuse(func(q request) int {
			if q.Method != method || q.Path != path || times == 0 {
				return 0
			}
			times--
			return 500
		})
	}
	t.Run("as often as allowed", func(t *testing.T) {
		p := connect(t, 2)
		failing("GET", "/Activities", 2)
		got := ask[int](p, `async () =>
			(await answer((done) => worker.activities.fetch(done))).data.length`)
		if got != 3 {
			t.Errorf("got %d activities, want 3", got)
		}
	})
	t.Run("not at all", func(t *testing.T) {
		p := connect(t, 0)
		failing("GET", "/Activities", 1)
		got := ask[struct{ Code int }](p,
			`() => refusal((done) => worker.activities.fetch(done))`)
		if got.Code != 500 {
			t.Errorf("the callback gets code %d, want 500", got.Code)
		}
	})
	t.Run("never what changes something", func(t *testing.T) {
		p := connect(t, 2)
		failing("POST", "/Workers/WK", 1)
		r.take("POST")
		got := ask[struct{ Code int }](p,
			`() => refusal((done) => worker.update("FriendlyName", "Ana", done))`)
		if asked := r.take("POST"); got.Code != 500 || len(asked) != 1 {
			t.Errorf("the callback gets code %d after %d requests, want 500 after one", got.Code,
				len(asked))
		}
	})
}

// TestBesideOthers loads the script into pages that already have something of that name.
// Spec: sdk-v1-api 1
func TestBesideOthers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	got := ask[[]any](s.page(t), `async (source) => {
		const load = (before) => new Promise((resolve) => {
			const frame = document.createElement("iframe");
			document.body.append(frame);
			const inner = frame.contentWindow;
			before(inner);
			const script = inner.document.createElement("script");
			script.src = source;
			script.onload = () => resolve(inner);
			inner.document.head.append(script);
		});
		const other = await load((inner) => { inner.Twilio = {Device: "kept"}; });
		let made;
		const amd = await load((inner) => {
			inner.define = (needs, factory) => { made = factory(); };
			inner.define.amd = {};
		});
		return [other.Twilio.Device, Object.keys(other.Twilio.TaskRouter).sort(),
			Object.keys(made).sort(), typeof amd.Twilio];
	}`, s.URL+"/js/taskrouter/v1.21/taskrouter.min.js")
	members := []any{"TaskQueue", "Worker", "Workspace"}
	if diff := cmp.Diff([]any{"kept", members, members, "undefined"}, got); diff != "" {
		t.Errorf("globals and module (-want +got):\n%s", diff)
	}
}
