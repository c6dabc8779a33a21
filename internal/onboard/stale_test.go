package onboard_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// slowReader is a store whose answers about requests take long to come back.
type slowReader struct {
	onboard.Store
	takes time.Duration
}

func (s slowReader) Request(ctx context.Context, id string) (onboard.Request, error) {
	r, err := s.Store.Request(ctx, id)
	time.Sleep(s.takes)
	return r, err
}

// Found by the simulation: a request was read while it was being accepted, the
// answer took until its window had passed, and its row was dropped though the
// round had begun meanwhile.
func TestRowOfARoundThatBeganDuringASlowReadIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		now := time.Now()
		accepting := onboard.Request{
			ID: "r1", Phase: onboard.Accepting, Total: 1, SubmittedAt: now,
			AcceptedUntil: now.Add(onboard.AcceptWindow), ExpiresAt: now.Add(time.Hour),
		}
		if err := b.store.CreateRequest(t.Context(), accepting, nil); err != nil {
			t.Fatal(err)
		}
		m := onboard.Message{Version: onboard.MessageVersion, RequestID: "r1", Row: 1, Round: 1, Person: onboard.Person{Email: "ann@example.org"}}
		if err := b.queue.Send(t.Context(), []onboard.Message{m}, 0); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(10*time.Second, func() {
			begun := accepting
			begun.Phase, begun.Round, begun.AcceptedUntil, begun.Version = onboard.Running, 1, time.Time{}, 1
			if err := b.store.SaveRequest(context.Background(), begun, onboard.Tally{}); err != nil {
				t.Error(err)
			}
		})
		slow := b.system.Worker()
		slow.Store = slowReader{Store: b.store, takes: onboard.AcceptWindow + 5*time.Second}
		if handed, _ := b.deliver(b.queue, slow, onboard.WorkerTimeout); handed != 1 {
			t.Fatalf("%d messages delivered, want 1", handed)
		}
		b.run()
		b.await("r1", time.Minute)
		b.wantOneMailEach("ann@example.org")
	})
}
