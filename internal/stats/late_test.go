package stats

import (
	"testing"
	"time"

	"taskrouter"
)

// TestBacklogIsNotSummedUp has minutes become old enough to be summed up before all of them are
// counted: what is counted later must not be lost, nor replace what was counted before.
func TestBacklogIsNotSummedUp(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.life(time.Second)
	b.count()
	b.pass(time.Minute)
	for range 3 {
		b.life(time.Second)
	}
	b.track() // knows that there is more, and has not come to it
	b.pass(10 * time.Hour)
	b.reader.tidyAll(t.Context())
	b.wantCompleted(4)
	b.reader.tidyAll(t.Context())
	b.wantCompleted(4)
	b.reopen()
	b.wantCompleted(4)
}

// TestLateRecord counts a record that was decided before a full hour and is told after the
// minutes of that hour have been summed up, as happens to workspaces with many figures.
func TestLateRecord(t *testing.T) {
	b := newBench(t)
	b.worker("Alice")
	b.life(time.Second)
	track := b.count()
	if err := b.reader.tidy(t.Context(), track, floorTo(b.read().Unix(), anHour)+anHour); err != nil {
		t.Fatal(err)
	}
	b.life(time.Second)
	b.wantCompleted(2)
	b.pass(5 * time.Hour)
	b.reader.tidyAll(t.Context())
	b.wantCompleted(2)
	b.reopen()
	b.wantCompleted(2)
	if stays := track.book.floor; stays%anHour != 0 {
		t.Errorf("the floor is %d, no full hour", stays)
	}
}

// wantCompleted checks how many tasks were completed since the beginning.
func (b *bench) wantCompleted(want int) {
	b.Helper()
	q := taskrouter.FiguresQuery{
		Window: taskrouter.Window{From: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)},
		Of:     []string{string(b.ws), string(b.queue)},
	}
	for i, f := range b.figures(q) {
		if got := f.Counts[taskrouter.TasksCompleted]; got != want {
			b.Errorf("%s has %d completed tasks, want %d", q.Of[i], got, want)
		}
	}
}
