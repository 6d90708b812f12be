package webhook

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// A work is a job that tests end themselves.
type work struct {
	name   string
	gone   bool
	begun  chan string
	finish chan struct{}
}

func (w *work) wanted() bool { return !w.gone }

func (w *work) run() {
	w.begun <- w.name
	<-w.finish
}

// A site makes works and knows which have begun, in order.
type site struct {
	lanes *lanes
	begun chan string
	works map[string]*work
}

func newSite(perHost, overall int) *site {
	return &site{newLanes(perHost, overall), make(chan string, 1000), make(map[string]*work)}
}

func (s *site) submit(host, name string) *work {
	w := &work{name: name, begun: s.begun, finish: make(chan struct{})}
	s.works[name] = w
	s.lanes.submit(host, w)
	return w
}

// news are the works that have begun since.
func (s *site) news() (names []string) {
	synctest.Wait()
	for len(s.begun) > 0 {
		names = append(names, <-s.begun)
	}
	slices.Sort(names)
	return names
}

func (s *site) wants(t *testing.T, want ...string) {
	t.Helper()
	if got := s.news(); !slices.Equal(got, want) {
		t.Errorf("begun: %v, want %v", got, want)
	}
}

func TestLanes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSite(2, 4)
		for i := 1; i <= 5; i++ {
			s.submit("a", fmt.Sprint("a", i))
		}
		s.wants(t, "a1", "a2") // bounded by host
		s.submit("b", "b1")
		s.submit("b", "b2")
		s.submit("b", "b3")
		s.wants(t, "b1", "b2")
		s.submit("c", "c1")
		s.wants(t) // bounded together
		s.works["a4"].gone = true
		close(s.works["a1"].finish)
		s.wants(t, "c1") // the host with fewest running goes first
		close(s.works["a2"].finish)
		s.wants(t, "a3") // in order
		close(s.works["a3"].finish)
		s.wants(t, "a5") // a4 is not wanted any more
		close(s.works["b1"].finish)
		s.wants(t, "b3")
		s.submit("d", "d1")
		done := s.lanes.close()
		close(s.works["b2"].finish)
		s.wants(t) // nothing begins after the close
		for _, name := range []string{"a5", "b3", "c1"} {
			close(s.works[name].finish)
		}
		<-done
		if running, waiting := s.lanes.figures(); running != 0 || waiting != 1 {
			t.Errorf("%d running and %d waiting, want 0 and 1", running, waiting)
		}
	})
}

// TestLanesForgetHosts has many hosts come and go.
func TestLanesForgetHosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLanes(2, 3)
		var all sync.WaitGroup
		for i := range 200 {
			all.Add(1)
			l.submit(fmt.Sprint(i%50), jobFunc(all.Done))
		}
		all.Wait()
		synctest.Wait()
		if n := len(l.hosts); n != 0 || len(l.ready) != 0 {
			t.Errorf("%d hosts and %d ready lanes are left", n, len(l.ready))
		}
	})
}

type jobFunc func()

func (jobFunc) wanted() bool { return true }
func (f jobFunc) run()       { f() }
