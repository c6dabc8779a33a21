package memory_test

import (
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

// BenchmarkSaveInALargeRequest shows that settling a row does not depend on how
// many rows its request has: compare the two sizes.
func BenchmarkSaveInALargeRequest(b *testing.B) {
	for name, size := range map[string]int{"100Rows": 100, "100000Rows": 100_000} {
		b.Run(name, func(b *testing.B) {
			s, id := memory.NewStore(), onboardtest.RequestID(1)
			if err := s.CreateRequest(b.Context(), onboardtest.Request(id, size), nil); err != nil {
				b.Fatal(err)
			}
			for row := size; row > 0; row-- {
				save(b, s, id, row)
			}
			for i := 0; b.Loop(); i++ {
				save(b, s, id, 1+i%size)
			}
		})
	}
}

func save(b *testing.B, s *memory.Store, id string, row int) {
	was, claim, err := s.Load(b.Context(), id, row, onboardtest.Address(row))
	if err != nil {
		b.Fatal(err)
	}
	now := onboardtest.Invitation(id, row, func(inv *onboard.Invitation) { inv.State, inv.Version = onboard.Invited, was.Version })
	w := onboard.Write{Invitation: now, Claim: &claim, Tally: onboard.Change(was, now, 1)}
	if err := s.Save(b.Context(), w); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkQueue shows what one message costs from send to delete behind a
// large backlog.
func BenchmarkQueue(b *testing.B) {
	q := memory.NewQueue(memory.QueueConfig{})
	var backlog []onboard.Message
	for row := 1; row <= 50_000; row++ {
		backlog = append(backlog, onboardtest.Message(onboardtest.RequestID(1), row))
	}
	if err := q.Send(b.Context(), backlog, 0); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		if err := q.Send(b.Context(), backlog[i%len(backlog):][:1], 0); err != nil {
			b.Fatal(err)
		}
		batch, err := q.Receive(b.Context(), 1, 0)
		if err != nil || len(batch) != 1 {
			b.Fatalf("got %d messages, error %v", len(batch), err)
		}
		if err := q.Delete(batch[0].Handle); err != nil {
			b.Fatal(err)
		}
	}
}
