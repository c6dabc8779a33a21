package memory_test

import (
	"fmt"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

func TestNothingOfAnErasedPersonIsKept(t *testing.T) {
	t.Parallel()
	onboardtest.Erasure(t, func(*testing.T) onboardtest.ErasureHarness {
		store, queue := memory.NewStore(), memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility})
		asText := "%s%s" // also what is kept as bytes
		return onboardtest.ErasureHarness{
			Store: store, Queue: onboardtest.QueueHarness{Queue: queue, Receive: queue.Receive, Delete: queue.Delete},
			Stored: func() ([]byte, error) { return fmt.Appendf(nil, asText, store, queue), nil },
		}
	})
}
