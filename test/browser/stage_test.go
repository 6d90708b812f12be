package browser

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"taskrouter/test/world"
)

// A stage is a world on a server in the test's own process, and a host of pages for it.
type stage struct {
	*world.World
	host *host
}

func newStage(t testing.TB) *stage {
	t.Helper()
	w := world.Build(t, world.Serve(t))
	return &stage{World: w, host: newHost(t, w.Endpoint)}
}

// page opens a page that has our client and has not made one yet.
func (s *stage) page(t testing.TB) *page {
	t.Helper()
	return s.host.open(t, "/ours")
}

// agent opens a page with our client of a new worker, which is Available, and waits until it is
// ready. What it logs is switched off.
func (s *stage) agent(t testing.TB, name string) *agent {
	t.Helper()
	k := s.NewWorker(name, 1)
	k.Become("Available")
	a := &agent{page: s.page(t), client: clients[0], worker: k, token: k.Token()}
	a.do(`async (token) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false));
		await next("ready");
	}`, a.token)
	return a
}

// declared fails the test for each member of an object that the types of the script do not know.
// Without the names of its interfaces the object may be of any.
func (s *stage) declared(t testing.TB, object string, members []string, interfaces ...string) {
	t.Helper()
	answer, err := http.Get(s.URL + "/js/taskrouter/taskrouter.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	types := string(world.Must(io.ReadAll(answer.Body))(t))
	blocks := ""
	for _, name := range interfaces {
		_, block, found := strings.Cut(types, "interface "+name+" ")
		if !found {
			t.Fatalf("there is no type %s", name)
		}
		block, _, _ = strings.Cut(block, "\n    }\n")
		blocks += block
	}
	if blocks != "" {
		types = blocks
	}
	for _, member := range members {
		pattern := `readonly ` + regexp.QuoteMeta(member) + `\??:`
		if !regexp.MustCompile(pattern).MatchString(types) {
			t.Errorf("%s has %s, which its type does not have", object, member)
		}
	}
}

// offer makes a task for the agent, who is offered it and keeps the reservation as mine.
func (s *stage) offer(a *agent) (task string) {
	a.t.Helper()
	return s.offerIn(s.Workflow, a)
}

// offerIn makes the task in a workflow.
func (s *stage) offerIn(workflow string, a *agent) (task string) {
	a.t.Helper()
	task = s.NewTaskIn(workflow, `{"to":"`+a.worker.Name+`","topic":"refund"}`)
	a.offered(task, "refund")
	return task
}

// await waits until something outside the browser is so.
func await(t testing.TB, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// soon is the end of a token that outlives its test.
func soon() time.Time { return time.Now().Add(time.Hour) }
