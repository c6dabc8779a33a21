package onboard_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

var errLostAnswer = errors.New("the answer of the store was lost")

// toErase is a bundle with a request in which ben was invited, one in which his row failed
// and one in which it waits.
func toErase(t *testing.T) (b *bundle, ids []string) {
	t.Helper()
	b = newBundle(t, memory.PoolConfig{})
	ann := onboard.Row{Person: onboard.Person{Email: "ann@example.org"}}
	ids = append(ids, b.submits(onboard.Options{}, ann, ben("ben@example.org")).ID)
	b.minutes(2)
	ids = append(ids, b.submits(onboard.Options{ResendOnly: true}, ben("Ben@example.org"), ann).ID)
	b.minutes(1)
	return b, append(ids, b.submits(onboard.Options{}, ann, ben("BEN@example.org"), ben("ben@example.org")).ID)
}

// wantErased checks that an erasure has ended whole and was noted once.
func (b *bundle) wantErased(ids []string) {
	b.t.Helper()
	b.wantNothingOfBen()
	if found := b.finds("ben@example.org"); found.Erasure != nil {
		b.t.Errorf("the erasure is still open: %+v", found.Erasure)
	}
	for _, id := range ids {
		r := b.request(id)
		b.checkCounts(r)
		notes := 0
		for _, a := range r.Audit {
			if a.What == "erase_person" {
				notes++
			}
		}
		if notes != 1 || !r.Done(time.Now()) {
			b.t.Errorf("request %s is done: %t; the erasure is noted %d times", id, r.Done(time.Now()), notes)
		}
	}
	if n := b.pool.MailsTo("ben@example.org"); n != 1 {
		b.t.Errorf("ben was mailed %d times", n)
	}
}

// faultsOfWrites runs a story in a bubble for each way in which one of the writes of an
// erasure can go wrong: its answer is lost, it fails, or it meets a change by somebody else.
func faultsOfWrites(t *testing.T, methods []string, story func(t *testing.T, fault func(*faultyStore))) {
	const most = 12 // calls of each kind that an erasure makes
	for _, method := range methods {
		for _, kind := range []struct {
			name string
			err  error
			lost bool // the write has its effect
		}{{"Lost", errLostAnswer, true}, {"Failed", errLostAnswer, false}, {"Conflict", onboard.ErrConflict, false}} {
			t.Run(method+kind.name, func(t *testing.T) {
				t.Parallel()
				for nth := 1; nth <= most; nth++ {
					synctest.Test(t, func(t *testing.T) {
						happened := false
						fails := failing(method, kind.err, nth)
						story(t, func(s *faultyStore) {
							fault := func(called string) error {
								err := fails(called)
								happened = happened || err != nil
								return err
							}
							if s.before = fault; kind.lost {
								s.before, s.after = nil, fault
							}
						})
						if nth == 1 && !happened {
							t.Errorf("the erasure makes no call of %s", method)
						}
					})
				}
			})
		}
	}
}

// Whatever goes wrong with a write, the erasure continues and ends whole.
func TestAnErasureSurvivesEveryLostAnswer(t *testing.T) {
	t.Parallel()
	methods := []string{"Save", "SaveRequest", "SaveRecord", "ReplaceManifestPart", "DropClaim"}
	faultsOfWrites(t, methods, func(t *testing.T, fault func(*faultyStore)) {
		b, ids := toErase(t)
		store := &faultyStore{Store: b.store}
		fault(store)
		system := b.over(store)
		b.requeuer = system.Requeuer()
		people := system.People(system.Administration())
		if _, _, err := people.Erase(t.Context(), "ben@example.org", "eve"); err != nil {
			b.erase("ben@example.org")
		}
		b.minutesWithFaults(6)
		time.Sleep(25 * time.Hour)
		b.minutesWithFaults(4)
		b.wantErased(ids)
	})
}

// The same for the erasure of a request that is done, and of one that has to be stopped.
// What is kept of an address that was mailed a day before is nothing.
func TestTheErasureOfARequestSurvivesEveryLostAnswer(t *testing.T) {
	t.Parallel()
	for name, batches := range map[string]int{"Running": 1, "Done": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			methods := []string{"Save", "SaveRequest", "SaveRecord", "ReplaceManifestPart"}
			faultsOfWrites(t, methods, func(t *testing.T, fault func(*faultyStore)) {
				b := newBundle(t, memory.PoolConfig{})
				b.submit(onboard.Options{}, "ann@example.org")
				b.minutes(1)
				rows := []onboard.Row{ben("no address of ben")}
				for i := range 12 {
					rows = append(rows, ben(fmt.Sprintf("ben%d@example.org", i)))
				}
				r := b.submits(onboard.Options{}, rows...)
				for range batches {
					b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				}
				time.Sleep(25 * time.Hour)
				store := &faultyStore{Store: b.store}
				fault(store)
				b.eraseRequest(r.ID, b.over(store))
				b.wantNothingOfBen()
				b.checkCounts(b.request(r.ID))
			})
		})
	}
}

