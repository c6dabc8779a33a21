package console_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"usher.example/internal/local"
	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// pool answers so to some addresses until it is fixed.
type pool struct {
	fixed  atomic.Bool
	answer *onboard.PoolError
	to     string // part of the addresses; "" is every one
}

func (p *pool) faults() memory.Faults {
	return memory.Faults{Answer: func(_ memory.Op, email string) *onboard.PoolError {
		if p.fixed.Load() || !strings.Contains(email, p.to) {
			return nil
		}
		return p.answer
	}}
}

// paste submits a list as a person pastes it, up to its last button.
func (b *tab) paste(list, last string) {
	b.t.Helper()
	b.confirm(list)
	b.press(last)
}

// confirm goes with a pasted list as far as the question whether to send it.
func (b *tab) confirm(list string) {
	b.t.Helper()
	b.open("#/new")
	b.sees("Who do you want to invite?")
	b.do(chromedp.Focus(chromedp.ID("paste"), chromedp.NodeVisible))
	if _, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: list}); err != nil { // at once: 200 lines by keys take a minute
		b.t.Fatal(err)
	}
	b.press("Check the list")
	b.sees("Nothing has been sent yet.")
	b.press("Continue")
}

func TestPasteThenRetry(t *testing.T) {
	t.Parallel()
	trigger := &pool{to: "carol", answer: &onboard.PoolError{
		Class: onboard.ErrRefused, Code: onboard.CodeRefusedByTrigger,
	}}
	base := serve(t, local.Config{Faults: trigger.faults()})
	b := newTab(t, base)
	b.paste("ann@example.org\nbob@example.org\ncarol@example.org\nann@example.org", "Invite 3 people")
	b.sees("2 of 4 rows invited", "1 row can be retried.", "Refused by the pool’s rules", trigger.answer.Reason())
	b.look("retry")
	trigger.fixed.Store(true)
	b.press("Retry")
	b.sees("Done 3 of 4 rows invited")
	if b.holds(`document.body.innerText.includes('may pass another time')`) {
		t.Error("a retry is still offered where nothing failed")
	}
	if mails := mailbox(t, base); len(mails) != 3 {
		t.Errorf("%d mails, want one for each of three people", len(mails))
	}
}

func TestMailAgain(t *testing.T) {
	t.Parallel()
	var fixed atomic.Bool
	// The pool refuses the mail, so that no second one is tried three minutes later.
	refused := &onboard.PoolError{Class: onboard.ErrRefused, Code: onboard.CodeMailNotDelivered, Unmailed: true}
	base := serve(t, local.Config{Faults: memory.Faults{MailAnswer: func(_ memory.Op, email string) *onboard.PoolError {
		if fixed.Load() || !strings.HasPrefix(email, "bob") {
			return nil
		}
		return refused
	}}})
	b := newTab(t, base)
	b.paste("ann@example.org\nbob@example.org", "Invite 2 people")
	b.sees("1 person has an account but got no mail.", "Not mailed")
	fixed.Store(true)
	b.press("Mail them again …")
	b.sees("Mail 1 person again?")
	b.press("Mail 1 person")
	b.sees("1 of 1 row mailed again", "resend of")
	if mails := mailbox(t, base); len(mails) != 2 {
		t.Errorf("%d mails, want 2", len(mails))
	}
}

