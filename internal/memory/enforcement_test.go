package memory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
)

func TestEnforcersLetThroughWhatTheirModelAllows(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_800_000_000, 0)
	// Every model is asked 100 times at once, at these times from a whole second.
	times := []time.Duration{0, 500 * time.Millisecond, 999 * time.Millisecond, time.Second, 1500 * time.Millisecond, 10 * time.Second}
	for name, tt := range map[string]struct {
		model memory.Enforcement
		want  []int
	}{
		"TokenBucket50": {model: memory.TokenBucket(50), want: []int{50, 25, 24, 1, 25, 50}},
		"TokenBucket5":  {model: memory.TokenBucket(5), want: []int{5, 5, 5, 0, 5, 5}},
		"FixedWindow":   {model: memory.FixedWindow(), want: []int{50, 0, 0, 50, 0, 50}},
		"SlidingWindow": {model: memory.SlidingWindow(), want: []int{50, 0, 0, 50, 0, 50}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := tt.model(50)
			var got []int
			for _, at := range times {
				got = append(got, ask(e, start.Add(at), 100))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("calls let through (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWindowsDifferAroundTheTurnOfASecond(t *testing.T) {
	t.Parallel()
	late := time.Unix(1_800_000_000, 0).Add(900 * time.Millisecond)
	fixed, sliding := memory.FixedWindow()(50), memory.SlidingWindow()(50)
	got := []int{
		ask(fixed, late, 100), ask(fixed, late.Add(200*time.Millisecond), 100),
		ask(sliding, late, 100), ask(sliding, late.Add(200*time.Millisecond), 100),
	}
	if diff := cmp.Diff([]int{50, 50, 50, 0}, got); diff != "" {
		t.Errorf("calls let through (-want +got):\n%s", diff)
	}
}

func TestEvenlySpacedCallsAtTheRateAllPass(t *testing.T) {
	t.Parallel()
	for name, model := range models() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := model(50)
			now := time.Unix(1_800_000_000, 0)
			for i := range 500 {
				if !e.Allow(now) {
					t.Fatalf("call %d, at %s, was turned away", i, now)
				}
				now = now.Add(time.Second / 50)
			}
		})
	}
}

func TestEnforcersTakeANewRateAtOnce(t *testing.T) {
	t.Parallel()
	for name, model := range models() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := model(50)
			now := time.Unix(1_800_000_000, 0)
			ask(e, now, 100)
			e.SetRate(10, now)
			passed := 0
			for range 100 {
				now = now.Add(100 * time.Millisecond)
				passed += ask(e, now, 2)
			}
			if passed < 90 || passed > 105 { // a window that is full already lets nothing through for its second
				t.Errorf("%d calls passed in 10 s at 10/s", passed)
			}
		})
	}
}

func models() map[string]memory.Enforcement {
	return map[string]memory.Enforcement{
		"TokenBucket50": memory.TokenBucket(50),
		"TokenBucket5":  memory.TokenBucket(5),
		"FixedWindow":   memory.FixedWindow(),
		"SlidingWindow": memory.SlidingWindow(),
	}
}

// ask makes n calls at one moment and returns how many passed.
func ask(e memory.Enforcer, now time.Time, n int) int {
	passed := 0
	for range n {
		if e.Allow(now) {
			passed++
		}
	}
	return passed
}

// An enforcer's choice shows in the pool that uses it.
func ExampleSlidingWindow() {
	e := memory.SlidingWindow()(2)
	now := time.Unix(1_800_000_000, 0)
	fmt.Println(e.Allow(now), e.Allow(now), e.Allow(now), e.Allow(now.Add(time.Second)))
	// Output: true true false true
}
