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
		{"too few are left", 4, known(5), known(2), "4 mails are needed, at most 2 are left today, and 5 can be sent a day."},
		{"one is left", 4, known(5), known(1), "4 mails are needed, at most 1 is left today, and 5 can be sent a day."},
		{"none are left", 1, known(5), known(0), "1 mail is needed, none are left today, and 5 can be sent a day."},
		{"none are left of an unknown quota", 4, nil, known(0), "4 mails are needed and none are left today, so they go out after 09:00 UTC."},
		{"only the quota is known", 4, known(5), nil, "4 mails are needed, and 5 can be sent a day."},
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
