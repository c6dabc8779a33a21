package local

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"usher.example/internal/eventsource"
	"usher.example/internal/onboard"
)

// life is that of one generation of workers. Once it has ended, nothing that they call
// has any effect, and no answer reaches them: to all others they look like a process
// that was killed.
type life struct {
	endsAt int64 // the invitation during which it ends, counted from 1; 0: none

	invites atomic.Int64
	over    atomic.Bool
	unheard atomic.Int64 // calls to the pool that had their effect, and whose answer nobody heard
	died    chan struct{}
}

func newLife(endsAt int64) *life { return &life{endsAt: endsAt, died: make(chan struct{})} }

var errKilled = errors.New("this worker was killed")

// end ends the life, once.
func (l *life) end() {
	if l.over.CompareAndSwap(false, true) {
		close(l.died)
	}
}

func (l *life) err() error {
	if l.over.Load() {
		return errKilled
	}
	return nil
}

// mortalPool is a pool as mortal workers reach it. It counts the calls that got no
// answer.
type mortalPool struct {
	onboard.Pool
	life    *life
	unclear *atomic.Int64
}

func (p mortalPool) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	u, err := p.heard(func() (onboard.User, error) {
		u, err := p.Pool.Invite(ctx, ask)
		if err == nil && p.life.invites.Add(1) == p.life.endsAt {
			p.life.end()
		}
		return u, err
	})
	return u, err
}

func (p mortalPool) Resend(ctx context.Context, email string) (onboard.User, error) {
	return p.heard(func() (onboard.User, error) { return p.Pool.Resend(ctx, email) })
}

func (p mortalPool) Look(ctx context.Context, email string) (onboard.User, error) {
	return p.heard(func() (onboard.User, error) { return p.Pool.Look(ctx, email) })
}

func (p mortalPool) AddToGroup(ctx context.Context, email, group string) error {
	_, err := p.heard(func() (onboard.User, error) { return onboard.User{}, p.Pool.AddToGroup(ctx, email, group) })
	return err
}

// heard makes a call, and loses its answer if its caller was killed meanwhile.
func (p mortalPool) heard(call func() (onboard.User, error)) (onboard.User, error) {
	if p.life.over.Load() {
		return onboard.User{}, &onboard.PoolError{Class: onboard.ErrUnclear}
	}
	u, err := call()
	if errors.Is(err, onboard.ErrUnclear) {
		p.unclear.Add(1)
	}
	if p.life.over.Load() {
		p.life.unheard.Add(1)
		return onboard.User{}, &onboard.PoolError{Class: onboard.ErrUnclear}
	}
	return u, err
}

// mortalStore is a store as mortal workers reach it: what they write after their end is
// not written.
type mortalStore struct {
	onboard.Store
	life *life
}

func (s mortalStore) Save(ctx context.Context, w onboard.Write) error {
	if err := s.life.err(); err != nil {
		return err
	}
	return s.Store.Save(ctx, w)
}

func (s mortalStore) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	if err := s.life.err(); err != nil {
		return err
	}
	return s.Store.SaveRequest(ctx, r, delta)
}

func (s mortalStore) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error {
	if err := s.life.err(); err != nil {
		return err
	}
	return s.Store.Spend(ctx, counter, n, limit, expires)
}

func (s mortalStore) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	if err := s.life.err(); err != nil {
		return onboard.Reservation{}, err
	}
	return s.Store.Reserve(ctx, lane, want)
}

func (s mortalStore) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	if err := s.life.err(); err != nil {
		return err
	}
	return s.Store.SaveCell(ctx, lane, c)
}

// mortalQueue is a queue as mortal workers reach it: what they had received comes again.
type mortalQueue struct {
	queue
	life *life
}

// queue is both sides of a queue.
type queue interface {
	onboard.Queue
	eventsource.Queue
}

func (q mortalQueue) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	if err := q.life.err(); err != nil {
		return err
	}
	return q.queue.Send(ctx, messages, delay)
}

func (q mortalQueue) Delay(ctx context.Context, d onboard.Delivery, wait time.Duration) error {
	if err := q.life.err(); err != nil {
		return err
	}
	return q.queue.Delay(ctx, d, wait)
}

func (q mortalQueue) ReceiveRaw(ctx context.Context, most int, wait time.Duration) ([]eventsource.RawDelivery, error) {
	if err := q.life.err(); err != nil {
		return nil, err
	}
	return q.queue.ReceiveRaw(ctx, most, wait)
}

func (q mortalQueue) DeleteBatch(handles []string) error {
	if err := q.life.err(); err != nil {
		return err
	}
	return q.queue.DeleteBatch(handles)
}

// doubling is a queue that delivers every nth message twice, as SQS may.
type doubling struct {
	queue
	nth     int64
	sent    atomic.Int64
	doubled atomic.Int64
}

func (q *doubling) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	var again []onboard.Message
	for _, m := range messages {
		if q.sent.Add(1)%q.nth == 0 {
			again = append(again, m)
		}
	}
	if err := q.queue.Send(ctx, messages, delay); err != nil {
		return err
	}
	q.doubled.Add(int64(len(again)))
	return q.queue.Send(ctx, again, delay)
}
