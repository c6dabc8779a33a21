package sqlite

import (
	"context"
	"sync"
	"time"
)

// clock is the machine's time of day, and says by how much it was moved while the process
// was open: by the time that the machine has slept, or by somebody who set it.
//
// What is kept goes by the time of day, because it outlives the process. The process's
// own timeouts, and so the calls that it has under way, go by a clock that nobody sets,
// and which on Linux and macOS stops while the machine sleeps (golang/go#36141).
type clock struct {
	wall  func() time.Time
	awake func() time.Duration // since any moment, without sleep

	mu     sync.Mutex
	offset time.Duration // of the time of day from the time awake, when the file's times were right last
}

// newClock returns the clock that a configuration asks for.
func newClock(cfg Config) *clock {
	c := &clock{wall: cfg.Clock, awake: cfg.Awake}
	if c.wall == nil {
		c.wall = func() time.Time { return time.Now().Round(0) }
	}
	if c.awake == nil {
		c.awake = awakeSince(time.Now())
	}
	c.offset = c.measured()
	return c
}

func (c *clock) measured() time.Duration { return time.Duration(c.wall().UnixNano()) - c.awake() }

// moved returns by how much the clock was moved since [clock.accept]; 0: not so much that
// it matters.
func (c *clock) moved() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	by := c.measured() - c.offset
	if by.Abs() < leastMove {
		return 0
	}
	return by
}

// accept takes note that the file's times have followed a move.
func (c *clock) accept(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += by
}

// leastMove is what a clock may be moved without consequence: leases and trails allow
// for twice as much between the clocks of two machines, and this is one machine.
const leastMove = 5 * time.Second

// ready is to be called before each read: nothing may be read whose times have yet to
// follow a clock that was moved.
func (f *file) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil || f.writer.follow == nil || f.writer.clock.moved() == 0 {
		return err
	}
	return f.writer.do(ctx, func(*statements) error { return nil }) // every transaction begins with it
}
