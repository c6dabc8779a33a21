package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// What a delivery of the property test waits for, as a worker's does.
const (
	longestWait = 35 * time.Second      // a worker's time less what an attempt may need
	lateness    = 50 * time.Millisecond // after its time a call may still leave
	mostLead    = 10 * time.Second
	slowest     = 1200 * time.Millisecond // a call to the store
)

// deed is what one worker does next: it takes turns for some calls, or changes the lane.
type deed struct {
	pause  time.Duration // before it
	calls  int           // that it takes turns for, unless 0
	mail   bool
	isNew  bool
	dies   bool // when it has its places
	cuts   bool
	closes time.Duration // the lane for mail, unless 0
	heard  int           // calls without a clear answer; -1: a clear one
}

var anyDeed = rapid.Custom(func(t *rapid.T) deed {
	ms := func(most int, what string) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(t, what)) * time.Millisecond
	}
	return deed{
		pause: ms(3000, "pause"), calls: rapid.IntRange(0, 12).Draw(t, "calls"),
		mail: rapid.Bool().Draw(t, "mail"), isNew: rapid.Bool().Draw(t, "new"),
		dies:   rapid.IntRange(0, 9).Draw(t, "dies") == 0,
		cuts:   rapid.IntRange(0, 5).Draw(t, "cuts") == 0,
		closes: time.Duration(max(0, rapid.IntRange(-20, 5).Draw(t, "closes"))) * time.Second,
		heard:  rapid.IntRange(-3, 8).Draw(t, "heard"),
	}
})

// books counts what becomes of places.
type books struct {
	onboard.PaceStore
	slow func() time.Duration // how long a call takes, half of it before its effect

	mu            sync.Mutex
	given, called int
	lost, dead    int
	faults        []error
}

func (b *books) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, fmt.Errorf(format, args...))
}

// Reserve checks that the line never ends further ahead than the longest wait of a
// worker, a lead, and one block.
func (b *books) Reserve(ctx context.Context, lane string, want onboard.Want) (onboard.Reservation, error) {
	half := b.slow() / 2
	time.Sleep(half)
	r, err := b.PaceStore.Reserve(ctx, lane, want)
	if now := time.Now(); err == nil && r.Refused == "" {
		if ahead := r.Cell.Reserved.Sub(now); ahead > longestWait+want.Lead+want.Span {
			b.fault("the line ends %s ahead after a lead of %s and a block of %s", ahead, want.Lead, want.Span)
		}
		if want.Mail && r.Cell.ClosedUntil.After(now) {
			b.fault("a call with mail has a place in a lane that is closed until %s", r.Cell.ClosedUntil)
		}
	}
	time.Sleep(half)
	return r, err
}

// Whatever workers reserve, however slow the store is, and whatever becomes of
// the pace, the lane and the workers meanwhile: the line is never reserved further
// ahead than somebody can use, and every place is called at, lost because the
// store was slow, or held by a worker that died.
func TestPlacesGoToWhoCanUseThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(draw *rapid.T) {
		quota := rapid.Float64Range(0.05, 60).Draw(draw, "quota")
		slow := rapid.SliceOfN(rapid.IntRange(1, int(slowest.Milliseconds())), 1, 20).Draw(draw, "store in ms")
		workers := rapid.SliceOfN(rapid.SliceOfN(anyDeed, 1, 12), 1, 6).Draw(draw, "workers")
		var b *books
		synctest.Test(t, func(t *testing.T) { b = live(t, quota, slow, workers) })
		if err := errors.Join(b.faults...); err != nil {
			draw.Fatal(err)
		}
		if b.given != b.called+b.lost+b.dead {
			draw.Fatalf("%d places given, %d called at, %d lost, %d of workers that died", b.given, b.called, b.lost, b.dead)
		}
	})
}

func live(t *testing.T, quota float64, slow []int, workers [][]deed) *books {
	var mu sync.Mutex
	next := 0
	b := &books{PaceStore: memory.NewStore(), slow: func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		next++
		return time.Duration(slow[next%len(slow)]) * time.Millisecond
	}}
	var all sync.WaitGroup
	for _, deeds := range workers {
		p := onboard.NewPace(b, onboard.LaneCreate, quota, 1)
		all.Go(func() {
			for _, d := range deeds {
				time.Sleep(d.pause)
				if err := b.do(t.Context(), p, d); err != nil {
					b.fault("%+v: %w", d, err)
				}
			}
		})
	}
	all.Wait()
	return b
}

func (b *books) do(ctx context.Context, p *onboard.Pace, d deed) error {
	for range d.heard {
		p.Hear(onboard.ErrUnclear)
	}
	if d.heard == -1 {
		p.Hear(nil)
	}
	if d.cuts {
		if err := p.Throttled(ctx, time.Now()); err != nil {
			return err
		}
	}
	if d.closes > 0 {
		if err := p.Close(ctx, time.Now().Add(d.closes)); err != nil {
			return err
		}
	}
	return b.takeTurns(ctx, p, d)
}

// takeTurns does as a worker does that knows nothing of how slow the store is: it
// doubles its lead with each place that it loses.
func (b *books) takeTurns(ctx context.Context, p *onboard.Pace, d deed) error {
	until := time.Now().Add(longestWait)
	lost := 0
	for left := d.calls; left > 0; {
		lead := time.Duration(0)
		if lost > 0 {
			lead = min(lateness<<min(lost, 8), mostLead)
		}
		block, err := p.Reserve(ctx, onboard.Demand{Calls: left, Lead: lead, Until: until, Since: until.Add(-longestWait), Mail: d.mail, New: d.isNew})
		if err != nil || block.Len() == 0 {
			return err
		}
		b.mu.Lock()
		b.given += block.Len()
		b.mu.Unlock()
		if d.dies {
			b.count(&b.dead, block.Len())
			return nil
		}
		before := left
		for i := range block.Len() {
			if block.At(i).After(until.Add(slowest)) {
				b.fault("a place is %s after it is of use", block.At(i).Sub(until))
			}
			time.Sleep(time.Until(block.At(i)))
			if time.Since(block.At(i)) > lateness {
				b.count(&b.lost, 1)
				continue
			}
			b.count(&b.called, 1)
			left--
		}
		if left == before {
			if lost++; lost > 8 {
				return fmt.Errorf("%d places lost one after another", lost)
			}
		}
	}
	return nil
}

func (b *books) count(what *int, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*what += n
}
