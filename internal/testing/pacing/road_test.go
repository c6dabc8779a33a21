package pacing_test

import (
	"math/rand/v2"
	"sync"
	"time"
)

// span is a range that the time of a call is drawn from, every value as likely.
type span struct{ least, most time.Duration }

// How long calls take within one Region.
var (
	// poolTime is a whole call to the pool.
	poolTime = span{least: 50 * time.Millisecond, most: 250 * time.Millisecond}

	// poolWay is the part of it before the pool counts the call: the network and
	// the service's front door.
	poolWay = span{least: 1 * time.Millisecond, most: 10 * time.Millisecond}

	// storeTime is a whole call to the store or the queue. Its effect is half-way.
	storeTime = span{least: 5 * time.Millisecond, most: 20 * time.Millisecond}

	// slowSpell is such a call while the store is slow: see [setup].
	slowSpell = span{least: 300 * time.Millisecond, most: 800 * time.Millisecond}
)

// quietTime is after how long a call to a pool that is out of reach ends.
const quietTime = time.Second

// road makes calls take their time. It is safe for concurrent use.
type road struct {
	mu      sync.Mutex
	rand    *rand.Rand
	store   span
	spells  bool
	follows map[string]bool // by lane: whether the last reservation followed another
}

func newRoad(seed uint64) *road {
	return &road{rand: rand.New(rand.NewPCG(seed, seed)), follows: map[string]bool{}}
}

func (r *road) draw(s span) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return s.least + time.Duration(r.rand.Int64N(int64(s.most-s.least)+1))
}

// luck draws from [0, 1).
func (r *road) luck() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rand.Float64()
}

// around runs do half-way through a call to the store or the queue.
func (r *road) around(do func() error) error {
	times := r.store
	if r.spells && time.Now().Unix()%15 < 5 {
		times = slowSpell
	}
	half := r.draw(times) / 2
	time.Sleep(half)
	err := do()
	time.Sleep(half)
	return err
}

func (s span) String() string { return s.least.String() + " to " + s.most.String() }
