package storetest

import (
	"fmt"
	"math"
	"testing"

	"taskrouter/internal/store"
)

// figures are rows of a kind that differ in every part.
func figures(kind int, at int64, owners ...string) []store.Statistic {
	var rows []store.Statistic
	for _, o := range owners {
		rows = append(rows, store.Statistic{Kind: kind, At: at, Owner: o,
			Data: fmt.Append([]byte{0, 255}, kind, at, o)})
	}
	return rows
}

func (b *bench) figures(n int, q store.StatisticQuery) []store.Statistic {
	b.t.Helper()
	var rows []store.Statistic
	for r, err := range b.Statistics(b.t.Context(), workspace(n), q) {
		b.must(err)
		rows = append(rows, r)
	}
	return rows
}

func testCount(t *testing.T, b *bench) {
	l, ctx := b.create(1), t.Context()
	b.append(l, l.Pos, 5)
	other := b.create(2)
	b.append(other, other.Pos, 1)
	count := func(after, to store.Seq, rows []store.Statistic) error {
		return b.Count(ctx, l.Workspace, after, to, rows)
	}
	b.must(count(0, 2, append(figures(1, 60, "WQ1", "WQ2"), figures(1, 120, "WK1", "WQ1", "WQ3")...)))
	b.wants(store.ErrMoved, count(0, 3, figures(1, 180, "WQ1")))
	replaced := figures(1, 60, "WQ1")
	replaced[0].Data = []byte("new")
	b.must(count(2, 5, append(replaced, figures(2, 60, "WQ1")...)))
	b.must(count(5, 5, figures(1, 200, "WQ1")))
	b.must(b.Count(ctx, other.Workspace, 0, 1, figures(1, 60, "WQ1")))
	b.reopen()
	pos, err := b.Position(ctx, l.Workspace, store.Statistics)
	b.must(err)
	b.same("position", store.Seq(5), pos)

	all := store.StatisticQuery{Kind: 1, To: math.MaxInt64, Last: "ZZ"}
	want := append(replaced, figures(1, 60, "WQ2")...)
	want = append(want, figures(1, 120, "WK1", "WQ1", "WQ3")...)
	want = append(want, figures(1, 200, "WQ1")...)
	b.same("all rows", want, b.figures(1, all))
	b.same("every minute", want[:5], b.figures(1, store.StatisticQuery{
		Kind: 1, From: 60, To: 260, Step: 60, Last: "ZZ"}))
	b.same("some owners", want[1:2], b.figures(1, store.StatisticQuery{
		Kind: 1, From: 60, To: 120, Step: 60, First: "WQ2", Last: "WQ3"}))
	b.same("rows of another workspace", figures(1, 60, "WQ1"), b.figures(2, all))

	b.must(b.Uncount(ctx, l.Workspace, 1, 120))
	b.same("rows left", want[2:], b.figures(1, all))
	b.same("rows of another kind", figures(2, 60, "WQ1"),
		b.figures(1, store.StatisticQuery{Kind: 2, To: 61, Last: "ZZ"}))

	b.wants(store.ErrNotFound, b.Count(ctx, workspace(3), 0, 0, nil))
	if err := b.Advance(ctx, l.Workspace, store.Statistics, 5, 5); err == nil {
		t.Error("the position moved without being counted")
	}
}

func testTrimFigures(t *testing.T, b *bench) {
	l, ctx := b.create(1), t.Context()
	pos := b.append(l, l.Pos, 3)
	at := moment(3).Unix()
	b.must(b.Count(ctx, l.Workspace, 0, 2, append(figures(1, at-1, "WQ1"), figures(7, at, "WQ1")...)))
	b.must(b.Trim(ctx, l.Workspace, moment(3)))
	all := func(kind int) []store.Statistic {
		return b.figures(1, store.StatisticQuery{Kind: kind, To: math.MaxInt64, Last: "ZZ"})
	}
	b.same("old rows", []store.Statistic(nil), all(1))
	b.same("rows that are kept", figures(7, at, "WQ1"), all(7))

	// Once the workspace is deleted and nobody reads of it any more, nothing is left.
	r := b.record(l, pos)
	r.Final = true
	b.Append([]store.Record{r})
	parts, err := b.read(l.Workspace, 0)
	b.must(err)
	b.must(b.Project(ctx, l.Workspace, 0, parts))
	b.must(b.Trim(ctx, l.Workspace, moment(0)))
	b.same("rows of a deleted workspace", figures(7, at, "WQ1"), all(7))
	b.must(b.Trim(ctx, l.Workspace, moment(1000)))
	if left, err := b.read(l.Workspace, 2); err != nil || len(left) != 2 {
		t.Errorf("%d records and error %v, want the 2 that are not counted yet", len(left), err)
	}
	b.must(b.Count(ctx, l.Workspace, 2, 4, figures(7, at+9999, "WQ1")))
	b.must(b.Trim(ctx, l.Workspace, moment(1000)))
	b.same("rows after all is read", []store.Statistic(nil), all(7))
}
