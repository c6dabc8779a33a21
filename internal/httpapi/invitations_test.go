package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/httpapi"
	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// stored puts a request with these invitations into the store.
func (b *bundle) stored(r onboard.Request, invitations ...onboard.Invitation) {
	b.t.Helper()
	r.ExpiresAt, r.SubmittedAt, r.SubmittedBy = time.Now().Add(time.Hour), time.Now(), "eve"
	if err := b.store.CreateRequest(b.t.Context(), r, nil); err != nil {
		b.t.Fatal(err)
	}
	for _, inv := range invitations {
		inv.RequestID = r.ID
		if err := b.store.Save(b.t.Context(), onboard.Write{Invitation: inv, Tally: onboard.Change(onboard.Invitation{}, inv, r.Round)}); err != nil {
			b.t.Fatal(err)
		}
	}
}

func TestInvitationHasEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := time.Date(2126, 11, 22, 9, 30, 0, 123e6, time.UTC) // a retry in the past would be shown as the next one
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 2},
		onboard.Invitation{Row: 2, Person: onboard.Person{Email: "ann@example.org", Ref: "P-1"}, Round: 1, State: onboard.Deferred, Code: onboard.CodeMailQuota, Reason: "the day's mail is used up", Attempts: 1, UpdatedAt: at, RetryAt: at.Add(time.Hour)},
		onboard.Invitation{Row: 3, Person: onboard.Person{Email: "bob@example.org"}, Round: 1, State: onboard.Invited, Attempts: 2, UserSub: "sub-1", UpdatedAt: at, PasswordExpiresAt: at.Add(24 * time.Hour)},
	)
	want := map[string]any{"next_cursor": nil, "invitations": []any{
		map[string]any{"row": 2.0, "email": "ann@example.org", "state": "deferred", "code": "mail_quota_exhausted", "reason": "the day's mail is used up", "ref": "P-1",
			"attempts": 1.0, "user_sub": nil, "updated_at": "2126-11-22T09:30:00.123Z", "retry_at": "2126-11-22T10:30:00.123Z", "password_expires_at": nil},
		map[string]any{"row": 3.0, "email": "bob@example.org", "state": "invited", "code": nil, "reason": nil, "ref": nil,
			"attempts": 2.0, "user_sub": "sub-1", "updated_at": "2126-11-22T09:30:00.123Z", "retry_at": nil, "password_expires_at": "2126-11-23T09:30:00.123Z"},
	}}
	if diff := cmp.Diff(want, b.want(200, get("/requests/01R/invitations"))); diff != "" {
		t.Errorf("invitations (-want +got):\n%s", diff)
	}
}

func TestInvitationsByStateAndPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	states := []onboard.State{onboard.Invited, onboard.Failed, onboard.Pending, onboard.Existing, onboard.Deferred}
	var invitations []onboard.Invitation
	byState := map[string][]int{}
	for row := 1; row <= 53; row++ {
		s := states[row%len(states)]
		invitations = append(invitations, onboard.Invitation{Row: row, Person: onboard.Person{Email: fmt.Sprintf("a%d@example.org", row)}, Round: 1, State: s})
		byState[string(s)] = append(byState[string(s)], row)
		byState["all"] = append(byState["all"], row)
		if s == onboard.Invited || s == onboard.Failed {
			byState["two"] = append(byState["two"], row)
		}
	}
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 53}, invitations...)
	for query, want := range map[string][]int{
		"": byState["all"], "state=invited": byState["invited"], "state=pending": byState["pending"],
		"state=invited,failed": byState["two"], "state=failed&state=invited": byState["two"], "state=canceled": nil,
	} {
		for _, limit := range []int{1, 2, 10, 11, 53, 1000} {
			if diff := cmp.Diff(want, b.pages("/requests/01R/invitations?"+query, limit)); diff != "" {
				t.Errorf("%q by %d (-want +got):\n%s", query, limit, diff)
			}
		}
	}
}

