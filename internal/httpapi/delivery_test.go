package httpapi_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// reported stores a request of four rows, three of whose mails are known about.
func reported(t *testing.T) *bundle {
	t.Helper()
	b := setup(t)
	row := func(n int, address string, state onboard.State) onboard.Invitation {
		return onboard.Invitation{Row: n, Person: onboard.Person{Email: address, Cells: []string{address}}, Round: 1, State: state}
	}
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 4, Columns: []string{"email"}},
		row(2, "ann@example.org", onboard.Invited), row(3, "bob@example.org", onboard.Invited),
		row(4, "cy@example.org", onboard.Failed), row(5, "dee@example.org", onboard.Resent))
	return b
}

func (b *bundle) note(of map[int]onboard.MailDelivery) {
	b.t.Helper()
	if err := b.store.NoteMails(b.t.Context(), "01R", of, b.request("01R").ExpiresAt); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) request(id string) onboard.Request {
	b.t.Helper()
	r, err := b.store.Request(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

var noted = map[int]onboard.MailDelivery{2: onboard.MailDelivered, 3: onboard.MailBounced, 5: onboard.MailComplained}

func TestARequestCountsWhatBecameOfItsMails(t *testing.T) {
	t.Parallel()
	b := reported(t)
	before := b.do(get("/requests/01R"))
	if view := b.want(200, get("/requests/01R")); view["deliveries"] != nil {
		t.Errorf("deliveries %v though nothing is known", view["deliveries"])
	}
	b.note(noted)
	view := b.want(200, get("/requests/01R").with("If-None-Match", before.Header().Get("ETag")))
	if diff := cmp.Diff(map[string]any{"delivered": 1.0, "bounced": 1.0, "complained": 1.0}, view["deliveries"]); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
	if counts := view["counts"].(map[string]any); counts["invited"] != 2.0 || counts["resent"] != 1.0 {
		t.Errorf("the states changed: %v", counts)
	}
}

func TestARowSaysWhatBecameOfItsMail(t *testing.T) {
	t.Parallel()
	b := reported(t)
	b.note(noted)
	for query, want := range map[string]map[int]any{
		"":                                {2: "delivered", 3: "bounced", 4: nil, 5: "complained"},
		"?delivery=bounced":               {3: "bounced"},
		"?delivery=bounced,complained":    {3: "bounced", 5: "complained"},
		"?state=failed&delivery=bounced":  {3: "bounced", 4: nil},
		"?state=invited&delivery=bounced": {2: "delivered", 3: "bounced"},
	} {
		got := map[int]any{}
		for _, inv := range b.want(200, get("/requests/01R/invitations"+query))["invitations"].([]any) {
			row := inv.(map[string]any)
			got[int(row["row"].(float64))] = row["delivery"]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	if answer := b.do(get("/requests/01R/invitations?delivery=lost")); answer.Code != 400 || !strings.Contains(answer.Body.String(), "delivered, bounced, complained") {
		t.Errorf("a word that is none: %d %s", answer.Code, answer.Body)
	}
}

// The column is there only if something is known, and comes back as ours.
func TestAResultSaysWhatBecameOfTheMails(t *testing.T) {
	t.Parallel()
	b := reported(t)
	csv := func(query string) string {
		return strings.TrimPrefix(b.do(get("/requests/01R/invitations"+query).with("Accept", "text/csv")).Body.String(), "\ufeff")
	}
	if got := csv(""); !strings.HasPrefix(got, "email,state,code,reason\r\n") {
		t.Errorf("header of a result of which nothing is known: %q", got)
	}
	b.note(noted)
	got := csv("?state=failed&delivery=bounced")
	want := "email,state,code,reason,delivery\r\nbob@example.org,invited,,,bounced\r\ncy@example.org,failed,,,\r\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows to correct (-want +got):\n%s", diff)
	}
	corrected := strings.Replace(got, "bob@example.org", "rob@example.org", 1)
	sub, err := intake.Read("text/csv", []byte(corrected), intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(sub.Columns, []string{"email"}) || len(sub.Rows) != 2 || sub.Rows[0].Email != "rob@example.org" {
		t.Errorf("corrected and read again: columns %q, rows %+v", sub.Columns, sub.Rows)
	}
}

// Nothing can be corrected in a row whose person was erased, and the rest of a result that
// comes in parts leaves such rows out, too.
func TestErasedRowsAreLeftOutWhereTheyAreNotWanted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	inv := func(row int, state onboard.State, erased bool) onboard.Invitation {
		inv := onboard.Invitation{RequestID: "01R", Row: row, Round: 1, State: state, Erased: erased}
		if !erased {
			inv.Person = onboard.Person{Email: fmt.Sprintf("p%d@example.org", row), Cells: []string{strings.Repeat("x", 3_000_000)}}
		}
		return inv
	}
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 6, Columns: []string{"email"}},
		inv(2, onboard.Failed, true), inv(3, onboard.Failed, false), inv(4, onboard.Invited, true), inv(5, onboard.Invited, false),
		inv(6, onboard.Failed, true), inv(7, onboard.Failed, false))
	b.note(map[int]onboard.MailDelivery{4: onboard.MailBounced, 5: onboard.MailBounced})
	const toCorrect = "state=failed&delivery=bounced&erased=false"
	for query, want := range map[string][]int{
		"": {2, 3, 4, 5, 6, 7}, "?erased=true": {2, 3, 4, 5, 6, 7}, "?erased=false": {3, 5, 7},
		"?state=failed": {2, 3, 6, 7}, "?state=failed&delivery=bounced": {2, 3, 4, 5, 6, 7}, "?" + toCorrect: {3, 5, 7},
	} {
		var got []int
		for _, row := range b.want(200, get("/requests/01R/invitations"+query))["invitations"].([]any) {
			got = append(got, int(row.(map[string]any)["row"].(float64)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	b.problem(400, get("/requests/01R/invitations?erased=no"))
	first := b.do(get("/requests/01R/invitations?from_row=1&"+toCorrect).with("Accept", "text/csv"))
	if link := first.Header().Get("Link"); !strings.Contains(link, "erased=false") {
		t.Errorf("the result continues at %q", link)
	}
}
