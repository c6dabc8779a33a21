package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

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
	b.sees("Not signed in", "Password valid until", "The last mail left on", "usher asks before it sends another one.")
	b.press("Send a new password …")
	b.sees("Send another temporary password?", "less than 24 hours ago")
	b.look("person-again")
	b.press("Send it anyway")
	b.sees("resend to one person", "1 of 1 row")
	b.find("nobody@example.org")
	b.sees("Not in any request that usher remembers; no account in the pool.")
	b.expect("400 (Bad Request)")
	b.find("nobody")
	b.sees("Send one address")
}

// "Ann got nothing" is answered on the page that the search box leads to, from any page,
// and fixed with one click: she was made without a mail.
func TestAnnGotNothing(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	b.submit("autumn", "email\nann@example.org\nbob@example.org\n", "mail=suppress")
	b.sees("2 of 2 rows created")
	b.press("Help")
	b.sees("Supported formats")
	b.do(chromedp.Evaluate[chromedp.Void](`window.did = {clicks: 0, views: 0};
		document.addEventListener('click', (e) => { if (e.isTrusted && e.detail > 0) did.clicks++; }, true);
		window.addEventListener('hashchange', () => did.views++); undefined`))
	began := time.Now()
	b.enter("Find a person by address", "ann@example.org")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.sees("Account created without a mail", "Not signed in", "A new password is mailed at once.")
	answered := time.Since(began)
	b.press("Send a new password")
	b.sees("1 of 1 row mailed again")
	if !b.holds(`did.clicks === 1 && did.views === 2`) { // of this document: it was never loaded again
		t.Errorf("more than one click, or other than two views")
	}
	t.Logf("answered in %v, fixed in %v", answered, time.Since(began))
	if answered > 20*time.Second {
		t.Errorf("the answer took %v", answered)
	}
	if mails := mailbox(t, base); len(mails) != 1 || mails[0].To != "ann@example.org" {
		t.Errorf("mails %v, want one to Ann", mails)
	}
}

// Her mail came back: another one would too.
func TestAPersonWhoseMailBounced(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{Bounces: 1})
	submitted(t, base, "autumn", "ann@example.org\n")
	b := newTab(t, base)
	b.open("")
	b.until("the report of the mail", func() bool {
		b.find("ann@example.org")
		b.sees("Invited on")
		return b.holds(`document.querySelector('main').innerText.includes('Mail bounced')`)
	})
	b.sees("The mail came back: the address does not exist, or takes no mail. Correct it.")
	b.look("person-bounced")
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
