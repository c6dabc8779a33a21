package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"usher.example/internal/local"
)

// submitted posts a list of addresses to the server.
func submitted(t *testing.T, base, label, list string) {
	t.Helper()
	answer, err := http.Post(base+"/requests?label="+label, "text/plain", strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		t.Fatalf("status %d", answer.StatusCode)
	}
}

// find types an address into the search box.
func (b *tab) find(email string) {
	b.t.Helper()
	b.enter("Find a person by address", email)
	b.press("Find")
}

// "Ann got nothing": found and fixed from any page.
func TestFindAPersonAndMailThemAgain(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	submitted(t, base, "autumn", "ann@example.org\nbob@example.org\n")
	b := newTab(t, base)
	b.open("#/help")
	b.find("ann@example.org")
	b.sees("ann@example.org", "Invited on", "in autumn", "not signed in", "password good until")
	b.look("person")
	if b.holds(`location.href.includes('ann')`) {
		t.Error("the address is in the link")
	}
	b.press("Send a new password …")
	b.sees("less than 24 hours ago")
	b.do(chromedp.Click(`//input[@id="person-force"]`, chromedp.NodeVisible))
	b.press("Send")
	b.sees("resend to one person", "1 of 1 row")
	b.find("nobody@example.org")
	b.sees("Not in any request that usher remembers; no account in the pool.")
	b.expect("400 (Bad Request)")
	b.find("nobody")
	b.sees("Send one address")
}

func TestCancelWhatWaitsForAPerson(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{MailQuota: 1})
	submitted(t, base, "summer", "bob@example.org\n")
	for len(mailbox(t, base)) == 0 {
		time.Sleep(glance)
	}
	submitted(t, base, "autumn", "ann@example.org\n")
	b := newTab(t, base)
	b.open("#/")
	b.find("ann@example.org")
	b.sees("submitted on", "in autumn", "no account in the pool")
	b.press("Cancel what waits …")
	b.sees("Cancel what still waits?")
	b.press("Cancel it")
	b.sees("Canceled 1 row.")
}