// pages follows the cursors and returns the rows.
func (b *bundle) pages(target string, limit int) (rows []int) {
	b.t.Helper()
	cursor := ""
	for {
		page := b.want(200, get(fmt.Sprintf("%s&limit=%d%s", target, limit, cursor)))
		list := page["invitations"].([]any)
		if len(list) > limit {
			b.t.Fatalf("%s: a page of %d, limit %d", target, len(list), limit)
		}
		for _, inv := range list {
			rows = append(rows, int(inv.(map[string]any)["row"].(float64)))
		}
		next, ok := page["next_cursor"].(string)
		if !ok {
			return rows
		}
		cursor = "&cursor=" + next
	}
}

// countingLists counts the lists of invitations.
type countingLists struct {
	onboard.Store
	lists int
}

func (c *countingLists) ListInvitations(ctx context.Context, id string, after, limit int) ([]onboard.Invitation, error) {
	c.lists++
	return c.Store.ListInvitations(ctx, id, after, limit)
}

func TestOneRowOfManyIsFoundInFewReads(t *testing.T) {
	t.Parallel()
	var store *countingLists
	b := setup(t, func(cfg *httpapi.Config) {
		store = &countingLists{Store: cfg.Store}
		cfg.Store = store
	})
	invitations := make([]onboard.Invitation, 3000)
	for i := range invitations {
		invitations[i] = onboard.Invitation{Row: i + 1, Person: onboard.Person{Email: "a@example.org"}, Round: 1, State: onboard.Invited}
	}
	invitations[2999].State = onboard.Failed
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 3000}, invitations...)
	if diff := cmp.Diff([]int{3000}, b.pages("/requests/01R/invitations?state=failed", 1)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if store.lists > 4 {
		t.Errorf("the store was asked %d times", store.lists)
	}
}

func TestRetriedFailureIsPending(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 2, Total: 2},
		onboard.Invitation{Row: 1, Person: onboard.Person{Email: "a@example.org"}, Round: 1, State: onboard.Failed, Code: onboard.CodeAttemptsExhausted, Reason: "why"},
		onboard.Invitation{Row: 2, Person: onboard.Person{Email: "b"}, Round: 1, State: onboard.Failed, Code: onboard.CodeEmailInvalid, Reason: "why"})
	if diff := cmp.Diff(map[int]string{1: "pending", 2: "failed email_invalid"}, b.rows("/requests/01R/invitations")); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[int]string{1: "pending"}, b.rows("/requests/01R/invitations?state=pending")); diff != "" {
		t.Errorf("pending (-want +got):\n%s", diff)
	}
}

func getCSV(target string) call { return get(target).with("Accept", "text/csv") }

func TestResultsComeInTheCallersColumns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		const body = "Personal-Nr;E-Mail;Note\r\n1;ann@example.org;\"a;b\"\r\n2;-a@example.org;=1+1\r\n3;nobody;+49\r\n"
		submitted := id(b.want(202, post("/requests?keep_columns=true", "text/csv", body)))
		b.work(10 * time.Second)
		w := b.do(getCSV("/requests/" + submitted + "/invitations"))
		const want = "\ufeffPersonal-Nr;E-Mail;Note;state;code;reason\r\n" +
			"1;ann@example.org;\"a;b\";invited;;\r\n" +
			"2;'-a@example.org;'=1+1;invited;;\r\n" +
			"3;nobody;'+49;failed;email_invalid;The address has no @. Write it as name@example.org.\r\n"
		if diff := cmp.Diff(want, w.Body.String()); diff != "" {
			t.Errorf("CSV (-want +got):\n%s", diff)
		}
		if h := w.Header(); !strings.HasPrefix(h.Get("Content-Type"), "text/csv; charset=utf-8") || h.Get("Content-Disposition") != `attachment; filename="usher-`+submitted+`.csv"` || h.Get("Vary") != "Accept" {
			t.Errorf("headers %v", h)
		}

		for separator, want := range map[string]string{"comma": ",", "tab": "\t", "%3B": ";"} {
			got := b.do(getCSV("/requests/" + submitted + "/invitations?separator=" + separator)).Body.String()
			if header := strings.Join([]string{"\ufeffPersonal-Nr", "E-Mail", "Note", "state", "code", "reason\r\n"}, want); !strings.HasPrefix(got, header) {
				t.Errorf("separator=%s: %q", separator, got)
			}
		}
		b.problem(400, getCSV("/requests/"+submitted+"/invitations?separator=dot"))
		b.problem(400, get("/requests/"+submitted+"/invitations?separator=tab"))

		failed := b.do(getCSV("/requests/" + submitted + "/invitations?state=failed"))
		if n := strings.Count(failed.Body.String(), "\r\n"); n != 2 {
			t.Errorf("failures: %q", failed.Body)
		}

		corrected := strings.Replace(w.Body.String(), "nobody", "nobody@example.org", 1)
		again := b.want(202, post("/requests", "text/csv", corrected))
		b.work(10 * time.Second)
		if got := b.rows("/requests/" + id(again) + "/invitations"); got[2] != "existing already_exists" || got[3] != "existing already_exists" || got[4] != "invited" {
			t.Errorf("corrected and sent again: %v", got)
		}
	})
}

