package webhook

import "sync"

// A job is something to do for a host.
type job interface {
	// wanted reports whether it is still worth doing. It must be quick and must not call lanes.
	wanted() bool
	run()
}

// lanes run jobs, each host's in the order in which they came: so many at a time for a host, and
// so many together. If more could run than may, the host with fewest running goes first.
type lanes struct {
	perHost, overall int

	mu      sync.Mutex
	hosts   map[string]*lane
	ready   []*lane // that could start a job, in no order
	running int
	waiting int
	closed  bool
	jobs    sync.WaitGroup
}

// A lane is what there is to do for one host.
type lane struct {
	host    string
	running int
	queue   []job
	ready   bool // is in lanes.ready
}

func newLanes(perHost, overall int) *lanes {
	return &lanes{perHost: perHost, overall: overall, hosts: make(map[string]*lane)}
}

// submit has a job done when it is its turn. It does not wait.
func (l *lanes) submit(host string, j job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.hosts[host]
	if h == nil {
		h = &lane{host: host}
		l.hosts[host] = h
	}
	h.queue = append(h.queue, j)
	l.waiting++
	l.consider(h)
	l.start()
}

// consider puts a lane among those that could start a job, if it could.
func (l *lanes) consider(h *lane) {
	if !h.ready && len(h.queue) > 0 && h.running < l.perHost {
		h.ready = true
		l.ready = append(l.ready, h)
	}
}

// start starts jobs as long as there is room; the caller holds the mutex.
func (l *lanes) start() {
	for !l.closed && l.running < l.overall && len(l.ready) > 0 {
		least := 0
		for i, h := range l.ready {
			if h.running < l.ready[least].running {
				least = i
			}
		}
		h := l.ready[least]
		last := len(l.ready) - 1
		l.ready[least], l.ready[last] = l.ready[last], nil
		l.ready = l.ready[:last]
		h.ready = false
		if j := l.pop(h); j != nil {
			h.running++
			l.running++
			l.jobs.Go(func() {
				defer l.finish(h)
				j.run()
			})
		}
		l.consider(h)
		l.tidy(h)
	}
}

// pop returns the first job of a lane that is still wanted, or nil.
func (l *lanes) pop(h *lane) job {
	for len(h.queue) > 0 {
		j := h.queue[0]
		h.queue[0] = nil
		h.queue = h.queue[1:]
		l.waiting--
		if j.wanted() {
			return j
		}
	}
	return nil
}

func (l *lanes) finish(h *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h.running--
	l.running--
	l.consider(h)
	l.start()
	l.tidy(h)
}

// tidy forgets a host for which there is nothing to do.
func (l *lanes) tidy(h *lane) {
	if h.running == 0 && len(h.queue) == 0 && !h.ready {
		delete(l.hosts, h.host)
	}
}

// close starts no more jobs and returns a channel that is closed when those under way are done.
func (l *lanes) close() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	done := make(chan struct{})
	go func() {
		l.jobs.Wait()
		close(done)
	}()
	return done
}

// figures are how many jobs run and wait.
func (l *lanes) figures() (running, waiting int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running, l.waiting
}
