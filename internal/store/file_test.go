package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"taskrouter"
)

func openFile(t testing.TB, dir string) *SQLite {
	t.Helper()
	s, err := OpenSQLite(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// start makes a workspace with n records, each of one task.
func start(t testing.TB, s *SQLite, n int) Lease {
	t.Helper()
	l, err := s.Create(t.Context(), "AC1", "WS1")
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		l.Pos = addTask(t, s, l, 100)
	}
	return l
}

// taskRecord is a record of one task with that many bytes of attributes.
func taskRecord(s *SQLite, l Lease, size int) Record {
	seq := l.Pos.Seq + 1
	at := time.UnixMilli(1.9e12 + int64(seq)).UTC()
	return s.codec.Record(l, l.Pos, at, []*taskrouter.Change{{At: at, Puts: []taskrouter.Entity{
		&taskrouter.Task{SID: taskrouter.TaskSID(fmt.Sprintf("WT%032x", seq)),
			Attributes: strings.Repeat("x", size), DateCreated: at},
	}}})
}

func addTask(t testing.TB, s *SQLite, l Lease, size int) Position {
	t.Helper()
	r := taskRecord(s, l, size)
	if o := s.Append([]Record{r})[0]; o.State != Durable {
		t.Fatal(o.Err)
	}
	return r.Next
}

func TestDirectoryIsLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(t, dir)
	_, err := OpenSQLite(t.Context(), dir, Options{})
	if !errors.Is(err, ErrInUse) {
		t.Fatalf("got error %v, want %v", err, ErrInUse)
	}
	for _, word := range []string{dir, fmt.Sprint("process ", os.Getpid())} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not name %q", err, word)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openFile(t, dir)
}

// The files hold keys that sign tokens.
func TestFilesAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no mode here")
	}
	dir := filepath.Join(t.TempDir(), "data")
	s := openFile(t, dir)
	start(t, s, 1)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNameOfTheDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a b%20?mode=memory#c&d")
	s := openFile(t, dir)
	l := start(t, s, 1)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openFile(t, dir).Claim(t.Context(), l.Workspace); err != nil {
		t.Error(err)
	}
}

func TestDatabaseOfANewerRelease(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(t, dir)
	_, err := s.w.exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = OpenSQLite(t.Context(), dir, Options{})
	if err == nil || !strings.Contains(err.Error(), "newer release") {
		t.Errorf("got error %v, want one that names the newer release", err)
	}
}

// A full disk fails the whole batch, leaves nothing of it, and the store goes on once there is
// room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := openFile(t, t.TempDir())
	l := start(t, s, 1)
	other, err := s.Create(t.Context(), "AC1", "WS2")
	if err != nil {
		t.Fatal(err)
	}
	limit := func(pages string) {
		t.Helper()
		var n int
		err := s.w.conn.QueryRowContext(t.Context(), `PRAGMA max_page_count = `+pages).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
	}
	var pages int
	if err := s.w.row(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit(fmt.Sprint(pages + 1))
	small := taskRecord(s, other, 1)
	big := taskRecord(s, l, 0)
	big.Body = s.codec.Seal(nil, noise(1<<20))
	big.Next.Chain = Chain(big.Prev.Chain, big.Body)
	for i, o := range s.Append([]Record{small, big}) {
		if o.State != Failed || o.Err == nil || !strings.Contains(o.Err.Error(), "full") {
			t.Errorf("record %d: %v, error %v; want failed, full", i, o.State, o.Err)
		}
	}
	limit("1000000000")
	for p, err := range s.Read(t.Context(), other.Workspace, 0) {
		t.Errorf("a failed batch left record %d, %v", p.Seq, err)
	}
	for i, o := range s.Append([]Record{small, taskRecord(s, l, 1)}) {
		if o.State != Durable {
			t.Errorf("record %d, when there is room again: %v", i, o.Err)
		}
	}
}

// An error in the middle takes back what the batch had written before it.
func TestErrorInABatch(t *testing.T) {
	t.Parallel()
	s := openFile(t, t.TempDir())
	l := start(t, s, 1)
	other, err := s.Create(t.Context(), "AC1", "WS2")
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.key(l.Workspace)
	if err != nil {
		t.Fatal(err)
	}
	// A row that cannot be there makes the record that should have its place fail.
	_, err = s.w.exec(insertRecord, key, 2, 1, 0, []byte("stray"))
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range s.Append([]Record{taskRecord(s, other, 1), taskRecord(s, l, 1)}) {
		if o.State != Failed || o.Err == nil {
			t.Errorf("record %d: %v, error %v; want failed", i, o.State, o.Err)
		}
	}
	if again, err := s.Claim(t.Context(), other.Workspace); err != nil || again.Pos.Seq != 0 {
		t.Errorf("the neighbour stands at record %d (%v), want 0", again.Pos.Seq, err)
	}
}

