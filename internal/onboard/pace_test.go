package onboard_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// most is the pace at its best: the default share of the default quota.
const most = onboard.DefaultCreationQuota * onboard.DefaultShare

func newPace(store onboard.PaceStore) *onboard.Pace {
	return onboard.NewPace(store, onboard.LaneCreate, onboard.DefaultCreationQuota, onboard.DefaultShare)
}

// rate is the pace at this moment by the store's word.
func rate(t *testing.T, p *onboard.Pace) float64 {
	t.Helper()
	_, r, err := p.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r.Calls
}

func reserve(t *testing.T, p *onboard.Pace, n int) (times []time.Time) {
	t.Helper()
	for len(times) < n {
		block, err := p.Reserve(t.Context(), demand(n-len(times)))
		if err != nil || block.Len() == 0 {
			t.Fatalf("no place: %q, %v", block.Refused, err)
		}
		for i := range block.Len() {
			times = append(times, block.At(i))
		}
	}
	return times
}

// demand asks for n calls by a worker that has a minute.
func demand(n int) onboard.Demand {
	return onboard.Demand{Calls: n, Until: time.Now().Add(time.Minute), Since: time.Now()}
}

func throttled(t *testing.T, p *onboard.Pace) {
	t.Helper()
	if err := p.Throttled(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
}

func almost(a, b float64) bool { return math.Abs(a-b) < 1e-6*math.Max(a, b) }

func TestPaceAfterACut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		limit float64
		at    time.Duration // since the cut
		want  func(rate float64) bool
	}{
		{name: "begins at four fifths", limit: 40, at: 0, want: func(r float64) bool { return almost(r, 32) }},
		{name: "is level just under what proved too many", limit: 40, at: 15 * time.Second, want: func(r float64) bool { return almost(r, 0.97*40) }},
		{name: "has hardly moved five seconds later", limit: 40, at: 20 * time.Second, want: func(r float64) bool { return r > 0.97*40 && r < 40 }},
		{name: "is back within a minute", limit: 40, at: time.Minute, want: func(r float64) bool { return r == most }},
		{name: "is back at 90 % within a minute, from a fifth of the quota too", limit: 10, at: 50 * time.Second, want: func(r float64) bool { return r >= 45 }},
		{name: "stays there for good", limit: 10, at: 1000 * time.Hour, want: func(r float64) bool { return r == most }},
		{name: "holds before the cut's place on the line too", limit: 10, at: -time.Minute, want: func(r float64) bool { return almost(r, 8) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := memory.NewStore()
				cell := onboard.Cell{Cut: onboard.Cut{At: time.Now().Add(-tt.at), Seen: tt.limit, To: 0.8 * tt.limit}}
				if err := store.SaveCell(t.Context(), onboard.LaneCreate, cell); err != nil {
					t.Fatal(err)
				}
				if got := rate(t, newPace(store)); !tt.want(got) {
					t.Errorf("%.3f calls per second", got)
				}
			})
		})
	}
}

func TestPaceNeverFallsBetweenCuts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(memory.NewStore())
		throttled(t, p)
		last := rate(t, p)
		if !almost(last, 0.5*most) {
			t.Errorf("%.3f calls per second after the first cut, want %.3f", last, 0.5*most)
		}
		for range 600 {
			time.Sleep(100 * time.Millisecond)
			now := rate(t, p)
			if now < last || now > most {
				t.Fatalf("%.3f calls per second after %.3f", now, last)
			}
			last = now
		}
		if last != most {
			t.Errorf("%.3f calls per second after a minute, want all of %.3f", last, most)
		}
	})
}

func TestThrottledCutsOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(memory.NewStore())
		throttled(t, p)
		cut := rate(t, p)
		for range 9 {
			time.Sleep(111 * time.Millisecond)
			throttled(t, p)
			if now := rate(t, p); now < cut {
				t.Fatalf("cut again, to %.3f, within a second", now)
			}
		}
	})
}

