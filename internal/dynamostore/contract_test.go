package dynamostore_test

import (
	"testing"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

func TestStoreKeepsTheContract(t *testing.T) {
	t.Parallel()
	onboardtest.Store(t, onboardtest.Direct, func(t *testing.T) onboard.Store { return newStore(t) })
}
