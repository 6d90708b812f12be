package store

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Readers that overlap all the time do not keep the write-ahead log from starting over, and
// neither lose what they read.
func TestLogStaysShort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openFile(t, dir)
	s.w.longLog = keptLog + 16<<20
	l := start(t, s, 500)
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	for range readers {
		busy.Go(func() {
			for ctx.Err() == nil {
				n := 0
				for _, err := range s.Read(ctx, l.Workspace, 0) {
					if err != nil && ctx.Err() == nil {
						t.Error(err)
					}
					if n++; n == 500 {
						break
					}
				}
				if n != 500 && ctx.Err() == nil {
					t.Errorf("read %d records, want 500", n)
				}
			}
		})
	}
	defer busy.Wait()
	defer stop()
	body := s.codec.Seal(nil, noise(1<<20))
	longest := int64(0)
	for range 200 {
		next := Position{Seq: l.Pos.Seq + 1, Chain: Chain(l.Pos.Chain, body)}
		r := Record{Lease: l, Prev: l.Pos, Next: next, At: time.UnixMilli(2e12), Body: body}
		if o := s.Append([]Record{r})[0]; o.State != Durable {
			t.Fatal(o.Err)
		}
		l.Pos = next
		info, err := os.Stat(filepath.Join(dir, databaseFile+"-wal"))
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, info.Size())
		s.w.shortened = time.Time{} // the pause is for quieter tests
	}
	if longest > s.w.longLog+8<<20 {
		t.Errorf("the log grew to %d MB, want about %d at most", longest>>20, s.w.longLog>>20)
	}
}
