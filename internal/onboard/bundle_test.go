package onboard_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/eventsource"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// bundle is all of usher over memory, for one test in a synctest bubble.
type bundle struct {
	t     *testing.T
	store *memory.Store
	queue *memory.Queue
	pool  *memory.Pool

	system    onboard.System
	submitter *onboard.Submitter
	admin     *onboard.Administration
	worker    *onboard.Worker
	dead      *onboard.Worker
	requeuer  *onboard.Requeuer

	halts []func() // what ends what runs in the background
}

func newBundle(t *testing.T, cfg memory.PoolConfig) *bundle {
	t.Helper()
	b := &bundle{t: t, store: memory.NewStore(), pool: memory.NewPool(cfg)}
	b.queue = memory.NewQueue(memory.QueueConfig{VisibilityTimeout: onboard.Visibility, MaxReceiveCount: onboard.MaxFailures})
	var ids atomic.Int64
	b.system = onboard.System{
		Pool: b.pool, Queue: b.queue, DeadLetters: b.queue.DeadLetters(), Store: b.store,
		Settings: onboard.Settings{
			Quota: cfg.CreationRate, RequestsInFlight: -1,
			NewID: func() string { return fmt.Sprintf("request-%03d", ids.Add(1)) },
		},
	}
	b.admin = b.system.Administration()
	b.submitter = b.admin.Submitter
	b.worker, b.dead, b.requeuer = b.system.Worker(), b.system.DeadLetterWorker(), b.system.Requeuer()
	return b
}

// over is the bundle's system with another store.
func (b *bundle) over(store onboard.Store) onboard.System {
	s := b.system
	s.Store = store
	return s
}

// run delivers in the background until the test ends.
func (b *bundle) run() {
	ctx, stop := context.WithCancel(b.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var sources sync.WaitGroup
		sources.Go(func() { _ = b.source(b.queue.DeadLetters(), b.dead).Run(ctx) })
		sources.Go(func() { _ = b.source(b.queue, b.worker).Run(ctx) })
		sources.Wait()
	}()
	b.halted(func() { stop(); <-ended })
}

// halted has the background ended with the test, or earlier by [bundle.idle].
func (b *bundle) halted(halt func()) {
	b.halts = append(b.halts, halt)
	b.t.Cleanup(halt)
}

// idle lets time pass in which there is nothing to do: nobody asks the queue or
// the store meanwhile, which for days would cost real seconds.
func (b *bundle) idle(d time.Duration) {
	for _, halt := range b.halts {
		halt()
	}
	b.halts = nil
	time.Sleep(d)
	b.run()
	b.schedule()
}

func (b *bundle) source(q *memory.Queue, w *onboard.Worker) *eventsource.Source {
	return eventsource.New(eventsource.Config{
		Queue: q, Concurrency: 2, Timeout: onboard.WorkerTimeout,
		Handler: func(ctx context.Context, raw []eventsource.RawDelivery) ([]string, error) {
			batch := make([]onboard.Delivery, len(raw))
			for i, r := range raw {
				d, err := r.Delivery()
				if err != nil {
					return nil, err
				}
				batch[i] = d
			}
			return w.Deliver(ctx, batch), nil
		},
	})
}

// schedule requeues what is due once a minute until the test ends, as the
// stack's schedule does.
func (b *bundle) schedule() {
	ctx, stop := context.WithCancel(b.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(time.Minute); ; {
			select {
			case <-tick.C:
				_, _ = b.requeuer.Run(ctx) // what it could not do it finds again a minute later
			case <-ctx.Done():
				tick.Stop()
				return
			}
		}
	}()
	b.halted(func() { stop(); <-ended })
}

// deliver hands one batch of what can be received now to a worker that has the
// given time left, and takes off the queue what the worker is done with. It
// returns how many messages it handed over and how many of them stay.
func (b *bundle) deliver(q *memory.Queue, w *onboard.Worker, left time.Duration) (handed, kept int) {
	b.t.Helper()
	batch, err := q.Receive(b.t.Context(), onboard.BatchSize, 0)
	if err != nil {
		b.t.Fatalf("receive: %v", err)
	}
	ctx, cancel := context.WithTimeout(b.t.Context(), left)
	defer cancel()
	stays := map[string]bool{}
	for _, id := range w.Deliver(ctx, batch) {
		stays[id] = true
	}
	for _, d := range batch {
		if stays[d.ID] {
			continue
		}
		if err := q.Delete(d.Handle); err != nil {
			b.t.Fatalf("delete: %v", err)
		}
	}
	return len(batch), len(stays)
}

// order is a submission of the addresses, rows numbered from 1.
func order(options onboard.Options, emails ...string) onboard.Order {
	var sub onboard.Submission
	for i, email := range emails {
		sub.Rows = append(sub.Rows, onboard.Row{Number: i + 1, Person: onboard.Person{Email: email}})
	}
	return onboard.Order{Submission: sub, Options: options, By: "root"}
}

