package onboard_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// meddled is a store in which something happens right before the last write of
// the first delivery: the one that settles a row or puts it aside.
type meddled struct {
	onboard.Store
	meddle func() error // an error keeps the write from happening
	done   atomic.Bool
}

func (s *meddled) Save(ctx context.Context, w onboard.Write) error {
	if state := w.Invitation.State; (state.IsOutcome() || state == onboard.Deferred && w.Claim == nil) && s.done.CompareAndSwap(false, true) {
		if err := s.meddle(); err != nil {
			return err
		}
	}
	return s.Store.Save(ctx, w)
}

const meddledRow = "ann@example.org"

// change writes the only row of a request as another process would, with or without its claim.
func (b *bundle) change(id string, change func(inv *onboard.Invitation, claim *onboard.Claim), withClaim bool) {
	b.t.Helper()
	inv, claim := b.stored(id, 1, meddledRow)
	was := inv
	change(&inv, &claim)
	write := onboard.Write{Invitation: inv, Tally: onboard.Change(was, inv, 1)}
	if withClaim {
		write.Claim = &claim
	}
	if err := b.store.Save(b.t.Context(), write); err != nil {
		b.t.Fatalf("change row: %v", err)
	}
}

// A delivery that holds the claim and has asked the pool tries hard to write what
// came of it, but never over what another process has made of the row.
func TestASettlementGivesWayToWhatOthersWrote(t *testing.T) {
	t.Parallel()
	settled := func(state onboard.State, code onboard.Code) func(*bundle, string) error {
		return func(b *bundle, id string) error {
			b.change(id, func(inv *onboard.Invitation, _ *onboard.Claim) {
				inv.State, inv.Code, inv.Round = state, code, 1
			}, false)
			return nil
		}
	}
	for _, test := range []struct {
		name     string
		deferred bool // before this delivery
		meddle   func(b *bundle, id string) error
		want     string
	}{
		{name: "nobody has", deferred: false, meddle: func(*bundle, string) error { return nil }, want: "invited 1"},
		{name: "nobody has, and the store says so", deferred: false, meddle: func(*bundle, string) error { return onboard.ErrConflict }, want: "invited 1"},
		{name: "the requeuer has moved its time on", deferred: true, meddle: func(b *bundle, id string) error {
			b.change(id, func(inv *onboard.Invitation, _ *onboard.Claim) { inv.DueAt = inv.DueAt.Add(time.Minute) }, false)
			return nil
		}, want: "invited 1"},
		{name: "the requeuer has taken it out of the line", deferred: true, meddle: func(b *bundle, id string) error {
			b.change(id, func(inv *onboard.Invitation, _ *onboard.Claim) {
				inv.Code, inv.RetryAt, inv.DueAt = onboard.CodeMisconfigured, time.Time{}, time.Time{}
			}, false)
			return nil
		}, want: "invited 1"},
		{name: "it was given up", deferred: false, meddle: settled(onboard.Failed, onboard.CodeAttemptsExhausted), want: "failed attempts_exhausted 1"},
		{name: "it was canceled", deferred: false, meddle: settled(onboard.Canceled, onboard.CodeCanceled), want: "canceled canceled 1"},
		{name: "it was canceled while it waited", deferred: true, meddle: settled(onboard.Canceled, onboard.CodeCanceled), want: "canceled canceled 1"},
		{name: "it was put aside", deferred: false, meddle: settled(onboard.Deferred, onboard.CodeMisconfigured), want: "deferred pool_misconfigured 1"},
		{name: "it is being attempted again", deferred: false, meddle: func(b *bundle, id string) error {
			b.change(id, func(inv *onboard.Invitation, claim *onboard.Claim) {
				claim.Holder, inv.Attempts = onboard.Holder{RequestID: id, Row: 1, Token: "other"}, 2
			}, true)
			return nil
		}, want: "pending 2"},
		{name: "its address is another request's by now", deferred: false, meddle: func(b *bundle, id string) error {
			_, claim := b.stored(id, 1, meddledRow)
			claim.Holder = onboard.Holder{RequestID: "other", Row: 1, Token: "other"}
			return b.store.Save(b.t.Context(), onboard.Write{
				Invitation: onboard.Invitation{RequestID: "other", Row: 1, Person: onboard.Person{Email: meddledRow}, State: onboard.Pending}, Claim: &claim,
			})
		}, want: "pending 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				r := b.submit(onboard.Options{}, meddledRow)
				if test.deferred {
					b.putAside(r.ID)
				}
				w := b.over(&meddled{Store: b.store, meddle: func() error { return test.meddle(b, r.ID) }}).Worker()
				b.deliver(b.queue, w, onboard.WorkerTimeout)
				if got := b.outcomes(r.ID)[1]; got != test.want {
					t.Errorf("the row is %q, want %q", got, test.want)
				}
				b.wantOneMailEach(meddledRow)
				b.checkCounts(b.request(r.ID))
			})
		})
	}
}

// putAside stores the only row of a request as one that waits for mail.
func (b *bundle) putAside(id string) {
	b.t.Helper()
	b.change(id, func(inv *onboard.Invitation, _ *onboard.Claim) {
		inv.Email, inv.State, inv.Code = meddledRow, onboard.Deferred, onboard.CodeMailQuota
		inv.RetryAt, inv.DueAt = time.Now(), time.Now()
	}, false)
}

