// Package crash_test kills a running server again and again and looks whether everything it had
// acknowledged is still there, once.
//
// It runs the real command as a process of its own, lets several clients work with it over REST,
// kills it (SIGKILL) at a random moment, starts it on the same data directory, and compares what
// the clients were told with what the server now says.
package crash_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	clients = 6
	// shortest and longest are the bounds of how long the clients work before a kill.
	shortest, longest = 20 * time.Millisecond, 200 * time.Millisecond
)

// TestKill is the promise: after a kill at any moment, every acknowledged write is there, and no
// write is there twice, also when its client repeats it because it never heard the answer.
func TestKill(t *testing.T) {
	rounds := 50
	if testing.Short() {
		rounds = 10
	}
	if text := os.Getenv("CRASH_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatalf("CRASH_ROUNDS: %v", err)
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("random moments from seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	site := newSite(t)
	p := site.start(t)
	world := prepare(t, p)
	for round := range rounds {
		moment := shortest + time.Duration(random.Int64N(int64(longest-shortest)))
		p = world.round(t, site, p, moment)
		if t.Failed() {
			t.Fatalf("round %d, killed after %v", round+1, moment)
		}
	}
	world.settle(t, p)
	p.terminate(t)
	t.Logf("%d kills; acknowledged: %d tasks created, %d accepted, %d completed; "+
		"%d creations repeated after a kill", rounds, len(world.created), len(world.accepted),
		len(world.completed), world.repeated)
	if len(world.completed) < rounds {
		t.Errorf("only %d tasks were completed in %d rounds; the test hardly worked",
			len(world.completed), rounds)
	}
}

// A world is what the clients know: whatever the server acknowledged.
type world struct {
	account, secret string
	tasks           string // path of the list
	workspace       string // path
	workflow        string
	workers         []*worker

	created   map[string]string // SID of the task by idempotency token
	unsure    []string          // tokens whose creation was not answered
	accepted  map[string]bool   // by SID of the task
	completed map[string]bool
	repeated  int
}

// prepare makes a workspace with one available worker for each client.
func prepare(t *testing.T, p *process) *world {
	t.Helper()
	w := &world{
		account: p.account, secret: p.secret,
		created:   make(map[string]string),
		accepted:  make(map[string]bool),
		completed: make(map[string]bool),
	}
	c := w.client(p)
	ws := c.must(t, "POST", "/v1/Workspaces", "FriendlyName", "crash")
	w.workspace = "/v1/Workspaces/" + ws.text("sid")
	w.tasks = w.workspace + "/Tasks"
	var available string
	for _, a := range c.list(t, w.workspace+"/Activities", "activities") {
		if a["available"] == true {
			available = a.text("sid")
		}
	}
	queue := c.must(t, "POST", w.workspace+"/TaskQueues", "FriendlyName", "all",
		"TargetWorkers", "1==1").text("sid")
	w.workflow = c.must(t, "POST", w.workspace+"/Workflows", "FriendlyName", "all",
		"Configuration", `{"task_routing":{"default_filter":{"queue":"`+queue+`"}}}`).text("sid")
	for i := range clients {
		made := c.must(t, "POST", w.workspace+"/Workers", "FriendlyName", fmt.Sprint("worker ", i),
			"ActivitySid", available)
		w.workers = append(w.workers, &worker{number: i, sid: made.text("sid")})
	}
	return w
}

// round lets the clients work until the server is killed, starts it again, and checks it.
func (w *world) round(t *testing.T, s *site, p *process, moment time.Duration) *process {
	done := make(chan struct{}, clients)
	for _, worker := range w.workers {
		go func() {
			defer func() { done <- struct{}{} }()
			worker.work(w, w.client(p))
		}()
	}
	timer := time.NewTimer(moment)
	<-timer.C
	p.kill()
	for range clients {
		<-done
	}
	for _, worker := range w.workers {
		worker.report(t, w)
	}
	p = s.start(t)
	w.check(t, p)
	return p
}

// check compares what the clients were told with what the server says.
func (w *world) check(t *testing.T, p *process) {
	t.Helper()
	c := w.client(p)
	status, byToken := w.look(t, c)
	for token, sid := range w.created {
		if _, ok := status[sid]; !ok {
			t.Errorf("task %s (token %s) was acknowledged and is gone", sid, token)
		}
	}
	for sid := range w.accepted {
		if s := status[sid]; s != "assigned" && s != "completed" {
			t.Errorf("task %s was accepted and is %s", sid, cmp.Or(s, "gone"))
		}
	}
	for sid := range w.completed {
		if s := status[sid]; s != "completed" {
			t.Errorf("task %s was completed and is %s", sid, cmp.Or(s, "gone"))
		}
	}
	// A creation that was not answered may have happened. Repeated, it happens once.
	for _, token := range w.unsure {
		before := byToken[token]
		sid := c.createTask(t, w, token)
		if before != "" && sid != before {
			t.Errorf("token %s made task %s before the kill and %s after it", token, before, sid)
		}
		w.created[token] = sid
		w.repeated++
	}
	// One that was answered and is repeated all the same gets the first answer.
	for token, sid := range w.created {
		if again := c.createTask(t, w, token); again != sid {
			t.Errorf("token %s was answered with task %s, and its repeat with %s",
				token, sid, again)
		}
		break
	}
	w.unsure = nil
}

// look reads all tasks: their status by SID, and the SID by the token that made them.
func (w *world) look(t *testing.T, c *client) (status, byToken map[string]string) {
	t.Helper()
	status, byToken = make(map[string]string), make(map[string]string)
	for _, task := range c.list(t, w.tasks+"?PageSize=1000", "tasks") {
		sid := task.text("sid")
		if _, ok := status[sid]; ok {
			t.Errorf("task %s is listed twice", sid)
		}
		status[sid] = task.text("assignment_status")
		token := task.attribute(t, "token")
		if other := byToken[token]; other != "" {
			t.Errorf("token %s made two tasks, %s and %s", token, other, sid)
		}
		byToken[token] = sid
	}
	return status, byToken
}

// settle completes what is left and checks that nothing stands in the way: the state after all
// the kills is one that goes on working.
func (w *world) settle(t *testing.T, p *process) {
	t.Helper()
	c := w.client(p)
	for before := -1; len(w.completed) > before; {
		before = len(w.completed)
		for _, worker := range w.workers {
			if !worker.finish(w, c) || !worker.take(w, c) || !worker.finish(w, c) {
				t.Fatalf("worker %s cannot finish its work: %v", worker.sid, worker.fault)
			}
			worker.report(t, w)
		}
	}
	status, _ := w.look(t, c)
	for sid, is := range status {
		if is != "completed" {
			t.Errorf("task %s stays %s, though all workers are free", sid, is)
		}
	}
	w.check(t, p)
}
