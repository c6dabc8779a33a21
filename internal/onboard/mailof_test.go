package onboard

import (
	"testing"
	"time"
)

func TestTheMailThatAReportIsAbout(t *testing.T) {
	t.Parallel()
	var (
		start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
		at    = func(d time.Duration) time.Time { return start.Add(d) }
		first = Touch{RequestID: "first", Row: 1, At: at(time.Second), MailAfter: at(0)}
		open  = Trail{By: Holder{RequestID: "second", Row: 1}, From: at(3 * time.Second), To: at(3*time.Second + Lease + reach)}
		days  = 5 * 24 * time.Hour
		left  = Trail{ // a user whom an earlier call left without a mail is mailed days later
			By: Holder{RequestID: "second", Row: 1}, From: at(0), Unmailed: true,
			ResentAfter: at(time.Second), To: at(days + Lease + reach),
		}
	)
	for story, test := range map[string]struct {
		claim Claim
		sent  time.Duration
		want  string
	}{
		"another row's attempt begins a moment after the mail": {claim: Claim{History: []Touch{first}, Trail: open}, sent: time.Second, want: "first"},
		"that attempt mails":                                     {claim: Claim{History: []Touch{first}, Trail: open}, sent: 4 * time.Second, want: "second"},
		"it mails, and the sender's clock is behind":             {claim: Claim{Trail: open}, sent: -time.Second, want: "second"},
		"the clock is behind, and there was a mail before":       {claim: Claim{History: []Touch{{RequestID: "first", Row: 1, At: at(-time.Minute), MailAfter: at(-time.Minute)}}, Trail: open}, sent: time.Second, want: "second"},
		"it cannot have mailed":                                  {claim: Claim{Trail: Trail{By: open.By, From: open.From, To: open.To, Unmailed: true}}, sent: 4 * time.Second},
		"a user who was left behind is mailed days later":        {claim: Claim{Trail: left}, sent: days + time.Second, want: "second"},
		"a mail in between, of another application":              {claim: Claim{Trail: left}, sent: days / 2},
		"the first mail of a row, hours before its outcome":      {claim: Claim{History: []Touch{{RequestID: "first", Row: 1, At: at(5 * time.Hour), MailAfter: at(0)}}}, sent: time.Second, want: "first"},
		"somebody's password is reset hours after their outcome": {claim: Claim{History: []Touch{first}}, sent: 3 * time.Hour},
	} {
		e := MailEvent{SentAt: at(test.sent), At: at(test.sent + 2*time.Second), Says: MailDelivered}
		got, _, ok := test.claim.mailOf(e)
		if !ok {
			got = ""
		}
		if got != test.want {
			t.Errorf("%s: it is about a mail of %q, want %q", story, got, test.want)
		}
	}
}
