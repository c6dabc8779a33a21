package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// checked is what a dry run of the addresses finds.
func (b *bundle) checked(options onboard.Options, emails ...string) (onboard.Judged, onboard.Forecast) {
	b.t.Helper()
	j := b.submitter.Check(b.t.Context(), b.submitter.Judge(b.t.Context(), order(options, emails...)))
	return j, b.submitter.Forecaster.Forecast(b.t.Context(), j)
}

// invited submits the addresses under a label and has workers settle them. In a
// bubble only.
func (b *bundle) invited(label string, options onboard.Options, emails ...string) onboard.Request {
	b.t.Helper()
	o := order(options, emails...)
	o.Submission.Label = label
	r, _, err := b.submitter.Submit(b.t.Context(), o)
	if err != nil {
		b.t.Fatal(err)
	}
	time.Sleep(10 * time.Second)
	for {
		if handed, _ := b.deliver(b.queue, b.worker, time.Minute); handed == 0 {
			return b.request(r.ID)
		}
	}
}

func TestASecondCheckKnowsWhoWasInvited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.addUser("person00005@example.org") // by hand: not invited from here
		first := b.invited("people.csv", onboard.Options{}, people(5)...)
		second := b.invited("", onboard.Options{Mail: onboard.Suppress}, "someone@example.org")
		invitedAt := b.rows(first.ID)[3].UpdatedAt

		emails := append(people(6), "SOMEONE@example.org", "nobody", "person00001@example.org")
		emails[2] = "Person00003@Example.org"
		j, forecast := b.checked(onboard.Options{}, emails...)
		wantRequests := []onboard.KnownRequest{
			{ID: first.ID, Label: "people.csv", SubmittedAt: first.SubmittedAt, Rows: 4},
			{ID: second.ID, SubmittedAt: second.SubmittedAt, Rows: 1},
		}
		if diff := cmp.Diff(wantRequests, j.Known.Requests); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(onboard.KnownRow{RequestID: first.ID, Row: 3, At: invitedAt, MailedAt: invitedAt}, j.Known.Rows[3]); diff != "" {
			t.Errorf("row 3 (-want +got):\n%s", diff)
		}
		if row := j.Known.Rows[7]; row.RequestID != second.ID || !row.MailedAt.IsZero() || row.At.IsZero() {
			t.Errorf("row 7, created without a mail: %+v", row)
		}
		for _, row := range []int{5, 6, 8, 9} { // by hand, new, faulty, duplicate
			if known, ok := j.Known.Rows[row]; ok {
				t.Errorf("row %d is known: %+v", row, known)
			}
		}
		if forecast.People != 7 || forecast.NewPeople != 2 || forecast.Mail.Mails != 2 || j.Known.Count() != 5 {
			t.Errorf("forecast %+v with %d known, want 2 mails for 7 people", forecast, j.Known.Count())
		}

		// What the check says is what the run does.
		again := b.invited("", onboard.Options{}, emails...)
		mails := b.tally(again.ID)[onboard.Invited]
		if mails != 1 || b.tally(again.ID)[onboard.Existing] != 6 { // the person by hand is the pool's to know
			t.Errorf("the run: %v", b.tally(again.ID))
		}
		b.wantOneMailEach(append(people(4), "person00006@example.org")...)
	})
}

// Where people are to be mailed again, those who were mailed within a day are not.
func TestACheckCountsTheMailsOfAResend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.invited("", onboard.Options{}, people(3)...)
		mails := func(o onboard.Options) int {
			t.Helper()
			_, forecast := b.checked(o, people(4)...)
			return forecast.Mail.Mails
		}
		for _, force := range []bool{false, true} {
			o := onboard.Options{OnExisting: onboard.Resend, Force: force}
			if got, want := mails(o), map[bool]int{false: 1, true: 4}[force]; got != want {
				t.Errorf("force %t: %d mails, want %d", force, got, want)
			}
		}
		time.Sleep(onboard.ResendCooldown)
		if got := mails(onboard.Options{OnExisting: onboard.Resend}); got != 4 {
			t.Errorf("a day later: %d mails, want 4", got)
		}
		if got := mails(onboard.Options{Mail: onboard.Suppress}); got != 0 {
			t.Errorf("suppressed: %d mails", got)
		}
	})
}

