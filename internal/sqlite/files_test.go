package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
	"usher.example/internal/testing/onboardtest"
)

func TestASecondProcessIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	first := open(t, cfg)
	_, err := sqlite.Open(t.Context(), cfg)
	if !errors.Is(err, sqlite.ErrInUse) || !strings.Contains(err.Error(), cfg.State) {
		t.Errorf("second open: %v", err)
	}
	if err := first.Store().CreateRequest(t.Context(), onboardtest.Request(onboardtest.RequestID(1), 1), nil); err != nil {
		t.Errorf("the first is disturbed: %v", err)
	}
}

func TestOnePaceServesManyStates(t *testing.T) {
	t.Parallel()
	one, other := newConfig(t), newConfig(t)
	other.Pace = one.Pace
	first, second := open(t, one), open(t, other)
	now := onboardtest.Now()
	for _, s := range []*sqlite.State{first, second} {
		if r := reserve(t, s, now); r.Refused != "" {
			t.Fatalf("refused: %s", r.Refused)
		}
	}
	cell, err := second.Store().Cell(t.Context(), "lane")
	if err != nil || !cell.Reserved.Equal(now.Add(2*span)) {
		t.Errorf("reserved up to %s, %v; want two spans after %s", cell.Reserved, err, now)
	}
}

func TestAFileThatIsNotOursIsRefusedAndLeftAsItIs(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]struct {
		make func(t *testing.T, path string)
		want error
	}{
		"Text":            {text, sqlite.ErrForeign},
		"AnotherDatabase": {statements("CREATE TABLE t (a)"), sqlite.ErrForeign},
		"AnotherProgram":  {statements("PRAGMA application_id = 7"), sqlite.ErrForeign},
		"ThePace":         {paceFile, sqlite.ErrForeign},
		"ANewerVersion":   {newerState, sqlite.ErrNewer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := newConfig(t)
			step.make(t, cfg.State)
			before := contents(t, cfg.State)
			s, err := sqlite.Open(t.Context(), cfg)
			if !errors.Is(err, step.want) || s != nil {
				t.Errorf("opening: %v, want %v", err, step.want)
			}
			if contents(t, cfg.State) != before {
				t.Error("the file has changed")
			}
		})
	}
}

func text(t *testing.T, path string) {
	must(t, os.WriteFile(path, []byte(strings.Repeat("email\nann@example.com\n", 100)), 0o600))
}

// statements makes a database by other means.
func statements(list ...string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		db, err := sql.Open("sqlite", path)
		must(t, err)
		defer db.Close()
		for _, statement := range list {
			_, err := db.Exec(statement)
			must(t, err)
		}
	}
}

func paceFile(t *testing.T, path string) {
	cfg := newConfig(t)
	cfg.Pace = path
	s, err := sqlite.Open(t.Context(), cfg)
	must(t, err)
	must(t, s.Close())
}

func newerState(t *testing.T, path string) {
	cfg := newConfig(t)
	cfg.State = path
	s, err := sqlite.Open(t.Context(), cfg)
	must(t, err)
	must(t, s.Close())
	statements("PRAGMA user_version = 99")(t, path)
}

func TestADamagedFileSaysSo(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	s, err := sqlite.Open(t.Context(), cfg)
	must(t, err)
	fill(t, s, 500)
	must(t, s.Close())
	file, err := os.OpenFile(cfg.State, os.O_RDWR, 0)
	must(t, err)
	info, err := file.Stat()
	must(t, err)
	for page := int64(4096); page < info.Size(); page += 4096 {
		_, err := file.WriteAt([]byte(strings.Repeat("damage", 500)), page)
		must(t, err)
	}
	must(t, file.Close())

	_, err = sqlite.Open(t.Context(), cfg)
	if !errors.Is(err, onboard.ErrDamaged) || !strings.Contains(err.Error(), cfg.State) {
		t.Errorf("opening: %v", err)
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	must(t, os.WriteFile(cfg.State, nil, 0o644)) // an older mode is corrected
	s := open(t, cfg)
	fill(t, s, 5)
	must(t, sqlite.Backup(t.Context(), cfg.State, filepath.Join(filepath.Dir(cfg.State), "copy")))
	files, err := os.ReadDir(filepath.Dir(cfg.State))
	must(t, err)
	for _, file := range files {
		info, err := file.Info()
		must(t, err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", file.Name(), mode)
		}
	}
	if len(files) < 8 { // two with their locks and logs, and the copy
		t.Errorf("%d files", len(files))
	}
}

func TestAFolderThatIsMissingOrReadOnlySaysSo(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	cfg.State = filepath.Join(filepath.Dir(cfg.State), "missing", "state")
	if _, err := sqlite.Open(t.Context(), cfg); !errors.Is(err, sqlite.ErrNoFolder) {
		t.Errorf("missing folder: %v", err)
	}
	if os.Geteuid() == 0 {
		t.Skip("nothing is read-only to root")
	}
	cfg = newConfig(t)
	must(t, os.Chmod(filepath.Dir(cfg.State), 0o500))
	defer os.Chmod(filepath.Dir(cfg.State), 0o700)
	if _, err := sqlite.Open(t.Context(), cfg); !errors.Is(err, sqlite.ErrReadOnly) {
		t.Errorf("read-only folder: %v", err)
	}
}

func TestABackupIsWholeWhileTheStateIsInUse(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	s := open(t, cfg)
	fill(t, s, 50)
	copied := newConfig(t)
	must(t, sqlite.Backup(t.Context(), cfg.State, copied.State))
	list, err := open(t, copied).Store().ListInvitations(t.Context(), "01J8ZC00000000000000000000", 0, 100)
	if err != nil || len(list) != 50 {
		t.Errorf("the copy has %d rows, %v; want 50", len(list), err)
	}
	if err := sqlite.Backup(t.Context(), cfg.State, copied.State); err == nil {
		t.Error("a second backup takes the place of the first")
	}
	if err := sqlite.Backup(t.Context(), cfg.Pace, filepath.Join(t.TempDir(), "copy")); !errors.Is(err, sqlite.ErrForeign) {
		t.Errorf("backup of another file: %v", err)
	}
}

func TestAClosedStateRefuses(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), newConfig(t))
	must(t, err)
	must(t, s.Close())
	if err := s.Store().Spend(context.Background(), "n", 1, 2, onboardtest.Expiry()); err == nil {
		t.Error("a write after the end is answered")
	}
	if _, err := s.Store().Spent(context.Background(), "n"); err == nil {
		t.Error("a read after the end is answered")
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
