package browser

import (
	"testing"
	"time"

	core "github.com/chromedp/cdproto/cdp"
	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// TestTokenExpires has two pages with tokens that are about to end: one renews its token when
// it is told so, as documented, and stays connected; the other one does not, is closed, and comes
// back once it has a new token. Spec: sdk-v1-api 8, event-bridge 13
func TestTokenExpires(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	end := time.Now().Add(7 * time.Second)
	ana, ben := s.NewWorker("Ana", 1), s.NewWorker("Ben", 1)
	a, b := s.page(t), s.page(t)
	a.do(`async (token, refreshed, activity) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false));
		worker.on("token.expired", () => worker.updateToken(refreshed));
		const ready = await next("ready");
		globalThis.before = ready;
		await next("token.expired");
		// Objects from before have the new token, too.
		await answer((done) => ready.update("ActivitySid", activity, done));
	}`, ana.TokenUntil(end), ana.Token(), s.Activity("Available"))

	got := ask[[]any](b, `async (token) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false));
		await next("token.expired");
		const {message, code} = await next("disconnected");
		const refused = await refusal((done) => worker.fetch(done));
		return [message, code, refused.code];
	}`, ben.TokenUntil(end))
	want := []any{"Websocket disconnected due to lost connectivity", 4002.0, 401.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a token that was not renewed (-want +got):\n%s", diff)
	}
	b.do(`async (token) => {
		await next("ready");
		worker.updateToken(token);
		await next("ready");
		await answer((done) => worker.fetch(done));
	}`, ben.Token())

	got = ask[[]any](a, `async (activity) => {
		await answer((done) => before.update("ActivitySid", activity, done));
		await next("activity.update", (each) => each.activitySid === activity);
		return [count("disconnected"), count("token.expired"), count("connected")];
	}`, s.Activity("Unavailable"))
	if diff := cmp.Diff([]any{0.0, 1.0, 1.0}, got); diff != "" {
		t.Errorf("disconnected, token.expired and connected of the renewed token (-want +got):\n%s",
			diff)
	}
}

// TestCloseExistingSessions opens a second page that wants to be the only one.
// Spec: event-bridge 12
func TestCloseExistingSessions(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	b := &agent{page: s.page(t), client: clients[0], worker: a.worker}
	connect := `async (token, close) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false, null, null, close));
		await next("ready");
	}`
	b.do(connect, a.token, true)
	got := ask[[]any](a.page, `async () => {
		const {code} = await next("disconnected");
		return [code, count("connected")];
	}`)
	if diff := cmp.Diff([]any{4001.0, 1.0}, got); diff != "" {
		t.Errorf("code and connects of the first page (-want +got):\n%s", diff)
	}
	task := s.offer(b)
	// A third page joins the second one.
	c := &agent{page: s.page(t), client: clients[0], worker: a.worker}
	c.do(connect, a.token, false)
	c.offered(task, "refund")
	b.accept()
	if got := ask[int](b.page, `() => count("disconnected")`); got != 0 {
		t.Errorf("the page that replaced another was disconnected %d times", got)
	}
	if got := ask[int](a.page, `() => count("connected")`); got != 1 {
		t.Errorf("the page that was replaced connected %d times", got)
	}
}

// TestDisconnectActivity has three workers whose pages name what they are to become when the page
// is gone: Ana loads hers again, Ben's browser dies, Carl leaves. Spec: event-bridge 12
func TestDisconnectActivity(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	connect := `async (token, connect, disconnect) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false, connect, disconnect));
		await next("activity.update", (each) => each.activitySid === connect);
	}`
	open := func(name string) *agent {
		k := s.NewWorker(name, 1)
		a := &agent{page: s.page(t), worker: k, token: k.Token()}
		a.do(connect, a.token, s.Activity("Available"), s.Activity("Offline"))
		return a
	}
	ana, ben, carl := open("Ana"), open("Ben"), open("Carl")

	ana.act(chromedp.Reload())
	ana.do(connect, ana.token, s.Activity("Available"), s.Activity("Offline"))
	ben.crash()
	carl.act(chromedp.Navigate("about:blank"))

	// Carl's page says so when it goes, so nobody waits for him. Ben may come back for a while.
	await(t, "Carl is Offline", func() bool { return carl.worker.Activity() == "Offline" })
	if got := ben.worker.Activity(); got != "Available" {
		t.Errorf("Ben, whose browser died a moment ago, is %s, want Available still", got)
	}
	await(t, "Ben is Offline", func() bool { return ben.worker.Activity() == "Offline" })
	// Ana's socket was lost before Ben's.
	if got := ana.worker.Activity(); got != "Available" {
		t.Errorf("Ana, who only loaded her page again, is %s, want Available", got)
	}
}

// crash kills the process that shows the page.
func (p *page) crash() {
	// The answer never comes; the call ends with the tab.
	go chromedp.Call(p.ctx, cdp.Crash, core.Empty{})
}