// A claim lives as long as the request that used it: so does what is known.
func TestWhatIsKnownExpiresWithItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		r := b.invited("people.csv", onboard.Options{}, people(1)...)
		time.Sleep(time.Until(r.ExpiresAt) - time.Minute)
		if j, _ := b.checked(onboard.Options{}, people(1)...); j.Known.Count() != 1 || j.Known.Requests[0].Label != "people.csv" {
			t.Errorf("a minute before the request expires: %+v", j.Known)
		}
		time.Sleep(2 * time.Minute)
		if j, _ := b.checked(onboard.Options{}, people(1)...); j.Known.Count() != 0 {
			t.Errorf("a minute after: %+v", j.Known)
		}
	})
}

// People invited one by one come from as many requests as there are people.
func TestTheRequestsOfTheKnownAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		const more = onboard.MaxKnownRequests + 5
		for _, email := range people(more) {
			b.submit(onboard.Options{}, email)
		}
		b.invited("", onboard.Options{}, "one@example.org", "two@example.org")
		j, _ := b.checked(onboard.Options{}, append(people(more), "one@example.org", "two@example.org")...)
		if len(j.Known.Requests) != onboard.MaxKnownRequests || j.Known.Requests[0].Rows != 2 || j.Known.Count() != more+2 {
			t.Errorf("%d requests for %d known, the first with %d rows", len(j.Known.Requests), j.Known.Count(), j.Known.Requests[0].Rows)
		}
	})
}

// claimless is a store whose claims cannot be read together, or only in part.
type claimless struct {
	onboard.Store
	err error
}

func (s claimless) Claims(ctx context.Context, addresses []string) (map[string]onboard.Claim, error) {
	claims, err := s.Store.Claims(ctx, addresses)
	if err != nil || !errors.Is(s.err, onboard.ErrDamaged) {
		return nil, s.err
	}
	delete(claims, "person00001@example.org")
	return claims, s.err
}

func TestACheckContinuesWithoutTheClaims(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err   error
		known int
		warns bool
	}{
		{err: errors.New("down"), known: 0, warns: true},
		{err: fmt.Errorf("one of them: %w", onboard.ErrDamaged), known: 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBundle(t, memory.PoolConfig{})
			b.invited("", onboard.Options{}, people(2)...)
			var log strings.Builder
			system := b.over(claimless{b.store, test.err})
			system.Log = slog.New(slog.NewTextHandler(&log, nil))
			submitter := system.Submitter()
			j := submitter.Check(t.Context(), submitter.Judge(t.Context(), order(onboard.Options{}, people(2)...)))
			warned := len(j.Warnings) == 1 && j.Warnings[0].Code == onboard.CodeKnownUnread
			if j.Known.Count() != test.known || warned != test.warns || !strings.Contains(log.String(), test.err.Error()) {
				t.Errorf("%v: %d known, warnings %v, log %s", test.err, j.Known.Count(), j.Warnings, log.String())
			}
			if strings.Contains(log.String(), "person0") {
				t.Errorf("the log has an address: %s", log.String())
			}
		})
	}
}

// A list whose people have been invited is not refused for the mails it would need
// if they had not been: a dry run says that it needs none.
func TestAKnownListNeedsNoMailDays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.invited("", onboard.Options{}, people(40)...)
		system := b.system
		system.MailQuota, system.MaxOpen = 10, 3*24*time.Hour
		b.submitter = system.Submitter()
		if _, forecast := b.checked(onboard.Options{}, people(41)...); forecast.Mail.Mails != 1 {
			t.Errorf("a check needs %d mails, want 1", forecast.Mail.Mails)
		}
		b.submit(onboard.Options{}, people(41)...)
		_, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{OnExisting: onboard.Resend, Force: true}, people(41)...))
		refusedFor(t, err, onboard.CodeMailTakesTooLong)
	})
}

// A claim of a version that did not store the time of the credit has that of its mail.
func TestAnOldClaimIsKnownByItsMail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		at := time.Now().Add(-time.Hour).UTC()
		claim := onboard.Claim{
			Address: "person00001@example.org", CreditedTo: onboard.Holder{RequestID: "gone", Row: 4}, MailedAt: at, ExpiresAt: at.AddDate(0, 1, 0),
		}
		if err := b.store.Save(t.Context(), onboard.Write{Invitation: onboard.Invitation{RequestID: "gone", Row: 4}, Claim: &claim}); err != nil {
			t.Fatal(err)
		}
		j, _ := b.checked(onboard.Options{}, people(1)...)
		want := onboard.KnownRow{RequestID: "gone", Row: 4, At: at, MailedAt: at}
		if diff := cmp.Diff(want, j.Known.Rows[1]); diff != "" {
			t.Errorf("row (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]onboard.KnownRequest{{ID: "gone", Rows: 1}}, j.Known.Requests); diff != "" {
			t.Errorf("requests, of one that is not stored (-want +got):\n%s", diff)
		}
	})
}
