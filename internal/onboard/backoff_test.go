package onboard_test

import (
	"testing"
	"time"

	"usher.example/internal/onboard"
)

func TestBackoffIsDrawnUpToABoundThatDoubles(t *testing.T) {
	t.Parallel()
	for failures, bound := range map[int]time.Duration{
		-1: 2 * time.Second,
		0:  2 * time.Second,
		1:  4 * time.Second,
		2:  8 * time.Second,
		3:  16 * time.Second,
		4:  32 * time.Second,
		8:  512 * time.Second,
		9:  10 * time.Minute,
		10: 10 * time.Minute,
		64: 10 * time.Minute, 1 << 40: 10 * time.Minute,
	} {
		for draw, want := range map[float64]time.Duration{0: 0, 0.5: bound / 2, 0.999: time.Duration(0.999 * float64(bound))} {
			if got := onboard.Backoff(failures, func() float64 { return draw }); got != want {
				t.Errorf("after %d failures, %v drawn: %s, want %s", failures, draw, got, want)
			}
		}
	}
}

func TestPatienceDoublesUpToEightSeconds(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{
		-1: time.Second, 0: time.Second, 1: 2 * time.Second, 2: 4 * time.Second, 3: 8 * time.Second, 4: 8 * time.Second, 1 << 40: 8 * time.Second,
	} {
		if got := onboard.Patience(failures); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
}

func TestNextMailDayIsAtNineUTC(t *testing.T) {
	t.Parallel()
	ahead := time.FixedZone("ahead", 14*60*60)
	behind := time.FixedZone("behind", -10*60*60)
	for _, test := range []struct{ now, want time.Time }{
		{now: time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC), want: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)},
		{now: time.Date(2026, 3, 4, 8, 59, 59, 999_999_999, time.UTC), want: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)},
		{now: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC), want: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)},
		{now: time.Date(2026, 3, 4, 9, 0, 0, 1, time.UTC), want: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)},
		{now: time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC), want: time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC)},
		{now: time.Date(2028, 2, 28, 12, 0, 0, 0, time.UTC), want: time.Date(2028, 2, 29, 9, 0, 0, 0, time.UTC)},
		{now: time.Date(2026, 3, 4, 22, 0, 0, 0, ahead), want: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)},
		{now: time.Date(2026, 3, 4, 23, 0, 0, 0, ahead), want: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)},
		{now: time.Date(2026, 3, 3, 23, 30, 0, 0, behind), want: time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC)},
	} {
		got := onboard.NextMailDay(test.now)
		if !got.Equal(test.want) || got.Location() != time.UTC {
			t.Errorf("after %s: %s, want %s", test.now, got, test.want)
		}
	}
}
