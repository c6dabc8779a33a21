package memory_test

import (
	"math/rand/v2"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/testing/onboardtest"
)

func TestQueueKeepsTheContract(t *testing.T) {
	t.Parallel()
	for name, newQueue := range map[string]func() *memory.Queue{
		"OldestFirst": func() *memory.Queue { return memory.NewQueue(memory.QueueConfig{}) },
		"WithRedrive": func() *memory.Queue { return memory.NewQueue(memory.QueueConfig{MaxReceiveCount: 5}) },
		"AnyOrder": func() *memory.Queue {
			return memory.NewQueue(memory.QueueConfig{Rand: rand.New(rand.NewPCG(1, 2))})
		},
	} {
		t.Run(name, func(t *testing.T) {
			onboardtest.Queue(t, bubble, func(*testing.T) onboardtest.QueueHarness {
				q := newQueue()
				return onboardtest.QueueHarness{Queue: q, Receive: q.Receive, Delete: q.Delete, Visibility: memory.DefaultVisibilityTimeout}
			})
		})
	}
}
