package memory_test

import (
	"testing"
	"testing/synctest"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

func TestStoreKeepsTheContract(t *testing.T) {
	onboardtest.Store(t, bubble, func(*testing.T) onboard.Store { return memory.NewStore() })
}

// bubble runs one case in a bubble, beside the others.
func bubble(t *testing.T, run func(*testing.T)) {
	t.Parallel()
	synctest.Test(t, run)
}
