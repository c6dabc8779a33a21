package onboard_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"usher.example/internal/onboard"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func TestRequestStates(t *testing.T) {
	t.Parallel()
	tally := func(states map[onboard.State]int) onboard.Tally {
		return onboard.Tally{States: states, UpdatedAt: noon.Add(-time.Hour)}
	}
	all := tally(map[onboard.State]int{onboard.Invited: 2})
	tests := []struct {
		name     string
		request  onboard.Request
		state    onboard.RequestState
		finished time.Time // zero: not done
	}{
		{name: "accepting", request: onboard.Request{Phase: onboard.Accepting, AcceptedUntil: noon}, state: onboard.StateAccepting, finished: time.Time{}},
		{name: "cut off", request: onboard.Request{Phase: onboard.Accepting, AcceptedUntil: noon.Add(-1)}, state: onboard.StateCanceled, finished: noon.Add(-1)},
		{name: "running", request: onboard.Request{Phase: onboard.Running, Round: 1}, state: onboard.StateRunning, finished: time.Time{}},
		{name: "one is left", request: onboard.Request{Phase: onboard.Running, Round: 1, Tally: tally(map[onboard.State]int{onboard.Invited: 1})}, state: onboard.StateRunning, finished: time.Time{}},
		{name: "one waits", request: onboard.Request{Phase: onboard.Running, Round: 1, Tally: tally(map[onboard.State]int{onboard.Invited: 1, onboard.Deferred: 1})}, state: onboard.StateRunning, finished: time.Time{}},
		{name: "paused", request: onboard.Request{Phase: onboard.Paused, Round: 1, Tally: tally(map[onboard.State]int{onboard.Deferred: 2})}, state: onboard.StatePaused, finished: time.Time{}},
		{name: "paused, but all settled", request: onboard.Request{Phase: onboard.Paused, Round: 1, Tally: all}, state: onboard.StateCompleted, finished: noon.Add(-time.Hour)},
		{name: "completed", request: onboard.Request{Phase: onboard.Running, Round: 1, Tally: all}, state: onboard.StateCompleted, finished: noon.Add(-time.Hour)},
		{name: "one failed", request: onboard.Request{Phase: onboard.Running, Round: 1, Tally: tally(map[onboard.State]int{onboard.Invited: 1, onboard.Failed: 1})}, state: onboard.StateErrors, finished: noon.Add(-time.Hour)},
		{name: "one not mailed", request: onboard.Request{Phase: onboard.Running, Round: 1, Tally: tally(map[onboard.State]int{onboard.Existing: 1, onboard.NotMailed: 1})}, state: onboard.StateErrors, finished: noon.Add(-time.Hour)},
		{name: "being canceled", request: onboard.Request{Phase: onboard.Stopped, Round: 1}, state: onboard.StateCanceled, finished: time.Time{}},
		{name: "canceled", request: onboard.Request{Phase: onboard.Stopped, Round: 1, Tally: tally(map[onboard.State]int{onboard.Failed: 1, onboard.Canceled: 1})}, state: onboard.StateCanceled, finished: noon.Add(-time.Hour)},
		{name: "a retry on its way", request: onboard.Request{Phase: onboard.Running, Round: 1, Tally: all, AcceptedUntil: noon.Add(time.Second)}, state: onboard.StateCompleted, finished: noon.Add(-time.Hour)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := test.request
			r.Total = 2
			if got := r.State(noon); got != test.state {
				t.Errorf("state %s, want %s", got, test.state)
			}
			if got := r.FinishedAt(noon); !got.Equal(test.finished) || r.Done(noon) == test.finished.IsZero() {
				t.Errorf("done %v, finished at %s, want %s", r.Done(noon), got, test.finished)
			}
		})
	}
}

func TestCountsOfACutOffRequest(t *testing.T) {
	t.Parallel()
	r := onboard.Request{Phase: onboard.Accepting, Total: 3, AcceptedUntil: noon}
	for at, want := range map[time.Time]onboard.State{noon: onboard.Pending, noon.Add(1): onboard.Canceled} {
		counts := r.Counts(at)
		if counts[want] != 3 || len(counts) != len(onboard.States) {
			t.Errorf("counts %v, want every state, and 3 %s", counts, want)
		}
	}
	if diff := cmp.Diff(map[onboard.Code]int{}, r.Codes(noon)); diff != "" {
		t.Errorf("codes while accepting (-want +got):\n%s", diff)
	}
}

