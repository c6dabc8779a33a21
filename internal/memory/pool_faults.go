package memory

import (
	"encoding/binary"
	"hash/fnv"
	"time"

	"usher.example/internal/onboard"
)

// Faults says what goes wrong at a pool. Shares are between 0 and 1;
// which calls they hit depends on the pool's seed, the call, the address and how
// often that call was made for it, and on nothing else.
type Faults struct {
	// Throttled is the share of calls turned away though the pool's rates would
	// let them through: others in the same account use up the quota.
	Throttled float64

	// LostCalls is the share of calls that never reach the pool's code,
	// LostAnswers the share that has its effect but whose answer is lost. Either
	// way the caller gets [onboard.ErrUnclear].
	LostCalls   float64
	LostAnswers float64

	// NotMailed is the share of mails that cannot be sent, NotMailedTo picks
	// addresses to which none can.
	NotMailed   float64
	NotMailedTo func(email string) bool

	// ReadLag is how long a new user cannot be found by name.
	ReadLag time.Duration

	// ListLag is how far lists of users are behind what becomes of them.
	ListLag time.Duration

	// Misconfigured is the error code that every call gets because the pool is
	// not set up, such as "ResourceNotFoundException"; "" means that it is.
	Misconfigured string

	// Answer, if it returns an error, is the pool's answer in place of any effect:
	// a trigger that refuses, a password that breaks the policy, an unknown code.
	Answer func(op Op, email string) *onboard.PoolError

	// MailAnswer, if it returns an error, is the pool's answer in place of a mail: a user
	// who was to be created exists then.
	MailAnswer func(op Op, email string) *onboard.PoolError

	// Sender, unless nil, is the answer of the account behind the sender when it is asked.
	Sender error
}

// SetFaults changes what goes wrong from now on. The functions in f are called
// with the pool's mutex held and must not call the pool.
func (p *Pool) SetFaults(f Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = f
}

// The kinds of fault that are drawn by share.
const (
	throttled  = "throttled"
	lostCall   = "lost call"
	lostAnswer = "lost answer"
	notMailed  = "not mailed"
)

// drawKey names a series of draws.
type drawKey struct {
	kind   string
	op     Op
	folded string
}

// drawn reports whether a fault with this share happens this time. The caller
// holds the mutex.
func (p *Pool) drawn(kind string, op Op, email string, share float64) bool {
	if share <= 0 {
		return false
	}
	key := drawKey{kind, op, p.fold(email)}
	nth := p.draws[key]
	p.draws[key]++
	h := fnv.New64a()
	var b []byte
	b = binary.LittleEndian.AppendUint64(b, p.seed)
	b = binary.LittleEndian.AppendUint64(b, uint64(nth))
	_, _ = h.Write(b) // never fails
	_, _ = h.Write([]byte(kind + "\x00" + string(op) + "\x00" + key.folded))
	return unit(h.Sum64()) < share
}

// unit spreads a hash over [0, 1).
func unit(h uint64) float64 {
	h ^= h >> 33 // FNV leaves the high bits of short inputs alike: mix them
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return float64(h>>11) / (1 << 53)
}

// mailAnswer returns what goes wrong with a mail to an address this time, nil if
// nothing does.
func (p *Pool) mailAnswer(op Op, email string) error {
	if p.faults.MailAnswer != nil {
		if answer := p.faults.MailAnswer(op, email); answer != nil {
			return answer
		}
	}
	if p.undeliverable(op, email) && !p.sendsByTrigger() { // Cognito does not hear from the trigger
		return answerNotMailed()
	}
	return nil
}

// undeliverable reports whether a mail to an address cannot be sent this time.
func (p *Pool) undeliverable(op Op, email string) bool {
	if p.refusesMail(email) || p.faults.NotMailedTo != nil && p.faults.NotMailedTo(email) {
		return true
	}
	return p.drawn(notMailed, op, email, p.faults.NotMailed)
}
