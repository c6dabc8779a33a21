package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// step is what one worker does next with the pace.
type step struct {
	reserve int           // so many calls, unless 0
	cut     bool          // reports that it was throttled
	pause   time.Duration // before it
}

var anyStep = rapid.Custom(func(t *rapid.T) step {
	return step{
		reserve: rapid.IntRange(0, 12).Draw(t, "reserve"),
		cut:     rapid.IntRange(0, 4).Draw(t, "cut") == 0,
		pause:   time.Duration(rapid.IntRange(0, 1500).Draw(t, "pause in ms")) * time.Millisecond,
	}
})

// Whatever workers reserve, and however the pace is cut meanwhile: in no second
// are there more call times than the pace at its best, and one for a second that
// begins on a call.
func TestNoSecondHoldsMoreThanThePace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(draw *rapid.T) {
		quota := rapid.Float64Range(0.5, 60).Draw(draw, "quota")
		workers := rapid.SliceOfN(rapid.SliceOfN(anyStep, 1, 30), 1, 6).Draw(draw, "workers")
		var times []time.Time
		var faults []error
		synctest.Test(t, func(t *testing.T) { times, faults = slots(t, quota, workers) })
		if err := errors.Join(faults...); err != nil {
			draw.Fatal(err)
		}
		slices.SortFunc(times, time.Time.Compare)
		allowed, first := int(math.Floor(quota+1)), 0
		for i, at := range times {
			for at.Sub(times[first]) >= time.Second {
				first++
			}
			if n := i - first + 1; n > allowed {
				draw.Fatalf("%d calls within the second from %s, want at most %d at %.3f a second", n, times[first], allowed, quota)
			}
		}
	})
}

// slots lets workers that know nothing of each other take their steps side by
// side, and returns all call times that they were given and what went wrong.
func slots(t *testing.T, quota float64, workers [][]step) (times []time.Time, faults []error) {
	store := slowStore{memory.NewStore()}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, steps := range workers {
		p := onboard.NewPace(store, onboard.LaneCreate, quota, 1)
		all.Go(func() {
			for _, s := range steps {
				time.Sleep(s.pause)
				mine, err := s.take(t.Context(), p)
				mu.Lock()
				times, faults = append(times, mine...), append(faults, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return times, faults
}

func (s step) take(ctx context.Context, p *onboard.Pace) (times []time.Time, err error) {
	if s.cut {
		if err := p.Throttled(ctx, time.Now()); err != nil {
			return nil, err
		}
	}
	if s.reserve == 0 {
		return nil, nil
	}
	began := time.Now()
	block, err := p.Reserve(ctx, demand(s.reserve))
	if err != nil {
		return nil, err
	}
	for i := range block.Len() {
		if times = append(times, block.At(i)); times[i].Before(began) {
			return nil, fmt.Errorf("call %d of %+v is in the past", i, s)
		}
	}
	return times, nil
}
