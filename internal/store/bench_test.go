//go:build linux

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"taskrouter"
)

// typical is what one accepted task does: a change of the size that commands have on average.
func typical(n int) *taskrouter.Change {
	sid := func(prefix string, n int) string { return fmt.Sprintf("%s018f3c%026x", prefix, n*7919) }
	at := time.UnixMilli(1.9e12 + int64(n)).UTC()
	world := &taskrouter.Workspace{SID: "WS018f3c00000000000000000000000001", FriendlyName: "World",
		AccountSID: "AC018f3c00000000000000000000000001", DateCreated: at, DateUpdated: at}
	queue := &taskrouter.TaskQueue{SID: taskrouter.TaskQueueSID(sid("WQ", n%50)),
		FriendlyName: "Support", TargetWorkers: `languages HAS "en"`, DateCreated: at, DateUpdated: at}
	flow := &taskrouter.Workflow{SID: "WW018f3c00000000000000000000000001", FriendlyName: "Flow",
		Configuration: `{"task_routing":{"filters":[{"filter_friendly_name":"English","expression":` +
			`"language == 'en'","targets":[{"queue":"` + string(queue.SID) + `","timeout":60}]}]}}`}
	worker := &taskrouter.Worker{SID: taskrouter.WorkerSID(sid("WK", n%1000)),
		FriendlyName: fmt.Sprint("worker ", n%1000), ActivitySID: "WA018f3c00000000000000000000000001",
		Attributes:  `{"languages":["en","de"],"skills":["billing","sales"],"contact_uri":"client:a"}`,
		DateCreated: at, DateUpdated: at, DateStatusChanged: at, LastReserved: at, Version: n}
	for c := range 5 {
		worker.Channels = append(worker.Channels, taskrouter.WorkerChannel{
			SID:            taskrouter.WorkerChannelSID(sid("WC", n%1000*5+c)),
			TaskChannelSID: taskrouter.TaskChannelSID(sid("TC", c)), Available: true,
			ConfiguredCapacity: 1, Reserved: n / 1000 % 2 * (c & 1), DateCreated: at, DateUpdated: at})
	}
	task := &taskrouter.Task{SID: taskrouter.TaskSID(sid("WT", n)), Attributes: fmt.Sprintf(
		`{"language":"en","customer":{"id":%d,"name":"Customer %x"},"text":"%s"}`, n, n*n,
		strings.Repeat("lorem ipsum ", 15)), AssignmentStatus: taskrouter.TaskAssigned, Priority: 1,
		Timeout: 86400, TaskChannelSID: taskrouter.TaskChannelSID(sid("TC", 0)),
		WorkflowSID: flow.SID, TaskQueueSID: queue.SID, TaskQueueEnteredDate: at,
		VirtualStartTime: at, DateCreated: at, DateUpdated: at, Version: 2,
		Step: taskrouter.Step{Configuration: 1, Entered: at, Expires: at}, Assignments: 1, AssignedAt: at}
	offer := &taskrouter.Reservation{SID: taskrouter.ReservationSID(sid("WR", n)),
		TaskSID: task.SID, WorkerSID: worker.SID, WorkerName: worker.FriendlyName,
		Status: taskrouter.ReservationAccepted, TaskQueueSID: queue.SID, WorkflowSID: flow.SID,
		TaskChannelSID: task.TaskChannelSID, Timeout: 120, Expires: at, DateCreated: at,
		DateUpdated: at, Version: 1}
	c := &taskrouter.Change{At: at, Command: taskrouter.CommandID(sid("", n)), Result: string(offer.SID),
		Actor: taskrouter.Actor{Type: "worker", SID: string(worker.SID), IP: "192.0.2.7"},
		Puts:  []taskrouter.Entity{task, offer, worker}}
	for i, t := range []taskrouter.EventType{taskrouter.EventReservationAccepted, taskrouter.EventTaskUpdated} {
		c.Events = append(c.Events, taskrouter.Event{
			SID: taskrouter.EventSID(sid("EV", 2*n+i)), Type: t, At: at, Workspace: world,
			TaskQueue: queue, Workflow: flow, Worker: worker, Task: task, Reservation: offer})
	}
	return c
}

func typicals(n int) []*taskrouter.Change {
	changes := make([]*taskrouter.Change, n)
	for i := range changes {
		changes[i] = typical(i)
	}
	return changes
}

// cpu is the processor time that this process has used. On a machine with other work it says
// more than the clock.
func cpu(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppend appends records of about 1 KB, so many in a batch, of one workspace or of a
// thousand in turn.
func BenchmarkAppend(b *testing.B) {
	for _, workspaces := range []int{1, 1000} {
		for _, size := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("workspaces=%d/batch=%d", workspaces, size), func(b *testing.B) {
				s := openFile(b, b.TempDir())
				leases := make([]Lease, workspaces)
				for i := range leases {
					var err error
					leases[i], err = s.Create(b.Context(), "AC1",
						taskrouter.WorkspaceSID(fmt.Sprintf("WS%032x", i)))
					if err != nil {
						b.Fatal(err)
					}
				}
				body := s.codec.Seal(nil, noise(1000))
				at := time.UnixMilli(1.9e12)
				batch := make([]Record, size)
				n, since := 0, cpu(b)
				for b.Loop() {
					for i := range batch {
						l := &leases[n%workspaces]
						n++
						next := Position{Seq: l.Pos.Seq + 1, Chain: Chain(l.Pos.Chain, body)}
						batch[i] = Record{Lease: *l, Prev: l.Pos, Next: next, At: at, Body: body}
						l.Pos = next
					}
					for _, o := range s.Append(batch) {
						if o.State != Durable {
							b.Fatal(o.Err)
						}
					}
				}
				b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
				b.ReportMetric(float64((cpu(b)-since).Nanoseconds())/float64(n), "cpu-ns/record")
			})
		}
	}
}

