package console_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"usher.example/internal/onboard"
)

// A request is found by its label though hundreds are newer; a word with an @ is a
// person, whose address is in no address of a call.
func TestRequestsAreFoundByLabel(t *testing.T) {
	t.Parallel()
	p := serveParts(t)
	at := time.Now().Add(-time.Hour)
	for i := range 1100 {
		label := fmt.Sprintf("list %d", i)
		if i < 2 {
			label = fmt.Sprintf("Autumn term, %d", i)
		}
		r := onboard.Request{ID: fmt.Sprintf("01R%06d", i), Phase: onboard.Running, Round: 1, Total: 1, Label: label, SubmittedBy: "eve", SubmittedAt: at, EndedAt: at, ExpiresAt: at.Add(48 * time.Hour)}
		if err := p.store.CreateRequest(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	b := newTab(t, p.base)
	b.open("")
	b.sees("list 1099", "Older requests")
	b.press("Older requests")
	b.sees("list 1079")
	b.enter("Find requests by label", "autumn")
	b.press("Search")
	b.sees("Autumn term, 1", "Autumn term, 0")
	if b.holds(`document.querySelector('main').innerText.includes('list 1')`) {
		t.Errorf("others are shown too:\n%s", b.text())
	}
	b.look("requests-search")
	b.enter("Find requests by label", "winter")
	b.press("Search")
	b.sees("No request has this in its label.")
	b.enter("Find requests by label", "")
	b.do(chromedp.KeyEvent(kb.Enter))
	b.sees("list 1099", "Older requests")
	b.enter("Find requests by label", "ann@example.org")
	b.press("Search")
	b.sees("Not in any request that usher remembers")
	if b.holds(`performance.getEntriesByType('resource').some((e) => e.name.includes('ann'))`) {
		t.Error("the address is in the address of a call")
	}
}
