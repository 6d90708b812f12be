package browser

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// A desk is the agent's page that the server itself serves.
type desk struct{ *page }

// openDesk opens a link in a window that is wide enough for lists and details side by side.
func openDesk(t testing.TB, link string) desk {
	t.Helper()
	d := desk{visit(t, link)}
	d.act(chromedp.EmulateViewport(1280, 800))
	return d
}

// text is what the page shows, without the marks that set foreign text apart.
const text = `document.body.innerText.replace(/[\u2066-\u2069]/g, "")`

// sees waits until the page shows a text.
func (d desk) sees(words string) {
	d.t.Helper()
	d.until("the page shows "+words, `(words) => `+text+`.includes(words)`, words)
}

// until waits until a function of JavaScript says yes, also over a reload of the page.
func (d desk) until(what, function string, args ...any) {
	d.t.Helper()
	await(d.t, what, func() bool { return ask[bool](d.page, function, args...) })
}

// press presses the button with this name as soon as it can be pressed.
func (d desk) press(name string) {
	d.t.Helper()
	d.until("button "+name+" can be pressed", `(name) => {
		const plain = (each) => (each.getAttribute("aria-label") || each.innerText)
			.replace(/[\u2066-\u2069]/g, "").trim();
		const found = [...document.querySelectorAll("button, [role^=menuitem]")].filter((each) =>
			!each.disabled && each.checkVisibility({visibilityProperty: true}) &&
			(plain(each) === name || plain(each).split("\n")[0].trim() === name));
		const open = found.find((each) => each.closest("dialog[open], :popover-open"));
		const button = open || found[0];
		if (button) {
			button.click();
		}
		return Boolean(button);
	}`, name)
}

// key presses a key.
func (d desk) key(keys string) {
	d.t.Helper()
	d.act(chromedp.KeyEvent(keys))
}

// axe is the checker of accessibility, as npm installs it.
var axe = filepath.Join(modules, "axe-core", "axe.min.js")

// accessible checks what the page shows now: light and dark, wide and narrow.
func (d desk) accessible(state string) {
	d.t.Helper()
	installed(d.t, axe)
	script, err := os.ReadFile(axe)
	if err != nil {
		d.t.Fatal(err)
	}
	d.act(chromedp.Evaluate[chromedp.Void](string(script)))
	for _, width := range []int64{1280, 390} {
		for _, scheme := range []string{"light", "dark"} {
			d.act(chromedp.EmulateViewport(width, 800))
			d.look(scheme)
			found := ask[[]string](d.page, `async () => {
				// Two frames, so that what is checked has been painted.
				await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
				await Promise.all(document.getAnimations().filter(
					(each) => Number.isFinite(each.effect.getComputedTiming().endTime))
					.map((each) => each.finished.catch(() => {})));
				const {violations} = await axe.run(document, {resultTypes: ["violations"]});
				return violations.flatMap((rule) => rule.nodes.map((node) =>
					rule.id + ": " + node.html.slice(0, 120) + " " + node.failureSummary));
			}`)
			for _, violation := range found {
				d.t.Errorf("%s, %d px wide, %s: %s", state, width, scheme, violation)
			}
		}
	}
	d.act(chromedp.EmulateViewport(1280, 800))
}

// look has the browser prefer light or dark pages.
func (d desk) look(scheme string) {
	d.t.Helper()
	d.act(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia,
			emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme},
			}})
		return err
	}))
}

