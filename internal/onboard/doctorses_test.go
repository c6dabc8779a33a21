package onboard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// goodAccount is the account of [sesPool] that the doctor finds nothing in.
func goodAccount() onboard.MailAccount {
	return onboard.MailAccount{
		Region: "eu-west-1", Enforcement: onboard.Healthy, Identity: onboard.IdentityVerified,
		DailyQuota: 50_000, SentToday: 12, Rate: 50,
	}
}

func TestFindingsInTheSendersAccount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*onboard.MailAccount)
		set    onboard.Settings
		want   []string
		says   []string // in effect and fix of the first
	}{
		{name: "nothing", change: func(*onboard.MailAccount) {}},
		{name: "sandbox", change: func(a *onboard.MailAccount) { a.Sandbox, a.DailyQuota, a.Rate = true, 200, 1 }, want: []string{"error ses_sandbox"}, says: []string{"in its sandbox in eu-west-1", "200 a day and 1 a second", "Request production access"}},
		{name: "paused", change: func(a *onboard.MailAccount) { a.Paused = true }, want: []string{"error ses_paused"}, says: []string{"paused in Amazon SES in eu-west-1", "--sending-enabled --region eu-west-1"}},
		{name: "paused by AWS", change: func(a *onboard.MailAccount) { a.Paused, a.Enforcement = true, onboard.Shutdown }, want: []string{"error ses_paused"}, says: []string{"because of bounces or complaints", "ask for a review"}},
		{name: "under review", change: func(a *onboard.MailAccount) { a.Enforcement = onboard.Probation }, want: []string{"warning ses_under_review"}, says: []string{"may pause its sending"}},
		{name: "not verified", change: func(a *onboard.MailAccount) { a.Identity = onboard.IdentityUnverified }, want: []string{"error ses_identity_unverified"}, says: []string{"as the identity example.org", "Verify it"}},
		{name: "identity not read", change: func(a *onboard.MailAccount) { a.Identity = "" }, want: []string{"warning ses_unreadable"}, says: []string{"the identity example.org", "ses:GetEmailIdentity"}},
		{name: "slow", change: func(a *onboard.MailAccount) { a.Rate = 14 }, want: []string{"warning ses_rate_below_pace"}, says: []string{"sends 14 mails a second", "invites 13.3 people a second instead of 47.5", "take 13 minutes", "higher sending rate"}},
		{name: "slow, half of it for another stack", change: func(a *onboard.MailAccount) { a.Rate = 14 }, set: onboard.Settings{Share: 0.47}, want: []string{"warning ses_rate_below_pace"}, says: []string{"invites 6.58 people a second instead of 23.5"}},
		{name: "as fast as the quota", change: func(a *onboard.MailAccount) { a.Rate = 100 }, set: onboard.Settings{Quota: 100}},
		{name: "slower than a raised quota", change: func(*onboard.MailAccount) {}, set: onboard.Settings{Quota: 100}, want: []string{"warning ses_rate_below_pace"}},
		{name: "no limits", change: func(a *onboard.MailAccount) { a.Rate, a.DailyQuota = 0, 0 }},
		{name: "errors first", change: func(a *onboard.MailAccount) { a.Rate, a.Paused, a.Identity = 14, true, onboard.IdentityUnverified }, want: []string{"error ses_paused", "error ses_identity_unverified", "warning ses_rate_below_pace"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := goodAccount()
			test.change(&a)
			pool := onboard.NewKnownPool(&inspector{settings: sesPool()}, &account{MailAccount: a})
			got := onboard.System{Settings: test.set}.Doctor(pool, "administrators").Examine(t.Context()).Findings
			if diff := cmp.Diff(test.want, summary(got)); diff != "" {
				t.Fatalf("findings (-want +got):\n%s", diff)
			}
			for _, words := range test.says {
				if !strings.Contains(got[0].Effect+" "+got[0].Fix, words) {
					t.Errorf("the finding does not say %q: %v", words, got[0])
				}
			}
		})
	}
}

