package onboard_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// The tests of this file hold the rows of docs/pools.md.

// trusted is a text that the doctor finds nothing wrong with.
var trusted = memory.Template{
	Subject: "Your account at Example School",
	Body: "<p>Example School has made you an account.</p><p>User name: {username}<br>Temporary password: {####}</p>" +
		`<p>Sign in at <a href="https://example.org/">our page</a>.</p>`,
}

// poolBundle is a bundle over a pool of a kind, which the submitter reads.
func poolBundle(t *testing.T, kind memory.Kind, cfg memory.PoolConfig) *bundle {
	t.Helper()
	cfg.Latency = 50 * time.Millisecond
	if cfg.Invitation == (memory.Template{}) {
		cfg.Invitation = trusted
	}
	b := newBundle(t, cfg.Shaped(kind))
	b.system.Inspector, b.system.Sender = b.pool, b.pool
	b.admin = b.system.Administration()
	b.submitter = b.admin.Submitter
	return b
}

// codes lists severity and code of what the doctor finds, without what every pool of
// this test has.
func (b *bundle) findings() []string {
	return summary(b.system.Doctor(b.submitter.Pool, "").Examine(b.t.Context()).Findings)
}

func TestKindsOfPool(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind     memory.Kind
		findings []string
		want     string // of a row without anything but its address
		mails    int
	}{
		{kind: memory.Ordinary, want: "invited 1", mails: 1},
		{kind: memory.Passwordless, findings: []string{"warning passwordless"}, want: "invited 1", mails: 1},
		{kind: memory.Imported, want: "invited 1", mails: 1},
		{kind: memory.Plain, findings: []string{"warning plain_user_names"}, want: "invited 1", mails: 1},
		{kind: memory.Aliased, findings: []string{"error email_not_username"}, want: "failed pool_not_ready"},
		{kind: memory.PhoneOnly, findings: []string{"error email_not_username"}, want: "failed pool_not_ready"},
		{kind: memory.NameAliased, want: "invited 1", mails: 1},
		{kind: memory.RequiredFixed, findings: []string{"warning attribute_required"}, want: "failed attribute_required"},
		{kind: memory.CustomSender, findings: []string{"warning custom_sender", "warning triggers_present"}, want: "invited 1", mails: 1},
		{kind: memory.CustomMessage, findings: []string{"warning custom_message", "warning triggers_present"}, want: "invited 1", mails: 1},
		{kind: memory.Federated, findings: []string{"warning federated_users"}, want: "invited 1", mails: 1},
		{kind: memory.Sandboxed, findings: []string{"error ses_sandbox"}, want: "not_mailed mail_not_delivered 2"},
		{kind: memory.Paused, findings: []string{"error ses_paused"}, want: "failed sender_not_ready"},
		{kind: memory.Unverified, findings: []string{"error ses_identity_unverified"}, want: "failed sender_not_ready"},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := poolBundle(t, test.kind, memory.PoolConfig{})
				if diff := cmp.Diff(test.findings, b.findings()); diff != "" {
					t.Errorf("findings (-want +got):\n%s", diff)
				}
				judged := b.submitter.Judge(t.Context(), order(onboard.Options{}, "ann@example.org"))
				r, _, err := b.submitter.Accept(t.Context(), judged)
				if m := judged.Messages[0]; m.State == onboard.Failed {
					if got := fmt.Sprintf("%s %s", m.State, m.Code); got != test.want || err == nil {
						t.Errorf("the check says %s and submitting %v, want %s", got, err, test.want)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				b.run()
				b.schedule()
				b.await(r.ID, 15*time.Minute) // a mail that failed is tried once more
				if got := b.outcomes(r.ID)[1]; got != test.want || b.mails()["ann@example.org"] != test.mails {
					t.Errorf("the row is %q with %d mails, want %q with %d", got, b.mails()["ann@example.org"], test.want, test.mails)
				}
			})
		})
	}
	if kinds := len(memory.Kinds); kinds != 14 {
		t.Errorf("there are %d kinds: add the new ones above and to docs/pools.md", kinds)
	}
}

