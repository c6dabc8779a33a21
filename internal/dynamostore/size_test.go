package dynamostore_test

import (
	"slices"
	"strings"
	"testing"

	"usher.example/internal/onboard"
)

// rowBytes is the most that internal/intake takes for the values of one row, and
// for the header of a CSV body.
const rowBytes = 64 << 10

func TestTheLargestRowFitsIntoAnItem(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	inv := onboard.Invitation{
		RequestID: "r1", Row: 1, Person: onboard.Person{Email: strings.Repeat("e", 8<<10), Cells: slices.Repeat([]string{strings.Repeat("x", rowBytes/64)}, 64), Attributes: map[string]string{ // the same values again
			"given_name": strings.Repeat("x", rowBytes/2), "custom:note": strings.Repeat("x", rowBytes/2),
		}}, Reason: strings.Repeat("r", 1<<10), State: onboard.Failed,
	}
	must(t, store.Save(t.Context(), onboard.Write{
		Invitation: inv, Claim: &onboard.Claim{Address: strings.Repeat("\U0001F331", onboard.MaxEmailLength)}, Tally: one(onboard.Failed, anyTime),
	}))
}

func TestARequestHasRoomForItsHeaderAndManyActs(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	by := strings.Repeat("b", 128) // the longest user name there is
	must(t, store.CreateRequest(t.Context(), onboard.Request{
		ID: "r1", Label: strings.Repeat("l", 256), Columns: slices.Repeat([]string{strings.Repeat("c", rowBytes/128)}, 128),
		Audit: slices.Repeat([]onboard.Action{{What: "cancel", By: by, At: anyTime, Rows: 10_000}}, 1_500),
	}, nil))
}

func TestAnItemTooLargeIsAnErrorWithoutAClass(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	err := store.Save(t.Context(), onboard.Write{
		Invitation: onboard.Invitation{RequestID: "r1", Row: 1, Person: onboard.Person{Ref: strings.Repeat("ada@example.com", 30_000)}},
	})
	unclassified(t, err, "saving row 1 of request r1", "ValidationException")
	if inv, _ := loaded(t, store, "r1", 1, ""); inv.Version != 0 {
		t.Errorf("stored in version %d all the same", inv.Version)
	}
}
