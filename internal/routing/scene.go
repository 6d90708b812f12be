package routing

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskrouter"
)

// A Scene is what a workspace consists of at one moment, as far as it matters to a configuration:
// its catalog and its workers. In it configurations are checked and tasks are tried, by the
// rules of the real thing and far away from it: a scene keeps versions, which never change, and
// what is tried happens in a state made for it. The zero Scene knows nothing but the language.
//
// A scene may be used by several goroutines at once.
type Scene struct {
	Catalog *Catalog
	Workers []*taskrouter.Worker // in order of creation
	// MadeUp says that the workers are none of the workspace.
	MadeUp bool
}

// A MadeUpWorker is one that exists in a trial only.
type MadeUpWorker struct {
	FriendlyName string          `json:"friendly_name"`
	Attributes   json.RawMessage `json:"attributes"` // an object, or the text of one
	// Activity is the SID or the name of an activity. Without one, Available says which: the
	// first that is available, or the first that is not.
	Activity  string `json:"activity"`
	Available *bool  `json:"available"` // nil = true
	// Capacity is by the unique name of channels; 0 switches a channel off.
	Capacity map[string]int `json:"capacity"`
}

// Limits of what is made up.
const (
	MaxMadeUpWorkers = 10_000
	maxMadeUpQueues  = 1_000
)

// ReadWorkers reads a JSON array of made-up workers.
func ReadWorkers(text string) ([]MadeUpWorker, error) {
	var list []MadeUpWorker
	if err := readStrictly(text, &list); err != nil {
		return nil, taskrouter.Invalid.Errorf("Workers must be a JSON array of objects with "+
			"friendly_name, attributes, activity, available and capacity: %w", err).At("Workers")
	}
	if len(list) > MaxMadeUpWorkers {
		return nil, taskrouter.Invalid.Errorf("Workers has %d workers; at most %d can be made up",
			len(list), MaxMadeUpWorkers).At("Workers")
	}
	return list, nil
}

// readStrictly reads one JSON value and refuses keys that it has no place for.
func readStrictly(text string, into any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("there is more after the first value")
	}
	return nil
}

// With returns the scene with made-up workers in the place of its own.
func (sc Scene) With(list []MadeUpWorker, now time.Time) (Scene, error) {
	s := New(taskrouter.NewSIDSource(0))
	s.catalog = sc.Catalog
	for i, w := range list {
		if err := s.hire(w, i, now); err != nil {
			return Scene{}, taskrouter.Invalid.Errorf("Workers[%d]: %w", i, err).
				At("Workers", fmt.Sprintf("/%d", i))
		}
	}
	return Scene{Catalog: sc.Catalog, Workers: slices.Collect(s.Workers("")), MadeUp: true}, nil
}

// hire makes a made-up worker.
func (s *State) hire(w MadeUpWorker, i int, now time.Time) error {
	activity, err := s.activityFor(w)
	if err != nil {
		return err
	}
	attributes := string(w.Attributes)
	switch {
	case attributes == "null":
		attributes = ""
	case strings.HasPrefix(attributes, `"`):
		if err := json.Unmarshal(w.Attributes, &attributes); err != nil {
			return err
		}
	}
	name := w.FriendlyName
	if name == "" {
		name = fmt.Sprintf("worker %d", i+1)
	}
	c, err := s.Decide(CreateWorker{
		FriendlyName: name, ActivitySID: activity, Attributes: attributes,
	}, now)
	if err != nil {
		return err
	}
	for channel, capacity := range w.Capacity {
		if s.catalog.FindTaskChannel(channel) == nil {
			return fmt.Errorf("capacity names channel %q, which does not exist", clip(channel))
		}
		if capacity < 0 || capacity > mostCapacity {
			return fmt.Errorf("capacity of channel %s is %d; it must be from 0 to %d",
				channel, capacity, mostCapacity)
		}
		if _, err := s.Decide(UpdateWorkerChannel{
			Worker: taskrouter.WorkerSID(c.Result), Channel: channel,
			Capacity: &capacity, Available: new(capacity > 0),
		}, now); err != nil {
			return err
		}
	}
	return nil
}

// mostCapacity is how much of a channel a made-up worker may take.
const mostCapacity = 1_000_000

func (s *State) activityFor(w MadeUpWorker) (taskrouter.ActivitySID, error) {
	available := w.Available == nil || *w.Available
	for _, a := range s.catalog.Activities() {
		if w.Activity == "" && a.Available == available || w.Activity != "" &&
			(string(a.SID) == w.Activity || a.FriendlyName == w.Activity) {
			return a.SID, nil
		}
	}
	if w.Activity != "" {
		return "", fmt.Errorf("activity %q does not exist", clip(w.Activity))
	}
	return "", fmt.Errorf("no activity is available=%v", available)
}

