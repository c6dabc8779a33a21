package dynamostore_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

func TestEveryFieldOfARequestComesBack(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	want := onboard.Request{
		ID: "r1", Phase: onboard.Paused, Label: "spring intake",
		Options: onboard.Options{OnExisting: onboard.Resend, Mail: onboard.Suppress, Force: true, ResendOnly: true},
		Columns: []string{"Email", "", "Team"}, Separator: "\t", Passwordless: true, Memberships: 5,
		Said: onboard.Said{Columns: map[string]string{"Team": "groups"}, Groups: []string{"staff"}, KeepColumns: true}, Total: 12, Round: 3,
		Tally: onboard.Tally{
			States:    map[onboard.State]int{onboard.Failed: 2, onboard.Invited: 1},
			Codes:     map[onboard.Code]int{onboard.CodeEmailInvalid: 2},
			UpdatedAt: anyTime.Add(4),
		},
		SubmittedBy: "ada", SubmittedAt: anyTime, AcceptedUntil: anyTime.Add(1), ExpiresAt: anyTime.Add(2),
		ClosesAt: anyTime.Add(5), EndedAt: anyTime.Add(6), PutBackDone: anyTime.Add(7), ErasedAt: anyTime.Add(10), SealKey: []byte{0, 255},
		PutBack:   &onboard.PutBack{Rows: onboard.OpenRows, At: anyTime.Add(8), After: 9},
		Pause:     &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "no rights", Since: anyTime.Add(3)},
		CountFrom: onboard.MailCount{Mails: 100, Bounced: 6},
		Noticed:   map[onboard.NoticeKind]string{onboard.NoticePaused: "r1.3.paused"},
		Audit:     []onboard.Action{{What: "submit", By: "ada", At: anyTime, Rows: 12}, {What: "resend", By: "bob", At: anyTime, Rows: 1, Request: "r2"}},
	}
	got := created(t, store, want)
	want.Version = 1
	allSet(t, want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request as stored (-want +got):\n%s", diff)
	}
	list, err := store.ListRequests(t.Context(), "", 10)
	must(t, err)
	if diff := cmp.Diff([]onboard.Request{want}, list); diff != "" {
		t.Errorf("request as listed (-want +got):\n%s", diff)
	}
}

func TestEveryFieldOfAnInvitationAndItsClaimComesBack(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	inv := onboard.Invitation{
		RequestID: "r1", Row: 7, Person: onboard.Person{Email: "Ada@example.com", Groups: []string{"staff", ""},
			Attributes: map[string]string{"given_name": "Ada", "custom:tenant": ""}, Ref: "k-7", Cells: []string{"", "x"}},
		Round: 2, State: onboard.Deferred, Code: onboard.CodeMailQuota, Reason: "the day's mail is used up",
		Attempts: 3, Exists: true, EndsAs: onboard.CodeCanceled, UserSub: "sub-1", Joined: 1, UpdatedAt: anyTime, RetryAt: anyTime.Add(1), DueAt: anyTime.Add(2),
		Confirmed: true, PasswordExpiresAt: anyTime.Add(3), Erased: true, ExpiresAt: anyTime.Add(4),
	}
	claim := onboard.Claim{
		Address: "ada@example.com", Holder: onboard.Holder{RequestID: "r1", Row: 7, Token: "t1"}, Until: anyTime,
		Trail: onboard.Trail{
			By:   onboard.Holder{RequestID: "r2", Row: 8, Token: "t2"},
			From: anyTime.Add(1), To: anyTime.Add(2), Unmailed: true, Gone: true, ResentAfter: anyTime.Add(3),
		},
		CreditedTo: onboard.Holder{RequestID: "r0", Row: 9, Token: "t0"}, UserSub: "sub-1",
		CreditedAt: anyTime.Add(6), MailedAt: anyTime.Add(4), ExpiresAt: anyTime.Add(5),
		Forced: 2, ForcedSince: anyTime.Add(7),
		History: []onboard.Touch{{RequestID: "r0", Row: 9, At: anyTime.Add(8), MailAfter: anyTime.Add(9)}},
	}
	must(t, store.Save(t.Context(), onboard.Write{Invitation: inv, Claim: &claim}))

	inv.Version, claim.Version = 1, 1
	allSet(t, inv)
	allSet(t, claim)
	gotInv, gotClaim := loaded(t, store, "r1", 7, "ada@example.com")
	if diff := cmp.Diff(inv, gotInv); diff != "" {
		t.Errorf("invitation (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(claim, gotClaim); diff != "" {
		t.Errorf("claim (-want +got):\n%s", diff)
	}
	due, err := store.DueInvitations(t.Context(), anyTime.Add(2), onboard.Due{}, 10)
	must(t, err)
	if diff := cmp.Diff([]onboard.Invitation{inv}, due); diff != "" {
		t.Errorf("due invitation (-want +got):\n%s", diff)
	}
}

func TestEveryFieldOfAKeyAndACellComesBack(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	key := onboard.Key{ID: "k1", BodyHash: "h1", RequestID: "r1", ExpiresAt: anyTime}
	allSet(t, key)
	must(t, store.CreateRequest(t.Context(), onboard.Request{ID: "r1"}, &key))
	gotKey, err := store.Key(t.Context(), "k1")
	must(t, err)
	if diff := cmp.Diff(key, gotKey); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}

	_, err = store.Reserve(t.Context(), "invite", onboard.Want{Now: atAnyTime, Span: time.Second, Answers: onboard.PoolAnswers{ClearAt: anyTime.Add(2), Unclear: 3}})
	must(t, err)
	cell := onboard.Cell{Cut: onboard.Cut{At: anyTime, Seen: 47.123456789, To: 1e-7}, ClosedUntil: anyTime.Add(1), Backlog: true,
		MailRate: 14, MailCut: onboard.Cut{At: anyTime.Add(4), Seen: 23.75, To: 11.875}, MailLeast: 5.9,
		Pass: onboard.Pass{Since: anyTime.Add(2), After: onboard.Due{At: anyTime.Add(3), RequestID: "r1", Row: 4}}}
	must(t, store.SaveCell(t.Context(), "invite", cell))
	cell.Reserved, cell.ClearAt, cell.Unclear, cell.Version = anyTime.Add(time.Second), anyTime.Add(2), 3, 1
	allSet(t, cell)
	gotCell, err := store.Cell(t.Context(), "invite")
	must(t, err)
	if diff := cmp.Diff(cell, gotCell); diff != "" {
		t.Errorf("cell (-want +got):\n%s", diff)
	}
}

