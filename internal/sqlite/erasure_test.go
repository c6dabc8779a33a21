package sqlite_test

import (
	"os"
	"slices"
	"testing"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

// The file and its log are read while the state is open: what a page or a frame held
// before is there until it is overwritten.
func TestNothingOfAnErasedPersonIsOnTheDisk(t *testing.T) {
	t.Parallel()
	onboardtest.Erasure(t, func(t *testing.T) onboardtest.ErasureHarness {
		cfg := newConfig(t)
		cfg.Visibility = onboard.Visibility
		s := open(t, cfg)
		return onboardtest.ErasureHarness{
			Store: s.Store(), Queue: harness(s.Queue(), cfg),
			CleanUp: func() error { _, err := s.Purge(t.Context()); return err },
			Stored: func() ([]byte, error) {
				state, err := os.ReadFile(cfg.State)
				if err != nil {
					return nil, err
				}
				log, err := os.ReadFile(cfg.State + "-wal")
				return slices.Concat(state, log), err
			},
		}
	})
}
