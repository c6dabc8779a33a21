package sqlite_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
	"usher.example/internal/testing/onboardtest"
)

func TestAFullDiskLosesNothingThatWasAnswered(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	saved := 0
	before(t, cfg, func(s *sqlite.State) {
		must(t, s.Store().CreateRequest(t.Context(), onboardtest.Request("r", 100_000), nil))
		must(t, s.LimitSize(60))
		var err error
		for err == nil {
			inv := onboardtest.Invitation("r", saved+1, invited)
			if err = s.Store().Save(t.Context(), onboard.Write{Invitation: inv, Tally: onboard.Change(onboard.Invitation{}, inv, 1)}); err == nil {
				saved++
			}
		}
		if !errors.Is(err, sqlite.ErrFull) {
			t.Errorf("the save that no longer fits: %v", err)
		}
		if err := s.Queue().Send(t.Context(), make([]onboard.Message, 5000), 0); !errors.Is(err, sqlite.ErrFull) {
			t.Errorf("a send: %v", err)
		}
		must(t, s.LimitSize(1000))
		saved++ // with space it continues
		must(t, s.Store().Save(t.Context(), onboard.Write{Invitation: onboardtest.Invitation("r", saved)}))
	})
	s := open(t, cfg)
	list, err := s.Store().ListInvitations(t.Context(), "r", 0, 100_000)
	must(t, err)
	r, err := s.Store().Request(t.Context(), "r")
	must(t, err)
	if len(list) != saved || r.Tally.States[onboard.Invited] != saved-1 {
		t.Errorf("%d rows, %d counted; %d were answered", len(list), r.Tally.States[onboard.Invited], saved)
	}
	receive(t, s.Queue(), 0)
}

func invited(inv *onboard.Invitation) { inv.State = onboard.Invited }

func TestADamagedRecordLeavesTheOthersReadable(t *testing.T) {
	t.Parallel()
	s := open(t, newConfig(t))
	due := time.Now().Add(-time.Hour)
	for n := 1; n <= 3; n++ {
		id := onboardtest.RequestID(n)
		must(t, s.Store().CreateRequest(t.Context(), onboardtest.Request(id, 1), nil))
		inv := onboardtest.Invitation(id, 1, func(inv *onboard.Invitation) { inv.State, inv.DueAt = onboard.Deferred, due })
		must(t, s.Store().Save(t.Context(), onboard.Write{Invitation: inv, Claim: &onboard.Claim{Address: inv.Email + id}}))
	}
	bad := onboardtest.RequestID(2)
	must(t, s.Change("UPDATE requests SET body = 'ann@example.com' WHERE id = ?", bad))
	must(t, s.Change("UPDATE invitations SET body = '{\"state\":7,\"email\":\"ann@example.com\"}' WHERE request = ?", bad))

	store, ctx := s.Store(), t.Context()
	newest, err := store.ListRequests(ctx, "", 10)
	damaged(t, "ListRequests", len(newest), 2, err)
	oldest, err := store.OpenRequests(ctx, "", 2)
	damaged(t, "OpenRequests", len(oldest), 2, err)
	waiting, err := store.DueInvitations(ctx, time.Now(), onboard.Due{}, 10)
	damaged(t, "DueInvitations", len(waiting), 2, err)
	rows, err := store.ListInvitations(ctx, bad, 0, 10)
	damaged(t, "ListInvitations", len(rows), 0, err)
	_, err = store.Request(ctx, bad)
	damaged(t, "Request", 0, 0, err)
	_, _, err = store.Load(ctx, bad, 1, "")
	damaged(t, "Load", 0, 0, err)
}

// damaged checks that an error says so, quotes nothing, and comes with the others.
func damaged(t *testing.T, what string, got, want int, err error) {
	t.Helper()
	if !errors.Is(err, onboard.ErrDamaged) || got != want {
		t.Errorf("%s: %d records, error %v; want %d", what, got, err, want)
	}
	if text := fmt.Sprint(err); strings.Contains(text, "ann@") {
		t.Errorf("%s: the error quotes the record: %s", what, text)
	}
}

func TestARowTakesLessThanAKilobyte(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	const rows = 3000
	before(t, cfg, func(s *sqlite.State) {
		for first := 0; first < rows; first += rows / 3 { // the queue holds a third, as the rest is done
			id := fmt.Sprintf("01J8ZC%020d", first)
			send(t, s.Queue(), id, rows/3)
			var handles []string
			for range rows / 3 / 10 {
				for _, d := range receive(t, s.Queue(), 10) {
					handles = append(handles, d.Handle)
				}
			}
			must(t, s.Queue().DeleteBatch(handles))
		}
		fill(t, s, rows)
	})
	if each := diskUse(t, cfg) / rows; each > 1000 {
		t.Errorf("a row takes %d bytes", each)
	} else {
		t.Logf("a row takes %d bytes", each)
	}
}