// noise is bytes that do not compress.
func noise(n int) []byte {
	b, x := make([]byte, n), uint32(1)
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

func TestMissingPiecesAreNamed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, remove, want string
		read               bool
	}{
		{"first record", `DELETE FROM journal WHERE seq = 1`, "record 1:", true},
		{"a record between", `DELETE FROM journal WHERE seq = 3`, "record 3:", true},
		{"the last record", `DELETE FROM journal WHERE seq = 5`, "record 5:", false},
		{"another body", `UPDATE journal SET body = (SELECT body FROM journal WHERE seq = 2)
			WHERE seq = 3`, "up to record 5", false},
		{"a part of the snapshot", `DELETE FROM snapshot WHERE part = 0`, "part 0 of", false},
		{"the last part", `DELETE FROM snapshot WHERE part = 2`, "part 2 of", false},
		{"a spoilt part", `UPDATE snapshot SET data = x'010203040506070809' WHERE part = 1`,
			"part 1 of the snapshot at record 5: stored data is damaged: checksum", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := openFile(t, t.TempDir())
			l := start(t, s, 5)
			if strings.Contains(tt.remove, "snapshot") {
				err := s.Snapshot(t.Context(), l, l.Pos, func(yield func(taskrouter.Entity) bool) {
					for range 3 {
						yield(&taskrouter.Task{Attributes: strings.Repeat("x", partSize)})
					}
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if n, err := s.w.exec(tt.remove); err != nil || n == 0 {
				t.Fatal(n, err)
			}
			check := func(err error) {
				t.Helper()
				if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), tt.want) ||
					!strings.Contains(err.Error(), "WS1") {
					t.Errorf("got error %v, want %q of WS1", err, tt.want)
				}
			}
			check(s.Load(t.Context(), l, func(Part) error { return nil }))
			if tt.read {
				var last error
				for _, last = range s.Read(t.Context(), l.Workspace, 0) {
				}
				check(last)
			}
		})
	}
}

// What is left when the machine stops is the database and its log, without any close. Each
// copy is such a moment; what had been acknowledged by then must be in it.
func TestCopyWithoutClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(t, dir)
	l := start(t, s, 0)
	for i := range 200 {
		l.Pos = addTask(t, s, l, 5000)
		if i%40 != 20 {
			continue
		}
		s.w.turn.take() // no write is under way, as in the moment after an acknowledgement
		to := t.TempDir()
		for _, name := range []string{databaseFile, databaseFile + "-wal"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err == nil {
				err = os.WriteFile(filepath.Join(to, name), b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		s.w.turn.give()
		c := openFile(t, to)
		got, err := c.Claim(t.Context(), l.Workspace)
		if err != nil || got.Pos != l.Pos {
			t.Fatalf("a copy at %v claims %v, %v", l.Pos, got.Pos, err)
		}
		if err := c.Load(t.Context(), got, func(Part) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// Background writes must not leave the appends unsynced.
func TestAppendsStaySynced(t *testing.T) {
	t.Parallel()
	s := openFile(t, t.TempDir())
	level := func() (n int) {
		if err := s.w.row(`PRAGMA synchronous`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	const normal, full = 1, 2
	fail := errors.New("fail")
	for _, end := range []error{nil, fail} {
		err := s.w.patiently(t.Context(), func() error {
			if got := level(); got != normal {
				t.Errorf("synchronous is %d in a patient turn, want %d", got, normal)
			}
			return end
		})
		if !errors.Is(err, end) {
			t.Errorf("got error %v, want %v", err, end)
		}
		if err := s.w.urgently(func() error { return nil }); err != nil || level() != full {
			t.Errorf("synchronous is %d in an urgent turn, want %d (%v)", level(), full, err)
		}
	}
	var rows *sql.Rows
	rows, err := s.read.QueryContext(t.Context(), `DELETE FROM head`)
	if err == nil {
		rows.Next()
		err = rows.Err()
		rows.Close()
	}
	if err == nil {
		t.Error("a reading connection may write")
	}
}