// people returns n addresses.
func people(n int) []string {
	emails := make([]string, n)
	for i := range emails {
		emails[i] = fmt.Sprintf("person%05d@example.org", i+1)
	}
	return emails
}

// submit submits the addresses and returns the accepted request.
func (b *bundle) submit(options onboard.Options, emails ...string) onboard.Request {
	b.t.Helper()
	r, _, err := b.submitter.Submit(b.t.Context(), order(options, emails...))
	if err != nil {
		b.t.Fatalf("submit: %v", err)
	}
	return r
}

// request reads a request.
func (b *bundle) request(id string) onboard.Request {
	b.t.Helper()
	r, err := b.store.Request(b.t.Context(), id)
	if err != nil {
		b.t.Fatalf("request %s: %v", id, err)
	}
	return r
}

// await polls until the request is done, for at most the given time, and holds
// its counts to its rows.
func (b *bundle) await(id string, most time.Duration) onboard.Request {
	b.t.Helper()
	step := max(time.Second, most/1000) // days in virtual time cost real time too
	for end := time.Now().Add(most); time.Now().Before(end); time.Sleep(step) {
		if r := b.request(id); r.Done(time.Now()) {
			b.checkCounts(r)
			return r
		}
	}
	b.t.Fatalf("request %s is not done after %s: %+v", id, most, b.request(id).Tally)
	return onboard.Request{}
}

// rows returns all stored invitations of a request by row.
func (b *bundle) rows(id string) map[int]onboard.Invitation {
	b.t.Helper()
	list, err := b.store.ListInvitations(b.t.Context(), id, 0, 100_000)
	if err != nil {
		b.t.Fatalf("list invitations: %v", err)
	}
	rows := map[int]onboard.Invitation{}
	for _, inv := range list {
		rows[inv.Row] = inv
	}
	return rows
}

// stored returns one invitation and the claim on its address.
func (b *bundle) stored(id string, row int, email string) (onboard.Invitation, onboard.Claim) {
	b.t.Helper()
	inv, claim, err := b.store.Load(b.t.Context(), id, row, onboard.FoldAddress(email))
	if err != nil {
		b.t.Fatalf("load request %s row %d: %v", id, row, err)
	}
	return inv, claim
}

// outcomes shows how each row of a request ended: state, code and attempts.
func (b *bundle) outcomes(id string) map[int]string {
	b.t.Helper()
	outcomes := map[int]string{}
	for row, inv := range b.rows(id) {
		outcomes[row] = outcome(inv)
	}
	return outcomes
}

func outcome(inv onboard.Invitation) string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %d", inv.State, inv.Code, inv.Attempts)), " ")
}

// tally returns the counts of a request that are not zero, as a poll shows them now.
func (b *bundle) tally(id string) map[onboard.State]int {
	b.t.Helper()
	counts := b.request(id).Counts(time.Now())
	maps.DeleteFunc(counts, func(_ onboard.State, n int) bool { return n == 0 })
	return counts
}

// mails returns how many mails each address got.
func (b *bundle) mails() map[string]int {
	mails := map[string]int{}
	for _, m := range b.pool.Mailbox() {
		mails[m.To]++
	}
	return mails
}

// wantOneMailEach checks that each address got one mail, and no other address did.
func (b *bundle) wantOneMailEach(emails ...string) {
	b.t.Helper()
	want := map[string]int{}
	for _, email := range emails {
		want[email] = 1
	}
	if diff := cmp.Diff(want, b.mails()); diff != "" {
		b.t.Errorf("mails (-want +got):\n%s", diff)
	}
}

// checkCounts holds the counts of a request that nothing changes now to its
// total and its stored rows.
func (b *bundle) checkCounts(r onboard.Request) {
	b.t.Helper()
	sum := 0
	for _, n := range r.Counts(time.Now()) {
		sum += n
	}
	if sum != r.Total {
		b.t.Errorf("counts of request %s add up to %d of %d: %v", r.ID, sum, r.Total, r.Counts(time.Now()))
	}
	var rows onboard.Tally
	for _, inv := range b.rows(r.ID) {
		rows = rows.Add(onboard.Change(onboard.Invitation{}, inv.Shown(r.Round), r.Round))
	}
	if diff := cmp.Diff(nonZero(rows), nonZero(r.Tally)); diff != "" {
		b.t.Errorf("counts of request %s (-rows +counts):\n%s", r.ID, diff)
	}
}

// nonZero returns what a tally counts, without its zeros.
func nonZero(t onboard.Tally) map[string]int {
	counts := map[string]int{}
	for s, n := range t.States {
		counts["state "+string(s)] = n
	}
	for c, n := range t.Codes {
		counts["code "+string(c)] = n
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}
