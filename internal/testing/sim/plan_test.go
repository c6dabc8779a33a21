package sim_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// plan is what a seed says about its schedule beforehand: how large the world
// is and which kinds of trouble it has. Kinds are switched on and off for whole
// schedules, as some hide others.
type plan struct {
	seed    uint64
	rows    int // of all requests together, at the beginning
	workers int
	batch   int
	quota   float64 // calls per second
	part    float64 // of the quota that usher takes
	tries   int     // failures after which a row is given up

	startsAt   time.Duration // after midnight
	faultsFor  time.Duration
	share      float64 // of the calls that go wrong
	onlyPool   bool    // only calls to the pool do
	kinds      [faults]bool
	most       int // faults
	visibility time.Duration
	slowness   time.Duration // of slow calls, at most
	latency    time.Duration // of other calls to the pool, at most
	store      storeTimes
	twins      bool
	echoes     bool
	lostAcks   bool
	hurried    bool // some invocations have little time
	skewed     bool // clocks differ
	poolAhead  time.Duration

	mailQuota   int
	leavesUser  bool
	unmarked    bool // a mail that goes out again does not change its user
	readLag     time.Duration
	notMailed   float64
	mailRate    float64 // mails a second that the sender takes; 0: no limit
	refuses     bool
	refusesMail bool          // to somebody, once the user is there
	brokenFrom  time.Duration // the pool is not set up from then
	brokenUntil time.Duration // to then
	brokenMail  bool          // only its mails are not
	silentUntil time.Duration // the pool answers nobody from the beginning to then

	people     int           // whose addresses are submitted
	hands      int           // users who are deleted, or made, by hand
	purgedAt   time.Duration // when the queue loses all it has; 0: never
	purgesDead bool          // the dead-letter queue too
	forged     int           // messages that usher did not write
	maxOpen    time.Duration // of a request
	retention  time.Duration // after that

	files    bool            // the state is in files of one machine, which ends and is started again
	restarts []time.Duration // when, each after the one before
	naps     []nap

	requests []order
	before   []string // who has a user at the beginning
	acts     int      // of administrators

	reporting reporting
	persons   int           // for whom something is done
	claimLag  time.Duration // of those who read many claims
	scans     scanning
	erasures  int // of a person or a request
}

// order is one submission that will be made.
type order struct {
	onboard.Order
	after time.Duration
	twice bool // made twice at once
}

// later is within what time those act who are in no hurry: when only mail is
// waited for, or all is long over.
const later = 30 * time.Hour

// size says how large a world is to be.
type size struct{ rows, workers int }

// newPlan draws the plan of a seed.
func newPlan(seed uint64, s size) plan {
	rng := rand.New(rand.NewPCG(seed, 0xfeed))
	p := plan{
		seed: seed, rows: s.rows, workers: s.workers,
		batch: 1 + rng.IntN(onboard.BatchSize), quota: oneOf(rng, 0.3, 1, 2, 5, 20, 50, 50, 500), part: onboard.DefaultShare,
		tries:    oneOf(rng, onboard.MaxFailures, onboard.MaxFailures, 2, 1),
		startsAt: time.Duration(rng.Int64N(int64(24 * time.Hour))), faultsFor: oneOf(rng, time.Minute, 5*time.Minute, 30*time.Minute),
		visibility: oneOf(rng, onboard.Visibility, onboard.Visibility, 30*time.Second, 5*time.Second),
		latency:    oneOf(rng, 200*time.Millisecond, 200*time.Millisecond, 3*time.Second, 9*time.Second),
		slowness:   oneOf(rng, 2*time.Second, 15*time.Second, 80*time.Second),
	}
	p.drawSize(rng)
	p.drawFaults(rng)
	p.drawPool(rng)
	p.drawPeople(rng)
	p.drawLosses(rng)
	if p.store.often || p.store.spells || p.quota*p.part < 2 {
		// What takes long must not be given out again meanwhile, each time: nobody
		// would ever acknowledge it.
		p.visibility = onboard.Visibility
	}
	p.drawSilence(rng)
	p.drawSender(rand.New(rand.NewPCG(seed, 0x5e4d)))
	p.drawReporting(rand.New(rand.NewPCG(seed, 0xe5e5)))
	p.drawPersons(rand.New(rand.NewPCG(seed, 0x9e05)))
	p.drawScans(rand.New(rand.NewPCG(seed, 0x5ca9)))
	p.drawErasures(rand.New(rand.NewPCG(seed, 0xe4a5)))
	return p
}