func TestWhatIsZeroComesBackZero(t *testing.T) {
	t.Parallel()
	store := newStore(t)
	request := created(t, store, onboard.Request{ID: "r1", Columns: []string{}, Pause: &onboard.Pause{}, Audit: []onboard.Action{}})
	if diff := cmp.Diff(onboard.Request{
		ID: "r1", Columns: []string{}, Pause: &onboard.Pause{}, Audit: []onboard.Action{}, Version: 1,
	}, request); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	inv := onboard.Invitation{RequestID: "r1", Row: 1, Person: onboard.Person{Groups: []string{}, Attributes: map[string]string{}}}
	must(t, store.Save(t.Context(), onboard.Write{Invitation: inv, Claim: &onboard.Claim{Address: "a@example.com"}}))
	gotInv, gotClaim := loaded(t, store, "r1", 1, "a@example.com")
	inv.Version = 1
	if diff := cmp.Diff(inv, gotInv); diff != "" {
		t.Errorf("invitation (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(onboard.Claim{Address: "a@example.com", Version: 1}, gotClaim); diff != "" {
		t.Errorf("claim (-want +got):\n%s", diff)
	}
	must(t, store.SaveCell(t.Context(), "invite", onboard.Cell{Cut: onboard.Cut{At: anyTime, To: 3}, Backlog: true}))
	must(t, store.SaveCell(t.Context(), "invite", onboard.Cell{Version: 1}))
	gotCell, err := store.Cell(t.Context(), "invite")
	must(t, err)
	if diff := cmp.Diff(onboard.Cell{Version: 2}, gotCell); diff != "" {
		t.Errorf("cell (-want +got):\n%s", diff)
	}
}

// allSet fails t if a field of v, or of a struct in it, is zero: then a round
// trip would not show that the field is forgotten.
func allSet(t *testing.T, v any) {
	t.Helper()
	value := reflect.Indirect(reflect.ValueOf(v))
	for i := range value.NumField() {
		field := reflect.Indirect(value.Field(i))
		if !field.IsValid() || field.IsZero() {
			t.Fatalf("%s.%s is zero: set it", value.Type(), value.Type().Field(i).Name)
		}
		if field.Kind() == reflect.Struct && field.Type() != reflect.TypeFor[time.Time]() {
			allSet(t, field.Interface())
		}
	}
}
