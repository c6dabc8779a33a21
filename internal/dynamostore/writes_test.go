package dynamostore_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
)

const writers = 16

func TestOfManyWritersOfOneVersionOneWins(t *testing.T) {
	t.Parallel()
	aloneAndInACrowd(t, ofManyWritersOfOneVersionOneWins)
}

func ofManyWritersOfOneVersionOneWins(t *testing.T, store *dynamostore.Store) {
	created(t, store, onboard.Request{ID: "r1", Total: 1})
	for version := range 5 {
		var won, lost atomic.Int64
		together(writers, func(i int) {
			err := store.Save(t.Context(), onboard.Write{
				Invitation: onboard.Invitation{RequestID: "r1", Row: 1, Version: version},
				Claim:      &onboard.Claim{Address: "a@example.com", UserSub: fmt.Sprint(i), Version: version},
				Tally:      one(onboard.Invited, anyTime),
			})
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, onboard.ErrConflict):
				lost.Add(1)
			default:
				t.Errorf("writer %d: %v", i, err)
			}
		})
		if won.Load() != 1 || lost.Load() != writers-1 {
			t.Errorf("version %d: %d won and %d lost, want 1 and %d", version, won.Load(), lost.Load(), writers-1)
		}
	}
	if got := stored(t, store, "r1").Tally.States[onboard.Invited]; got != 5 {
		t.Errorf("%d rows counted, want 5: once for each write that won", got)
	}
}

func TestPlainWritersOfOneVersionOneWins(t *testing.T) {
	t.Parallel()
	aloneAndInACrowd(t, plainWritersOfOneVersionOneWins)
}