// eraseRequest erases a request over a store that may fail, and checks that it has ended
// and was noted once.
func (b *bundle) eraseRequest(id string, system onboard.System) {
	b.t.Helper()
	if _, err := system.Eraser().EraseRequest(b.t.Context(), id, "eve"); err != nil {
		if _, err := b.system.Eraser().EraseRequest(b.t.Context(), id, "eve"); err != nil {
			b.t.Fatal(err)
		}
	}
	b.requeuer = system.Requeuer()
	_, _ = b.requeuer.Run(b.t.Context()) // stops it, before workers mail those who wait
	b.minutesWithFaults(8)
	_, open, err := b.system.Eraser().Request(b.t.Context(), id)
	r, notes := b.request(id), 0
	for _, a := range r.Audit {
		if a.What == "erase" && a.By == "eve" {
			notes++
		}
	}
	if err != nil || open || r.ErasedAt.IsZero() || notes != 1 {
		b.t.Errorf("erased at %v, still open: %t, %v; noted %d times", r.ErasedAt, open, err, notes)
	}
}

// minutesWithFaults is [bundle.minutes] where the requeuer may fail: it runs again.
func (b *bundle) minutesWithFaults(n int) {
	for range n {
		b.work()
		if _, err := b.requeuer.Run(b.t.Context()); err != nil && !errors.Is(err, errLostAnswer) {
			b.t.Errorf("requeue: %v", err)
		}
		time.Sleep(time.Minute)
	}
}

// Two requeuers and a worker run at once, over a store that takes its time.
func TestTwoRequeuersEraseAtOnce(t *testing.T) {
	t.Parallel()
	for seed := range 20 {
		synctest.Test(t, func(t *testing.T) {
			b, ids := toErase(t)
			b.erase("ben@example.org")
			var mu sync.Mutex
			calls := seed
			slow := func(string) error {
				mu.Lock()
				calls = (calls*1103515245 + 12345) & 0x7fffffff
				wait := time.Duration(calls>>16%20) * time.Millisecond
				mu.Unlock()
				time.Sleep(wait)
				return nil
			}
			first, second := b.over(&faultyStore{Store: b.store, before: slow}), b.over(&faultyStore{Store: b.store, before: slow})
			at := func(n int) {
				for range n {
					var running sync.WaitGroup
					for _, system := range []onboard.System{first, second} {
						running.Go(func() {
							if _, err := system.Requeuer().Run(t.Context()); err != nil {
								t.Errorf("requeue: %v", err)
							}
						})
					}
					running.Go(b.work)
					running.Wait()
					time.Sleep(time.Minute)
				}
			}
			at(6)
			time.Sleep(25 * time.Hour)
			at(3)
			b.wantErased(ids)
		})
	}
}

// What an attempt of unknown end may have left is waited out: the row ends as what became
// of it, and only then is erased.
func TestAnErasureWaitsForTheEndOfAnAttempt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		invites []reply
		state   onboard.State
		mails   int
	}{
		"TheUserWasMade":  {lostEffect, onboard.Invited, 1},
		"NothingHappened": {[]reply{{err: onboard.ErrUnclear}}, onboard.Canceled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.submit(onboard.Options{}, "ann@example.org")
				b.minutes(1)
				r := b.submits(onboard.Options{}, ben("ben@example.org"))
				b.worker.Pool = &scriptedPool{Pool: b.pool, invites: test.invites}
				b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
				b.worker.Pool = b.pool
				if _, claim := b.stored(r.ID, 1, "ben@example.org"); claim.Trail.Empty() {
					t.Fatal("the attempt has left no trail")
				}
				b.erase("ben@example.org")
				for range 600 {
					inv, claim := b.stored(r.ID, 1, "ben@example.org")
					if inv.Erased && !claim.Trail.Empty() {
						t.Fatalf("the row is erased while an attempt of unknown end is noted: %+v", claim.Trail)
					}
					if inv.Erased {
						break
					}
					b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
					if _, err := b.requeuer.Run(t.Context()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Second)
				}
				if inv := b.rows(r.ID)[1]; inv.State != test.state || !inv.Erased {
					t.Errorf("the row is %s, erased %t; want %s", inv.State, inv.Erased, test.state)
				}
				if n := b.pool.MailsTo("ben@example.org"); n != test.mails {
					t.Errorf("ben was mailed %d times, want %d", n, test.mails)
				}
				time.Sleep(25 * time.Hour)
				b.minutes(3)
				b.wantNothingOfBen()
			})
		})
	}
}

// A part of a manifest that another erasure has replaced meanwhile is not put back.
func TestTwoErasuresShareAPartOfAManifest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.submits(onboard.Options{}, ben("ben@example.org"), onboard.Row{Person: onboard.Person{Email: "ann@example.org"}}, ben("benno@example.org"))
		b.minutes(2)
		b.erase("ben@example.org")
		time.Sleep(10 * time.Second)
		other := b.system.Requeuer()
		met := false
		b.requeuer = b.over(&faultyStore{Store: b.store, before: func(method string) error {
			if method == "ReplaceManifestPart" && !met {
				met = true
				b.erase("benno@example.org")
				time.Sleep(time.Minute)
				if _, err := other.Run(t.Context()); err != nil {
					t.Errorf("requeue: %v", err)
				}
			}
			return nil
		}}).Requeuer()
		b.minutes(6)
		if !met {
			t.Fatal("no part of a manifest was replaced")
		}
		time.Sleep(25 * time.Hour)
		b.minutes(3)
		b.wantNothingOfBen()
	})
}
