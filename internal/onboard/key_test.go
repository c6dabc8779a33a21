package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

func TestSameKeyCarriesACutOffSubmissionOn(t *testing.T) {
	t.Parallel()
	for name, workersWait := range map[string]bool{"old messages still queued": true, "old messages dropped": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				emails := people(20)
				o := order(onboard.Options{}, emails...)
				o.KeyID, o.BodyHash = onboard.KeyID("root", "k"), "hash"
				if !workersWait {
					b.run()
				}
				b.crash(7, o)
				if _, _, err := b.submitter.Submit(t.Context(), o); !errors.Is(err, onboard.ErrBusy) {
					t.Errorf("the same submission within the window ended with %v, want %v", err, onboard.ErrBusy)
				}
				time.Sleep(onboard.AcceptWindow + time.Second)
				r, replayed, err := b.submitter.Submit(t.Context(), o)
				if err != nil || replayed || r.ID != "request-001" {
					t.Fatalf("carried on: request %q, replayed %v, %v", r.ID, replayed, err)
				}
				if workersWait {
					b.run()
				}
				r = b.await(r.ID, time.Hour)
				if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 20}, b.tally(r.ID)); diff != "" {
					t.Errorf("counts (-want +got):\n%s", diff)
				}
				b.wantOneMailEach(emails...)
				if calls := b.pool.Calls(); calls.Invites != 20 {
					t.Errorf("%d calls for 20 people", calls.Invites)
				}
			})
		})
	}
}

func TestSameKeyAnswersTheSameRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		o := order(onboard.Options{}, "ann@example.org")
		o.KeyID, o.BodyHash = onboard.KeyID("root", "k"), "hash"
		if _, replayed, err := b.submitter.Submit(t.Context(), o); err != nil || replayed {
			t.Fatalf("first: replayed %v, %v", replayed, err)
		}
		b.run()
		b.await("request-001", time.Minute)
		r, replayed, err := b.submitter.Submit(t.Context(), o)
		if err != nil || !replayed || r.State(time.Now()) != onboard.StateCompleted {
			t.Errorf("again: %s, replayed %v, %v, want the completed request replayed", r.State(time.Now()), replayed, err)
		}
		other := order(onboard.Options{}, "bob@example.org")
		other.KeyID, other.BodyHash = o.KeyID, "another hash"
		if _, _, err := b.submitter.Submit(t.Context(), other); !errors.Is(err, onboard.ErrKeyReused) {
			t.Errorf("another body ended with %v, want %v", err, onboard.ErrKeyReused)
		}
		time.Sleep(onboard.KeyLifetime)
		if r, replayed, err := b.submitter.Submit(t.Context(), other); err != nil || replayed || r.ID == "request-001" {
			t.Errorf("a day later: %s, replayed %v, %v, want a new request", r.ID, replayed, err)
		}
	})
}

func TestKeyIDsDifferByCallerAndKey(t *testing.T) {
	t.Parallel()
	ids := map[string]string{}
	for _, pair := range [][2]string{{"ann", "1"}, {"ann", "2"}, {"bob", "1"}, {"ann 1", ""}, {"", "ann 1"}, {"a", "nn 1"}} {
		id := onboard.KeyID(pair[0], pair[1])
		if other, taken := ids[id]; taken {
			t.Errorf("caller and key %q share the id of %s", pair, other)
		}
		ids[id] = fmt.Sprintf("%q", pair)
	}
	if again := onboard.KeyID("ann", "1"); ids[again] != `["ann" "1"]` {
		t.Error("the same caller and key have two ids")
	}
}

func TestHundredSubmissionsWithOneKeyAreOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.submitter.Queue = &faultyQueue{Queue: b.queue, send: func(ctx context.Context, m []onboard.Message, delay time.Duration) error {
			time.Sleep(time.Second)
			return b.queue.Send(ctx, m, delay)
		}}
		emails := people(5)
		o := order(onboard.Options{}, emails...)
		o.KeyID, o.BodyHash = onboard.KeyID("root", "k"), "hash"
		type answer struct {
			id       string
			replayed bool
		}
		answers := make(chan answer, 100)
		for range 100 {
			go func() {
				for { // as a caller does whose answer says to try again
					r, replayed, err := b.submitter.Submit(t.Context(), o)
					switch {
					case errors.Is(err, onboard.ErrBusy):
						time.Sleep(300 * time.Millisecond)
						continue
					case err != nil:
						t.Errorf("submit: %v", err)
					}
					answers <- answer{id: r.ID, replayed: replayed}
					return
				}
			}()
		}
		got := map[answer]int{}
		for range 100 {
			got[<-answers]++
		}
		id := b.onlyRequest().ID
		if want := map[answer]int{{id: id, replayed: false}: 1, {id: id, replayed: true}: 99}; !maps.Equal(want, got) {
			t.Errorf("answers %v, want %v", got, want)
		}
		if n := b.queue.Stats().Visible; n != 5 {
			t.Errorf("%d messages, want one set of 5", n)
		}
		b.run()
		b.await(id, time.Minute)
		b.wantOneMailEach(emails...)
	})
}

// onlyRequest returns the one request that there is.
func (b *bundle) onlyRequest() onboard.Request {
	b.t.Helper()
	all, err := b.store.ListRequests(b.t.Context(), "", 10)
	if err != nil || len(all) != 1 {
		b.t.Fatalf("%d requests, %v; want one", len(all), err)
	}
	return all[0]
}
