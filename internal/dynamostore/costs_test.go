package dynamostore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

// A row that meets nothing unusual: read, its claim and attempt written down,
// settled. Its part in the request's reading and in the pace's reservation is
// shared with its batch.
func TestCleanRowCosts(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	const id, address = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "grace.hopper@engineering.example.com"
	created(t, store, onboard.Request{ID: id, Total: 1})
	wire.take()

	inv, claim := loaded(t, store, id, 1, address)
	inv.Email, inv.Groups, inv.Ref = address, []string{"staff", "engineering"}, "employee-20771"
	inv.Attributes = map[string]string{"given_name": "Grace", "family_name": "Hopper", "custom:tenant": "navy"}
	inv.Cells = []string{"Grace", "Hopper", address, "staff;engineering", "navy"}
	inv.State, inv.Attempts, inv.UpdatedAt, inv.ExpiresAt = onboard.Pending, 1, anyTime, anyTime
	claim.Holder = onboard.Holder{RequestID: id, Row: 1, Token: "01ARZ3NDEKTSV4RRFFQ69G5FAV"}
	claim.Until, claim.ExpiresAt = anyTime, anyTime
	claim.Trail = onboard.Trail{From: anyTime, To: anyTime}
	must(t, store.Save(t.Context(), onboard.Write{
		Invitation: inv, Claim: &claim, Tally: onboard.Change(onboard.Invitation{}, inv, 1),
	}))
	was := inv
	was.Version, claim.Version, inv.Version = 1, 1, 1
	inv.State, inv.Round, inv.UserSub, inv.PasswordExpiresAt = onboard.Invited, 1, "57ac6f36-0d3c-4a67-8a5c-6c3b3d0d2b8e", anyTime
	claim.CreditedTo, claim.Holder, claim.Trail = onboard.Holder{RequestID: id, Row: 1}, onboard.Holder{}, onboard.Trail{}
	claim.UserSub, claim.MailedAt = inv.UserSub, anyTime
	for row := range 5 { // as many as fit; from the sixth on the claim takes one unit more, twice for the transaction
		claim.History = append(claim.History, onboard.Touch{RequestID: id, Row: row + 1, At: anyTime, MailAfter: anyTime})
	}
	must(t, store.Save(t.Context(), onboard.Write{
		Invitation: inv, Claim: &claim, Tally: onboard.Change(was, inv, 1),
	}))

	var got []string
	for _, c := range wire.take() {
		got = append(got, fmt.Sprintf("%s: %d write units", c.operation, c.writeUnits(t)))
	}
	want := []string{
		"BatchGetItem: 0 write units",
		"TransactWriteItems: 4 write units", // invitation, claim
		"TransactWriteItems: 6 write units", // invitation, claim, tally
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls of a clean row (-want +got):\n%s", diff)
	}
}

func TestOtherCallsCost(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	expect := func(what string, do func() error, want ...string) {
		t.Helper()
		wire.take()
		must(t, do())
		var got []string
		for _, c := range wire.take() {
			got = append(got, fmt.Sprintf("%s %d", c.operation, c.writeUnits(t)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: calls and write units (-want +got):\n%s", what, diff)
		}
	}
	reserve := func() error {
		_, err := store.Reserve(t.Context(), "invite", onboard.Want{Now: atAnyTime, Span: time.Second, Latest: anyTime.Add(time.Hour), Mail: true, New: true})
		return err
	}
	expect("a request with its key", func() error {
		return store.CreateRequest(t.Context(), onboard.Request{ID: "r1"}, &onboard.Key{ID: "k1"})
	}, "TransactWriteItems 4")
	must(t, store.CreateRequest(t.Context(), onboard.Request{ID: "r0", ExpiresAt: time.Now().Add(-time.Second)}, nil))
	expect("a list of one that lives and one that has expired", func() error {
		_, err := store.ListRequests(t.Context(), "", 1)
		return err
	}, "Query 0", "Query 0", "Query 0") // the open ones, the ended ones, and the one that was found
	expect("what comes after it", func() error {
		_, err := store.ListRequests(t.Context(), "r1", 1)
		return err
	}, "Query 0", "Query 0", "Query 0") // a page of nothing but the expired one, the end, and the ended ones
	expect("a poll", func() error { _, err := store.Request(t.Context(), "r1"); return err }, "Query 0")
	expect("a request's phase", func() error {
		return store.SaveRequest(t.Context(), onboard.Request{ID: "r1", Version: 1}, onboard.Tally{UpdatedAt: anyTime})
	}, "PutItem 1")
	expect("moving a row on", func() error {
		return store.Save(t.Context(), onboard.Write{
			Invitation: onboard.Invitation{RequestID: "r1", Row: 1},
			Tally:      onboard.Tally{States: map[onboard.State]int{onboard.Deferred: 0}, UpdatedAt: anyTime},
		})
	}, "PutItem 1") // no count changes, so the tally does not
	expect("the first reservation, which finds the lane idle", reserve, "UpdateItem 1", "UpdateItem 1")
	expect("the next, which finds it busy", reserve, "UpdateItem 1", "UpdateItem 1")
	expect("one that finds it as the last did", reserve, "UpdateItem 1")
	expect("spending", func() error { return store.Spend(t.Context(), "ada", 1, 9, anyTime) }, "TransactWriteItems 2")
	expect("what was spent", func() error { _, err := store.Spent(t.Context(), "ada"); return err }, "GetItem 0")
}

// The events of a request come one by one in the worst case. A block of rows takes one
// unit for each until it is full, and two for the last ones where every mail was taken
// first and came back later.
func TestANoteOfAMailCosts(t *testing.T) {
	t.Parallel()
	store, wire := newWiredStore(t)
	most := func(says onboard.MailDelivery) (most int) {
		for row := 9801; row <= 9999; row++ { // of the longest numbers that are usual
			must(t, store.NoteMails(t.Context(), "01ARZ3NDEKTSV4RRFFQ69G5FAV", map[int]onboard.MailDelivery{row: says}, anyTime))
		}
		for _, c := range wire.take() {
			if c.operation != "UpdateItem" {
				t.Errorf("a note is a call of %s", c.operation)
			}
			most = max(most, c.writeUnits(t))
		}
		return most
	}
	if got := most(onboard.MailDelivered); got != 1 {
		t.Errorf("a note of a mail that arrived takes up to %d write units, want 1", got)
	}
	if got := most(onboard.MailBounced); got > 2 {
		t.Errorf("a note of a mail that came back later takes up to %d write units, want at most 2", got)
	}
}
