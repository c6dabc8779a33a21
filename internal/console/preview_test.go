package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"usher.example/internal/local"
	"usher.example/internal/memory"
)

func TestConfirmShowsTheMail(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{Invitation: memory.Template{
		Subject: "Welcome <b>all</b>",
		Body: `<p>Hello {username}</p><script>document.title = 'run'</script><img src="x" alt="Logo" onerror="document.title = 'run'">` +
			`<p>Password: {####}</p><a href="https://school.example.org/">Sign in</a>`,
	}}))
	b.confirm("ann@example.org\nbob@example.org")
	b.sees("The mail", "usher@localhost", "Welcome <b>all</b>", "Hello ann@example.org", "Password: (temporary password)", "Sign in (https://school.example.org/)", "Logo")
	if b.holds(`document.title === 'run'`) || b.holds(`document.querySelector('.mail img, .mail a, .mail script') !== null`) {
		t.Errorf("the mail's markup is in the page:\n%s", b.text())
	}
	b.look("confirm-mail")
}

func TestConfirmShowsNoMailWhereNoneIsSent(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.open("#/new")
	b.sees("Who do you want to invite?")
	b.do(chromedp.SendKeys(chromedp.ID("paste"), "ann@example.org"))
	b.press("Check the list")
	b.sees("Nothing has been sent yet.")
	b.choose("Mail", "suppress")
	b.press("Continue")
	b.sees("No mail is sent.")
	if b.holds(`document.querySelector('.mail') !== null`) {
		t.Errorf("a mail is shown:\n%s", b.text())
	}
}

func TestConfirmSaysThatATriggerWritesTheMail(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{Kind: memory.CustomMessage}))
	b.confirm("ann@example.org")
	b.sees("A trigger of the pool (custom message) decides what this mail says.")
}
