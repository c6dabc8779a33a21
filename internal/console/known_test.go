package console_test

import (
	"testing"

	"usher.example/internal/local"
)

// The same list a second time: neither the text nor the button promises anybody a
// mail.
func TestTheConfirmationIsTrueOnASecondRun(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	list := file(t, "staff.csv", "email\nann@example.org\nbob@example.org\n")
	b.open("#/new")
	b.drop(".drop", list)
	b.sees("Check", "No row has errors.")
	b.press("Continue")
	b.sees("2 people will be invited to usher local and get an e-mail.", "About 1 second")
	b.press("Invite 2 people")
	b.sees("2 of 2 rows invited")

	b.open("#/new")
	b.drop(".drop", list)
	b.sees("Check", "Already invited", "2 rows (staff, ", "Nobody gets a second invitation.")
	b.press("Continue")
	b.sees("Nobody new is in this list for usher local.", "0 to invite, 2 already invited (staff, ", "Nobody gets a second mail.")
	b.press("Submit anyway")
	b.sees("Done", "0 of 2 rows invited", "This address already has an account.")
	if mails := mailbox(t, base); len(mails) != 2 {
		t.Errorf("%d mails, want 2", len(mails))
	}
}

// With a mail a day, the confirmation gives the day of the last mail and no time at
// the pace.
func TestTheConfirmationPromisesNoTimeThatTheMailDoesNotAllow(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{MailQuota: 1}))
	b.open("#/new")
	b.drop(".drop", file(t, "staff.csv", "email\nann@example.org\nbob@example.org\n"))
	b.sees("No row has errors.")
	b.press("Continue")
	b.sees("The pool can send 1 mail per day, so the last mails go out after")
	if b.holds(`document.body.innerText.includes('rows per second')`) {
		t.Error("the confirmation gives a time at the pace")
	}
}