// BenchmarkBareSync is the limit: the same bytes in a file laid out in advance and fdatasync.
func BenchmarkBareSync(b *testing.B) {
	for _, size := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			const length = 64 << 20
			f, err := os.Create(filepath.Join(b.TempDir(), "bare"))
			if err == nil {
				_, err = f.Write(make([]byte, length))
			}
			if err == nil {
				err = f.Sync()
			}
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			block := noise(size * 1000)
			at := int64(0)
			for b.Loop() {
				if _, err := f.WriteAt(block, at); err != nil {
					b.Fatal(err)
				}
				if err := unix.Fdatasync(int(f.Fd())); err != nil {
					b.Fatal(err)
				}
				at = (at + int64(len(block))) % (length - int64(len(block)))
			}
			b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkCodec makes records of so many typical changes and reads them again.
func BenchmarkCodec(b *testing.B) {
	codec := NewCodec()
	for _, size := range []int{1, 16, 256} {
		changes := typicals(size)
		plain := AppendChanges(nil, changes)
		sealed := codec.Seal(nil, plain)
		per := func(b *testing.B, since time.Duration) {
			b.ReportMetric(float64((cpu(b)-since).Nanoseconds())/float64(b.N*size), "cpu-ns/change")
		}
		b.Run(fmt.Sprintf("changes=%d/encode", size), func(b *testing.B) {
			b.ReportAllocs()
			since := cpu(b)
			var e encoder
			for b.Loop() {
				e.encode(changes)
			}
			per(b, since)
			b.ReportMetric(float64(len(plain))/float64(size), "plainB/change")
		})
		b.Run(fmt.Sprintf("changes=%d/record", size), func(b *testing.B) {
			b.ReportAllocs()
			since := cpu(b)
			for b.Loop() {
				codec.Record(Lease{}, Position{}, changes[0].At, changes)
			}
			per(b, since)
			b.ReportMetric(float64(len(sealed))/float64(size), "sealedB/change")
		})
		b.Run(fmt.Sprintf("changes=%d/read", size), func(b *testing.B) {
			b.ReportAllocs()
			since := cpu(b)
			var buf []byte
			var d decoder
			for b.Loop() {
				var err error
				if buf, err = codec.Open(buf[:0], sealed); err != nil {
					b.Fatal(err)
				}
				if _, _, err := d.decode(buf); err != nil {
					b.Fatal(err)
				}
			}
			per(b, since)
		})
	}
}

// BenchmarkLoad loads a snapshot of open tasks, each with its reservation.
func BenchmarkLoad(b *testing.B) {
	const tasks = 100_000
	s := openFile(b, b.TempDir())
	l := start(b, s, 1)
	err := s.Snapshot(b.Context(), l, l.Pos, func(yield func(taskrouter.Entity) bool) {
		for i := range tasks {
			c := typical(i)
			if !yield(c.Puts[0]) || !yield(c.Puts[1]) {
				return
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	n, since := 0, cpu(b)
	for b.Loop() {
		err := s.Load(b.Context(), l, func(p Part) error { n += len(p.Entities); return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "entities/s")
	b.ReportMetric(float64((cpu(b)-since).Nanoseconds())/float64(n), "cpu-ns/entity")
}

// BenchmarkProject projects typical changes, so many in a call.
func BenchmarkProject(b *testing.B) {
	for _, size := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("changes=%d", size), func(b *testing.B) {
			s := openFile(b, b.TempDir())
			l := start(b, s, 0)
			n := 0
			var used time.Duration
			for seq := Seq(0); b.Loop(); seq++ {
				b.StopTimer()
				p := Part{Seq: seq + 1}
				for range size {
					p.Changes = append(p.Changes, typical(n))
					n++
				}
				since := cpu(b)
				b.StartTimer()
				if err := s.Project(b.Context(), l.Workspace, seq, []Part{p}); err != nil {
					b.Fatal(err)
				}
				used += cpu(b) - since
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "changes/s")
			b.ReportMetric(float64(used.Nanoseconds())/float64(n), "cpu-ns/change")
			var rows int
			if err := s.w.row(`SELECT (SELECT count(*) FROM tasks) + (SELECT count(*) FROM events) +
				(SELECT count(*) FROM reservations)`).Scan(&rows); err != nil || rows != 4*n {
				b.Fatalf("%d changes made %d rows: %v", n, rows, err)
			}
		})
	}
}