// storeTimes is how long calls to the store take.
type storeTimes struct {
	most   time.Duration // of a usual call
	least  time.Duration // of any call
	often  bool          // every call takes time, not one in four
	spells bool          // for 5 s of every 15 s calls take up to a second
}

// drawSize draws how much there is to do, and how fast it can go.
func (p *plan) drawSize(rng *rand.Rand) {
	if rng.IntN(4) == 0 {
		p.part = oneOf(rng, 0.05, 0.2, 0.5)
	}
	p.store.most = 20 * time.Millisecond
	if rng.IntN(3) == 0 {
		p.store = storeTimes{most: oneOf(rng, time.Millisecond, 150*time.Millisecond, 250*time.Millisecond, time.Second), often: true, spells: rng.IntN(2) == 0}
		p.store.least = oneOf(rng, 0, p.store.most/2)
	}
	switch {
	case rng.IntN(250) == 0: // a whole school
		p.rows, p.workers, p.batch, p.quota, p.part = p.rows*(10+rng.IntN(60)), 1+rng.IntN(20), onboard.BatchSize, oneOf(rng, 5.0, 20, 50), onboard.DefaultShare
	case rng.IntN(20) == 0:
		p.workers = 1 + rng.IntN(12)
	}
}

// drawSender draws how many mails a second the pool's sender takes. It has draws of its
// own, so that the other schedules stay as they are.
func (p *plan) drawSender(rng *rand.Rand) {
	if rng.IntN(5) == 0 {
		p.mailRate = oneOf(rng, 0.2, 1, 5, 14)
	}
}

// drawSilence has the pool answer nobody for a while, and nothing else go wrong.
func (p *plan) drawSilence(rng *rand.Rand) {
	if rng.IntN(12) > 0 {
		return
	}
	p.silentUntil = oneOf(rng, time.Minute, 5*time.Minute, 20*time.Minute)
	p.share, p.brokenUntil, p.twins, p.echoes, p.lostAcks, p.hurried = 0, 0, false, false, false, false
	p.visibility, p.readLag, p.faultsFor = onboard.Visibility, 0, max(p.faultsFor, p.silentUntil)
}

func (p *plan) drawFaults(rng *rand.Rand) {
	p.share, p.most = oneOf(rng, 0.01, 0.03, 0.08, 0.15), 1+rng.IntN(60)
	for f := range p.kinds {
		p.kinds[f] = rng.IntN(2) == 0
	}
	p.twins, p.echoes, p.lostAcks, p.hurried = rng.IntN(3) == 0, rng.IntN(3) == 0, rng.IntN(3) == 0, rng.IntN(3) == 0
	p.skewed = rng.IntN(2) == 0
	switch rng.IntN(9) {
	case 0: // nothing goes wrong
		p.share, p.twins, p.echoes, p.lostAcks, p.hurried, p.skewed = 0, false, false, false, false, false
		p.visibility = onboard.Visibility
	case 1: // only throttling
		p.twins, p.echoes, p.lostAcks, p.hurried, p.kinds = false, false, false, false, [faults]bool{throttled: true}
		p.share, p.most, p.visibility, p.faultsFor = 0.5, 400, onboard.Visibility, 30*time.Minute
	case 2: // so much that attempts are used up
		p.share, p.most, p.faultsFor, p.onlyPool = 0.85, 5+rng.IntN(60), 10*time.Minute, true
		p.visibility = oneOf(rng, p.visibility, 5*time.Second)
		p.kinds[tooSlow], p.kinds[lostAnswer], p.kinds[throttled] = true, true, false
	}
	if p.skewed {
		p.poolAhead = skew(rng)
	}
}

