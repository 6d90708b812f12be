package browser

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// Figures are the numbers and words of statistics, each by where it stands: cumulative.tasksCreated, or
// activityStatistics.Offline.workers.
type figures map[string]string

// moving tells figures that another moment changes although nothing has happened.
func moving(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if strings.Contains(name, "activityDurations.") {
		return last != "sid" && last != "friendlyName"
	}
	return last == "longestTaskWaitingAge" || last == "longestRelativeTaskAgeInQueue"
}

// board is JavaScript for pages that show figures: show(title, figures) puts a table with each
// of them on the page. What is shown can be read off with shownFigures.
const board = `() => {
	const leaves = (value, path, into) => {
		if (value !== null && typeof value === "object") {
			for (const [key, each] of Object.entries(value)) {
				leaves(each, [...path, Array.isArray(value) ? each.friendlyName : key], into);
			}
		} else {
			into.push([path.join("."), String(value)]);
		}
		return into;
	};
	globalThis.show = (title, figures) => {
		const id = "figures of " + title;
		const table = document.getElementById(id) || document.createElement("table");
		table.id = id;
		table.replaceChildren(table.createCaption());
		table.caption.textContent = title;
		for (const [name, value] of leaves(figures, [], [])) {
			const row = table.insertRow();
			row.insertCell().textContent = name;
			row.insertCell().textContent = value;
		}
		document.body.append(table);
	};
}`

// shownFigures reads off what the page shows under each title.
func (p *page) shownFigures() map[string]figures {
	p.t.Helper()
	return ask[map[string]figures](p, `() => Object.fromEntries(
		[...document.querySelectorAll("table")].map((table) => [table.caption.textContent,
			Object.fromEntries([...table.rows].map((row) => [...row.cells].map(
				(cell) => cell.innerText)))]))`)
}

// figuresOf reads figures over REST, under the names that pages know them by.
func (s *stage) figuresOf(t testing.TB, path string, query url.Values) figures {
	t.Helper()
	status, body := s.rest(t, path+"?"+query.Encode())
	if status != 200 {
		t.Fatalf("REST answers %d for %s: %v", status, path, body["message"])
	}
	delete(body, "url") // pages get no addresses
	into := make(figures)
	into.add("", body)
	return into
}

