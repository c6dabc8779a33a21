package dynamostore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
)

// In each of these the first call has its effect, its answer is lost, and the
// SDK sends the same call again.

func TestLostAnswerOfAPlainSaveIsNoConflict(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	wire.loseNext("PutItem")
	must(t, store.Save(t.Context(), onboard.Write{Invitation: onboard.Invitation{RequestID: "r1", Row: 1}}))
	wire.loseNext("PutItem")
	must(t, store.Save(t.Context(), onboard.Write{Invitation: onboard.Invitation{RequestID: "r1", Row: 1, Version: 1}}))
	inv, _ := loaded(t, store, "r1", 1, "")
	if inv.Version != 2 {
		t.Errorf("version %d, want 2", inv.Version)
	}
	err := store.Save(t.Context(), onboard.Write{Invitation: onboard.Invitation{RequestID: "r1", Row: 1, Version: 1}})
	if !errors.Is(err, onboard.ErrConflict) {
		t.Errorf("the version before: %v, want a conflict", err)
	}
	if calls := wire.take(); len(calls) != 6 {
		t.Errorf("%d calls, want 6: two saves twice, a read, and a conflict", len(calls))
	}
}

func TestLostAnswerOfATransactionHasOneEffect(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	key := onboard.Key{ID: "k1"}
	wire.loseNext("TransactWriteItems")
	must(t, store.CreateRequest(t.Context(), onboard.Request{ID: "r1", Total: 1}, &key))
	wire.loseNext("TransactWriteItems")
	must(t, store.Save(t.Context(), onboard.Write{
		Invitation: onboard.Invitation{RequestID: "r1", Row: 1},
		Claim:      &onboard.Claim{Address: "a@example.com"},
		Tally:      one(onboard.Invited, anyTime),
	}))
	got := stored(t, store, "r1").Tally
	if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 1}, got.States); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if calls := wire.take(); len(calls) != 5 {
		t.Errorf("%d calls, want 5: two transactions twice and a read", len(calls))
	}
}

func TestLostAnswerOfARequestAloneIsNoConflict(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	wire.loseNext("PutItem")
	request := created(t, store, onboard.Request{ID: "r1"})
	request.Phase = onboard.Running
	wire.loseNext("PutItem")
	must(t, store.SaveRequest(t.Context(), request, onboard.Tally{}))
	if got := stored(t, store, "r1"); got.Phase != onboard.Running || got.Version != 2 {
		t.Errorf("phase %q in version %d, want running in 2", got.Phase, got.Version)
	}
}

func TestLostAnswerSpendsOnce(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	for _, want := range []int{4, 8} {
		wire.loseNext("TransactWriteItems")
		must(t, store.Spend(t.Context(), "ada", 4, 10, anyTime))
		wantSpent(t, store, "ada", want)
	}
	must(t, store.Spend(t.Context(), "bob", 4, 10, time.Now()))
	wire.loseNext("TransactWriteItems")
	must(t, store.Spend(t.Context(), "bob", 3, 10, anyTime))
	wantSpent(t, store, "bob", 3)
}

// Another writer comes between a spend and its repetition, and leaves nothing by
// which the first could know its own work again.
func TestLostAnswerSpendsOnceThoughOthersSpend(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	other, want := wire.other(), 0
	wire.meanwhile = func() {
		must(t, other.Spend(t.Context(), "ada", 3, 100, anyTime))
		want += 3
	}
	for _, n := range []int{4, 5, -4} {
		wire.loseNext("TransactWriteItems")
		want += n
		must(t, store.Spend(t.Context(), "ada", n, 100, anyTime))
		wantSpent(t, other, "ada", want)
	}
}

func wantSpent(t *testing.T, store *dynamostore.Store, counter string, want int) {
	t.Helper()
	if sum, err := store.Spent(t.Context(), counter); sum != want || err != nil {
		t.Errorf("%s has spent %d, %v; want %d", counter, sum, err, want)
	}
}

func TestLostAnswerOfACellIsNoConflict(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	for version := range 2 {
		wire.loseNext("UpdateItem")
		must(t, store.SaveCell(t.Context(), "invite", onboard.Cell{Cut: onboard.Cut{To: 5}, Version: version}))
	}
	err := store.SaveCell(t.Context(), "invite", onboard.Cell{Version: 1})
	if !errors.Is(err, onboard.ErrConflict) {
		t.Errorf("the version before: %v, want a conflict", err)
	}
}

func TestLostAnswerOfAReservationWastesItsSpan(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	wire.loseNext("UpdateItem")
	want := onboard.Want{Now: atAnyTime, Span: time.Second, Latest: anyTime.Add(time.Hour)}
	one, err := store.Reserve(t.Context(), "invite", want)
	must(t, err)
	next, err := store.Reserve(t.Context(), "invite", want)
	must(t, err)
	if one.Start.Before(anyTime) || next.Start.Sub(one.Start) < time.Second {
		t.Errorf("from %v: reserved at %v and then %v; want a second each", anyTime, one.Start, next.Start)
	}
}
