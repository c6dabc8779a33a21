package dynamostore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

// DynamoDB Local deletes nothing here: what has expired is still in the table.

func TestExpiredRequestIsGone(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	ago := time.Now().Add(-time.Millisecond)
	old := onboard.Request{
		ID: "r1", Label: "old", ExpiresAt: ago,
		Tally: onboard.Tally{States: map[onboard.State]int{onboard.Failed: 1}, UpdatedAt: anyTime},
	}
	must(t, store.CreateRequest(t.Context(), old, nil))
	must(t, store.Save(t.Context(), onboard.Write{
		Invitation: onboard.Invitation{RequestID: "r1", Row: 3, ExpiresAt: ago}, Tally: one(onboard.Failed, anyTime),
	}))

	if _, err := store.Request(t.Context(), "r1"); !errors.Is(err, onboard.ErrNotFound) {
		t.Errorf("reading it: %v, want not found", err)
	}
	old.Version = 1
	if err := store.SaveRequest(t.Context(), old, onboard.Tally{}); !errors.Is(err, onboard.ErrNotFound) {
		t.Errorf("saving it: %v, want not found", err)
	}
	if list, err := store.ListRequests(t.Context(), "", 10); err != nil || len(list) != 0 {
		t.Errorf("listing: %v, %v; want none", list, err)
	}

	// Its id stays taken, or the new one would take over its tally.
	if err := store.CreateRequest(t.Context(), onboard.Request{ID: "r1"}, nil); !errors.Is(err, onboard.ErrConflict) {
		t.Errorf("creating it again: %v, want a conflict", err)
	}
}

func TestExpiredKeyIsFree(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	old := onboard.Key{ID: "k1", RequestID: "r1", ExpiresAt: time.Now().Add(-time.Millisecond)}
	must(t, store.CreateRequest(t.Context(), onboard.Request{ID: "r1"}, &old))
	if _, err := store.Key(t.Context(), "k1"); !errors.Is(err, onboard.ErrNotFound) {
		t.Errorf("reading it: %v, want not found", err)
	}
	fresh := onboard.Key{ID: "k1", RequestID: "r2"}
	must(t, store.CreateRequest(t.Context(), onboard.Request{ID: "r2"}, &fresh))
	if got, err := store.Key(t.Context(), "k1"); err != nil || got != fresh {
		t.Errorf("the key is %+v, %v; want %+v", got, err, fresh)
	}
}

func TestExpiredInvitationAndClaimAreGone(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	ago := time.Now().Add(-time.Millisecond)
	inv := onboard.Invitation{RequestID: "r1", Row: 1, State: onboard.Deferred, DueAt: ago, ExpiresAt: ago}
	claim := onboard.Claim{Address: "a@example.com", UserSub: "old", ExpiresAt: ago}
	must(t, store.Save(t.Context(), onboard.Write{Invitation: inv, Claim: &claim}))

	gotInv, gotClaim := loaded(t, store, "r1", 1, "a@example.com")
	if diff := cmp.Diff(onboard.Invitation{RequestID: "r1", Row: 1}, gotInv); diff != "" {
		t.Errorf("invitation (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(onboard.Claim{Address: "a@example.com"}, gotClaim); diff != "" {
		t.Errorf("claim (-want +got):\n%s", diff)
	}
	if list, err := store.ListInvitations(t.Context(), "r1", 0, 10); err != nil || len(list) != 0 {
		t.Errorf("listing: %v, %v; want none", list, err)
	}
	if due, err := store.DueInvitations(t.Context(), time.Now(), onboard.Due{}, 10); err != nil || len(due) != 0 {
		t.Errorf("due: %v, %v; want none", due, err)
	}

	stale := onboard.Write{Invitation: inv, Claim: &claim}
	stale.Invitation.Version = 1
	if err := store.Save(t.Context(), stale); !errors.Is(err, onboard.ErrConflict) {
		t.Errorf("saving over the version that expired: %v, want a conflict", err)
	}
	must(t, store.Save(t.Context(), onboard.Write{Invitation: gotInv, Claim: &gotClaim}))
	gotInv, gotClaim = loaded(t, store, "r1", 1, "a@example.com")
	if gotInv.Version != 1 || gotClaim.Version != 1 || gotClaim.UserSub != "" {
		t.Errorf("written again: %+v and %+v; want version 1 of both and nothing old", gotInv, gotClaim)
	}
}

func TestExpiredCounterBeginsAnew(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	must(t, store.Spend(t.Context(), "ada", 9, 10, time.Now().Add(-time.Millisecond)))
	wantSpent(t, store, "ada", 0)
	if err := store.Spend(t.Context(), "ada", 11, 10, anyTime); !errors.Is(err, onboard.ErrConflict) {
		t.Errorf("more than the limit: %v, want a conflict", err)
	}
	for _, want := range []int{4, 8} {
		must(t, store.Spend(t.Context(), "ada", 4, 10, anyTime))
		wantSpent(t, store, "ada", want)
	}
}
