package webhook

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
)

// quick is an application that answers at once and checks nothing.
func quick(b *testing.B, body string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		io.Copy(io.Discard, q.Body)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	}))
	b.Cleanup(s.Close)
	return s
}

// makeTasks makes n tasks as fast as the engine takes them.
func (w *world) makeTasks(n int, in taskrouter.WorkflowSID) {
	done := make(chan error, n)
	slots := make(chan struct{}, 64)
	for range n {
		slots <- struct{}{}
		go func() {
			_, err := w.engine.Submit(w.t.Context(), engine.Command{
				Workspace: w.ws, From: alice,
				Do: routing.CreateTask{WorkflowSID: in, Attributes: `{"language":"de"}`},
			})
			<-slots
			done <- err
		}()
	}
	for range n {
		if err := <-done; err != nil {
			w.t.Fatal(err)
		}
	}
}

// BenchmarkEvents tells the events of one workspace, one after the other, to an application on
// this machine.
func BenchmarkEvents(b *testing.B) {
	app := quick(b, "")
	w := newWorld(b, Options{}, app.URL)
	told := func() uint64 { return w.Stats().Told }
	until(b, "the workspace is told", func() bool { return told() >= 10 })
	start := told()
	b.ResetTimer()
	w.makeTasks(b.N, w.workflow)
	until(b, "all is told", func() bool { return told() >= start+5*uint64(b.N) })
	b.ReportMetric(float64(told()-start)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkAssignments makes tasks whose callback accepts for the worker.
func BenchmarkAssignments(b *testing.B) {
	app := quick(b, `{"instruction":"accept"}`)
	w := newWorld(b, Options{}, "")
	flow := w.newWorkflow(app.URL, "")
	b.ResetTimer()
	w.makeTasks(b.N, flow)
	until(b, "all are accepted", func() bool {
		s := w.Stats()
		if s.Failed+s.Late > 0 {
			b.Fatalf("callbacks failed: %+v, %+v", s, w.alerts())
		}
		return s.Accepted >= uint64(b.N)
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "callbacks/s")
}
