package onboard_test

import (
	"context"
	"sync"
	"time"

	"usher.example/internal/onboard"
)

// reply is one scripted answer of a pool.
type reply struct {
	err    error
	effect bool // the call has its effect; only its answer is replaced
	panics bool
}

// times returns the same reply n times.
func times(n int, r reply) []reply {
	replies := make([]reply, n)
	for i := range replies {
		replies[i] = r
	}
	return replies
}

// scriptedPool gives the first calls of each kind the answers of its script, and
// all further ones to the pool behind it.
type scriptedPool struct {
	onboard.Pool

	mu                             sync.Mutex
	invites, resends, looks, joins []reply
	log                            []string // the calls in their order
}

func (p *scriptedPool) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	return p.answer("invite", &p.invites, func() (onboard.User, error) { return p.Pool.Invite(ctx, ask) })
}

func (p *scriptedPool) Resend(ctx context.Context, email string) (onboard.User, error) {
	return p.answer("resend", &p.resends, func() (onboard.User, error) { return p.Pool.Resend(ctx, email) })
}

func (p *scriptedPool) Look(ctx context.Context, email string) (onboard.User, error) {
	return p.answer("look", &p.looks, func() (onboard.User, error) { return p.Pool.Look(ctx, email) })
}

func (p *scriptedPool) AddToGroup(ctx context.Context, email, group string) error {
	_, err := p.answer("join", &p.joins, func() (onboard.User, error) {
		return onboard.User{}, p.Pool.AddToGroup(ctx, email, group)
	})
	return err
}

func (p *scriptedPool) answer(call string, script *[]reply, do func() (onboard.User, error)) (onboard.User, error) {
	p.mu.Lock()
	p.log = append(p.log, call)
	var r reply
	scripted := len(*script) > 0
	if scripted {
		r, *script = (*script)[0], (*script)[1:]
	}
	p.mu.Unlock()
	if !scripted {
		return do()
	}
	if r.effect {
		_, _ = do() // its answer is lost
	}
	if r.panics {
		panic("scripted")
	}
	return onboard.User{}, r.err
}

// calls returns the calls so far, in their order.
func (p *scriptedPool) calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.log...)
}

// faultyQueue is a queue whose calls a test may replace.
type faultyQueue struct {
	onboard.Queue
	send  func(ctx context.Context, messages []onboard.Message, delay time.Duration) error
	delay func(ctx context.Context, d onboard.Delivery, wait time.Duration) error
}

func (q *faultyQueue) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	if q.send != nil {
		return q.send(ctx, messages, delay)
	}
	return q.Queue.Send(ctx, messages, delay)
}

func (q *faultyQueue) Delay(ctx context.Context, d onboard.Delivery, wait time.Duration) error {
	if q.delay != nil {
		return q.delay(ctx, d, wait)
	}
	return q.Queue.Delay(ctx, d, wait)
}

// faultyStore is a store that fails where a test says so: with an error from
// before a call does not happen, with one from after its answer is lost. Both are
// given the method's name.
type faultyStore struct {
	onboard.Store
	before, after func(method string) error
}

func (s *faultyStore) around(method string, do func() error) error {
	if s.before != nil {
		if err := s.before(method); err != nil {
			return err
		}
	}
	err := do()
	if err == nil && s.after != nil {
		return s.after(method)
	}
	return err
}

func (s *faultyStore) CreateRequest(ctx context.Context, r onboard.Request, key *onboard.Key) error {
	return s.around("CreateRequest", func() error { return s.Store.CreateRequest(ctx, r, key) })
}

func (s *faultyStore) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	return s.around("SaveRequest", func() error { return s.Store.SaveRequest(ctx, r, delta) })
}

func (s *faultyStore) Save(ctx context.Context, w onboard.Write) error {
	return s.around("Save", func() error { return s.Store.Save(ctx, w) })
}

func (s *faultyStore) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	return s.around("SaveCell", func() error { return s.Store.SaveCell(ctx, lane, c) })
}

