package console_test

import (
	"testing"
	"time"

	"usher.example/internal/local"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// lateInTheDay is how long before the mail day ends, at 09:00 UTC, a test that
// counts a day's mails waits for the next.
const lateInTheDay = 3 * time.Minute

// withinOneMailDay returns when the test has time enough before the next day.
func withinOneMailDay(t *testing.T) {
	t.Helper()
	now := time.Now()
	left := now.Add(15 * time.Hour).Truncate(24 * time.Hour).Add(9 * time.Hour).Sub(now)
	if left > lateInTheDay {
		return
	}
	next := time.NewTimer(left + time.Second)
	defer next.Stop()
	select {
	case <-next.C:
	case <-t.Context().Done():
	}
}

func TestConfirmSaysHowManyMailsAreLeftToday(t *testing.T) {
	t.Parallel()
	withinOneMailDay(t)
	base := serve(t, local.Config{MailQuota: 3})
	b := newTab(t, base)
	b.paste("ann@example.org", "Invite 1 person")
	b.sees("1 of 1 row invited")

	other := newTab(t, base) // its list is not sent
	other.confirm("bob@example.org\ncy@example.org")
	other.sees("About 1 second at 47.5 rows per second. At most 2 mails are left today.")
	if other.holds(`document.body.innerText.includes('a day')`) {
		t.Errorf("two days are spoken of where one will do:\n%s", other.text())
	}

	b.confirm("bob@example.org\ncy@example.org\ndi@example.org")
	tomorrow := b.calls("format.js", "mailDay", 1)
	b.sees("At most 2 mails are left today. The pool can send 3 mails per day, so the last mails go out after " + tomorrow + ".")
	b.look("confirm-mails")
	b.press("Invite 3 people")
	b.sees("Day’s mail used up", "2 of 3 rows")

	b.confirm("ed@example.org")
	b.sees("No mails are left today. The pool can send 3 mails per day, so the last mails go out after " + tomorrow + ".")
}

func TestConfirmSaysThatThePoolSendsNoMore(t *testing.T) {
	t.Parallel()
	withinOneMailDay(t)
	spent := &pool{answer: &onboard.PoolError{Class: onboard.ErrMailQuota}}
	b := newTab(t, serve(t, local.Config{Faults: spent.faults()}))
	b.confirm("ann@example.org")
	b.sees("About 1 second at 47.5 rows per second.")
	if b.holds(`document.body.innerText.includes('left today')`) {
		t.Errorf("mails are counted where nothing is known:\n%s", b.text())
	}
	b.press("Invite 1 person")
	b.sees("Day’s mail used up")
	b.confirm("bob@example.org")
	b.sees("No mails are left today. The first mails go out after " + b.calls("format.js", "mailDay", 1) + ".")
}

// Amazon SES has no day that ends at 09:00 UTC: what it sends counts for 24 hours.
func TestConfirmSpeaksOfAnyTwentyFourHoursWithSES(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{Kind: memory.Sandboxed}))
	b.confirm("ann@example.org")
	b.sees("Of the 200 mails that Amazon SES sends in any 24 hours, at most 200 are left now.")
	if b.holds(`/today|per day/.test(document.querySelector('main').innerText)`) {
		t.Errorf("a day is spoken of:\n%s", b.text())
	}
	b.confirm("\n" + people(201))
	b.sees("at most 200 are left now, so not everyone can be mailed within 24 hours. All mails take about 2 days.")
}

// While a row waits for its second mail the page says so, and offers no action that
// would come too early.
func TestWhileARowWaitsForItsSecondMail(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{Faults: memory.Faults{MailAnswer: func(_ memory.Op, email string) *onboard.PoolError {
		if email != "bob@example.org" {
			return nil
		}
		return &onboard.PoolError{Class: onboard.ErrNotMailed, Code: onboard.CodeMailNotDelivered, Cause: onboard.CauseUndeliverable}
	}}}))
	b.paste("ann@example.org\nbob@example.org", "Invite 2 people")
	b.sees("1 of 2 rows", "1 row will be tried again automatically. The pool could not send the mail. usher asks for it once more after a few minutes; there is nothing to do until then.",
		"Deferred", "Mail not sent", "usher asks for it once more in a few minutes.", "Next attempt")
	if b.holds(`document.body.innerText.includes('Mail them again')`) {
		t.Errorf("it is offered to mail people who will be mailed:\n%s", b.text())
	}
	if b.holds(`/\d seconds? left/.test(document.body.innerText)`) {
		t.Errorf("seconds are promised for a row that waits for minutes:\n%s", b.text())
	}
	b.look("second-mail")
}

func TestMailDaysBeginAtNineUTC(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.open("#/help")
	b.sees("Supported formats")
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	for _, test := range []struct {
		nth       int
		now, want time.Time
	}{
		{nth: 1, now: at(23, 8, 59), want: at(23, 9, 0)},
		{nth: 1, now: at(23, 9, 0), want: at(24, 9, 0)},
		{nth: 3, now: at(23, 8, 59), want: at(25, 9, 0)},
		{nth: 3, now: at(23, 23, 59), want: at(26, 9, 0)},
	} {
		want := test.want.Local().Format("2 Jan, 15:04")
		if got := b.calls("format.js", "mailDay", test.nth, test.now.UnixMilli()); got != want {
			t.Errorf("mail day %d after that of %s begins %q, want %q", test.nth, test.now, got, want)
		}
	}
}