// A MadeUpQueue is a queue of a workspace that exists in a file only.
type MadeUpQueue struct {
	SID           string  `json:"sid"` // as configurations name it; empty = by its friendly name
	FriendlyName  string  `json:"friendly_name"`
	TargetWorkers *string `json:"target_workers"` // left out: everybody
	MaxReserved   int     `json:"max_reserved_workers"`
}

// ReadScene makes a scene from the text of a file, for configurations without a server: a JSON
// array of made-up workers, or an object with queues and workers. Configurations name queues by
// their SID or their friendly name; those that the configuration names and the file does not
// tell of hold everybody.
func ReadScene(text, configuration string, now time.Time) (Scene, error) {
	var file struct {
		Queues  []MadeUpQueue  `json:"queues"`
		Workers []MadeUpWorker `json:"workers"`
	}
	var err error
	switch strings.TrimLeft(text, " \t\r\n") {
	case "":
	default:
		if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "[") {
			file.Workers, err = ReadWorkers(text)
		} else {
			err = readStrictly(text, &file)
		}
	}
	if err != nil {
		return Scene{}, taskrouter.Invalid.Errorf("the file of workers: %w", err)
	}
	if len(file.Queues) > maxMadeUpQueues || len(file.Workers) > MaxMadeUpWorkers {
		return Scene{}, taskrouter.Invalid.Errorf("the file has %d queues and %d workers; at most "+
			"%d and %d can be made up", len(file.Queues), len(file.Workers), maxMadeUpQueues,
			MaxMadeUpWorkers)
	}
	s := New(taskrouter.NewSIDSource(0))
	if _, err := s.Decide(CreateWorkspace{
		SID: "WS00000000000000000000000000000000", FriendlyName: "file", MultiTaskEnabled: true,
	}, now); err != nil {
		return Scene{}, err
	}
	if err := s.furnish(file.Queues, configuration, now); err != nil {
		return Scene{}, err
	}
	return Scene{Catalog: s.catalog}.With(file.Workers, now)
}

// furnish makes the queues of a file, and those that a configuration names besides. A queue's SID
// is what configurations call it.
func (s *State) furnish(queues []MadeUpQueue, configuration string, now time.Time) error {
	put := func(sid, name string, target string, offers int) error {
		q := &taskrouter.TaskQueue{
			SID: taskrouter.TaskQueueSID(sid), FriendlyName: name, TargetWorkers: target,
			MaxReservedWorkers: max(offers, 1), TaskOrder: taskrouter.FIFO,
			DateCreated: now, DateUpdated: now,
		}
		if err := s.checkTaskQueue(q); err != nil {
			return taskrouter.Invalid.Errorf("queue %q: %w", clip(name), err)
		}
		s.set(q)
		return nil
	}
	for _, q := range queues {
		target, name, sid := everybody, q.FriendlyName, q.SID
		set(&target, q.TargetWorkers)
		if name == "" {
			name = sid
		}
		if sid == "" {
			sid = name
		}
		if err := put(sid, name, target, q.MaxReserved); err != nil {
			return err
		}
	}
	spec, err := parseConfiguration(configuration)
	if err != nil {
		return nil // whoever tries the configuration is told
	}
	for _, sid := range spec.queues() {
		if s.catalog.TaskQueue(sid) != nil {
			continue
		}
		if len(s.queues) >= maxMadeUpQueues {
			return taskrouter.Invalid.Errorf("Configuration names more than %d queues",
				maxMadeUpQueues).At("Configuration")
		}
		if q := s.catalog.queueNamed(string(sid)); q != nil {
			alias := *q
			alias.SID = sid
			s.set(&alias)
			continue
		}
		if err := put(string(sid), string(sid), everybody, 1); err != nil {
			return err
		}
	}
	return nil
}

// queueNamed returns the queue with a friendly name, or nil.
func (c *Catalog) queueNamed(name string) *taskrouter.TaskQueue {
	for _, q := range c.TaskQueues() {
		if q.FriendlyName == name {
			return q
		}
	}
	return nil
}

// queues lists the queues that a configuration names, each once.
func (spec *configurationSpec) queues() []taskrouter.TaskQueueSID {
	var list []taskrouter.TaskQueueSID
	seen := make(map[taskrouter.TaskQueueSID]bool)
	add := func(g *targetSpec) {
		if !seen[g.queue] {
			seen[g.queue] = true
			list = append(list, g.queue)
		}
	}
	for i := range spec.filters {
		for j := range spec.filters[i].targets {
			add(&spec.filters[i].targets[j])
		}
	}
	if spec.defaultTarget != nil {
		add(spec.defaultTarget)
	}
	return list
}
