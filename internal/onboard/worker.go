package onboard

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

const (
	// WorkerTimeout is how long one delivery of a batch may take; the worker
	// function's Timeout in template.yaml is held to it by a test.
	WorkerTimeout = 60 * time.Second

	// Visibility is how long a delivered message stays hidden from other workers.
	// Longer than a worker's time, or its messages would be delivered again while
	// it works; and as long as the trail of an attempt, for a row whose worker died
	// can be attempted no sooner. So it is back within two minutes. The AWS Lambda
	// Developer Guide ("Using Lambda with Amazon SQS") recommends six times the
	// function's timeout, as room for batches that Lambda could not hand out; a
	// message that is delivered twice does no harm here.
	Visibility = WorkerTimeout + 30*time.Second

	// BatchSize is how many messages one delivery holds at most (Amazon SQS API
	// Reference, "ReceiveMessage").
	BatchSize = 10

	// MaxFailures is how many failed deliveries an invitation may have; then it
	// is settled as failed with CodeAttemptsExhausted. It is the queue's
	// maxReceiveCount too.
	MaxFailures = 5

	// Lease is how long a claim holds. Its holder's worker is stopped by then,
	// whatever became of it, on any clock within clockSkew of ours.
	Lease = WorkerTimeout + 2*clockSkew

	// CallTimeout bounds one call to the pool.
	CallTimeout = 10 * time.Second

	// reach is how long after its start an attempt may still have its effect:
	// the call's own time, and as much again for one that the pool goes on with
	// after we have stopped listening.
	reach = 2 * CallTimeout

	// attemptBudget is the worst case of one attempt: look, call and settle. A
	// worker with less time left starts none. Groups have a budget of their own.
	attemptBudget = 2*CallTimeout + storeTimeout

	// callBudget is the worst case of an attempt that waits for its call only.
	callBudget = CallTimeout + storeTimeout

	// groupBudget is the worst case of adding one group, and settling.
	groupBudget = CallTimeout + storeTimeout
)

// Worker judges deliveries: each ends with an outcome, a deferral, or goes back
// to the queue. Its fields are set once, before use; it is then safe for
// concurrent use.
type Worker struct {
	Pool  Pool
	Queue Queue
	Store Store

	// The paces of LaneCreate and LaneGroup; nil for a dead-letter queue's worker,
	// which creates and mails nobody.
	Pace      *Pace
	GroupPace *Pace

	// MaxFailures is how many failed deliveries an invitation may have. With 0
	// nothing is attempted any more and every delivery is settled: what the
	// dead-letter queue's worker does.
	MaxFailures int

	// PasswordLife is how long a mailed temporary password works.
	PasswordLife time.Duration

	// Retention is how long claims are kept.
	Retention time.Duration

	Log *slog.Logger

	// Observe, unless nil, is told how each delivery ended.
	Observe func(Observation)

	// Random gives numbers in [0,1) for jitter and Token names that no two
	// deliveries share; nil for the usual sources.
	Random func() float64
	Token  func() string
}

// Observation is how one delivery ended, for metrics and logs.
type Observation struct {
	RequestID string
	Row       int
	State     State // "" when the invitation was not settled by this delivery
	Code      Code
	Attempts  int
	Throttled bool
	Dropped   bool          // the message was not usher's, or its request is no more
	Age       time.Duration // since the message was put on the queue
	Err       error         // why the delivery failed; nil unless it did
}

