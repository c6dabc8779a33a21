package onboard_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/onboardtest"
)

func TestAnOrphanedClaimIsFreeAndItsTrailEndsSoon(t *testing.T) {
	t.Parallel()
	now := onboardtest.Now()
	holder := onboard.Holder{RequestID: "r", Row: 1, Token: "t"}
	const callsAreOver = 2 * onboard.CallTimeout
	held := func(to time.Duration) onboard.Claim {
		return onboard.Claim{
			Address: "ann@example.com", Holder: holder, Until: now.Add(onboard.Lease),
			Trail: onboard.Trail{By: holder, From: now.Add(-time.Second), To: now.Add(to)}, UserSub: "s", Version: 3,
		}
	}
	free := func(to time.Duration) onboard.Claim {
		c := held(to)
		c.Holder, c.Until = onboard.Holder{}, time.Time{}
		return c
	}
	withoutTrail := held(0)
	withoutTrail.Trail = onboard.Trail{}
	freeWithoutTrail := free(0)
	freeWithoutTrail.Trail = onboard.Trail{}
	for name, step := range map[string]struct{ was, want onboard.Claim }{
		"a call may be under way": {held(onboard.Lease + callsAreOver), free(callsAreOver)},
		"its end is near":         {held(time.Second), free(time.Second)},
		"no call has left":        {withoutTrail, freeWithoutTrail},
		"it was given back":       {free(time.Hour), free(callsAreOver)},
	} {
		if diff := cmp.Diff(step.want, step.was.Orphaned(now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAnOrphanedSubmissionIsAbandoned(t *testing.T) {
	t.Parallel()
	now := onboardtest.Now()
	r := onboard.Request{Phase: onboard.Accepting, AcceptedUntil: now.Add(onboard.AcceptWindow), Total: 3}
	if r.Abandoned(now.Add(1)) {
		t.Fatal("abandoned while its window is open")
	}
	if r = r.Orphaned(now); !r.Abandoned(now.Add(1)) {
		t.Error("not abandoned")
	}
	if got := (onboard.Request{}).Orphaned(now); !got.AcceptedUntil.IsZero() {
		t.Errorf("a request without a window has one until %s", got.AcceptedUntil)
	}
}

func TestAnOrphanedCellGivesItsPlacesBack(t *testing.T) {
	t.Parallel()
	now := onboardtest.Now()
	was := onboard.Cell{
		Reserved: now.Add(time.Minute), Cut: onboard.Cut{At: now.Add(time.Minute), Seen: 10, To: 5},
		MailRate: 14, MailCut: onboard.Cut{At: now.Add(time.Minute), Seen: 20, To: 10},
		ClosedUntil: now.Add(time.Hour), Backlog: true, Version: 2,
	}
	want := was
	const network = 90 * time.Minute // for so long after a start a silent pool is no pool's fault
	want.Reserved, want.Cut.At, want.MailCut.At, want.ClearAt = now, now, now, now.Add(-network)
	if diff := cmp.Diff(want, was.Orphaned(now)); diff != "" {
		t.Errorf("places ahead (-want +got):\n%s", diff)
	}
	past := onboard.Cell{Reserved: now.Add(-time.Minute), ClearAt: now.Add(-time.Minute)}
	if diff := cmp.Diff(past, past.Orphaned(now)); diff != "" {
		t.Errorf("no places ahead (-want +got):\n%s", diff)
	}
}
