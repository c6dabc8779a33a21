package pacing_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// process is what one worker process runs on. Once it is dead nothing of it
// leaves any more, and no call that is on its way comes back to it.
type process struct {
	road *road
	died chan struct{} // closed when it dies
	skew time.Duration // its clock is ahead by this much
}

func newProcess(s setup, i int) *process {
	p := &process{road: newRoad(s.seed + uint64(i)), died: make(chan struct{})}
	p.road.store, p.road.spells = s.store, s.spells
	if p.road.store == (span{}) {
		p.road.store = storeTime
	}
	p.skew = time.Duration(i%3-1) * s.skew
	return p
}

// alive holds a dead process's goroutine until its ctx ends.
func (p *process) alive(ctx context.Context) error {
	select {
	case <-p.died:
		<-ctx.Done()
		return ctx.Err()
	default:
		return nil
	}
}

// call makes one call of the process that takes its time.
func (p *process) call(ctx context.Context, do func() error) error {
	if err := p.alive(ctx); err != nil {
		return err
	}
	err := p.road.around(do)
	return errors.Join(err, p.alive(ctx))
}

// storePort is the store as one process reaches it.
type storePort struct {
	onboard.Store
	at   *process
	line *lineLog
}

func (s storePort) Request(ctx context.Context, id string) (r onboard.Request, err error) {
	err = s.at.call(ctx, func() error { r, err = s.Store.Request(ctx, id); return err })
	return r, err
}

func (s storePort) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	return s.at.call(ctx, func() error { return s.Store.SaveRequest(ctx, r, delta) })
}

func (s storePort) Load(ctx context.Context, id string, row int, address string) (inv onboard.Invitation, c onboard.Claim, err error) {
	err = s.at.call(ctx, func() error { inv, c, err = s.Store.Load(ctx, id, row, address); return err })
	return inv, c, err
}

func (s storePort) Save(ctx context.Context, w onboard.Write) error {
	return s.at.call(ctx, func() error { return s.Store.Save(ctx, w) })
}

func (s storePort) Reserve(ctx context.Context, lane string, want onboard.Want) (r onboard.Reservation, err error) {
	skew := s.at.skew
	want.Latest, want.Answers.ClearAt = moved(want.Latest, skew), moved(want.Answers.ClearAt, skew)
	if !s.at.guess(lane, s.fits(ctx, lane, want)) { // DynamoDB is asked twice then
		if err := s.at.call(ctx, func() error { return nil }); err != nil {
			return r, err
		}
		s.line.asked(lane, false, time.Time{})
	}
	want.Now = standing(time.Now().Add(skew)) // read before the call leaves
	err = s.at.call(ctx, func() error { r, err = s.Store.Reserve(ctx, lane, want); return err })
	s.line.asked(lane, r.Refused == "" && err == nil, r.Cell.Reserved)
	r.Start, r.Cell = moved(r.Start, -skew), movedCell(r.Cell, -skew)
	return r, err
}

// fits reports whether the next reservation would follow the last one at once.
func (s storePort) fits(ctx context.Context, lane string, want onboard.Want) (follows bool) {
	c, err := s.Store.Cell(ctx, lane)
	return err == nil && c.Reserved.After(time.Now().Add(s.at.skew+want.Lead))
}

func standing(now time.Time) func() time.Time { return func() time.Time { return now } }

// guess reports whether the process expects what is the case: what was last time.
func (p *process) guess(lane string, follows bool) bool {
	p.road.mu.Lock()
	defer p.road.mu.Unlock()
	right := p.road.follows[lane] == follows
	p.road.follows[lane] = follows
	return right
}

func moved(t time.Time, by time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(by)
}

func movedCell(c onboard.Cell, by time.Duration) onboard.Cell {
	c.Reserved, c.ClearAt = moved(c.Reserved, by), moved(c.ClearAt, by)
	c.Cut.At, c.MailCut.At, c.ClosedUntil = moved(c.Cut.At, by), moved(c.MailCut.At, by), moved(c.ClosedUntil, by)
	return c
}

func (s storePort) Cell(ctx context.Context, lane string) (c onboard.Cell, err error) {
	err = s.at.call(ctx, func() error { c, err = s.Store.Cell(ctx, lane); return err })
	return movedCell(c, -s.at.skew), err
}

func (s storePort) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	return s.at.call(ctx, func() error { return s.Store.SaveCell(ctx, lane, movedCell(c, s.at.skew)) })
}

// queuePort is the queue as one process reaches it. It sends as many batches at
// once as the queue over SQS does.
type queuePort struct {
	*memory.Queue
	at *process
}

func (q queuePort) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	const batch, atOnce = 10, 32
	for len(messages) > 0 {
		n := min(batch*atOnce, len(messages))
		if err := q.at.call(ctx, func() error { return q.Queue.Send(ctx, messages[:n], delay) }); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

func (q queuePort) Delay(ctx context.Context, d onboard.Delivery, wait time.Duration) error {
	return q.at.call(ctx, func() error { return q.Queue.Delay(ctx, d, wait) })
}

// loss is how often calls to the pool get lost, as shares of all. Lost on the way
// there, a call never comes to the pool; on the way back, it has its effect.
type loss struct{ calls, answers float64 }

// poolPort is the pool as one process reaches it. It notes when calls of each
// lane leave, and which of them the pool took.
type poolPort struct {
	onboard.Pool
	at    *process
	way   span
	loss  loss
	quiet span     // from when to when no call gets there
	log   *callLog // of the lane of creations
	joins *callLog // of the lane of groups
}

func (p poolPort) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	return p.timed(ctx, p.log, func() (onboard.User, error) { return p.Pool.Invite(ctx, ask) })
}

func (p poolPort) Resend(ctx context.Context, email string) (onboard.User, error) {
	return p.timed(ctx, p.log, func() (onboard.User, error) { return p.Pool.Resend(ctx, email) })
}

func (p poolPort) Look(ctx context.Context, email string) (onboard.User, error) {
	return p.timed(ctx, nil, func() (onboard.User, error) { return p.Pool.Look(ctx, email) })
}

func (p poolPort) AddToGroup(ctx context.Context, email, group string) error {
	_, err := p.timed(ctx, p.joins, func() (onboard.User, error) { return onboard.User{}, p.Pool.AddToGroup(ctx, email, group) })
	return err
}

// timed carries one call there and back, and notes it unless log is nil.
func (p poolPort) timed(ctx context.Context, log *callLog, do func() (onboard.User, error)) (onboard.User, error) {
	if err := p.at.alive(ctx); err != nil {
		return onboard.User{}, err
	}
	road := p.at.road
	there := road.draw(p.way)
	back := max(0, road.draw(poolTime)-there)
	luck := road.luck()
	if log != nil {
		log.leaves()
	}
	if now := time.Since(p.log.began); now >= p.quiet.least && now < p.quiet.most {
		<-time.After(quietTime)
		return onboard.User{}, fmt.Errorf("no answer: %w", onboard.ErrUnclear)
	}
	time.Sleep(there)
	if luck < p.loss.calls {
		time.Sleep(back)
		return onboard.User{}, fmt.Errorf("no answer: %w", onboard.ErrUnclear)
	}
	user, err := do()
	if log != nil {
		log.arrived(!errors.Is(err, onboard.ErrThrottled))
	}
	time.Sleep(back)
	if dead := p.at.alive(ctx); dead != nil {
		return onboard.User{}, dead
	}
	if luck < p.loss.calls+p.loss.answers {
		return onboard.User{}, fmt.Errorf("no answer: %w", onboard.ErrUnclear)
	}
	return user, err
}