// Deliver judges the deliveries of one batch side by side and returns the IDs
// of those that must stay on the queue; the others are done with. It returns
// before ctx's deadline: what it has no time for goes back untouched. A panic in
// one delivery fails that one only.
func (w *Worker) Deliver(ctx context.Context, batch []Delivery) (kept []string) {
	ends := make([]end, len(batch))
	tasks := make([]*task, len(batch))
	requests := w.readRequests(ctx, batch)

	each(batch, func(i int) {
		tasks[i], ends[i] = w.guarded(ctx, batch[i], func() (*task, end) { return w.prepare(ctx, batch[i], requests[batch[i].RequestID]) })
	})
	w.pursueAll(ctx, batch, tasks, ends)
	each(batch, func(i int) {
		ends[i].keep = w.finish(ctx, batch[i], interrupted(ctx, ends[i]))
	})
	w.countMails(ctx, mailsOf(ends))
	for i, e := range ends {
		if e.keep {
			kept = append(kept, batch[i].ID)
		}
	}
	return kept
}

// each calls f for every delivery at once and returns when all are done.
func each(batch []Delivery, f func(i int)) {
	var wg sync.WaitGroup
	for i := range batch {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// guarded keeps a panic in one delivery from ending the others.
func (w *Worker) guarded(ctx context.Context, d Delivery, f func() (*task, end)) (x *task, e end) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(ctx, "panic in a delivery", "request_id", d.RequestID, "row", d.Row, "stack", string(debug.Stack()))
			x, e = nil, failed("panic in this delivery; its stack is in the log")
		}
	}()
	return f()
}

// prepare reads what is known of the delivery's row. With a nil task the delivery
// has ended: it is of no row, or of one that has nothing to wait for.
func (w *Worker) prepare(ctx context.Context, d Delivery, read readRequest) (*task, end) {
	switch {
	case errors.Is(read.err, ErrNotFound):
		return nil, dropped("its request does not exist, or has expired")
	case read.err != nil:
		return nil, w.storeFailed("read the request", read.err)
	}
	r, now := read.request, time.Now()
	switch {
	case !d.HasSeal(r.SealKey):
		return nil, dropped("it lacks the seal of its request: usher did not write it")
	case d.Round < r.Round:
		return nil, end{kind: done} // that round is over
	case d.Round > r.Round && read.asked.After(r.AcceptedUntil):
		return nil, end{kind: done, err: errors.New("dropped: its round was never begun")}
	case d.Round > r.Round:
		return nil, later(roundWait, "its round has not begun")
	case d.State != "":
		return nil, w.settleJudged(ctx, d, r)
	}
	asked := time.Now()
	inv, claim, err := w.Store.Load(ctx, d.RequestID, d.Row, FoldAddress(d.Email))
	if err != nil {
		return nil, w.storeFailed("read the invitation", err)
	}
	if inv.Version == 0 {
		inv = d.Invitation()
	}
	x := newTask(d, r, inv, claim)
	x.closes = d.closesAs(r, w.MaxFailures, now)
	x.storeTime = max(read.took, time.Since(asked))
	return x, end{}
}

// roundWait is how long a message waits for its round to begin.
const roundWait = 2 * time.Second

// outOfTime reports whether work that begins at the given time and may need
// budget could outlast ctx.
func outOfTime(ctx context.Context, begin time.Time, budget time.Duration) bool {
	deadline, ok := ctx.Deadline()
	return ok && deadline.Sub(begin) < budget || ctx.Err() != nil
}

func (w *Worker) random() float64 {
	if w.Random != nil {
		return w.Random()
	}
	return defaultRandom()
}

func (w *Worker) token() string {
	if w.Token != nil {
		return w.Token()
	}
	return rand.Text()
}

// batchRequests are the requests of a batch's messages, each read once.
type batchRequests map[string]readRequest

type readRequest struct {
	request Request
	err     error

	// asked is when the read began: what was read is no older than that. The answer
	// may have taken long, and the next round may have begun since.
	asked time.Time
	took  time.Duration
}

// readRequests reads the requests of a batch.
func (w *Worker) readRequests(ctx context.Context, batch []Delivery) batchRequests {
	found := batchRequests{}
	for _, d := range batch {
		found[d.RequestID] = readRequest{}
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		asked := time.Now()
		r, err := w.Store.Request(ctx, id)
		found[id] = readRequest{r, err, asked, time.Since(asked)}
	}
	return found
}