func (s *faultyStore) Request(ctx context.Context, id string) (r onboard.Request, err error) {
	err = s.around("Request", func() error { r, err = s.Store.Request(ctx, id); return err })
	return r, err
}

func (s *faultyStore) Key(ctx context.Context, id string) (k onboard.Key, err error) {
	err = s.around("Key", func() error { k, err = s.Store.Key(ctx, id); return err })
	return k, err
}

func (s *faultyStore) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error {
	return s.around("Spend", func() error { return s.Store.Spend(ctx, counter, n, limit, expires) })
}

func (s *faultyStore) Spent(ctx context.Context, counter string) (sum int, err error) {
	err = s.around("Spent", func() error { sum, err = s.Store.Spent(ctx, counter); return err })
	return sum, err
}

func (s *faultyStore) Load(ctx context.Context, id string, row int, address string) (inv onboard.Invitation, c onboard.Claim, err error) {
	err = s.around("Load", func() error { inv, c, err = s.Store.Load(ctx, id, row, address); return err })
	return inv, c, err
}

func (s *faultyStore) Claims(ctx context.Context, addresses []string) (claims map[string]onboard.Claim, err error) {
	err = s.around("Claims", func() error { claims, err = s.Store.Claims(ctx, addresses); return err })
	return claims, err
}

func (s *faultyStore) ListInvitations(ctx context.Context, id string, after, limit int) (list []onboard.Invitation, err error) {
	err = s.around("ListInvitations", func() error { list, err = s.Store.ListInvitations(ctx, id, after, limit); return err })
	return list, err
}

func (s *faultyStore) DueInvitations(ctx context.Context, now time.Time, after onboard.Due, limit int) (list []onboard.Invitation, err error) {
	err = s.around("DueInvitations", func() error { list, err = s.Store.DueInvitations(ctx, now, after, limit); return err })
	return list, err
}

func (s *faultyStore) OpenRequests(ctx context.Context, after string, limit int) (list []onboard.Request, err error) {
	err = s.around("OpenRequests", func() error { list, err = s.Store.OpenRequests(ctx, after, limit); return err })
	return list, err
}

func (s *faultyStore) SaveManifest(ctx context.Context, id string, parts []onboard.ManifestPart, expires time.Time) error {
	return s.around("SaveManifest", func() error { return s.Store.SaveManifest(ctx, id, parts, expires) })
}

func (s *faultyStore) ManifestPart(ctx context.Context, id string, after int) (part onboard.ManifestPart, err error) {
	err = s.around("ManifestPart", func() error { part, err = s.Store.ManifestPart(ctx, id, after); return err })
	return part, err
}

func (s *faultyStore) ReplaceManifestPart(ctx context.Context, id string, read onboard.ManifestPart, data []byte) error {
	return s.around("ReplaceManifestPart", func() error { return s.Store.ReplaceManifestPart(ctx, id, read, data) })
}

func (s *faultyStore) DropClaim(ctx context.Context, c onboard.Claim) error {
	return s.around("DropClaim", func() error { return s.Store.DropClaim(ctx, c) })
}

func (s *faultyStore) SaveRecord(ctx context.Context, r onboard.Record) error {
	return s.around("SaveRecord", func() error { return s.Store.SaveRecord(ctx, r) })
}

func (s *faultyStore) Reserve(ctx context.Context, lane string, want onboard.Want) (r onboard.Reservation, err error) {
	err = s.around("Reserve", func() error { r, err = s.Store.Reserve(ctx, lane, want); return err })
	return r, err
}

func (s *faultyStore) Cell(ctx context.Context, lane string) (c onboard.Cell, err error) {
	err = s.around("Cell", func() error { c, err = s.Store.Cell(ctx, lane); return err })
	return c, err
}

// failing returns a fault that hits the given calls of one method, counted from 1.
func failing(method string, err error, nth ...int) func(string) error {
	var mu sync.Mutex
	calls := 0
	return func(called string) error {
		if called != method {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		calls++
		for _, n := range nth {
			if n == calls || n == always {
				return err
			}
		}
		return nil
	}
}

// always stands for every call in [failing].
const always = -1