// A delivery that only ends a row, or puts it aside, has asked the pool nothing. It
// gives way to everything that happened since it read the row.
func TestAnEndingGivesWayToAnotherDelivery(t *testing.T) {
	t.Parallel()
	invite := func(b *bundle, batch []onboard.Delivery) {
		b.worker.Deliver(b.t.Context(), batch)
	}
	for _, test := range []struct {
		name   string
		before func(b *bundle, id string)                           // the delivery
		worker func(b *bundle, s onboard.System) *onboard.Worker    // which delivers
		meddle func(b *bundle, id string, batch []onboard.Delivery) // before its write
		want   string
	}{
		{
			name: "given up by the dead-letter worker", before: func(*bundle, string) {},
			worker: func(_ *bundle, s onboard.System) *onboard.Worker { return s.DeadLetterWorker() },
			meddle: func(b *bundle, _ string, batch []onboard.Delivery) { invite(b, batch) },
			want:   "invited 1",
		},
		{
			name: "given up while one that was put aside is attempted", before: (*bundle).putAside,
			worker: func(_ *bundle, s onboard.System) *onboard.Worker { return s.DeadLetterWorker() },
			meddle: func(b *bundle, id string, _ []onboard.Delivery) {
				b.change(id, func(inv *onboard.Invitation, claim *onboard.Claim) {
					claim.Holder, inv.Attempts = onboard.Holder{RequestID: id, Row: 1, Token: "other"}, 1
				}, true)
			},
			want: "deferred mail_quota_exhausted 1",
		},
		{
			name: "put aside for a pause", before: (*bundle).pauseFor,
			worker: func(_ *bundle, s onboard.System) *onboard.Worker { return s.Worker() },
			meddle: func(b *bundle, id string, batch []onboard.Delivery) {
				if _, err := b.admin.Resume(b.t.Context(), id, "root"); err != nil {
					b.t.Fatal(err)
				}
				invite(b, batch)
			},
			want: "invited 1",
		},
		{
			name: "canceled", before: func(b *bundle, id string) {
				if _, err := b.admin.Cancel(b.t.Context(), id, "root"); err != nil {
					b.t.Fatal(err)
				}
			},
			worker: func(_ *bundle, s onboard.System) *onboard.Worker { return s.Worker() },
			meddle: func(b *bundle, id string, batch []onboard.Delivery) { // by one that read the request before that
				w := b.over(before{b.store}).Worker()
				w.Deliver(b.t.Context(), batch)
			},
			want: "invited 1",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				r := b.submit(onboard.Options{}, meddledRow)
				test.before(b, r.ID)
				batch, err := b.queue.Receive(t.Context(), onboard.BatchSize, 0)
				if err != nil || len(batch) != 1 {
					t.Fatalf("%d deliveries, %v", len(batch), err)
				}
				s := b.over(&meddled{Store: b.store, meddle: func() error { test.meddle(b, r.ID, batch); return nil }})
				test.worker(b, s).Deliver(t.Context(), batch)
				if got := b.outcomes(r.ID)[1]; got != test.want {
					t.Errorf("the row is %q, want %q, which the other delivery made of it", got, test.want)
				}
				if n := b.pool.MailsTo(meddledRow); n > 1 {
					t.Errorf("%d mails", n)
				}
				b.checkCounts(b.request(r.ID))
			})
		})
	}
}

// pauseFor pauses a request as a worker does that the pool refuses.
func (b *bundle) pauseFor(id string) {
	b.t.Helper()
	r := b.request(id)
	r.Phase, r.Pause = onboard.Paused, &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "no rights", Since: time.Now()}
	if err := b.store.SaveRequest(b.t.Context(), r, onboard.Tally{}); err != nil {
		b.t.Fatal(err)
	}
}

// before is a store that knows of no cancellation yet.
type before struct{ onboard.Store }

func (s before) Request(ctx context.Context, id string) (onboard.Request, error) {
	r, err := s.Store.Request(ctx, id)
	r.Phase = onboard.Running
	return r, err
}

// lossy is a store whose first write of a row has no effect and gets no answer,
// because another process came first.
type lossy struct {
	onboard.Store
	meddle func()
	done   atomic.Bool
}

func (s *lossy) Save(ctx context.Context, w onboard.Write) error {
	if s.done.CompareAndSwap(false, true) {
		s.meddle()
		return errDown
	}
	return s.Store.Save(ctx, w)
}

// A write whose answer was lost is looked for in the store. What another process
// wrote there in the same version is not it.
func TestALostWriteIsNotTakenForAnothers(t *testing.T) {
	t.Parallel()
	for name, worker := range map[string]func(onboard.System) *onboard.Worker{
		"to claim the address": onboard.System.Worker,
		"to give the row up":   onboard.System.DeadLetterWorker,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				r := b.submit(onboard.Options{}, meddledRow)
				s := b.over(&lossy{Store: b.store, meddle: func() {
					b.change(r.ID, func(inv *onboard.Invitation, claim *onboard.Claim) {
						inv.Email, inv.State, inv.Attempts = meddledRow, onboard.Pending, 1
						claim.Holder, claim.Until = onboard.Holder{RequestID: r.ID, Row: 1, Token: "other"}, time.Now().Add(onboard.Lease)
						claim.Trail = onboard.Trail{By: onboard.Holder{RequestID: r.ID, Row: 1}, From: time.Now(), To: time.Now().Add(onboard.Lease)}
					}, true)
				}})
				s.Observe = func(o onboard.Observation) {
					if o.State != "" {
						t.Errorf("this delivery says that it settled the row as %s", o.State)
					}
				}
				b.deliver(b.queue, worker(s), onboard.WorkerTimeout)
				if got := b.outcomes(r.ID)[1]; got != "pending 1" {
					t.Errorf("the row is %q, want it left to the other delivery", got)
				}
				if n := b.pool.MailsTo(meddledRow); n != 0 {
					t.Errorf("%d mails for an address that another delivery holds", n)
				}
			})
		})
	}
}
