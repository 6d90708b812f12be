package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

// crashDir tells the test binary to be the process that is killed.
const crashDir = "TASKROUTER_TEST_CRASH_DIR"

// crashWorkspaces append together in each batch.
const crashWorkspaces = 5

func crashWorkspace(n int) taskrouter.WorkspaceSID {
	return taskrouter.WorkspaceSID(fmt.Sprintf("WS%032x", n))
}

// crashChanges is what record seq of a workspace says.
func crashChanges(n int, seq store.Seq) []*taskrouter.Change {
	at := time.UnixMilli(1.9e12 + int64(seq)).UTC()
	return []*taskrouter.Change{{
		At: at, Command: taskrouter.CommandID(fmt.Sprintf("%d/%d", n, seq)),
		Puts: []taskrouter.Entity{&taskrouter.Task{SID: "WT1", Version: int(seq), DateUpdated: at}},
	}}
}

// TestKill kills a process with kill -9 in the middle of appends, projections and snapshots,
// again and again on the same directory. Every record it acknowledged must be there, once, and
// nothing half.
func TestKill(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		appendUntilKilled(t, dir)
	}
	t.Parallel()
	dir := t.TempDir()
	for round := range 4 {
		acknowledged := runUntilKilled(t, dir, 100+150*round)
		s := open(t, dir)
		for n := range crashWorkspaces {
			l, err := s.Claim(t.Context(), crashWorkspace(n))
			if err != nil {
				t.Fatal(err)
			}
			if l.Pos.Seq < acknowledged[n] {
				t.Errorf("round %d: workspace %d stands at record %d, %d was acknowledged",
					round, n, l.Pos.Seq, acknowledged[n])
			}
			version := 0
			err = s.Load(t.Context(), l, func(p store.Part) error {
				for _, e := range p.Entities {
					version = e.(*taskrouter.Task).Version
				}
				for _, c := range p.Changes {
					if want := fmt.Sprintf("%d/%d", n, version+1); string(c.Command) != want {
						t.Errorf("round %d: record %d is of command %s, want %s", round, p.Seq, c.Command, want)
					}
					version = c.Puts[0].(*taskrouter.Task).Version
				}
				return nil
			})
			if err != nil || version != int(l.Pos.Seq) {
				t.Errorf("round %d: workspace %d loads version %d at record %d: %v",
					round, n, version, l.Pos.Seq, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runUntilKilled runs appendUntilKilled in a process of its own, kills it after some batches,
// and returns the last records it acknowledged.
func runUntilKilled(t *testing.T, dir string, batches int) []store.Seq {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := make([]store.Seq, crashWorkspaces)
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); i++ {
		var n int
		var seq store.Seq
		if _, err := fmt.Sscan(lines.Text(), &n, &seq); err == nil {
			acknowledged[n] = seq
		}
		if i == batches*crashWorkspaces {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || acknowledged[0] == 0 {
		t.Fatalf("the process was not killed at work: %v", err)
	}
	return acknowledged
}

// appendUntilKilled prints "workspace seq" for each record as soon as it is acknowledged.
func appendUntilKilled(t *testing.T, dir string) {
	s := open(t, dir)
	codec := store.NewCodec()
	batch := make([]store.Record, crashWorkspaces)
	leases := make([]store.Lease, crashWorkspaces)
	for n := range leases {
		l, err := s.Claim(t.Context(), crashWorkspace(n))
		if err != nil {
			l, err = s.Create(t.Context(), "AC1", crashWorkspace(n))
		}
		if err != nil {
			t.Fatal(err)
		}
		leases[n] = l
	}
	go background(t, s)
	for {
		var acknowledged []byte
		for n, l := range leases {
			changes := crashChanges(n, l.Pos.Seq+1)
			batch[n] = codec.Record(l, l.Pos, changes[0].At, changes)
		}
		for n, o := range s.Append(batch) {
			if o.State != store.Durable {
				t.Fatal(o.Err)
			}
			leases[n].Pos = o.Head
			acknowledged = fmt.Appendf(acknowledged, "%d %s\n", n, strconv.FormatInt(int64(o.Head.Seq), 10))
			if o.Head.Seq%50 == 0 {
				err := s.Snapshot(t.Context(), leases[n], o.Head, func(yield func(taskrouter.Entity) bool) {
					yield(batchTask(n, o.Head.Seq))
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		os.Stdout.Write(acknowledged)
	}
}

func batchTask(n int, seq store.Seq) taskrouter.Entity { return crashChanges(n, seq)[0].Puts[0] }

// background projects and trims behind the appends.
func background(t *testing.T, s *store.SQLite) {
	for {
		for n := range crashWorkspaces {
			ws := crashWorkspace(n)
			pos, err := s.Position(t.Context(), ws, store.Projection)
			if err != nil {
				t.Error(err)
				return
			}
			var parts []store.Part
			for p, err := range s.Read(t.Context(), ws, pos) {
				if err != nil {
					t.Error(err)
					return
				}
				parts = append(parts, p)
			}
			if err := s.Project(t.Context(), ws, pos, parts); err != nil {
				t.Error(err)
				return
			}
			if err := s.Trim(t.Context(), ws, time.UnixMilli(2e12)); err != nil {
				t.Error(err)
				return
			}
		}
	}
}
