package sqlite_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
	"usher.example/internal/testing/onboardtest"
)

func TestStoreKeepsTheContract(t *testing.T) {
	t.Parallel()
	onboardtest.Store(t, bubble, func(t *testing.T) onboard.Store { return open(t, newConfig(t)).Store() })
}

func TestQueueKeepsTheContract(t *testing.T) {
	t.Parallel()
	for name, maxReceives := range map[string]int{"Plain": 0, "WithDeadLetters": 5} {
		t.Run(name, func(t *testing.T) {
			onboardtest.Queue(t, bubble, func(t *testing.T) onboardtest.QueueHarness {
				cfg := newConfig(t)
				cfg.MaxReceives = maxReceives
				return harness(open(t, cfg).Queue(), cfg)
			})
		})
	}
}

func TestDeadLettersKeepTheContractOfAQueue(t *testing.T) {
	t.Parallel()
	onboardtest.Queue(t, bubble, func(t *testing.T) onboardtest.QueueHarness {
		cfg := newConfig(t)
		return harness(open(t, cfg).Queue().DeadLetters(), cfg)
	})
}

func harness(q *sqlite.Queue, cfg sqlite.Config) onboardtest.QueueHarness {
	remove := func(handle string) error { return q.DeleteBatch([]string{handle}) }
	return onboardtest.QueueHarness{Queue: q, Receive: q.Receive, Delete: remove, Visibility: cfg.Visibility}
}

// bubble runs one case in a bubble, beside the others, so that it waits no real time.
func bubble(t *testing.T, run func(*testing.T)) {
	t.Parallel()
	synctest.Test(t, run)
}

// newConfig says where a state of the test's own is, in a folder of its own.
func newConfig(t testing.TB) sqlite.Config {
	folder := t.TempDir()
	return sqlite.Config{
		State: filepath.Join(folder, "state"), Pace: filepath.Join(folder, "pace"), Visibility: 4 * time.Second,
	}
}

// open opens a state until the test ends.
func open(t testing.TB, cfg sqlite.Config) *sqlite.State {
	t.Helper()
	s, err := sqlite.Open(t.Context(), cfg)
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