// The failures of a JSON body, sent again as they are, lose nothing.
func TestFailuresOfJSONKeepGroupsAndAttributes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		body, err := os.ReadFile("../intake/testdata/cases/89-json-failures-roundtrip.json")
		if err != nil {
			t.Fatal(err)
		}
		failures := string(body)
		failures = strings.Replace(failures, `"ada.moss@example.org"`, `"ada.moss@example"`, 1) // fails without the pool
		submitted := id(b.want(202, postJSON("/requests", strings.Replace(failures, `]}`, `,{"email":"ok@example.org"}]}`, 1))))
		b.work(10 * time.Second)
		csv := b.do(getCSV("/requests/" + submitted + "/invitations?state=failed")).Body.String()
		again, err := intake.Read("text/csv", []byte(csv), intake.Limits{})
		if err != nil || len(again.Rows) != 2 {
			t.Fatalf("%d rows, %v from %s", len(again.Rows), err, csv)
		}
		want, _ := intake.Read("application/json", []byte(failures), intake.Limits{})
		for i := range want.Rows {
			delete(again.Rows[i].Attributes, "custom:row") // the number, which no pool has
			if diff := cmp.Diff(want.Rows[i].Groups, again.Rows[i].Groups); diff != "" || !maps.Equal(want.Rows[i].Attributes, again.Rows[i].Attributes) {
				t.Errorf("row %d: groups %v, attributes %v; want %v, %v", i, again.Rows[i].Groups, again.Rows[i].Attributes, want.Rows[i].Groups, want.Rows[i].Attributes)
			}
		}
	})
}

func TestResultsOfOtherBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		submitted := id(b.want(202, postJSON("/requests", `[{"email":"ann@example.org","ref":"P-1"},"+b@example.org"]`)))
		b.work(10 * time.Second)
		const want = "row,email,ref,state,code,reason\r\n1,ann@example.org,P-1,invited,,\r\n2,'+b@example.org,,invited,,\r\n"
		if got := b.do(getCSV("/requests/" + submitted + "/invitations")).Body.String(); got != want {
			t.Errorf("CSV %q, want %q", got, want)
		}
		b.problem(400, getCSV("/requests/"+submitted+"/invitations?limit=5"))
	})
}

