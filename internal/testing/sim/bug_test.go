package sim_test

import (
	"context"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// bug is something wrong with usher on purpose, to see that the simulation
// finds it.
type bug struct {
	name string

	// ports wraps what an actor reaches the world through.
	ports func(a *actor, p ports) ports

	acksFirst    bool // messages are acknowledged before they are judged
	anyGroup     bool // the workers put people into every group
	keepsNothing bool // messages are acknowledged whatever the worker says
	sleepless    bool // the state does not learn that the machine has slept

	plan func(plan) plan // where it shows; nil: in every plan
}

// ill is a bug in how the store is used. Functions that are nil are well.
type ill struct {
	onboard.Store
	load        func(requestID string, row int, inv *onboard.Invitation, c *onboard.Claim)
	save        func(ctx context.Context, w onboard.Write) error
	request     func(r *onboard.Request)
	saveRequest func(ctx context.Context, r onboard.Request, delta onboard.Tally) error
	create      func(ctx context.Context, r onboard.Request, key *onboard.Key) error
	reserve     func(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error)
	saveCell    func(ctx context.Context, lane string, c onboard.Cell) error
	cell        func(c *onboard.Cell)
	spend       func(n int) int
	open        func(list []onboard.Request) []onboard.Request
	claims      func(c *onboard.Claim)
	list        func(list []onboard.Invitation)
	record      func(r *onboard.Record)
	saveRecord  func(ctx context.Context, r onboard.Record) error
	replace     func(ctx context.Context, requestID string, read onboard.ManifestPart, data []byte) error
	noteMails   func(ctx context.Context, requestID string, of map[int]onboard.MailDelivery, expires time.Time) error
	manifest    func(ctx context.Context, requestID string, parts []onboard.ManifestPart, expires time.Time) error
}

func (s ill) OpenRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	list, err := s.Store.OpenRequests(ctx, after, limit)
	if err == nil && s.open != nil {
		list = s.open(list)
	}
	return list, err
}

func (s ill) SaveManifest(ctx context.Context, requestID string, parts []onboard.ManifestPart, expires time.Time) error {
	if s.manifest != nil {
		return s.manifest(ctx, requestID, parts, expires)
	}
	return s.Store.SaveManifest(ctx, requestID, parts, expires)
}

func (s ill) Cell(ctx context.Context, lane string) (onboard.Cell, error) {
	c, err := s.Store.Cell(ctx, lane)
	if err == nil && s.cell != nil {
		s.cell(&c)
	}
	return c, err
}

func (s ill) Claims(ctx context.Context, addresses []string) (map[string]onboard.Claim, error) {
	found, err := s.Store.Claims(ctx, addresses)
	if s.claims == nil {
		return found, err
	}
	for address, c := range found {
		c.History = slices.Clone(c.History)
		s.claims(&c)
		found[address] = c
	}
	return found, err
}

func (s ill) ListInvitations(ctx context.Context, requestID string, after, limit int) ([]onboard.Invitation, error) {
	list, err := s.Store.ListInvitations(ctx, requestID, after, limit)
	if s.list != nil {
		s.list(list)
	}
	return list, err
}

func (s ill) Record(ctx context.Context, name string) (onboard.Record, error) {
	r, err := s.Store.Record(ctx, name)
	if s.record != nil {
		s.record(&r)
	}
	return r, err
}

func (s ill) SaveRecord(ctx context.Context, r onboard.Record) error {
	if s.saveRecord != nil {
		return s.saveRecord(ctx, r)
	}
	return s.Store.SaveRecord(ctx, r)
}

func (s ill) ReplaceManifestPart(ctx context.Context, requestID string, read onboard.ManifestPart, data []byte) error {
	if s.replace != nil {
		return s.replace(ctx, requestID, read, data)
	}
	return s.Store.ReplaceManifestPart(ctx, requestID, read, data)
}

func (s ill) NoteMails(ctx context.Context, requestID string, of map[int]onboard.MailDelivery, expires time.Time) error {
	if s.noteMails != nil {
		return s.noteMails(ctx, requestID, of, expires)
	}
	return s.Store.NoteMails(ctx, requestID, of, expires)
}

func (s ill) Load(ctx context.Context, requestID string, row int, address string) (onboard.Invitation, onboard.Claim, error) {
	inv, c, err := s.Store.Load(ctx, requestID, row, address)
	if err == nil && s.load != nil {
		s.load(requestID, row, &inv, &c)
	}
	return inv, c, err
}

func (s ill) Save(ctx context.Context, w onboard.Write) error {
	if s.save != nil {
		return s.save(ctx, w)
	}
	return s.Store.Save(ctx, w)
}

func (s ill) Request(ctx context.Context, id string) (onboard.Request, error) {
	r, err := s.Store.Request(ctx, id)
	if err == nil && s.request != nil {
		s.request(&r)
	}
	return r, err
}

func (s ill) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	if s.saveRequest != nil {
		return s.saveRequest(ctx, r, delta)
	}
	return s.Store.SaveRequest(ctx, r, delta)
}

func (s ill) CreateRequest(ctx context.Context, r onboard.Request, key *onboard.Key) error {
	if s.create != nil {
		return s.create(ctx, r, key)
	}
	return s.Store.CreateRequest(ctx, r, key)
}

func (s ill) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	if s.reserve != nil {
		return s.reserve(ctx, lane, want)
	}
	return s.Store.Reserve(ctx, lane, want)
}

func (s ill) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	if s.saveCell != nil {
		return s.saveCell(ctx, lane, c)
	}
	return s.Store.SaveCell(ctx, lane, c)
}

func (s ill) Spend(ctx context.Context, counter string, n, limit int, expires time.Time) error {
	if s.spend != nil {
		n = s.spend(n)
	}
	return s.Store.Spend(ctx, counter, n, limit, expires)
}

// sick is a bug in how the pool is used.
type sick struct {
	onboard.Pool
	invite func(ctx context.Context, ask onboard.Ask) (onboard.User, error)
	look   func(email string, u *onboard.User)
	join   func(ctx context.Context, email, group string) error
}

func (s sick) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	if s.invite != nil {
		return s.invite(ctx, ask)
	}
	return s.Pool.Invite(ctx, ask)
}

func (s sick) Look(ctx context.Context, email string) (onboard.User, error) {
	u, err := s.Pool.Look(ctx, email)
	if err == nil && s.look != nil {
		s.look(email, &u)
	}
	return u, err
}

func (s sick) AddToGroup(ctx context.Context, email, group string) error {
	if s.join != nil {
		return s.join(ctx, email, group)
	}
	return s.Pool.AddToGroup(ctx, email, group)
}

// deaf is a bug in how the queue is used.
type deaf struct {
	onboard.Queue
	send func(ctx context.Context, messages []onboard.Message, delay time.Duration) error
}

func (q deaf) Send(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
	return q.send(ctx, messages, delay)
}
