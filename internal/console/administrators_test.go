package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"usher.example/internal/local"
)

// Where the list makes administrators, nothing is sent before their number is typed.
func TestNumberOfAdministratorsIsTyped(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{AllowedGroups: []string{"administrators"}}))
	b.confirm("email,groups\nann@example.org,administrators\nbob@example.org,administrators\ncy@example.org,")
	b.sees("2 of these people will be able to invite others.")
	disabled := `[...document.querySelectorAll('button.main')].every((b) => b.disabled)`
	for _, typed := range []string{"", "3", "\b2"} {
		if !b.holds(disabled) {
			t.Errorf("the button works before %q is typed", typed)
		}
		if typed != "" {
			b.do(chromedp.SendKeys(chromedp.ID("administrators"), typed))
		}
	}
	b.press("Invite 3 people")
	b.sees("3 of 3 rows invited")
}

// Elsewhere the group is refused, and nothing has to be typed.
func TestAdministratorsAreNotInvitedByDefault(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.open("#/new")
	b.sees("Who do you want to invite?")
	b.do(chromedp.SendKeys(chromedp.ID("paste"), "email,groups\nann@example.org,administrators\ncy@example.org,"))
	b.press("Check the list")
	b.sees("Group not allowed")
	b.press("Continue")
	b.press("Invite 1 person")
	b.sees("1 of 2 rows")
}
