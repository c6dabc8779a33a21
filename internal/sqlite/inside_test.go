package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usher.example/internal/onboard"
)

func TestAWriteThatFailsLeavesTheOthersOfItsGroup(t *testing.T) {
	t.Parallel()
	w := openState(t).state.writer
	put := func(name string) func(*statements) error {
		return func(s *statements) error {
			_, err := s.exec(background, putCounter, name, 1, int64(never))
			return err
		}
	}
	broken := errors.New("broken")
	group := []write{
		{t.Context(), put("a"), make(chan error, 1)},
		{t.Context(), func(s *statements) error { return errors.Join(put("half")(s), broken) }, make(chan error, 1)},
		{t.Context(), func(*statements) error { return onboard.ErrConflict }, make(chan error, 1)},
		{t.Context(), put("b"), make(chan error, 1)},
	}
	w.commit(group)
	for i, want := range []error{nil, broken, onboard.ErrConflict, nil} {
		if err := <-group[i].answer; !errors.Is(err, want) {
			t.Errorf("write %d: %v, want %v", i, err, want)
		}
	}
	for name, want := range map[string]int{"a": 1, "half": 0, "b": 1} {
		if n, err := numberOf(w.statements, selectCounter, name, w.now()); n != want || err != nil {
			t.Errorf("%s is %d, %v; want %d", name, n, err, want)
		}
	}
}

func TestAnOlderFileIsCopiedAndBroughtUpToDate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	old := kind{7, []string{"CREATE TABLE a (n); INSERT INTO a VALUES (1);"}}
	next := kind{7, append(old.steps, "ALTER TABLE a ADD COLUMN m DEFAULT 2;")}
	for _, k := range []kind{old, next, next} {
		f, err := openFile(t.Context(), path, k, false, newClock(Config{}))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.close(); err != nil {
			t.Fatal(err)
		}
	}
	sum := func(path, query string, k kind) (n int) {
		f, err := openFile(t.Context(), path, k, false, newClock(Config{}))
		if err != nil {
			t.Fatal(err)
		}
		defer f.close()
		if n, err = numberOf(f.reader, query); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := sum(path, "SELECT n + m FROM a", next); n != 3 {
		t.Errorf("the new file holds %d", n)
	}
	if n := sum(path+".version-1", "SELECT n FROM a", old); n != 1 {
		t.Errorf("the copy holds %d", n)
	}
}

func TestAStepThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	broken := kind{7, []string{"CREATE TABLE a (n); INSERT INTO nowhere VALUES (1);"}}
	if _, err := openFile(t.Context(), path, broken, false, newClock(Config{})); err == nil {
		t.Fatal("no error")
	}
	whole := kind{7, []string{"CREATE TABLE a (n);"}}
	f, err := openFile(t.Context(), path, whole, false, newClock(Config{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("the log is left after the end")
	}
}

func openState(t *testing.T) *State {
	t.Helper()
	folder := t.TempDir()
	s, err := Open(context.Background(), Config{State: filepath.Join(folder, "state"), Pace: filepath.Join(folder, "pace"), Visibility: 1})
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