func TestACutSoonAfterTheFirstHalvesThePaceToo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		after  time.Duration // the cut before
		leaves []float64     // of the pace, one cut after the other
	}{
		{after: time.Second, leaves: []float64{0.5, 0.5, 0.5, 0.5}},
		{after: 3999 * time.Millisecond, leaves: []float64{0.5, 0.5, 0.5}},
		{after: 4 * time.Second, leaves: []float64{0.5, 0.8, 0.8}},
		{after: time.Minute, leaves: []float64{0.5, 0.8, 0.8}},
		{after: 24 * time.Hour, leaves: []float64{0.5, 0.8}},
	} {
		t.Run(tt.after.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPace(memory.NewStore())
				for _, leaves := range tt.leaves {
					before := rate(t, p)
					throttled(t, p)
					if now := rate(t, p); !almost(now, leaves*before) {
						t.Errorf("cut from %.3f to %.3f calls per second, want %.3f", before, now, leaves*before)
					}
					time.Sleep(tt.after)
				}
			})
		})
	}
}

// What was reserved before a cut was paced without it and says nothing about it.
func TestACutHoldsFromTheEndOfTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		p := newPace(store)
		times := reserve(t, p, 95) // two seconds
		gap := times[1].Sub(times[0])
		throttled(t, p)
		cell, err := store.Cell(t.Context(), onboard.LaneCreate)
		if err != nil {
			t.Fatal(err)
		}
		if want := times[94].Add(gap); !cell.Cut.At.Equal(want) {
			t.Errorf("the cut holds from %s, want the end of the line %s", cell.Cut.At, want)
		}
		time.Sleep(2900 * time.Millisecond)
		throttled(t, p)
		if after, _ := store.Cell(t.Context(), onboard.LaneCreate); after != cell {
			t.Errorf("cut again before the first cut held for a second: %+v", after)
		}
		time.Sleep(100 * time.Millisecond)
		throttled(t, p)
		if after, _ := store.Cell(t.Context(), onboard.LaneCreate); after.Version != cell.Version+1 {
			t.Errorf("not cut again after a second: %+v", after)
		}
	})
}

func TestThrottledTogetherCutsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := slowStore{memory.NewStore()}
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() { throttled(t, newPace(store)) })
		}
		all.Wait()
		if got := rate(t, newPace(store)); got < 0.5*most-1e-9 {
			t.Errorf("%.3f calls per second, want %.3f: cut more than once", got, 0.5*most)
		}
	})
}

func TestThePaceNeverStops(t *testing.T) {
	t.Parallel()
	for _, quota := range []float64{onboard.DefaultCreationQuota, 0.5} {
		synctest.Test(t, func(t *testing.T) {
			p := onboard.NewPace(memory.NewStore(), onboard.LaneCreate, quota, 1)
			for range 200 {
				throttled(t, p)
				time.Sleep(2 * time.Second)
			}
			if got, want := rate(t, p), min(1, quota); got < want || got > 1.2*want {
				t.Errorf("quota %v: %.3f calls per second after 200 cuts, want about %.3f", quota, got, want)
			}
			time.Sleep(90 * time.Second)
			if got := rate(t, p); got != quota {
				t.Errorf("quota %v: %.3f calls per second a minute and a half later", quota, got)
			}
		})
	}
}

func TestReservationsNeverOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := slowStore{memory.NewStore()}
		var mu sync.Mutex
		var times []time.Time
		var all sync.WaitGroup
		for worker := range 8 {
			p := newPace(store)
			all.Go(func() {
				for round := range 20 {
					mine := reserve(t, p, 1+(worker+round)%10)
					mu.Lock()
					times = append(times, mine...)
					mu.Unlock()
					time.Sleep(time.Until(mine[len(mine)-1]))
				}
			})
		}
		all.Wait()
		slices.SortFunc(times, time.Time.Compare)
		pace := float64(most)
		gap := time.Duration(float64(time.Second) / pace)
		for i := 1; i < len(times); i++ {
			if got := times[i].Sub(times[i-1]); got < gap {
				t.Fatalf("calls %d and %d are %s apart, want at least %s", i-1, i, got, gap)
			}
		}
	})
}