func (p *plan) drawPool(rng *rand.Rand) {
	if rng.IntN(3) == 0 {
		p.mailQuota, p.leavesUser = 1+rng.IntN(5), rng.IntN(2) == 0
		if rng.IntN(2) == 0 { // the day's mail is renewed in a moment
			p.startsAt = 9*time.Hour - time.Duration(rng.Int64N(int64(p.faultsFor)))
		}
	}
	if rng.IntN(3) == 0 {
		p.readLag = time.Duration(rng.Int64N(int64(3 * time.Second)))
	}
	if rng.IntN(5) == 0 {
		p.notMailed = 0.2
	}
	p.refuses, p.unmarked = rng.IntN(5) == 0, rng.IntN(6) == 0
	p.refusesMail = rng.IntN(5) == 0 && p.readLag == 0 // a look that lags behind does not show who exists
	p.brokenMail = rng.IntN(2) == 0
	if rng.IntN(4) == 0 {
		p.brokenFrom = time.Duration(rng.Int64N(int64(10 * time.Second)))
		p.brokenUntil = p.brokenFrom + time.Duration(rng.Int64N(int64(p.faultsFor-p.brokenFrom)))
	}
}

// drawLosses draws what a queue and the time may do to a request as a whole.
func (p *plan) drawLosses(rng *rand.Rand) {
	p.maxOpen, p.retention = onboard.DefaultMaxOpen, retention
	if rng.IntN(4) == 0 {
		p.maxOpen, p.retention = later+time.Duration(rng.Int64N(int64(48*time.Hour))), 4*24*time.Hour
	}
	if rng.IntN(6) == 0 {
		p.purgedAt, p.purgesDead = 1+time.Duration(rng.Float64()*rng.Float64()*float64(p.faultsFor)), rng.IntN(2) == 0
	}
	if rng.IntN(4) == 0 {
		p.forged = 1 + rng.IntN(4)
	}
	if rng.IntN(5) == 0 {
		p.hands = 1 + rng.IntN(6)
	}
	if rng.IntN(20) == 0 {
		p.drawAnew(rng)
	}
}

// drawAnew has people submitted again and again, deleted by hand in between, and
// mailed or not, as it happens.
func (p *plan) drawAnew(rng *rand.Rand) {
	p.hands, p.notMailed, p.mailQuota, p.brokenUntil = 5+rng.IntN(20), 0.4, 0, 0
	p.share, p.most, p.onlyPool, p.kinds[lostAnswer] = 0.3, 60, true, true
	for i := range p.requests {
		p.requests[i].after = time.Duration(rng.Int64N(int64(p.faultsFor)))
	}
}

func (p *plan) drawPeople(rng *rand.Rand) {
	people := 1 + rng.IntN(p.rows)
	if rng.IntN(3) == 0 {
		people = 1 + rng.IntN(4)
	}
	p.people = people
	for i := range people {
		if rng.IntN(6) == 0 {
			p.before = append(p.before, address(i))
		}
	}
	spread := oneOf(rng, 0, time.Second, 20*time.Second)
	for left, n := p.rows, 0; left > 0; n++ {
		rows := 1 + rng.IntN(left)
		left -= rows
		o := order{after: time.Duration(rng.Float64() * float64(spread))}
		if rng.IntN(8) == 0 {
			o.after = time.Duration(rng.Int64N(int64(later)))
		}
		o.Submission, o.By = submission(rng, rows, people), "ann"
		o.Options = drawOptions(rng)
		if rng.IntN(2) == 0 {
			o.KeyID, o.BodyHash, o.twice = fmt.Sprintf("key-%d", n), "body", rng.IntN(4) == 0
		}
		p.requests = append(p.requests, o)
	}
	if rng.IntN(2) == 0 {
		p.acts = 1 + rng.IntN(4)
	}
}

func submission(rng *rand.Rand, rows, people int) onboard.Submission {
	var sub onboard.Submission
	for i := range rows {
		row := onboard.Row{Number: i + 1, Person: onboard.Person{Email: address(rng.IntN(people))}}
		switch rng.IntN(20) {
		case 0:
			row.Email = "nobody"
		case 1:
			row.Email = "P" + row.Email[1:]
		case 2:
			row.Groups = []string{"staff"}
		case 3:
			row.Groups = []string{"staff", "ghosts"}
		case 6:
			row.Groups = []string{"staff", owners}
		case 4, 5:
			row.Groups = []string{"staff", "club"}
		}
		sub.Rows = append(sub.Rows, row)
	}
	if anyGood := sub.Rows[0]; anyGood.Email == "nobody" {
		sub.Rows[0].Email = address(0)
	}
	return sub
}