// TestDesk is the working day of an agent who opens the link that `taskrouter dev` prints.
func TestDesk(t *testing.T) {
	t.Parallel()
	site := world.NewSite(t)
	process, briefing := site.Dev(t)
	api := briefing.Endpoint().GoClient(t).TaskrouterV1
	alice := briefing.Workers[0]
	create := func(attributes string) (sid string) {
		t.Helper()
		return *world.Must(api.CreateTask(briefing.WorkspaceSID, &taskrouter.CreateTaskParams{
			WorkflowSid: &briefing.WorkflowSID, Attributes: &attributes,
		}))(t).Sid
	}
	task := func(sid string) *taskrouter.TaskrouterV1Task {
		t.Helper()
		return world.Must(api.FetchTask(briefing.WorkspaceSID, sid))(t)
	}
	d := openDesk(t, alice.AgentURL)

	d.sees("You are Offline")
	if got := ask[string](d.page, `() => location.hash`); got != "" {
		t.Errorf("the address keeps %q after the page was opened", got)
	}
	d.press("Become Available")
	d.sees("You are Available")

	// A task appears as an offer at once.
	d.do(`() => { globalThis.seen = new Promise((resolve) => {
		new MutationObserver(() => {
			if (document.querySelector(".offer-card")) {
				resolve(Date.now());
			}
		}).observe(document.body, {childList: true, subtree: true});
	}); }`)
	began := time.Now()
	invoice := create(`{"type":"billing","language":"de","name":"Ines Vogel"}`)
	seen := time.UnixMilli(ask[int64](d.page, `() => seen`))
	if took := seen.Sub(began); took > time.Second {
		t.Errorf("the offer appeared after %v, want within a second", took)
	}
	d.sees("Ines Vogel")
	d.key(kb.F2)
	d.sees("assigned")
	await(t, "the task is assigned", func() bool {
		return *task(invoice).AssignmentStatus == "assigned"
	})

	// Loading the page again shows the same.
	d.act(chromedp.Reload())
	d.sees("Ines Vogel")
	d.sees("assigned")
	d.sees("Available")

	// So does a server that was killed and is back.
	process.Kill()
	d.sees("reconnecting")
	site.Dev(t)
	d.sees("live")
	d.sees("Ines Vogel")
	d.press("Ines Vogel")
	d.press("Complete")
	d.sees("Reason (optional)")
	d.key("refunded")
	d.key(kb.Enter)
	d.sees("completed")
	await(t, "the task is completed", func() bool {
		got := task(invoice)
		return *got.AssignmentStatus == "completed" && *got.Reason == "refunded"
	})

	// The next one is declined, and goes to nobody while nobody else is there.
	complaint := create(`{"type":"complaint","name":"Otto Kern"}`)
	d.sees("Otto Kern")
	d.press("Decline")
	d.press("and go to Unavailable")
	d.sees("You are Unavailable")
	await(t, "the task is pending", func() bool {
		return *task(complaint).AssignmentStatus == "pending"
	})
	worker := world.Must(api.FetchWorker(briefing.WorkspaceSID, alice.SID))(t)
	if *worker.ActivityName != "Unavailable" {
		t.Errorf("Alice is %s, want Unavailable", *worker.ActivityName)
	}
}

// TestDeskForEverybody checks what the agent's page shows in its main states with axe.
func TestDeskForEverybody(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	k := s.NewWorker("Ana", 1)
	d := openDesk(t, s.URL+"/agent/")
	d.sees("Welcome")
	d.accessible("without a link")

	d = openDesk(t, s.URL+"/agent/#token="+k.Token())
	d.sees("You are Offline")
	d.accessible("Offline")
	d.press("Become Available")
	d.sees("You are Available")
	d.accessible("Available")

	s.NewTask(`{"to":"Ana","name":"Ines Vogel","phone":"+49 30 1234567",
		"site":"https://example.com/orders/17","tags":["vip","de"],"order":{"id":17,"paid":true}}`)
	d.sees("Ines Vogel")
	d.accessible("with an offer")
	d.key(kb.F2)
	d.sees("assigned")
	d.accessible("with a task")
	d.key("c")
	d.sees("Reason (optional)")
	d.accessible("completing a task")
	d.key(kb.Escape)
	d.until("the dialog is closed", `() => !document.querySelector("dialog")`)
	d.key("?")
	d.sees("Use single letters and signs as keys")
	d.accessible("showing the keys")
}