// members are the names in the figures that are no values themselves, such as of activities.
func (f figures) members() []string {
	all := make(map[string]bool)
	for name := range f {
		for _, part := range strings.Split(name, ".") {
			if part != "" && 'a' <= part[0] && part[0] <= 'z' {
				all[part] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// add puts the leaves of a JSON value below a name.
func (f figures) add(name string, value any) {
	below := func(key string) string { return strings.TrimPrefix(name+"."+key, ".") }
	switch value := value.(type) {
	case map[string]any:
		for key, each := range value {
			f.add(below(pageName(key)), each)
		}
	case []any:
		for _, each := range value {
			f.add(below(each.(map[string]any)["friendly_name"].(string)), each)
		}
	case nil:
		f[name] = "null"
	case float64:
		f[name] = strconv.FormatFloat(value, 'f', -1, 64)
	default:
		f[name] = fmt.Sprint(value)
	}
}

// pageName is what pages call a key of an answer: total_tasks is totalTasks.
func pageName(key string) string {
	words := strings.Split(key, "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// agree holds what a page shows against what REST has said right after it.
func agree(t *testing.T, title string, page, rest figures) {
	t.Helper()
	if len(page) == 0 {
		t.Errorf("the page shows no figures of %s", title)
	}
	page, rest = maps.Clone(page), maps.Clone(rest)
	for name := range rest {
		if !moving(name) {
			continue
		}
		before, err := strconv.Atoi(page[name])
		after := world.Must(strconv.Atoi(rest[name]))(t)
		if err != nil || after < before || after > before+int(patience/time.Second) {
			t.Errorf("%s: the page shows %s %q, REST a moment later %d", title, name, page[name],
				after)
		}
		delete(page, name)
		delete(rest, name)
	}
	if diff := cmp.Diff(rest, page); diff != "" {
		t.Errorf("%s (-REST +page):\n%s", title, diff)
	}
}

// A wallboard is a page that shows figures of a workspace, and the time they are about.
type wallboard struct {
	*stage
	page   *page
	window url.Values        // over REST
	params map[string]string // in the page
}

// kinds are the three statistics of an object, and their paths.
var kinds = map[string]string{
	"statistics":      "/Statistics",
	"realtimeStats":   "/RealTimeStatistics",
	"cumulativeStats": "/CumulativeStatistics",
}

func newWallboard(t testing.TB, s *stage, p *page) *wallboard {
	t.Helper()
	p.do(board)
	now := time.Now().UTC()
	w := &wallboard{stage: s, page: p, params: make(map[string]string), window: url.Values{
		"StartDate":       {now.Add(-time.Hour).Format(time.RFC3339)},
		"EndDate":         {now.Add(time.Hour).Format(time.RFC3339)},
		"SplitByWaitTime": {"0,60"},
	}}
	for name := range w.window {
		w.params[name] = w.window.Get(name)
	}
	return w
}

// agrees holds all that the page shows against REST. The titles are paths of statistics below
// one of the workspace.
func (w *wallboard) agrees(t *testing.T, below string) (shown map[string]figures) {
	t.Helper()
	shown = w.page.shownFigures()
	for title, page := range shown {
		query := w.window
		if strings.HasSuffix(title, "/RealTimeStatistics") {
			query = nil
		}
		agree(t, title, page, w.figuresOf(t, below+title, query))
		w.declared(t, title, page.members())
	}
	return shown
}

// refresh shows all figures that a workspace has, with a Workspace client, and holds them
// against REST.
func (w *wallboard) refresh(t *testing.T) (shown map[string]figures) {
	t.Helper()
	w.page.do(`async (params, kinds) => {
		const owners = {"": client, "/Workers": client.workers};
		for (const list of [client.taskqueues, client.workflows]) {
			for (const each of (await answer((done) => list.fetch(done))).data) {
				owners[each.resourceUrl.slice(client.resourceUrl.length)] = each;
			}
		}
		for (const [path, owner] of Object.entries(owners)) {
			for (const [kind, name] of Object.entries(kinds)) {
				const query = kind === "realtimeStats" ? {} : params;
				show(path + name, await answer((done) => owner[kind].fetch(query, done)));
			}
		}
		for (const each of (await answer((done) => client.workers.fetch(done))).data) {
			show("/Workers/" + each.sid + "/Statistics",
				await answer((done) => each.statistics.fetch(params, done)));
		}
	}`, w.params, kinds)
	shown = w.agrees(t, "")
	if len(shown) != 4*len(kinds)+2 {
		t.Errorf("the page shows figures of %v", slices.Sorted(maps.Keys(shown)))
	}
	return shown
}

// expect holds some of the figures against what they should be.
func expect(t *testing.T, got, want figures) {
	t.Helper()
	for name, value := range want {
		if got[name] != value {
			t.Errorf("the page shows %s %q, want %q", name, got[name], value)
		}
	}
}

// atWork gives a workspace something to count. One task is completed, one canceled while it was
// offered, one is being worked on and one waits.
func atWork(t *testing.T, s *stage) (a *agent, waiting string) {
	t.Helper()
	a = s.agent(t, "Ana")
	s.NewWorker("Ben", 1)
	s.offer(a)
	a.accept()
	a.complete()
	canceled := s.offer(a)
	world.Must(s.API.UpdateTask(s.Workspace, canceled, &taskrouter.UpdateTaskParams{
		AssignmentStatus: world.Ptr("canceled"),
	}))(t)
	s.offer(a)
	a.accept()
	return a, s.NewTask(`{"to":"nobody"}`)
}

// TestWallboard has a page that shows all figures of a workspace while work is done in it.
// Spec: sdk-v1-api 7.3
func TestWallboard(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a, waiting := atWork(t, s)
	w := newWallboard(t, s, s.admin(t))
	t.Run("at work", func(t *testing.T) {
		shown := w.refresh(t)
		tasks := figures{
			"realtime.totalTasks": "2", "realtime.tasksByStatus.pending": "1",
			"realtime.tasksByStatus.assigned": "1", "realtime.longestTaskWaitingSid": waiting,
			"cumulative.tasksCompleted": "1", "cumulative.tasksCanceled": "1",
			"cumulative.reservationsCreated": "3", "cumulative.reservationsAccepted": "2",
			"cumulative.reservationsCanceled":                          "1",
			"cumulative.splitByWaitTime.60.below.reservationsAccepted": "2",
		}
		for _, path := range []string{"", "/TaskQueues/" + s.Queue, "/Workflows/" + s.Workflow} {
			expect(t, shown[path+"/Statistics"], tasks)
		}
		expect(t, shown["/CumulativeStatistics"], figures{"tasksCreated": "4"})
		workers := figures{"activityStatistics.Available.workers": "1",
			"activityStatistics.Offline.workers": "1", "activityStatistics.Unavailable.workers": "0",
			"totalWorkers": "2"}
		expect(t, shown["/RealTimeStatistics"], workers)
		expect(t, shown["/Workers/RealTimeStatistics"], workers)
		expect(t, shown["/TaskQueues/"+s.Queue+"/RealTimeStatistics"], figures{
			"totalEligibleWorkers": "2", "totalAvailableWorkers": "1"})
		expect(t, shown["/Workers/"+a.worker.SID+"/Statistics"], figures{
			"cumulative.reservationsAccepted": "2", "workerSid": a.worker.SID})
	})
	a.complete()
	a.worker.Become("Unavailable")
	t.Run("after work", func(t *testing.T) {
		expect(t, w.refresh(t)["/Statistics"], figures{
			"realtime.totalTasks": "1", "realtime.tasksByStatus.assigned": "0",
			"cumulative.tasksCompleted":                       "2",
			"realtime.activityStatistics.Unavailable.workers": "1"})
	})
	t.Run("one channel", func(t *testing.T) {
		w.page.do(`async () => show("of voice", await answer((done) =>
			client.realtimeStats.fetch({TaskChannel: "voice"}, done)))`)
		expect(t, w.page.shownFigures()["of voice"], figures{"totalTasks": "0",
			"totalWorkers": "2"})
	})
	t.Run("figures there are not", func(t *testing.T) {
		got := ask[[]float64](w.page, `async () => [
			await refusal((done) => client.taskqueues.realtimeStats.fetch(done)),
			await refusal((done) => client.taskqueues.cumulativeStats.fetch(done)),
			await refusal((done) => client.statistics.fetch({StartDate: new Date(0)}, done)),
		].map((each) => each.code)`)
		if diff := cmp.Diff([]float64{405, 404, 400}, got); diff != "" {
			t.Errorf("codes for figures of all queues together and of 1970 (-want +got):\n%s", diff)
		}
	})
}

// TestWallboardOfQueues turns the pages of a list of figures, a queue on each.
func TestWallboardOfQueues(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	atWork(t, s)
	queues := []string{s.Queue, s.NewQueue("Nobody's", 1)}
	w := newWallboard(t, s, s.admin(t))
	got := ask[[]any](w.page, `async (params) => {
		const query = {...params, PageSize: "1"};
		let list = await answer((done) => client.taskqueues.statistics.fetch(query, done));
		const turns = list.hasNext;
		const both = [...list.data];
		list = await answer((done) => list.next(done));
		both.push(...list.data);
		for (const each of both) {
			show("/TaskQueues/" + each.taskQueueSid + "/Statistics", each);
		}
		return [both.map((each) => each.taskQueueSid).sort(), turns, list.hasNext];
	}`, w.params)
	slices.Sort(queues)
	if diff := cmp.Diff([]any{[]any{queues[0], queues[1]}, true, false}, got); diff != "" {
		t.Errorf("queues on the pages (-want +got):\n%s", diff)
	}
	w.agrees(t, "")
}

// TestFiguresOfOthers are those that a worker's page, a queue's page and a page with the vendor's
// script show.
func TestFiguresOfOthers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a, _ := atWork(t, s)
	t.Run("worker", func(t *testing.T) {
		w := newWallboard(t, s, a.page)
		a.do(`async (params) => show("/Statistics",
			await answer((done) => worker.statistics.fetch(params, done)))`, w.params)
		w.agrees(t, "/Workers/"+a.worker.SID)
	})
	t.Run("task queue", func(t *testing.T) {
		p := offices[0].page(t, s.host, "TaskQueue", s.QueueToken(s.Queue))
		w := newWallboard(t, s, p)
		p.do(`async (params, kinds) => {
			for (const [kind, name] of Object.entries(kinds)) {
				const query = kind === "realtimeStats" ? {} : params;
				show(name, await answer((done) => client[kind].fetch(query, done)));
			}
		}`, w.params, kinds)
		if shown := w.agrees(t, "/TaskQueues/"+s.Queue); len(shown) != len(kinds) {
			t.Errorf("the page shows %d kinds of figures", len(shown))
		}
	})
	t.Run("vendor", func(t *testing.T) {
		p := offices[1].page(t, s.host, "Workspace", s.Token())
		w := newWallboard(t, s, p)
		p.do(`async (params) => {
			const read = (owner) => answer((done) => owner.statistics.fetch(params, done));
			show("/Statistics", await read(client));
			show("/Workers/Statistics", await read(client.workers));
			for (const list of [client.taskqueues, client.workflows]) {
				for (const each of (await answer((done) => list.fetch(done))).data) {
					const path = list === client.taskqueues ? "/TaskQueues/" : "/Workflows/";
					show(path + each.sid + "/Statistics", await read(each));
				}
			}
		}`, w.params)
		if shown := w.agrees(t, ""); len(shown) != 4 {
			t.Errorf("the page shows figures of %v", slices.Sorted(maps.Keys(shown)))
		}
	})
}