func drawOptions(rng *rand.Rand) onboard.Options {
	o := onboard.Options{OnExisting: onboard.Skip, Mail: onboard.Send}
	switch rng.IntN(8) {
	case 0:
		o.OnExisting = onboard.Resend
	case 1:
		o.OnExisting, o.Force = onboard.Resend, true
	case 2:
		o.Mail = onboard.Suppress
	}
	return o
}

// poolFaults says how the pool behaves; broken: while it is not set up; silent:
// while it answers nobody.
func (p plan) poolFaults(broken, silent bool) memory.Faults {
	f := memory.Faults{ReadLag: p.readLag, ListLag: p.scans.lag, NotMailed: p.notMailed}
	if broken && !p.brokenMail {
		f.Misconfigured = "AccessDeniedException"
	}
	f.Answer = func(op memory.Op, email string) *onboard.PoolError {
		if silent {
			return errUnclear
		}
		if p.refuses && op == memory.OpInvite && email == address(1) {
			return triggered(onboard.ErrRefused, beforeTheUser)
		}
		return nil
	}
	f.MailAnswer = func(_ memory.Op, email string) *onboard.PoolError {
		switch {
		case broken && p.brokenMail:
			return triggered(onboard.ErrMisconfigured, afterTheUser)
		case p.refusesMail && email == address(2):
			return triggered(onboard.ErrRefused, afterTheUser)
		}
		return nil
	}
	return f
}

// When a trigger answered. The pool does not say; the audit has to know.
const (
	beforeTheUser = "a trigger, before there was a user"
	afterTheUser  = "a trigger, once the user was there"
)

// triggered is the pool's answer after a trigger's.
func triggered(class error, when string) *onboard.PoolError {
	answer := &onboard.PoolError{Class: class, Detail: when, Unmailed: true}
	if class == onboard.ErrRefused {
		answer.Code = onboard.CodeRefusedByTrigger
	}
	return answer
}

// leavesUserBehind reports whether a call to create a user made one though it
// brought err.
func (p plan) leavesUserBehind(err error) bool {
	var answer *onboard.PoolError
	switch {
	case errors.Is(err, onboard.ErrNotMailed):
		return true
	case errors.Is(err, onboard.ErrMailQuota):
		return p.leavesUser
	}
	return errors.As(err, &answer) && answer.Detail == afterTheUser
}

// patience is how long after the last fault the last row has ended: as many days
// as the mail takes at worst, and what a message may wait in between.
func (p plan) patience() time.Duration {
	days := 6
	if p.mailQuota > 0 {
		days += p.rows * (1 + p.acts) / p.mailQuota // each act may ask for every mail again
	}
	return time.Duration(days) * 24 * time.Hour
}

// calm reports whether nothing is going to go wrong at all.
func (p plan) calm() bool {
	return p.share == 0 && p.brokenUntil == 0 && p.silentUntil == 0 && p.purgedAt == 0 && p.forged == 0
}

// onlyThrottled reports whether the worst that happens is to be turned away. A
// queue that gives out again what is still being worked on is worse.
func (p plan) onlyThrottled() bool {
	return (p.share == 0 || p.kinds == [faults]bool{throttled: true}) && p.visibility == onboard.Visibility &&
		!p.twins && !p.echoes && !p.lostAcks && !p.hurried && p.readLag == 0
}

func address(i int) string { return fmt.Sprintf("p%02d@example.org", i) }

// maxSkew is the most by which any two clocks differ, half of it from the
// middle either way.
const maxSkew = 5 * time.Second

func skew(rng *rand.Rand) time.Duration {
	return time.Duration(rng.Int64N(int64(maxSkew))) - maxSkew/2
}

func oneOf[T any](rng *rand.Rand, choices ...T) T { return choices[rng.IntN(len(choices))] }