func TestWhereThereAreNoPasswords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failing := func(email string) bool { return email == "cy@example.org" }
		b := poolBundle(t, memory.Passwordless, memory.PoolConfig{Faults: memory.Faults{NotMailedTo: failing}})
		b.run()
		r := b.submit(onboard.Options{}, "ann@example.org", "bob@example.org", "cy@example.org")
		b.await(r.ID, time.Minute)
		rows := b.rows(r.ID)
		if inv := rows[1]; outcome(inv) != "invited 1" || !inv.PasswordExpiresAt.IsZero() || inv.Reason != "" {
			t.Errorf("invited: %s, password until %s, %q", outcome(inv), inv.PasswordExpiresAt, inv.Reason)
		}
		lost := rows[3]
		if outcome(lost) != "not_mailed mail_not_repeatable 1" || !strings.Contains(lost.Reason, "cannot mail the person again") || strings.Contains(lost.Reason, "resend") {
			t.Errorf("not mailed: %s, %q", outcome(lost), lost.Reason)
		}
		time.Sleep(30 * day)
		for _, filter := range []onboard.Filter{onboard.Expired, onboard.NotSignedIn, onboard.Unmailed} {
			_, _, err := b.admin.ResendTo(t.Context(), r.ID, filter, onboard.Order{By: "root"})
			if !errors.Is(err, onboard.ErrNotNow) || !strings.Contains(err.Error(), "no temporary passwords") {
				t.Errorf("resend to %s: %v", filter, err)
			}
		}
	})
}

// Three rows, mail for one: the others have users who can no longer be mailed, where
// the pool leaves them behind.
func TestWhereThereAreNoPasswordsAndNoMails(t *testing.T) {
	t.Parallel()
	for leaves, want := range map[bool]map[string]int{
		false: {"invited": 3},
		true:  {"invited": 1, "not_mailed mail_not_repeatable": 2},
	} {
		t.Run(fmt.Sprint(leaves), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := poolBundle(t, memory.Passwordless, memory.PoolConfig{MailQuota: 1, UserAtMailQuota: leaves})
				b.run()
				b.schedule()
				r := b.submit(onboard.Options{}, people(3)...)
				b.await(r.ID, 4*day)
				got := map[string]int{}
				for _, inv := range b.rows(r.ID) {
					got[strings.TrimSpace(fmt.Sprintf("%s %s", inv.State, inv.Code))]++
					if !inv.PasswordExpiresAt.IsZero() {
						t.Errorf("row %d has a password until %s", inv.Row, inv.PasswordExpiresAt)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
				for email, n := range b.mails() {
					if n != 1 {
						t.Errorf("%s got %d mails", email, n)
					}
				}
			})
		})
	}
}

// A person who joins a group later than they are invited has no password either.
func TestNoPasswordIsKnownAfterAGroupThatTookLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := poolBundle(t, memory.Passwordless, memory.PoolConfig{Groups: []string{"staff"}})
		b.run()
		slow := true
		b.pool.SetFaults(memory.Faults{Answer: func(op memory.Op, _ string) *onboard.PoolError {
			if op == memory.OpAddToGroup && slow {
				return &onboard.PoolError{Class: onboard.ErrUnclear}
			}
			return nil
		}})
		o := order(onboard.Options{}, "ann@example.org")
		o.Submission.Rows[0].Groups = []string{"staff"}
		r, _, err := b.submitter.Submit(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(40 * time.Second)
		b.pool.SetFaults(memory.Faults{})
		b.await(r.ID, time.Hour)
		if inv := b.rows(r.ID)[1]; inv.State != onboard.Invited || !inv.PasswordExpiresAt.IsZero() {
			t.Errorf("%s, password until %s", outcome(inv), inv.PasswordExpiresAt)
		}
	})
}

