package sim_test

import (
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// TestMessageLeftByAPollCostsNoReceipt has two messages of one row come to a queue
// whose messages may be received once. All workers are busy for longer than its
// visibility, so the second message is not polled for a while. No worker has failed
// with it, so it is not a dead letter; the one that gets it and dies makes it one.
func TestMessageLeftByAPollCostsNoReceipt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{plan: plan{batch: 2, tries: 1, visibility: onboard.Visibility, quota: 1, part: 1}}
		w.prepare()
		e := &environment{actor: w.newActor("worker", 0), source: w.queue}
		m := onboard.Message{Version: onboard.MessageVersion, RequestID: "request-1", Row: 1, Round: 1}
		if err := w.queue.Send(t.Context(), []onboard.Message{m, m}, 0); err != nil {
			t.Fatal(err)
		}

		first := e.poll()
		if len(first) != 1 {
			t.Fatalf("%d messages of one row in a batch, want 1", len(first))
		}
		if err := w.queue.Delete(first[0].Handle); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * onboard.Visibility)
		second := e.poll()
		if len(second) != 1 || second[0].Receives != 1 {
			t.Fatalf("the next poll got %+v, want the second message, received once", second)
		}

		time.Sleep(onboard.Visibility - time.Second)
		if got := e.poll(); len(got) > 0 || !empty(w.dead) {
			t.Errorf("while a worker has it: polled %v, dead letters %+v; want neither", got, w.dead.Stats())
		}
		time.Sleep(2 * time.Second)
		if got, want := e.poll(), (memory.Stats{Visible: 1}); len(got) > 0 || w.dead.Stats() != want {
			t.Errorf("when its worker is dead: polled %v, dead letters %+v; want a dead letter", got, w.dead.Stats())
		}
		if len(w.audit.broken) > 0 {
			t.Error(w.audit.broken)
		}
	})
}
