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
	// WorkerTimeout is how long one delivery of a batch may take. A test checks the
	// worker function's Timeout in template.yaml against it.
	WorkerTimeout = 60 * time.Second

	// Visibility is how long a delivered message stays hidden from other workers. It is
	// longer than a worker's time, or messages would be delivered again while the
	// worker works; and as long as the trail of an attempt, because a row whose worker
	// died cannot be attempted sooner. So such a row is back within two minutes. The
	// AWS Lambda Developer Guide ("Using Lambda with Amazon SQS") recommends six times
	// the function's timeout, as room for batches that Lambda could not deliver; here a
	// message that is delivered twice does no harm.
	Visibility = WorkerTimeout + 30*time.Second

	// BatchSize is how many messages one delivery holds at most (Amazon SQS API
	// Reference, "ReceiveMessage").
	BatchSize = 10

	// MaxFailures is how many failed deliveries an invitation may have; then it
	// is settled as failed with CodeAttemptsExhausted. It is the queue's
	// maxReceiveCount too.
	MaxFailures = 5

	// Lease is how long a claim holds. Its holder's worker has been stopped by then, on
	// any clock within clockSkew of ours.
	Lease = WorkerTimeout + 2*clockSkew

	// CallTimeout bounds one call to the pool.
	CallTimeout = 10 * time.Second

	// reach is how long after its start an attempt may still have its effect: the
	// call's own time, and as much again for a call that the pool continues after we
	// have stopped waiting.
	reach = 2 * CallTimeout

	// attemptBudget is the worst case of one attempt: look, call and settle. A worker
	// with less time left starts no attempt. Groups have their own budget.
	attemptBudget = 2*CallTimeout + storeTimeout

	// callBudget is the worst case of an attempt that only has its call left.
	callBudget = CallTimeout + storeTimeout

	// groupBudget is the worst case of adding one group, and settling.
	groupBudget = CallTimeout + storeTimeout
)

// Worker works on deliveries: each ends with an outcome or a deferral, or goes back
// to the queue. Its fields are set once, before use; it is then safe for concurrent
// use.
type Worker struct {
	Pool  Pool
	Queue Queue
	Store Store

	// The paces of LaneCreate and LaneGroup; nil for a dead-letter queue's worker,
	// which creates and mails nobody.
	Pace      *Pace
	GroupPace *Pace

	// MaxFailures is how many failed deliveries an invitation may have. With 0 every
	// delivery is settled without an attempt, as the dead-letter queue's worker does.
	MaxFailures int

	// PasswordLife is how long a mailed temporary password works.
	PasswordLife time.Duration

	// Retention is how long claims are kept.
	Retention time.Duration

	// Groups says into which groups people may be put.
	Groups GroupRule

	Log *slog.Logger

	// Observe, unless nil, is called with how each delivery ended.
	Observe func(Observation)

	// Random returns numbers in [0,1) for jitter, and Token names that no two
	// deliveries share; nil means the usual sources.
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

	// Administrator says that the person was put into the administrators' group.
	Administrator bool

	Dropped bool          // the message was not usher's, or its request does not exist any more
	Age     time.Duration // since the message was put on the queue
	Err     error         // why the delivery failed; nil unless it did
}

// Deliver works on the deliveries of one batch side by side and returns the IDs of
// those that must stay on the queue; the others can be taken off. It returns before
// ctx's deadline: rows that it has no time for go back untouched. A panic in one
// delivery fails only that one.
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
		return nil, end{kind: done, err: errors.New("dropped: its round never began")}
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
	x.closes = x.closesAs(w.MaxFailures, w.Groups, now)
	x.storeTime = max(read.took, time.Since(asked))
	return x, end{}
}

// roundWait is how long a message waits for its round to begin.
const roundWait = 2 * time.Second

// outOfTime reports whether work that begins at the given time and needs up to budget
// could outlast ctx.
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
