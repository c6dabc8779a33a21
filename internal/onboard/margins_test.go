package onboard_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

const (
	// greatestSkew is the most by which the clocks of two machines may differ.
	greatestSkew = 5 * time.Second

	// effectTime is how long after its start a call may still have its effect:
	// its own time, and as much again while nobody listens any more.
	effectTime = 2 * onboard.CallTimeout

	// justBefore is how long before a limit counts as the last moment.
	justBefore = 10 * time.Millisecond
)

// The worst that an attempt of unknown end can do: it leaves at the last moment
// at which its worker lives, or ends at once without an answer, has its effect at
// the last moment that is allowed for, and its time is in the store by a
// clock that is behind all others. Another request that takes the address
// for free any sooner looks, finds nobody, asks, and meets the user that has come
// about meanwhile: then it belongs to nobody.
func TestEffectAtTheLastMomentBelongsToItsRow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		leaves time.Duration // after the worker began
		dies   bool          // the worker, with its call
	}{
		{name: "a worker that dies as its call leaves", leaves: onboard.WorkerTimeout - justBefore, dies: true},
		{name: "a call whose answer is lost at once", leaves: 0, dies: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				first := b.submit(onboard.Options{}, "ann@example.org")
				b.lastMoment(test.leaves, test.dies)

				b.worker.Pool = slowToTell{b.pool}
				second := b.submit(onboard.Options{}, "ann@example.org")
				b.run()
				b.await(first.ID, time.Hour)
				b.await(second.ID, time.Hour)
				if one, two := b.outcomes(first.ID)[1], b.rows(second.ID)[1]; one != "invited 1" || two.State != onboard.Existing {
					t.Errorf("the row that asked ends as %q, the other as %q, want it invited, and existing", one, outcome(two))
				}
				b.wantOneMailEach("ann@example.org")
			})
		})
	}
}

// lastMoment delivers the only message to a worker whose clock is behind, and
// whose call has its effect as late as it may. Nobody hears of the worker's end:
// its message comes back when its time on the queue is up.
func (b *bundle) lastMoment(leaves time.Duration, dies bool) {
	b.t.Helper()
	w := b.system.Worker()
	w.Queue = &faultyQueue{
		send:  func(context.Context, []onboard.Message, time.Duration) error { return errDown },
		delay: func(context.Context, onboard.Delivery, time.Duration) error { return nil },
	}
	w.Store = storeByAClockBehind{b.store}
	w.Pool = latePool{Pool: b.pool, leaves: leaves, dies: dies}
	if handed, kept := b.deliver(b.queue, w, onboard.WorkerTimeout); handed != 1 || kept != 1 {
		b.t.Fatalf("%d messages handed over, %d kept for another delivery, want the one", handed, kept)
	}
	if len(b.pool.Users()) != 0 {
		b.t.Fatal("the user is there too early for this test")
	}
}

// latePool is a pool whose calls to invite wait for a time before they
// leave, have their effect as late as is allowed for, and get no answer.
type latePool struct {
	onboard.Pool
	leaves time.Duration
	dies   bool
}

func (p latePool) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	time.Sleep(p.leaves)
	time.AfterFunc(effectTime-justBefore, func() { _, _ = p.Pool.Invite(context.WithoutCancel(ctx), ask) })
	if p.dies {
		panic("the process is gone")
	}
	return onboard.User{}, fmt.Errorf("connection reset: %w", onboard.ErrUnclear)
}

// slowToTell is a pool that looks at once and takes nearly all of a call's time
// to say what it saw.
type slowToTell struct{ onboard.Pool }

func (p slowToTell) Look(ctx context.Context, email string) (onboard.User, error) {
	user, err := p.Pool.Look(ctx, email)
	time.Sleep(onboard.CallTimeout - time.Second)
	return user, err
}

// storeByAClockBehind is the store as a worker writes it whose clock is behind
// the others, by the most that is allowed for.
type storeByAClockBehind struct{ onboard.Store }

func (s storeByAClockBehind) Save(ctx context.Context, w onboard.Write) error {
	if w.Claim != nil {
		c := *w.Claim
		for _, at := range []*time.Time{&c.Until, &c.Trail.From, &c.Trail.To, &c.ExpiresAt} {
			if !at.IsZero() {
				*at = at.Add(-greatestSkew)
			}
		}
		w.Claim = &c
	}
	return s.Store.Save(ctx, w)
}