func TestChangeCountsARowOnce(t *testing.T) {
	t.Parallel()
	inv := func(s onboard.State, c onboard.Code, round int) onboard.Invitation {
		return onboard.Invitation{State: s, Code: c, Round: round, UpdatedAt: noon}
	}
	none := onboard.Invitation{}
	tests := []struct {
		name     string
		was, now onboard.Invitation
		round    int
		want     map[string]int
	}{
		{name: "first attempt", was: none, now: inv(onboard.Pending, "", 0), round: 1, want: nil},
		{name: "invited", was: inv(onboard.Pending, "", 0), now: inv(onboard.Invited, "", 1), round: 1, want: map[string]int{"state invited": 1}},
		{name: "outcome at once", was: none, now: inv(onboard.Failed, onboard.CodeEmailInvalid, 1), round: 1, want: map[string]int{"state failed": 1, "code email_invalid": 1}},
		{name: "deferred", was: none, now: inv(onboard.Deferred, onboard.CodeMailQuota, 0), round: 1, want: map[string]int{"state deferred": 1, "code mail_quota_exhausted": 1}},
		{name: "deferred, then invited", was: inv(onboard.Deferred, onboard.CodeMailQuota, 0), now: inv(onboard.Invited, "", 1), round: 1,
			want: map[string]int{"state deferred": -1, "code mail_quota_exhausted": -1, "state invited": 1}},
		{name: "deferred again", was: inv(onboard.Deferred, onboard.CodeMailQuota, 0), now: inv(onboard.Deferred, onboard.CodeMailQuota, 0), round: 1, want: nil},
		{name: "deferred for another cause", was: inv(onboard.Deferred, onboard.CodeMailQuota, 0), now: inv(onboard.Deferred, onboard.CodeMisconfigured, 0), round: 1,
			want: map[string]int{"code mail_quota_exhausted": -1, "code pool_misconfigured": 1}},
		{name: "retried: failed is pending", was: inv(onboard.Failed, onboard.CodeRefusedByPool, 1), now: inv(onboard.Pending, "", 1), round: 1,
			want: map[string]int{"state failed": -1, "code refused_by_pool": -1}},
		{name: "the retry invites: it was pending", was: inv(onboard.Failed, onboard.CodeRefusedByPool, 1), now: inv(onboard.Invited, "", 2), round: 2, want: map[string]int{"state invited": 1}},
		{name: "row at fault is no retry's", was: inv(onboard.Failed, onboard.CodeEmailInvalid, 1), now: inv(onboard.Failed, onboard.CodeEmailInvalid, 2), round: 2, want: nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := nonZero(onboard.Change(test.was, test.now, test.round))
			if len(got)+len(test.want) > 0 && !maps.Equal(test.want, got) {
				t.Errorf("changes %v, want %v", got, test.want)
			}
		})
	}
}

func TestTallyAddLeavesItsTermsAlone(t *testing.T) {
	t.Parallel()
	a := onboard.Tally{States: map[onboard.State]int{onboard.Invited: 1}, UpdatedAt: noon}
	b := onboard.Tally{States: map[onboard.State]int{onboard.Invited: 2}, Codes: map[onboard.Code]int{onboard.CodeCanceled: 1}, UpdatedAt: noon.Add(-1)}
	sum := a.Add(b)
	if sum.States[onboard.Invited] != 3 || sum.Codes[onboard.CodeCanceled] != 1 || !sum.UpdatedAt.Equal(noon) {
		t.Errorf("sum %+v", sum)
	}
	if a.States[onboard.Invited] != 1 || b.States[onboard.Invited] != 2 || a.Codes != nil {
		t.Errorf("the terms changed: %+v, %+v", a, b)
	}
}

func TestStatesThatAreOutcomes(t *testing.T) {
	t.Parallel()
	for _, s := range onboard.States {
		if want := s != onboard.Pending && s != onboard.Deferred; s.IsOutcome() != want {
			t.Errorf("%s is an outcome: %v, want %v", s, s.IsOutcome(), want)
		}
	}
	if onboard.State("").IsOutcome() {
		t.Error("no state is an outcome")
	}
}

