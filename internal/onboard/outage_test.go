package onboard_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestOutageOfMinutesFailsNobody(t *testing.T) {
	t.Parallel()
	const longestWait = 6 * time.Minute // the last wait of a row, 320 s and a jitter of up to 16 s, and its work
	down := errors.New("store down")
	outages := map[string]func(b *bundle, until time.Time){
		"store": func(b *bundle, until time.Time) {
			store := &faultyStore{Store: b.store, before: func(string) error {
				if time.Now().Before(until) {
					return down
				}
				return nil
			}}
			b.worker.Store, b.worker.Pace = store, b.over(store).Pace()
		},
		"pool": func(b *bundle, until time.Time) {
			b.pool.SetFaults(memory.Faults{Answer: func(memory.Op, string) *onboard.PoolError {
				if time.Now().Before(until) {
					return &onboard.PoolError{Class: onboard.ErrUnclear, Cause: "ServiceUnavailable"}
				}
				return nil
			}})
		},
	}
	for what, begin := range outages {
		for _, lasts := range []time.Duration{15 * time.Second, time.Minute, 3 * time.Minute, 7 * time.Minute} {
			t.Run(what+" "+lasts.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
					r := b.submit(onboard.Options{}, people(200)...)
					begin(b, time.Now().Add(lasts))
					b.run()
					r = b.await(r.ID, time.Hour)
					if n := r.Tally.States[onboard.Invited]; n != 200 {
						t.Errorf("%d of 200 were invited: %+v", n, nonZero(r.Tally))
					}
					b.wantOneMailEach(people(200)...)
					took := r.FinishedAt(time.Now()).Sub(r.SubmittedAt.Add(lasts))
					if took > longestWait {
						t.Errorf("the last row ended %s after the outage, want at most %s", took, longestWait)
					}
					t.Logf("all have ended %s after it was over; calls %+v", took, b.pool.Calls())
				})
			})
		}
	}
}