// A worker learns of a cut with the reservation that came too late for it, and
// keeps to it at once.
func TestAReservationHeedsACutThatItDidNotKnowOf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		one, other := newPace(store), newPace(store)
		reserve(t, other, 1)
		throttled(t, one)
		times := reserve(t, other, 10)
		pace := 0.52 * most // it climbs again at once
		gap := time.Duration(float64(time.Second) / pace)
		for i := 1; i < len(times); i++ {
			if got := times[i].Sub(times[i-1]); got < gap {
				t.Errorf("calls %d and %d are %s apart, want %s after the cut", i-1, i, got, gap)
			}
		}
	})
}

// The pace is that of the moment at which a call leaves, however far ahead it is
// reserved: while it climbs steeply that makes a difference.
func TestCallsArePacedByTheirPlaceOnTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		cell := onboard.Cell{Cut: onboard.Cut{At: time.Now().Add(-38 * time.Second), Seen: 10, To: 8}}
		if err := store.SaveCell(t.Context(), onboard.LaneCreate, cell); err != nil {
			t.Fatal(err)
		}
		p := newPace(store)
		reserve(t, p, 1) // learns of the cut
		now := rate(t, p)
		reserve(t, p, int(now)) // one second
		times := reserve(t, p, 2)
		time.Sleep(time.Until(times[0]))
		then := rate(t, p)
		if got := float64(time.Second) / float64(times[1].Sub(times[0])); then < 1.1*now || math.Abs(got-then) > 0.001*then {
			t.Errorf("reserved at %.3f calls per second, want %.3f as when they leave; now it is %.3f", got, then, now)
		}
	})
}

// Once the pace was cut a demand reaches as far as the horizon, and further the
// longer it has waited; before that, as far as its worker's time.
func TestReserveWaitsUntilTheLineIsWithinReach(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		ahead       int // calls reserved, at 47.5 a second
		cut         bool
		waited      time.Duration // before
		least, most time.Duration // that it waits
	}{
		{name: "never cut: at once", ahead: 475, cut: false, waited: 0, least: 0, most: 0},
		{name: "a line within the horizon: at once", ahead: 20, cut: true, waited: 0, least: 0, most: 0},
		{name: "five seconds ahead: until it is within half the horizon", ahead: 238, cut: true, waited: 0, least: 3500 * time.Millisecond, most: 5000 * time.Millisecond},
		{name: "who has waited reaches further", ahead: 238, cut: true, waited: 10 * time.Second, least: 3400 * time.Millisecond, most: 4300 * time.Millisecond},
		{name: "who has waited for long reaches furthest", ahead: 238, cut: true, waited: 40 * time.Second, least: 2400 * time.Millisecond, most: 3 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPace(memory.NewStore())
				reserve(t, p, tt.ahead)
				if tt.cut {
					throttled(t, p)
				}
				began := time.Now()
				next := demand(1)
				next.Since = began.Add(-tt.waited)
				block, err := p.Reserve(t.Context(), next)
				if err != nil || block.Len() != 1 {
					t.Fatalf("no place: %q, %v", block.Refused, err)
				}
				if waited := time.Since(began); waited < tt.least || waited > tt.most {
					t.Errorf("waited %s, want %s to %s", waited, tt.least, tt.most)
				}
			})
		})
	}
}