// TestCountsAreTheRows settles, defers and retries rows in any order, as the
// worker and administrators may, and holds the counts to the rows.
func TestCountsAreTheRows(t *testing.T) {
	t.Parallel()
	outcomes := onboard.States[2:]
	codes := []onboard.Code{"", onboard.CodeAlreadyExists, onboard.CodeRefusedByPool, onboard.CodeEmailInvalid, onboard.CodeAttemptsExhausted}
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, 8).Draw(t, "total")
		r := onboard.Request{Phase: onboard.Running, Total: total, Round: 1}
		rows := make([]onboard.Invitation, total)
		t.Repeat(map[string]func(*rapid.T){
			"settle": func(t *rapid.T) {
				i := rapid.IntRange(0, total-1).Draw(t, "row")
				was := rows[i]
				if !was.Open(r.Round) {
					t.Skip("final")
				}
				now := was
				now.State, now.Code = rapid.SampledFrom(outcomes).Draw(t, "state"), rapid.SampledFrom(codes).Draw(t, "code")
				now.Round, now.UpdatedAt = r.Round, noon
				r.Tally = r.Tally.Add(onboard.Change(was, now, r.Round))
				rows[i] = now
			},
			"defer": func(t *rapid.T) {
				i := rapid.IntRange(0, total-1).Draw(t, "row")
				was := rows[i]
				if !was.Open(r.Round) {
					t.Skip("final")
				}
				now := was
				now.State, now.Code = onboard.Deferred, onboard.CodeMailQuota
				r.Tally = r.Tally.Add(onboard.Change(was, now, r.Round))
				rows[i] = now
			},
			"retry": func(t *rapid.T) {
				if !r.Done(noon) {
					t.Skip("still running")
				}
				var delta onboard.Tally
				for _, row := range rows {
					delta = delta.Add(onboard.Change(row, row.Shown(r.Round+1), r.Round))
				}
				r.Round++
				r.Tally = r.Tally.Add(delta)
			},
			"": func(t *rapid.T) { holdCounts(t, r, rows) },
		})
	})
}

// holdCounts compares a request's counts with a count of its rows.
func holdCounts(t *rapid.T, r onboard.Request, rows []onboard.Invitation) {
	states, codes := map[onboard.State]int{}, map[onboard.Code]int{}
	for _, row := range rows {
		shown := row.Shown(r.Round)
		if shown.State == "" {
			shown.State = onboard.Pending
		}
		states[shown.State]++
		if shown.Code != "" {
			codes[shown.Code]++
		}
	}
	got := r.Counts(noon)
	maps.DeleteFunc(got, func(_ onboard.State, n int) bool { return n == 0 })
	if !maps.Equal(states, got) || !maps.Equal(codes, r.Codes(noon)) {
		t.Fatalf("counts %v %v, rows %v %v", got, r.Codes(noon), states, codes)
	}
	if open := states[onboard.Pending] + states[onboard.Deferred]; r.Done(noon) != (open == 0) {
		t.Fatalf("done %v with %d open", r.Done(noon), open)
	}
}

func TestRowAtFaultCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[onboard.Code]bool{
		onboard.CodeEmailMissing: true, onboard.CodeEmailInvalid: true, onboard.CodeEmailTooLong: true,
		onboard.CodeAttributeInvalid: true, onboard.CodeAttributeUnknown: true,
		onboard.CodeGroupInvalid: true, onboard.CodeGroupUnknown: true, onboard.CodeRowInvalid: true,
		onboard.CodeAttemptsExhausted: false, onboard.CodeRefusedByTrigger: false, onboard.CodePasswordPolicy: false,
		onboard.CodeMisconfigured: false, onboard.CodeUserNotFound: false, "": false,
	} {
		if code.RowAtFault() != want {
			t.Errorf("%s blames the row: %v, want %v", code, !want, want)
		}
	}
}

func TestPoolErrorNamesClassAndCause(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("attempt 1: %w", &onboard.PoolError{Class: onboard.ErrThrottled, Detail: "TooManyRequestsException"})
	if got, want := err.Error(), "attempt 1: turned away: too many calls (TooManyRequestsException)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	bare := &onboard.PoolError{Class: onboard.ErrThrottled}
	if got := bare.Error(); got != onboard.ErrThrottled.Error() {
		t.Errorf("without a cause %q", got)
	}
}
