package sqlite_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
	"usher.example/internal/testing/onboardtest"
)

// laptop is a machine whose clock can be moved while its processes do not notice.
type laptop struct {
	began time.Time
	moved atomic.Int64
}

func (l *laptop) clock() time.Time { return time.Now().Round(0).Add(time.Duration(l.moved.Load())) }
func (l *laptop) sleep(d time.Duration) {
	l.moved.Add(int64(d))
}

func onLaptop(t *testing.T) (*laptop, sqlite.Config) {
	l, cfg := &laptop{began: time.Now()}, newConfig(t)
	cfg.Visibility = onboard.Visibility
	cfg.Clock, cfg.Awake = l.clock, func() time.Duration { return time.Since(l.began) }
	return l, cfg
}

// moves are a sleep and two settings of the clock.
var moves = map[string]time.Duration{"it slept for an hour": time.Hour, "its clock was set back": -time.Hour, "its clock was corrected": -6 * time.Second}

func TestWhatIsUnderWayKeepsItsTimeWhenTheClockIsMoved(t *testing.T) {
	t.Parallel()
	for name, by := range moves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, cfg := onLaptop(t)
			s := open(t, cfg)
			now := l.clock()
			holder := onboard.Holder{RequestID: "r", Row: 1, Token: "t"}
			held := onboard.Claim{
				Address: "ann@example.com", Holder: holder, Until: now.Add(onboard.Lease), ExpiresAt: onboardtest.Expiry(),
				Trail: onboard.Trail{By: holder, From: now, To: now.Add(onboard.Visibility)},
			}
			waits := held
			waits.Address, waits.Holder, waits.Until = "ben@example.com", onboard.Holder{}, time.Time{}
			over := waits
			over.Address, over.Trail.From, over.Trail.To = "cy@example.com", now.Add(-3*time.Hour), now.Add(-2*time.Hour)
			for row, c := range []onboard.Claim{held, waits, over} {
				must(t, s.Store().Save(t.Context(), onboard.Write{Invitation: onboardtest.Invitation("r", row+1), Claim: &c}))
			}
			must(t, s.Store().CreateRequest(t.Context(), onboardtest.Request("accepting", 1, func(r *onboard.Request) {
				r.Phase, r.Round, r.AcceptedUntil, r.EndedAt = onboard.Accepting, 0, now.Add(onboard.AcceptWindow), time.Time{}
			}), nil))

			l.sleep(by)
			for _, c := range []onboard.Claim{held, waits} {
				_, got, err := s.Store().Load(t.Context(), "r", 1, c.Address)
				must(t, err)
				if want := c.Moved(by); !near(got.Until, want.Until) || !near(got.Trail.To, want.Trail.To) || !near(got.Trail.From, want.Trail.From) {
					t.Errorf("%s: held until %s, trail %s to %s; want %+v", c.Address, got.Until, got.Trail.From, got.Trail.To, want)
				}
				old := c
				old.Version = 1
				inv := onboardtest.Invitation("r", 9)
				if err := s.Store().Save(t.Context(), onboard.Write{Invitation: inv, Claim: &old}); !errors.Is(err, onboard.ErrConflict) {
					t.Errorf("%s: a write by the times of before: %v", c.Address, err)
				}
			}
			if _, got, err := s.Store().Load(t.Context(), "r", 1, over.Address); err != nil || got.Version != 1 || !got.Trail.To.Equal(over.Trail.To) {
				t.Errorf("a trail that was over has changed: %+v, %v", got, err)
			}
			r, err := s.Store().Request(t.Context(), "accepting")
			must(t, err)
			if want := now.Add(onboard.AcceptWindow + by); !near(r.AcceptedUntil, want) || r.Version != 2 {
				t.Errorf("accepted until %s, version %d; want %s", r.AcceptedUntil, r.Version, want)
			}
		})
	}
}

// near allows for the moment between two looks at a clock.
func near(a, b time.Time) bool { return a.Sub(b).Abs() < 10*time.Millisecond }

func TestMessagesKeepTheirTimeWhenTheClockIsMoved(t *testing.T) {
	t.Parallel()
	for name, by := range moves {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, cfg := onLaptop(t)
			q := open(t, cfg).Queue()
			send(t, q, "r", 2)
			inFlight := receive(t, q, 2)
			must(t, q.Delay(t.Context(), inFlight[1], time.Minute))

			l.sleep(by)
			receive(t, q, 0)
			l.sleep(time.Minute - by) // and back, as it were: a minute after it went to sleep
			receive(t, q, 0)
			must(t, q.DeleteBatch([]string{inFlight[0].Handle}))
		})
	}
}

// TestALineFromBeforeTheClockWasSetBackIsNotInTheWay: else nobody would be invited for an
// hour. The lane is shared, and each process notices by itself.
func TestALineFromBeforeTheClockWasSetBackIsNotInTheWay(t *testing.T) {
	t.Parallel()
	l, cfg := onLaptop(t)
	_, other := onLaptop(t)
	other.Pace, other.Clock, other.Awake = cfg.Pace, cfg.Clock, cfg.Awake
	one, two := open(t, cfg), open(t, other)
	place := func(s *sqlite.State) time.Duration {
		t.Helper()
		r, err := s.Store().Reserve(t.Context(), "lane", onboard.Want{Now: l.clock, Span: time.Second, Latest: l.clock().Add(30 * time.Second)})
		must(t, err)
		if r.Refused != "" {
			t.Fatalf("refused: %s", r.Refused)
		}
		return r.Start.Sub(l.clock()).Round(time.Second)
	}
	for range 3 {
		place(one)
	}
	l.sleep(-time.Hour)
	for i, s := range []*sqlite.State{one, two, one} {
		if got, want := place(s), time.Duration(3+i)*time.Second; got != want {
			t.Errorf("the place after the clock was set back is in %s, want %s: none twice, none lost", got, want)
		}
	}
}

// TestAPoolIsNotSilentForAsLongAsTheMachineSlept: else rows would use up their attempts in
// the seconds until a laptop that was opened has its network again.
func TestAPoolIsNotSilentForAsLongAsTheMachineSlept(t *testing.T) {
	t.Parallel()
	l, cfg := onLaptop(t)
	s := open(t, cfg)
	reserve(t, s, l.clock())
	before := cellOf(t, s)
	l.sleep(10 * time.Hour)
	if cell := cellOf(t, s); !cell.ClearAt.After(before.ClearAt) || l.clock().Sub(cell.ClearAt) > 2*time.Hour || l.clock().Sub(cell.ClearAt) < time.Hour {
		t.Errorf("the pool's last answer was at %s, and now at %s", before.ClearAt, cell.ClearAt)
	}
}