// A place is only given to who can use it: where the line is longer than that, the
// worker keeps its rows until its time is up, and takes nothing.
func TestNoPlaceIsTakenThatIsOfNoUse(t *testing.T) {
	t.Parallel()
	for _, cut := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			store := memory.NewStore()
			p := newPace(store)
			reserve(t, p, 2850) // a minute
			if cut {
				throttled(t, p)
			}
			before, _ := store.Cell(t.Context(), onboard.LaneCreate)
			began := time.Now()
			next := demand(3)
			next.Until, next.Lead = began.Add(20*time.Second), time.Second
			block, err := p.Reserve(t.Context(), next)
			if err != nil || block.Len() != 0 || block.Refused != onboard.TooFar {
				t.Fatalf("cut %v: %d places, %q, %v", cut, block.Len(), block.Refused, err)
			}
			if took := time.Since(began).Round(time.Millisecond); took != 19*time.Second {
				t.Errorf("cut %v: gave up after %s, want when its time is up", cut, took)
			}
			if after, _ := store.Cell(t.Context(), onboard.LaneCreate); after != before {
				t.Errorf("cut %v: the cell was %+v and is %+v", cut, before, after)
			}
			if ahead := time.Minute - 19*time.Second; block.Wait > ahead || block.Wait < ahead-36*time.Second {
				t.Errorf("cut %v: to come back after %s with the line %s ahead", cut, block.Wait, ahead)
			}
		})
	}
}

// Of several calls, those that fit into the worker's time get a place.
func TestABlockEndsWithTheWorkersTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		p := onboard.NewPace(store, onboard.LaneCreate, 1, 1)
		began := time.Now()
		next := demand(10)
		next.Until = began.Add(4500 * time.Millisecond)
		block, err := p.Reserve(t.Context(), next)
		if err != nil || block.Len() != 5 || block.At(4).After(next.Until) {
			t.Fatalf("%d places, %v, want 5 within 4.5 s", block.Len(), err)
		}
		if cell, _ := store.Cell(t.Context(), onboard.LaneCreate); !cell.Reserved.Equal(began.Add(5 * time.Second)) {
			t.Errorf("reserved for %s, want the 5 seconds that are used", cell.Reserved.Sub(began))
		}
	})
}

func TestReserveStopsWaitingWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(memory.NewStore())
		reserve(t, p, 475)
		throttled(t, p)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		_, err := p.Reserve(ctx, demand(1))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
			t.Errorf("error %v after %s, want the context's after 3s", err, time.Since(began))
		}
	})
}

func TestCloseIsHeardByAllAndNeverShortened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		one, other := newPace(store), newPace(store)
		until := time.Now().Add(time.Hour)
		for _, at := range []time.Time{until, until.Add(-time.Minute), until} {
			if err := one.Close(t.Context(), at); err != nil {
				t.Fatal(err)
			}
		}
		mail := demand(1)
		mail.Mail = true
		block, err := other.Reserve(t.Context(), mail)
		if err != nil || block.Refused != onboard.LaneClosed || !block.ClosedUntil.Equal(until) {
			t.Errorf("%q until %s, %v, want it closed until %s", block.Refused, block.ClosedUntil, err, until)
		}
		if block, err := other.Reserve(t.Context(), demand(1)); err != nil || block.Len() != 1 {
			t.Errorf("a call without mail: %q, %v, want a place", block.Refused, err)
		}
		if got := rate(t, other); got != most {
			t.Errorf("%.3f calls per second: closing is no cut", got)
		}
		if cell, _ := store.Cell(t.Context(), onboard.LaneCreate); cell.Version != 1 {
			t.Errorf("%d writes, want one: nothing was new in the others", cell.Version)
		}
	})
}

func TestKnownIsWhatTheProcessWasToldLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := memory.NewStore()
		one, other := newPace(store), newPace(store)
		throttled(t, one)
		if got := one.Known(); !almost(got, 0.5*most) {
			t.Errorf("who cut knows %.3f calls per second", got)
		}
		if got := other.Known(); got != most {
			t.Errorf("a process that read nothing knows %.3f calls per second, want %.3f", got, most)
		}
		reserve(t, other, 1)
		if got := other.Known(); !almost(got, 0.5*most) {
			t.Errorf("who has reserved since knows %.3f calls per second", got)
		}
	})
}