func TestAResendToSomebodyWhoWasImportedSaysWhatIsTrue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := poolBundle(t, memory.Imported, memory.PoolConfig{})
		b.run()
		r := b.submit(onboard.Options{OnExisting: onboard.Resend}, memory.ImportedAddress)
		b.await(r.ID, time.Minute)
		inv := b.rows(r.ID)[1]
		if inv.Code != onboard.CodeAlreadySignedIn || strings.Contains(inv.Reason, "has signed in") || !strings.Contains(inv.Reason, "must reset a password") {
			t.Errorf("%s: %q", outcome(inv), inv.Reason)
		}
	})
}

func TestAPoolThatRefusesEverybodyIsRefusedUnlessItIsIgnored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := poolBundle(t, memory.Aliased, memory.PoolConfig{})
		b.run()
		o := order(onboard.Options{}, "ann@example.org", "nobody")
		judged := b.submitter.Judge(t.Context(), o)
		if judged.Messages[0].Code != onboard.CodePoolNotReady || judged.Messages[1].Code != onboard.CodeEmailInvalid || judged.People != 0 {
			t.Errorf("%+v", judged.Messages)
		}
		var refused *onboard.PoolNotReadyError
		if _, _, err := b.submitter.Accept(t.Context(), judged); !errors.As(err, &refused) || refused.Finding.Code != "email_not_username" || refused.Finding.Fix == "" {
			t.Errorf("accepted: %v", err)
		}
		o.IgnorePool = true
		r, _, err := b.submitter.Submit(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		b.await(r.ID, time.Minute)
		if got := b.outcomes(r.ID)[1]; got != "failed refused_by_pool 1" {
			t.Errorf("ignored: %s", got)
		}
	})
}

// The pool that contradicts its documentation refuses the row, and the row had a
// warning.
func TestARequiredAttributeThatPeopleMayAddHasAWarning(t *testing.T) {
	t.Parallel()
	for demands, want := range map[bool]string{false: "invited 1", true: "failed refused_by_pool 1"} {
		t.Run(fmt.Sprint(demands), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := poolBundle(t, memory.Ordinary, memory.PoolConfig{
					Attributes: []memory.Attribute{{Name: "name", Required: true}}, DemandsRequired: demands,
				})
				b.run()
				o := order(onboard.Options{}, people(2)...)
				o.Submission.Rows[0].Attributes = map[string]string{"given_name": "Ann", "custom:x": "-"}
				o.Submission.CSV = true
				judged := b.submitter.Judge(t.Context(), o)
				if !slices.ContainsFunc(judged.Warnings, func(w onboard.Fault) bool {
					return w.Code == "attribute_required" && strings.HasPrefix(w.Detail, "2 rows have no value for \"name\"")
				}) {
					t.Errorf("warnings %v", judged.Warnings)
				}
				r, _, err := b.submitter.Accept(t.Context(), judged)
				if err != nil {
					t.Fatal(err)
				}
				b.await(r.ID, time.Minute)
				inv := b.rows(r.ID)[1]
				if outcome(inv) != want || demands && !strings.Contains(inv.Reason, `a value of "given_name"`) {
					t.Errorf("%s: %q, want %s", outcome(inv), inv.Reason, want)
				}
			})
		})
	}
}

// A custom sender has no daily limit of Cognito's.
func TestACustomSenderHasNoDailyLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := poolBundle(t, memory.CustomSender, memory.PoolConfig{MailQuota: 50})
		b.run()
		judged := b.submitter.Judge(t.Context(), order(onboard.Options{}, people(60)...))
		if mail := b.submitter.Forecaster.Forecast(t.Context(), judged).Mail; mail.Quota != 0 {
			t.Errorf("the forecast counts with %d mails a day", mail.Quota)
		}
		r := b.submit(onboard.Options{}, people(60)...)
		b.await(r.ID, time.Minute)
		if got := b.tally(r.ID)[onboard.Invited]; got != 60 {
			t.Errorf("%d of 60 are invited", got)
		}
	})
}
