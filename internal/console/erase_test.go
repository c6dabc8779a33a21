package console_test

import (
	"testing"

	"usher.example/internal/local"
)

// A person, and then a request, are erased only after a question, and the pages say so.
func TestErasingAsksFirst(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	b.submit("autumn", "email\nann@example.org\nbob@example.org\n", "mail=suppress")
	b.sees("2 of 2 rows created")
	b.find("ann@example.org")
	b.sees("Account created without a mail")
	b.press("Erase …")
	b.sees("Erase this person?", "The user in the pool is not touched")
	b.press("Erase this person")
	b.sees("All that usher keeps of this person is being erased.")
	b.press("autumn")
	b.press("Erase …")
	b.sees("Erase the people of this request?", "It cannot be undone.")
	b.press("Erase them")
	b.sees("The people of this request are being erased.")
}