func plainWritersOfOneVersionOneWins(t *testing.T, store *dynamostore.Store) {
	var won atomic.Int64
	together(writers, func(i int) {
		err := store.Save(t.Context(), onboard.Write{Invitation: onboard.Invitation{RequestID: "r1", Row: 1}})
		if err == nil {
			won.Add(1)
		} else if !errors.Is(err, onboard.ErrConflict) {
			t.Errorf("writer %d: %v", i, err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d writers of the same words won, want 1", won.Load())
	}
}

func TestTallyIsTheSumOfWhatManyWritersAdd(t *testing.T) {
	t.Parallel()
	aloneAndInACrowd(t, tallyIsTheSumOfWhatManyWritersAdd)
}

func tallyIsTheSumOfWhatManyWritersAdd(t *testing.T, store *dynamostore.Store) {
	created(t, store, onboard.Request{ID: "r1", Total: 400})
	together(writers, func(i int) {
		for k := range 25 {
			row := 1 + i*25 + k
			err := store.Save(t.Context(), onboard.Write{
				Invitation: onboard.Invitation{RequestID: "r1", Row: row},
				Tally: onboard.Tally{
					States:    map[onboard.State]int{onboard.Failed: 1, onboard.Deferred: 0},
					Codes:     map[onboard.Code]int{onboard.CodeEmailInvalid: 1},
					UpdatedAt: anyTime.Add(time.Duration(row*7919%401) * time.Second),
				},
			})
			if err != nil {
				t.Errorf("row %d: %v", row, err)
			}
		}
	})
	rows, err := store.ListInvitations(t.Context(), "r1", 0, 401)
	must(t, err)
	for i, inv := range rows {
		if inv.Row != i+1 || inv.Version != 1 {
			t.Errorf("row %d is stored at place %d in version %d, want each once, in version 1", inv.Row, i+1, inv.Version)
		}
	}
	if len(rows) != 400 {
		t.Errorf("%d rows are stored, want 400", len(rows))
	}
	request := stored(t, store, "r1")
	request.Label = "retried"
	must(t, store.SaveRequest(t.Context(), request, onboard.Tally{
		States: map[onboard.State]int{onboard.Failed: -400}, Codes: map[onboard.Code]int{onboard.CodeEmailInvalid: -399},
		UpdatedAt: anyTime,
	}))
	got := stored(t, store, "r1")
	want := onboard.Tally{
		States: map[onboard.State]int{}, Codes: map[onboard.Code]int{onboard.CodeEmailInvalid: 1},
		UpdatedAt: anyTime.Add(400 * time.Second),
	}
	if diff := cmp.Diff(want, got.Tally); diff != "" || got.Label != "retried" {
		t.Errorf("label %q, tally (-want +got):\n%s", got.Label, diff)
	}
}

func TestAnEarlierChangeCountsButSetsNoTime(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	request := created(t, store, onboard.Request{ID: "r1"})
	save := func(row int, at time.Time) {
		t.Helper()
		must(t, store.Save(t.Context(), onboard.Write{
			Invitation: onboard.Invitation{RequestID: "r1", Row: row, ExpiresAt: anyTime}, Tally: one(onboard.Invited, at),
		}))
	}
	save(16, anyTime)
	save(32, anyTime.Add(-time.Nanosecond)) // the same shard
	save(17, anyTime.Add(-time.Hour))
	must(t, store.SaveRequest(t.Context(), request, one(onboard.Invited, anyTime.Add(-time.Minute))))
	got := stored(t, store, "r1").Tally
	if got.States[onboard.Invited] != 4 || !got.UpdatedAt.Equal(anyTime) {
		t.Errorf("%d counted, latest at %v; want 4 at %v", got.States[onboard.Invited], got.UpdatedAt, anyTime)
	}
}

func TestReservationsFollowEachOther(t *testing.T) {
	t.Parallel()
	aloneAndInACrowd(t, reservationsFollowEachOther)
}

func reservationsFollowEachOther(t *testing.T, store *dynamostore.Store) {
	must(t, store.SaveCell(t.Context(), "invite", onboard.Cell{Cut: onboard.Cut{To: 20}}))
	const each, span = 10, 21 * time.Millisecond
	var mu sync.Mutex
	var starts []time.Time
	together(writers, func(i int) {
		for k := range each {
			// Clocks differ; some are ahead of every reservation so far.
			now := anyTime.Add(time.Duration(i*k%5) * time.Second)
			r, err := store.Reserve(t.Context(), "invite", onboard.Want{Now: func() time.Time { return now }, Span: span, Latest: anyTime.Add(time.Hour)})
			if err != nil || r.Refused != "" {
				t.Errorf("writer %d: refused %q, %v", i, r.Refused, err)
				return
			}
			start := r.Start
			if start.Before(now) || r.Cell.Version != 1 || r.Cell.Cut.To != 20 {
				t.Errorf("reserved from %v at %v with cell %+v", start, now, r.Cell)
			}
			mu.Lock()
			starts = append(starts, start)
			mu.Unlock()
		}
	})
	slices.SortFunc(starts, time.Time.Compare)
	for i := 1; i < len(starts); i++ {
		if gap := starts[i].Sub(starts[i-1]); gap < span {
			t.Errorf("reservation %d begins %v after the one before; want %v at least", i, gap, span)
		}
	}
	if len(starts) != writers*each {
		t.Errorf("%d reservations, want %d", len(starts), writers*each)
	}
}

func TestCounterNeverPassesItsLimit(t *testing.T) {
	t.Parallel()
	aloneAndInACrowd(t, counterNeverPassesItsLimit)
}

func counterNeverPassesItsLimit(t *testing.T, store *dynamostore.Store) {
	var granted atomic.Int64
	together(writers, func(i int) {
		switch err := store.Spend(t.Context(), "ada", 3, 20, anyTime); {
		case err == nil:
			granted.Add(1)
		case !errors.Is(err, onboard.ErrConflict):
			t.Errorf("writer %d: %v, want a conflict", i, err)
		}
	})
	if granted.Load() != 6 {
		t.Errorf("%d of %d got 3 of 20, want 6", granted.Load(), writers)
	}
	must(t, store.Spend(t.Context(), "ada", 2, 20, anyTime))
	wantSpent(t, store, "ada", 20)
	if err := store.Spend(t.Context(), "bob", 21, 20, anyTime); !errors.Is(err, onboard.ErrConflict) {
		t.Errorf("more than the limit at once: %v, want a conflict", err)
	}
	wantSpent(t, store, "bob", 0)
}