// The failures of a JSON body, corrected and sent again, lose neither groups nor
// attributes, in whichever states they are asked for.
func TestFailuresOfAJSONBodyCarryAllOfTheRow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		submitted := id(b.want(202, postJSON("/requests", `[
			{"email":"ann@example.org","groups":["staff"],"attributes":{"given_name":"Ann"}},
			{"email":"bob","groups":["staff","it"],"attributes":{"family_name":"Öz, B.","custom:tenant":"t;1"},"ref":"P-2"},
			{"email":"cy","attributes":{"given_name":"Cy"},"ref":"P-3\u0000"}]`)))
		b.work(10 * time.Second)
		got := b.do(getCSV("/requests/" + submitted + "/invitations?state=failed")).Body.String()
		sub, err := intake.Read("text/csv", []byte(strings.Replace(got, "bob", "bob@example.org", 1)), intake.Limits{})
		if err != nil {
			t.Fatalf("%v:\n%s", err, got)
		}
		var people []onboard.Person
		for _, row := range sub.Rows {
			row.Attributes = maps.Clone(row.Attributes)
			delete(row.Attributes, "custom:row") // the number beside it
			people = append(people, onboard.Person{Email: row.Email, Groups: row.Groups, Attributes: row.Attributes, Ref: row.Ref})
		}
		want := []onboard.Person{
			{Email: "bob@example.org", Groups: []string{"staff", "it"}, Attributes: map[string]string{"family_name": "Öz, B.", "custom:tenant": "t;1"}, Ref: "P-2"},
			{Email: "cy", Attributes: map[string]string{"given_name": "Cy"}, Ref: "P-3\ufffd"},
		}
		if diff := cmp.Diff(want, people); diff != "" {
			t.Errorf("people (-want +got):\n%s\n%s", diff, got)
		}
		list := b.want(200, get("/requests/"+submitted+"/invitations?state=failed"))["invitations"].([]any)
		shown := list[0].(map[string]any)
		if diff := cmp.Diff([]any{[]any{"staff", "it"}, map[string]any{"family_name": "Öz, B.", "custom:tenant": "t;1"}}, []any{shown["groups"], shown["attributes"]}); diff != "" {
			t.Errorf("groups and attributes (-want +got):\n%s", diff)
		}
	})
}

func TestLongResultsArePagedThrough(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var invitations []onboard.Invitation
	for row := 1; row <= 2500; row++ {
		invitations = append(invitations, onboard.Invitation{Row: row, Person: onboard.Person{Email: fmt.Sprintf("a%d@example.org", row)}, Round: 1, State: onboard.Invited})
	}
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 2500}, invitations...)
	sub, err := intake.Read("text/csv", b.do(getCSV("/requests/01R/invitations")).Body.Bytes(), intake.Limits{})
	if err != nil || len(sub.Rows) != 2500 || sub.Rows[2499].Email != "a2500@example.org" {
		t.Errorf("%d rows came back: %v", len(sub.Rows), err)
	}
}

func TestAcceptChoosesTheForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 1})
	for accept, want := range map[string]string{
		"": "application/json", "*/*": "application/json", "text/csv": "text/csv", "TEXT/CSV;header=present": "text/csv", "text/*": "text/csv",
		"application/json, text/csv": "application/json", "application/json;q=0.5, text/csv": "text/csv", "text/csv;q=0.1, application/json;q=0.2": "application/json",
		"text/csv;q=0": "application/json", "text/csv;q=x": "application/json", "text/html": "application/json", "text/csv, */*;q=0.1": "text/csv",
	} {
		if got := b.do(get("/requests/01R/invitations").with("Accept", accept)).Header().Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("Accept: %s gives %s, want %s", accept, got, want)
		}
	}
}

// failingList is a store whose lists fail after the first page.
type failingList struct {
	onboard.Store
	pages int
}

func (f *failingList) ListInvitations(ctx context.Context, id string, after, limit int) ([]onboard.Invitation, error) {
	if f.pages--; f.pages < 0 {
		return nil, errors.New("the table is gone")
	}
	return f.Store.ListInvitations(ctx, id, after, limit)
}

func TestHalfAResultIsNotSent(t *testing.T) {
	t.Parallel()
	var store *failingList
	b := setup(t, func(cfg *httpapi.Config) {
		store = &failingList{Store: cfg.Store, pages: 1}
		cfg.Store = store
	})
	var invitations []onboard.Invitation
	for row := 1; row <= 1500; row++ {
		invitations = append(invitations, onboard.Invitation{Row: row, Person: onboard.Person{Email: "a@example.org"}, Round: 1, State: onboard.Invited})
	}
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 1500}, invitations...)
	if code := b.problem(503, getCSV("/requests/01R/invitations")); code != "unavailable" {
		t.Errorf("a result that could not be read to its end: %s", code)
	}
	if log := b.log.String(); !strings.Contains(log, "the table is gone") {
		t.Errorf("the log does not say why: %s", log)
	}
}
