package browser

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTaskQueue is a page of one queue, with either script. Spec: sdk-v1-api 7.2
func TestTaskQueue(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, o := range offices {
		t.Run(o.name, func(t *testing.T) {
			sid := s.NewQueue("Sales by "+o.name, 1)
			p := o.page(t, s.host, "TaskQueue", s.QueueToken(sid))
			got := ask[[]any](p, `async (activity) => {
				const before = [ready.sid, ready.targetWorkers, ready.maxReservedWorkers];
				await answer((done) => client.update("MaxReservedWorkers", "2", done));
				const params = {MaxReservedWorkers: "3", ReservationActivitySid: activity};
				const second = await answer((done) => client.update(params, done));
				const busy = await answer((done) => second.reservationActivity.fetch(done));
				const fetched = await answer((done) => client.fetch(done));
				return [...before, second.maxReservedWorkers, client.maxReservedWorkers,
					busy.friendlyName, fetched.taskOrder];
			}`, s.Activity("Unavailable"))
			want := []any{sid, "1==1", 1.0, 3.0, 3.0, "Unavailable", "FIFO"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("task queue (-want +got):\n%s", diff)
			}
			if _, now := s.rest(t, "/TaskQueues/"+sid); now["max_reserved_workers"] != 3.0 {
				t.Errorf("REST has %v", now)
			}
			refused := ask[struct{ Code int }](p, `() => refusal((done) => ready.workspace.fetch(done))`)
			if refused.Code != 403 {
				t.Errorf("the queue's token reads its workspace: code %d, want 403", refused.Code)
			}
			p.do(`() => answer((done) => client.delete(done))`)
			if status, _ := s.rest(t, "/TaskQueues/"+sid); status != 404 {
				t.Errorf("REST answers %d for the deleted queue", status)
			}
			if o.name == "ours" {
				code := ask[int](p, `async () => (await next("disconnected")).code`)
				if code != 4003 {
					t.Errorf("the page of the deleted queue hears code %d, want 4003", code)
				}
			}
		})
	}
}
