package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// Many callers work in many workspaces while appends fail now and then and the engine stops in
// the middle. Whatever was acknowledged must be there afterwards, and nothing twice.
func TestStress(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{SnapshotEvery: 20})
	type place struct {
		ws   taskrouter.WorkspaceSID
		flow taskrouter.WorkflowSID
	}
	var places []place
	for range 12 {
		ws, _, flow, _ := b.newWorkspace()
		places = append(places, place{ws, flow})
	}
	var appends atomic.Int64
	g.failWith(func(batch []store.Record, real func() []store.Outcome) []store.Outcome {
		if appends.Add(1)%17 == 0 {
			return failed(batch)
		}
		return real()
	})
	last := make(map[taskrouter.WorkspaceSID]store.Seq)
	var mu sync.Mutex
	defer b.Subscribe("order", func(p Publication) {
		mu.Lock()
		defer mu.Unlock()
		if before := last[p.Workspace]; before != 0 && p.Position.Seq != before+1 {
			t.Errorf("workspace %s: record %d was published after %d", p.Workspace,
				p.Position.Seq, before)
		}
		last[p.Workspace] = p.Position.Seq
	})()

	var (
		acknowledged sync.Map // id to task SID
		done         atomic.Int64
		callers      sync.WaitGroup
	)
	halfway := make(chan struct{})
	for c := range 24 {
		callers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(c)))
			for i := range 60 {
				p := places[random.IntN(len(places))]
				id := fmt.Sprintf("%d-%d", c, i)
				for range 20 { // as a client would try again
					r, err := b.Submit(t.Context(), Command{
						ID: taskrouter.CommandID(id), Workspace: p.ws, From: alice,
						Do: routing.CreateTask{WorkflowSID: p.flow},
					})
					if err == nil {
						acknowledged.Store(id, [2]string{string(p.ws), r.Entity.EntitySID()})
						break
					}
					if taskrouter.KindOf(err) != taskrouter.Unavailable {
						t.Errorf("%s: %v; want Unavailable", id, err)
					}
				}
				_ = b.View(t.Context(), alice, p.ws, func(*routing.State) {})
				if done.Add(1) == 24*60/2 {
					close(halfway)
				}
			}
		})
	}
	<-halfway
	if err := b.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	callers.Wait()

	b = b.on(b.dir, g.Store, Options{})
	byWorkspace := make(map[taskrouter.WorkspaceSID]map[string]bool)
	acknowledged.Range(func(_, v any) bool {
		pair := v.([2]string)
		ws := taskrouter.WorkspaceSID(pair[0])
		if byWorkspace[ws] == nil {
			byWorkspace[ws] = make(map[string]bool)
		}
		if byWorkspace[ws][pair[1]] {
			t.Errorf("task %s answered two commands", pair[1])
		}
		byWorkspace[ws][pair[1]] = true
		return true
	})
	total := 0
	for ws, tasks := range byWorkspace {
		total += len(tasks)
		err := b.View(t.Context(), alice, ws, func(s *routing.State) {
			for sid := range tasks {
				if s.Task(taskrouter.TaskSID(sid)) == nil {
					t.Errorf("task %s was acknowledged and is not there", sid)
				}
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
	if total < 24*60/4 {
		t.Errorf("only %d commands were acknowledged", total)
	}
}

// Engines may be stopped at any moment, also while they load.
func TestStopAtAnyMoment(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	b.createTask()
	if err := b.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		e, err := Open(t.Context(), b.store, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		for range 4 {
			callers.Go(func() {
				_, err := e.Submit(t.Context(), Command{
					Workspace: b.ws, From: alice, Do: routing.CreateTask{WorkflowSID: b.flow},
				})
				if err != nil && taskrouter.KindOf(err) != taskrouter.Unavailable {
					t.Errorf("round %d: %v", i, err)
				}
			})
			callers.Go(func() {
				if err := e.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
	}
}
