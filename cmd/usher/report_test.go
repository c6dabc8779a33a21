package main

import (
	"testing"

	"usher.example/internal/client"
)

func TestMailForecastSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	known := func(n int) *int { return &n }
	for _, test := range []struct {
		name        string
		mails       int
		quota, left *int
		rolling     bool
		want        string
	}{
		{name: "nothing is known", mails: 4, quota: nil, left: nil, want: ""},
		{name: "no mail is needed", mails: 0, quota: known(5), left: known(5), want: ""},
		{name: "enough are left", mails: 4, quota: known(200), left: known(180), want: "At most 180 mails are left today."},
		{name: "the last one", mails: 1, quota: known(5), left: known(1), want: "At most 1 mail is left today."},
		{name: "Amazon SES counts any 24 hours", mails: 4, quota: known(200), left: known(180), rolling: true, want: "Of the 200 mails that Amazon SES sends in 24 hours at most 180 are left now."},
		{name: "only the quota is known", mails: 4, quota: known(5), left: nil, want: "4 mails are needed, and at most 5 can be sent per day."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := mailForecast(client.Forecast{Mails: test.mails, MailQuota: test.quota, MailsLeft: test.left, MailRolling: test.rolling})
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The finding reports a shortage of mails with its numbers; the text after it neither
// repeats nor contradicts that.
func TestOnlyTheFindingReportsAShortageOfMails(t *testing.T) {
	t.Parallel()
	known := func(n int) *int { return &n }
	forecast := client.Forecast{Seconds: known(1), Rate: 47.5, Mails: 5, MailQuota: known(2), MailsLeft: known(2)}
	short := []client.Finding{{Code: "builtin_sender"}, {Code: "mail_quota_short"}}
	for _, test := range []struct {
		name            string
		findings        []client.Finding
		left            *int
		forecast, delay string
	}{
		{name: "enough", findings: short[:1], left: known(9), forecast: "This takes about 1 second, at 47.5 rows per second. At most 9 mails are left today.", delay: ""},
		{name: "too few are left", findings: short, left: known(2), forecast: "", delay: ", but not all of them today, as the warning above says"},
		{name: "none are left", findings: short, left: known(0), forecast: "", delay: ", but not today, as the warning above says"},
		{name: "what is left is not known", findings: short, left: nil, forecast: "", delay: ", but not all of them today, as the warning above says"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := report{Check: client.Check{Forecast: forecast, Findings: test.findings}}
			r.Forecast.MailsLeft = test.left
			if got := r.forecast(); got != test.forecast {
				t.Errorf("forecast %q, want %q", got, test.forecast)
			}
			if got := r.delay(); got != test.delay {
				t.Errorf("delay %q, want %q", got, test.delay)
			}
		})
	}
}

// A check names the rights that a list gives.
func TestAdministratorsAmongTheInvited(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "", 1: "1 of these people will be able to invite others.", 2: "2 of these people will be able to invite others."} {
		r := report{Check: client.Check{Forecast: client.Forecast{Administrators: n}}}
		if got := r.administrators(); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
