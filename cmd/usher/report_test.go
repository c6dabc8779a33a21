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
		want        string
	}{
		{"nothing is known", 4, nil, nil, ""},
		{"no mail is needed", 0, known(5), known(5), ""},
		{"enough are left", 4, known(200), known(180), "At most 180 mails are left today."},
		{"the last one", 1, known(5), known(1), "At most 1 mail is left today."},
		{"only the quota is known", 4, known(5), nil, "4 mails are needed, and at most 5 can be sent per day."},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := mailForecast(client.Forecast{Mails: test.mails, MailQuota: test.quota, MailsLeft: test.left})
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
		{"enough", short[:1], known(9), "This takes about 1 second, at 47.5 rows per second. At most 9 mails are left today.", ""},
		{"too few are left", short, known(2), "", ", but not all of them today, as the warning above says"},
		{"none are left", short, known(0), "", ", but not today, as the warning above says"},
		{"what is left is not known", short, nil, "", ", but not all of them today, as the warning above says"},
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
