package console_test

import (
	"strings"
	"testing"

	"usher.example/internal/local"
)

// Every second address bounces: the page shows it after the request has ended, and the
// rows are corrected in place. A row whose address is still the same is not sent.
func TestBouncedRowsAreCorrected(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{Bounces: 0.5})
	b := newTab(t, base)
	b.submit("autumn", "email,given_name\nann@example.org,Ann\nbob@example.org,Bob\ncy@example.org,Cy\ndi@example.org,Di\nnobody,Ed\n")
	b.sees("4 of 5 rows invited", "3 rows to correct. One has errors, so a retry would not help. 2 mails came back: the address is wrong or takes no mail.",
		"Delivered 2 Bounced 2", "To fix (3)", "Bounced (2)")
	b.sees("3 rows Rows and their outcomes Row Address State Mail Reason")
	b.look("bounced")
	dir := b.downloads()
	b.press("Download the failed rows")
	failures := b.saved(dir, "failures.csv")
	if strings.Count(failures, "\n") != 4 || strings.Count(failures, "bounced") != 2 {
		t.Errorf("the file of rows to correct:\n%s", failures)
	}
	b.press("Correct here")
	b.sees("Check 3 rows", "The mail came back")
	b.enter("Address of row 3", "rob@example.org")
	b.enter("Address of row 6", "ed@example.org")
	b.press("Check 3 rows")
	b.sees("1 row still has errors.", "The mail to this address bounced. Change the address.")
	b.press("Invite 2 people")
	b.sees("2 of 2 rows invited", "Corrects rows of autumn.")
	if mails := mailbox(t, base); len(mails) != 6 {
		t.Errorf("%d mails, want six: none to an address that bounced", len(mails))
	}
}

// More than 5 % of 100 mails bounce: the request pauses, and says why and which domains.
func TestBouncesPauseARequest(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{Bounces: 0.1, CreationRate: 60}))
	var list strings.Builder
	list.WriteString("email\n")
	list.WriteString(people(300))
	b.submit("old list", list.String())
	b.sees("Paused", "Mails bounce.", "mails bounced (example.org", "The rows that bounced are below", "to correct")
	b.until("rows that bounced", func() bool { return b.holds(`document.querySelectorAll('.outcomes tbody tr').length > 5`) })
	b.look("paused-bounces")
	b.press("Resume")
	b.until("the request runs", func() bool {
		return b.holds(`['Running', 'Done'].includes(document.querySelector('.headline .word')?.textContent)`)
	})
}
