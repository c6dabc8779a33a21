package sqlite_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
	"usher.example/internal/testing/onboardtest"
)

// span is one call's share of the pace.
const span = 20 * time.Millisecond

// maxSpared is how many receipts of a message do not count that ended with their
// process.
const maxSpared = 20

func TestWhatWasInFlightIsBackAtOnceAndNotCounted(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	cfg.Visibility, cfg.MaxReceives = time.Hour, 3
	before(t, cfg, func(s *sqlite.State) { send(t, s.Queue(), "r", 1) })
	for end := 1; end <= maxSpared+2; end++ {
		s, err := sqlite.Open(t.Context(), cfg)
		must(t, err)
		want := max(1, end-maxSpared)
		d := receive(t, s.Queue(), 1)[0]
		if d.Receives != want {
			t.Errorf("after %d ends of its process: receipt %d, want %d", end-1, d.Receives, want)
		}
		if n := s.CutOff().Messages; n != min(1, end-1) {
			t.Errorf("after %d ends: %d messages were cut off", end-1, n)
		}
		must(t, s.Close())
	}
	before(t, cfg, func(s *sqlite.State) { receive(t, s.Queue(), 1) })
	s := open(t, cfg)
	receive(t, s.Queue(), 0)
	receive(t, s.Queue().DeadLetters(), 1)
}

func TestWhatWasPutOffStaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := newConfig(t)
		cfg.Visibility = time.Hour
		s, err := sqlite.Open(t.Context(), cfg)
		must(t, err)
		send(t, s.Queue(), "r", 1)
		must(t, s.Queue().Delay(t.Context(), receive(t, s.Queue(), 1)[0], time.Minute))
		must(t, s.Queue().Send(t.Context(), []onboard.Message{onboardtest.Message("later", 1)}, 2*time.Minute))
		must(t, s.Close())
		again, err := sqlite.Open(t.Context(), cfg)
		must(t, err)
		defer again.Close()
		receive(t, again.Queue(), 0)
		time.Sleep(time.Minute)
		if d := receive(t, again.Queue(), 1)[0]; d.RequestID != "r" || d.Receives != 2 {
			t.Errorf("got %s, receipt %d; want r, 2", d.RequestID, d.Receives)
		}
		time.Sleep(time.Minute)
		receive(t, again.Queue(), 1)
	})
}

func TestClaimsOfAProcessThatEndedAreFree(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	now := onboardtest.Now()
	holder := onboard.Holder{RequestID: "r", Row: 1, Token: "t"}
	held := onboard.Claim{
		Address: "ann@example.com", Holder: holder, Until: now.Add(onboard.Lease), ExpiresAt: onboardtest.Expiry(),
		Trail: onboard.Trail{By: holder, From: now, To: now.Add(time.Hour)},
	}
	free := onboard.Claim{Address: "ben@example.com", UserSub: "s", ExpiresAt: onboardtest.Expiry()}
	before(t, cfg, func(s *sqlite.State) {
		for row, claim := range []onboard.Claim{held, free} {
			must(t, s.Store().Save(t.Context(), onboard.Write{Invitation: onboardtest.Invitation("r", row+1), Claim: &claim}))
		}
	})
	s := open(t, cfg)
	if n := s.CutOff().Claims; n != 1 {
		t.Errorf("%d claims were cut off, want 1", n)
	}
	_, got, err := s.Store().Load(t.Context(), "r", 1, held.Address)
	must(t, err)
	end := got.Trail.To
	if end.After(time.Now().Add(2 * onboard.CallTimeout)) {
		t.Errorf("the trail ends at %s", end)
	}
	want := held.Orphaned(now)
	want.Trail.To, want.Version = end, 2
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claim (-want +got):\n%s", diff)
	}
	_, got, err = s.Store().Load(t.Context(), "r", 2, free.Address)
	must(t, err)
	if free.Version = 1; cmp.Diff(free, got) != "" {
		t.Errorf("a free claim has changed: %+v", got)
	}
}

func TestASubmissionThatWasCutOffIsClosed(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	until := onboardtest.Now().Add(onboard.AcceptWindow)
	before(t, cfg, func(s *sqlite.State) {
		for id, edit := range map[string]func(*onboard.Request){
			"accepting": func(r *onboard.Request) { r.Phase, r.Round, r.AcceptedUntil = onboard.Accepting, 0, until },
			"running":   func(r *onboard.Request) { r.AcceptedUntil = time.Time{} },
		} {
			must(t, s.Store().CreateRequest(t.Context(), onboardtest.Request(id, 1, edit), nil))
		}
	})
	s := open(t, cfg)
	if n := s.CutOff().Submissions; n != 1 {
		t.Errorf("%d submissions were cut off, want 1", n)
	}
	r, err := s.Store().Request(t.Context(), "accepting")
	must(t, err)
	if !r.Abandoned(time.Now()) || r.Version != 2 {
		t.Errorf("it is accepted until %s, version %d", r.AcceptedUntil, r.Version)
	}
	r, err = s.Store().Request(t.Context(), "running")
	must(t, err)
	if r.Version != 1 {
		t.Error("a running request has changed")
	}
}

func TestPlacesAheadAreGivenBackOnceNobodySharesThePace(t *testing.T) {
	t.Parallel()
	one, other := newConfig(t), newConfig(t)
	other.Pace = one.Pace
	ahead := onboardtest.Now().Add(time.Hour)
	first, err := sqlite.Open(t.Context(), one)
	must(t, err)
	reserve(t, first, ahead)
	second, err := sqlite.Open(t.Context(), other)
	must(t, err)
	if cell := cellOf(t, second); !cell.Reserved.After(ahead) {
		t.Errorf("the places of a process that runs are given back: %+v", cell)
	}
	must(t, first.Close())
	must(t, second.Close())
	if cell := cellOf(t, open(t, one)); cell.Reserved.After(time.Now()) {
		t.Errorf("places ahead are kept that nobody can use: %+v", cell)
	}
}

// before has a process write to the state and end.
func before(t *testing.T, cfg sqlite.Config, write func(*sqlite.State)) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), cfg)
	must(t, err)
	write(s)
	must(t, s.Close())
}

func reserve(t *testing.T, s *sqlite.State, now time.Time) onboard.Reservation {
	t.Helper()
	r, err := s.Store().Reserve(t.Context(), "lane", onboard.Want{
		Now: func() time.Time { return now }, Span: span, Latest: now.Add(time.Hour),
	})
	must(t, err)
	return r
}

func cellOf(t *testing.T, s *sqlite.State) onboard.Cell {
	t.Helper()
	cell, err := s.Store().Cell(t.Context(), "lane")
	must(t, err)
	return cell
}

// receive takes up to ten messages and checks how many there were.
func receive(t *testing.T, q *sqlite.Queue, want int) []onboard.Delivery {
	t.Helper()
	got, err := q.Receive(t.Context(), 10, 0)
	must(t, err)
	if len(got) != want {
		t.Fatalf("received %d messages, want %d", len(got), want)
	}
	return got
}
