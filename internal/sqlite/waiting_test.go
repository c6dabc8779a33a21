package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
)

// Two pools of one account share the pace, and not how far their rows were put back.
func TestPoolsShareThePaceButNotTheirRows(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	a := configIn(folder)
	b := a
	b.State = filepath.Join(folder, "other.db")
	one, two := open(t, a).Store(), open(t, b).Store()
	now := time.Now().UTC().Round(0)
	cell := onboard.Cell{ClosedUntil: now.Add(time.Hour), Backlog: true, Pass: onboard.Pass{Since: now, After: onboard.Due{At: now, RequestID: "r", Row: 7}}}
	if err := one.SaveCell(t.Context(), onboard.LaneCreate, cell); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		store *sqlite.Store
		want  onboard.Cell
	}{
		"the pool that wrote it": {store: one, want: onboard.Cell{ClosedUntil: cell.ClosedUntil, Backlog: true, Pass: cell.Pass, Version: 1}},
		"another pool":           {store: two, want: onboard.Cell{ClosedUntil: cell.ClosedUntil, Version: 1}},
	} {
		got, err := test.store.Cell(t.Context(), onboard.LaneCreate)
		got.Reserved = time.Time{} // which they share, and which the loop moves
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, test.want)
		}
		r, err := test.store.Reserve(t.Context(), onboard.LaneCreate, onboard.Want{Span: time.Second, Latest: now.Add(time.Hour)})
		if err != nil || r.Cell.Backlog != test.want.Backlog || r.Cell.Pass != test.want.Pass {
			t.Errorf("%s reserves: %+v, %v", name, r, err)
		}
	}
}