// Without the right to ask nothing stops; the doctor says which number is used instead.
func TestAnAccountThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	noRight := &onboard.PoolError{Class: onboard.ErrMisconfigured, Cause: onboard.CauseNoRight}
	for _, test := range []struct {
		name   string
		change func(*onboard.PoolSettings)
		err    error
		quota  int
		says   []string
		mail   onboard.MailForecast
	}{
		{name: "no right", err: noRight, says: []string{"may not ask", "all mails can be sent today", "ses:GetAccount"}, mail: onboard.MailForecast{Mails: 30}},
		{name: "no right, but a number", err: noRight, quota: 20, says: []string{"configured 20 mails a day", "ses:GetEmailIdentity"}, mail: onboard.MailForecast{Mails: 30, Quota: 20, Days: 2, Left: 20, LeftKnown: true}},
		{name: "no answer", err: &onboard.PoolError{Class: onboard.ErrUnclear}, says: []string{"did not answer", "Try again"}, mail: onboard.MailForecast{Mails: 30}},
		{name: "elsewhere", change: func(s *onboard.PoolSettings) { s.SenderElsewhere = true }, says: []string{"another AWS account", "MAIL_QUOTA"}, mail: onboard.MailForecast{Mails: 30}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			settings := sesPool()
			if test.change != nil {
				test.change(&settings)
			}
			system := onboard.System{Store: memory.NewStore(), Inspector: &inspector{settings: settings}, Sender: &account{err: test.err}}
			system.MailQuota = test.quota
			submitter := system.Submitter()
			got := system.Doctor(submitter.Pool, "administrators").Examine(t.Context()).Findings
			if diff := cmp.Diff([]string{"warning ses_unreadable"}, summary(got)); diff != "" {
				t.Fatalf("findings (-want +got):\n%s", diff)
			}
			for _, words := range test.says {
				if !strings.Contains(got[0].Effect+" "+got[0].Fix, words) {
					t.Errorf("the finding does not say %q: %v", words, got[0])
				}
			}
			if diff := cmp.Diff(test.mail, forecastOf(t, system, onboard.Options{}, 30).Mail, mailFields); diff != "" {
				t.Errorf("forecast (-want +got):\n%s", diff)
			}
		})
	}
}

// The account's numbers replace the one that was typed in, and what usher counted.
func TestForecastTakesQuotaAndMailsLeftFromTheAccount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		quota, sent int
		mails       int
		want        onboard.MailForecast
		finding     string
		fix         string
	}{
		{name: "enough", quota: 200, sent: 150, mails: 50, want: onboard.MailForecast{Mails: 50, Quota: 200, Days: 1, Left: 50, LeftKnown: true}},
		{
			name: "one too many", quota: 200, sent: 150, mails: 51, want: onboard.MailForecast{Mails: 51, Quota: 200, Days: 2, Left: 50, LeftKnown: true},
			finding: "51 mails are needed. Amazon SES lets the account send 200 in 24 hours, of which 50 are left now. Rows beyond that are deferred or end as not_mailed.", fix: "over 2 days",
		},
		{
			name: "none left", quota: 200, sent: 207, mails: 1, want: onboard.MailForecast{Mails: 1, Quota: 200, Days: 2, LeftKnown: true},
			finding: "1 mail is needed. Amazon SES lets the account send 200 in 24 hours, of which none are left now. Rows beyond that are deferred or end as not_mailed.", fix: "larger sending quota",
		},
		{name: "no limit", sent: 1000, mails: 5000, want: onboard.MailForecast{Mails: 5000}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := goodAccount()
			a.DailyQuota, a.SentToday = test.quota, test.sent
			system := onboard.System{Store: memory.NewStore(), Inspector: &inspector{settings: sesPool()}, Sender: &account{MailAccount: a}}
			system.MailQuota = 10
			got := forecastOf(t, system, onboard.Options{}, test.mails).Mail
			test.want.Rolling = true
			if diff := cmp.Diff(test.want, got, mailFields); diff != "" {
				t.Errorf("forecast (-want +got):\n%s", diff)
			}
			f, ok := got.Finding()
			if ok != (test.finding != "") || f.Effect != test.finding || !strings.Contains(f.Fix, test.fix) {
				t.Errorf("finding %v, want %q", f, test.finding)
			}
		})
	}
}

// A submission is refused by the account's quota, not by the number that was typed in.
func TestMailsThatTakeTooLongByTheAccount(t *testing.T) {
	t.Parallel()
	for quota, refused := range map[int]bool{200: false, 100: true} {
		t.Run(fmt.Sprint(quota), func(t *testing.T) {
			t.Parallel()
			a := goodAccount()
			a.DailyQuota, a.SentToday = quota, 0
			system := onboard.System{
				Queue: memory.NewQueue(memory.QueueConfig{VisibilityTimeout: time.Minute}), Store: memory.NewStore(),
				Inspector: &inspector{settings: sesPool()}, Sender: &account{MailAccount: a},
			}
			system.MailQuota, system.MaxOpen, system.NewID = 1, 2*24*time.Hour, func() string { return "01" }
			_, _, err := system.Submitter().Submit(t.Context(), order(onboard.Options{}, people(400)...))
			if refused != (err != nil) {
				t.Errorf("400 mails at %d a day in 2 days: %v", quota, err)
			}
		})
	}
}
