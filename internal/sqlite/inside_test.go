package sqlite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"usher.example/internal/onboard"
)

// TestQueriesUseIndexes reads SQLite's plan of every query: with a million rows none
// may read a table from end to end, or sort.
func TestQueriesUseIndexes(t *testing.T) {
	t.Parallel()
	s := openState(t)
	for _, query := range append([]string{
		selectBoth, selectInvitations, selectDue, selectTally, selectRequest, selectNewest, selectOlder, selectOpenRequests,
		selectKey, selectCounter, selectPart, selectNext, selectGroups, selectAfter, selectMessage,
		showMessages, hideMessage, deleteMessage, receiveMessage, buryMessage, selectUnderWay, bringBackMessages,
	}, purges...) {
		plan := planOf(t, s, query)
		if len(plan) == 0 {
			t.Errorf("%s\nno plan", query)
		}
		for _, step := range plan {
			if bad.MatchString(step) && !allowed(query, step) {
				t.Errorf("%s\nplan: %s", query, step)
			}
		}
	}
}

var bad = regexp.MustCompile(`^SCAN|TEMP B-TREE`)

// allowed excepts walks that end after a few steps: in the order of the list that is
// asked for, and over the requests that wait.
func allowed(query, step string) bool {
	switch query {
	case selectNewest:
		return strings.HasPrefix(step, "SCAN r USING INDEX sqlite_autoindex_requests_1")
	case selectGroups:
		return step == "SCAN waiting" || step == "SCAN w"
	case selectUnderWay:
		return strings.HasPrefix(step, "SCAN claims USING INDEX claims_held")
	}
	return false
}

func planOf(t *testing.T, s *State, query string) (steps []string) {
	t.Helper()
	rows, err := s.state.pool.Query("EXPLAIN QUERY PLAN "+query, make([]any, 8)...) // more than any query asks for
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	return steps
}

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