func TestSendNewPasswords(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	b.expect("status of 409")
	b.paste("ann@example.org\nbob@example.org", "Invite 2 people")
	b.sees("2 of 2 rows invited")
	b.press("Send new passwords …")
	b.sees("Send new temporary passwords", "0 people get a new mail")
	b.press("Send")
	b.seesCode("not_now") // and nothing happened
	b.choose("Who gets one", "not_signed_in")
	b.sees("2 people get a new mail")
	b.do(chromedp.Click(chromedp.ID("resend-force-expired")))
	b.look("resend")
	b.press("Send")
	b.sees("2 of 2 rows mailed again")
	if mails := mailbox(t, base); len(mails) != 4 {
		t.Errorf("%d mails, want two invitations and two new passwords", len(mails))
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	base, open := serveGated(t)
	b := newTab(t, base)
	b.paste(people(15), "Invite 15 people")
	b.sees("Running")
	b.press("Cancel …")
	b.sees("People who are already invited stay invited.")
	b.look("cancel")
	b.press("Cancel the request")
	b.until("the request is canceled", func() bool {
		return b.holds(`document.querySelector('.headline .word')?.textContent === 'Canceled'`)
	})
	open()
	b.until("the end of polling", func() bool { return b.holds(`document.title.startsWith('Done')`) })
}

func TestPausedThenResumed(t *testing.T) {
	t.Parallel()
	broken := &pool{answer: &onboard.PoolError{
		Class: onboard.ErrMisconfigured, Code: onboard.CodeMisconfigured, Cause: onboard.CauseNoRight,
	}}
	base := serve(t, local.Config{Faults: broken.faults()})
	b := newTab(t, base)
	b.paste("ann@example.org\nbob@example.org", "Invite 2 people")
	b.sees("Paused", broken.answer.Reason()+" No row is lost. Fix this, then resume the request.",
		"If you cannot fix it, send the link of this page to the operators of the user pool in AWS.")
	b.look("paused")
	broken.fixed.Store(true)
	b.press("Resume")
	b.sees("2 of 2 rows invited")
}

func TestChoicesAreCheckedAgain(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{MailQuota: 1})
	b := newTab(t, base)
	b.open("#/new")
	b.do(chromedp.SetValue(chromedp.ID("paste"), "email\tnickname\tshoe size\nann@example.org\tannie\t39\nbob@example.org\tbobby\t44"))
	b.press("Check the list")
	b.sees("No row has errors.", "Good to know", "Not used")
	b.seesCode("mail_quota_short")
	b.look("check-findings")
	// So fast that the first check is under way when the second begins: the last counts.
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.choices select').forEach((select, i) => {
		select.value = ['', 'resend', 'suppress'][i];
		select.dispatchEvent(new Event('change', {bubbles: true}));
	})`))
	b.until("the new check", func() bool { return !b.showsCode("mail_quota_short") })
	b.press("Continue")
	b.sees("2 people will get an account in usher local. No mail is sent.")
	b.press("Create 2 people")
	b.sees("2 of 2 rows created")
	if mails := mailbox(t, base); len(mails) != 0 {
		t.Errorf("%d mails, want none", len(mails))
	}
}

func TestWhatCannotBeReadIsTold(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.expect("status of 400")
	b.open("#/new")
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{file(t, "people.xlsx", "PK\x03\x04")}, chromedp.NodeReady))
	b.seesCode("damaged_workbook")
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{file(t, "people.csv", "name,phone\r\nAnn,1\r\n")}, chromedp.NodeReady))
	b.seesCode("no_email_column")
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{file(t, "empty.csv", "")}, chromedp.NodeReady))
	b.sees("The list is empty. Add at least one address.")
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{file(t, "people.txt", "ann\nbob\n")}, chromedp.NodeReady))
	b.sees("2 rows to correct", "No row can be invited.")
	if !b.holds(`[...document.querySelectorAll('button')].find((e) => e.textContent === 'Continue').disabled`) {
		t.Error("one can continue with nobody to invite")
	}
}

func TestSearchAndFilter(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.paste("ann@example.org\nbob\ncarol@\ndave@example.org\nann@example.org", "Invite 2 people")
	b.sees("2 of 5 rows invited", "2 rows to correct.")
	b.choose("Show", "all")
	b.sees("All rows (5)")
	b.sees("5 rows Row")
	b.choose("Reason", "duplicate_in_request")
	b.sees("1 of 5 rows")
	b.choose("Reason", "")
	b.do(chromedp.SendKeys(`//main//input[@type="search"]`, "CAROL"))
	b.sees("1 of 5 rows", "carol@")
	if at, err := chromedp.Run(b.ctx, chromedp.Location()); err != nil || strings.Contains(strings.ToLower(at), "carol") {
		t.Errorf("the address tells what is searched for: %s, %v", at, err)
	}
}

// All of it without a mouse: what a keyboard reaches is what assistive programs reach.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	b.open("#/new")
	b.sees("Who do you want to invite?")
	b.tabTo(`document.activeElement.id === 'paste'`)
	b.do(chromedp.KeyEvent("ann@example.org"))
	b.tabTo(`document.activeElement.textContent === 'Check the list'`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.sees("Nothing has been sent yet.")
	b.tabTo(`document.activeElement.textContent === 'Continue'`)
	b.do(chromedp.KeyEvent(" "))
	b.sees("1 person will be invited")
	b.tabTo(`document.activeElement.textContent === 'Invite 1 person'`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.sees("1 of 1 row invited")
	b.until("the end is announced", func() bool {
		return b.holds(`/^Done: 1 of 1 row invited/.test(document.getElementById('live').textContent)`)
	})
}

// tabTo presses the tab key until the focus is there. One who sees must also see
// where it is.
func (b *tab) tabTo(there string) {
	b.t.Helper()
	for range 40 {
		b.do(chromedp.KeyEvent(kb.Tab))
		if b.holds(`getComputedStyle(document.activeElement).outlineStyle === 'none' && document.activeElement.id !== 'main' &&
			document.activeElement !== document.body && !document.activeElement.classList.contains('unseen')`) {
			b.t.Error("the focus cannot be seen")
		}
		if b.holds(there) {
			return
		}
	}
	b.t.Fatalf("the tab key does not lead to %s", there)
}

// Announcements come five seconds apart at least, and the last one is made.
func TestLiveRegionIsCalm(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{CreationRate: 4}))
	b.open("#/new")
	b.do(chromedp.Evaluate[chromedp.Void](`window.said = [];
		new MutationObserver(() => { if (document.getElementById('live').textContent) said.push(Date.now()); }).observe(document.getElementById('live'), {childList: true, characterData: true, subtree: true}); undefined`))
	b.do(chromedp.SetValue(chromedp.ID("paste"), people(30)))
	b.press("Check the list")
	b.press("Continue")
	b.press("Invite 30 people")
	b.sees("Running", "Row Address")
	if b.holds(`document.querySelector('main [role=status]:not(:empty), main [role=alert]') !== null`) {
		t.Error("something besides the live region is read out while the page follows the request")
	}
	b.until("the end is announced", func() bool { return b.holds(`/^Done/.test(document.getElementById('live').textContent)`) })
	if !b.holds(`said.length >= 2 && said.every((at, i) => i === 0 || at - said[i - 1] >= 4500)`) { // a busy machine is late
		t.Error("announcements came more often than every five seconds, or hardly any came")
	}
}
