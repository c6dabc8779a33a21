package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"usher.example/internal/local"
)

// A row of each kind of fault is corrected where it is shown, while the others still
// run, and becomes a request of its own that names the first.
func TestCorrectInPlace(t *testing.T) {
	t.Parallel()
	base, open := serveGated(t)
	b := newTab(t, base)
	b.submit("autumn", "email,given_name,groups,department,note\n"+
		"ann@example.org,Ann,staff,it,\nbob@example,Bob,staff;Stuff,,x\n,Cy,,,\nperson@@very-long-name-of-a-department.students.of-a-university.example.org,Di,,,\n")
	b.sees("Running", "3 rows to correct.")
	b.press("Correct here")
	b.sees("Correct rows", "Check 3 rows", "not in the pool")
	b.enter("Address of row 3", "bob@example.org")
	b.press("Check 3 rows")
	b.sees("The pool has no group", "3 rows still have errors.")
	b.do(chromedp.Click(`//button[@aria-label="Remove group Stuff from row 3"]`))
	b.add("Add a group to row 3", "students")
	b.add("Add a value to row 3", "custom:department")
	b.enter("department of row 3", "it")
	b.enter("Address of row 4", "cy@example.org")
	b.press("Check 3 rows")
	b.sees("Ready", "1 row still has errors.", "Invite 2 people")
	b.look("correct-checked")
	b.press("Invite 2 people")
	b.sees("0 of 2 rows", "autumn, corrections of", "Corrects rows of autumn.")
	open()
	b.sees("2 of 2 rows invited")
	b.press("autumn") // the rest is still there, what was sent is not
	b.sees("1 of 4 rows invited")
	b.press("Correct here")
	b.sees("Check 1 row")
	b.enter("Address of row 5", "di@example.org")
	b.press("Check 1 row")
	b.press("Invite 1 person")
	b.sees("1 of 1 row invited")
	if mails := mailbox(t, base); len(mails) != 4 {
		t.Errorf("%d mails, want one for each of four people", len(mails))
	}
}

// What is typed outlasts a look at another page.
func TestCorrectionsAreKept(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.submit("", "email\nann\nbob@example.org\n")
	b.sees("1 of 2 rows invited")
	b.press("Correct here")
	b.enter("Address of row 2", "ann@example.org")
	b.press("Help")
	b.sees("How it works")
	b.do(chromedp.NavigateBack())
	b.press("Correct here")
	b.until("the address", func() bool {
		return b.holds(`document.querySelector('[aria-label="Address of row 2"]')?.value === 'ann@example.org'`)
	})
	b.press("Close")
	b.sees("Rows", "Reason")
}

// Every row at fault can be reached, here and as text.
func TestManyRowsToCorrect(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	var list strings.Builder
	list.WriteString("email\nann@example.org\n")
	for i := range 1200 {
		fmt.Fprintf(&list, "person%d\n", i)
	}
	b.submit("", list.String())
	b.sees("1 of 1,201 rows invited", "1,200 rows to correct.")
	b.press("Correct here")
	b.sees("Check 1,200 rows")
	rows := func(n int) {
		t.Helper()
		b.until(fmt.Sprintf("%d rows", n), func() bool {
			return b.holds(fmt.Sprintf(`document.querySelectorAll('main table tbody tr').length === %d`, n))
		})
	}
	rows(50)
	b.press("Show 500 more")
	rows(550)
	b.press("Show 500 more")
	b.press("Show 150 more")
	rows(1200)
	b.press("Correct as text")
	b.sees("Rows to correct", "What is wrong")
	b.do(chromedp.Click(`//summary[.="What is wrong"]`))
	b.press("Show 1,000 more")
	b.press("Show 100 more")
	rows(1200)
}

// The options of the first request hold for the corrected rows as well.
func TestCorrectionsKeepTheOptions(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	b.submit("", "email\nann@example\nbob@example.org\n", "mail=suppress")
	b.sees("1 of 2 rows created")
	b.press("Correct as text")
	b.sees("Rows to correct")
	b.look("correct-text")
	b.do(chromedp.SetValue(chromedp.ID("paste"), "email\nann@example.org\n"))
	b.press("Check the list")
	b.press("Continue")
	b.sees("Create 1 person")
	b.do(chromedp.NavigateBack(), chromedp.NavigateBack(), chromedp.NavigateBack())
	b.press("Correct here")
	b.enter("Address of row 2", "ann@example.org")
	b.press("Check 1 row")
	b.press("Create 1 person")
	b.sees("1 of 1 row created")
	if mails := mailbox(t, base); len(mails) != 0 {
		t.Errorf("%d mails, want none", len(mails))
	}
}

// submit sends a table to the server, and opens the page of its request.
func (b *tab) submit(label, table string, query ...string) {
	b.t.Helper()
	path := "/requests?" + strings.Join(append(query, "label="+url.QueryEscape(label)), "&")
	answer, err := http.Post(b.base+path, "text/csv", strings.NewReader(table))
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	var request struct {
		ID string `json:"request_id"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&request); err != nil || answer.StatusCode != http.StatusAccepted {
		b.t.Fatalf("%d, %v", answer.StatusCode, err)
	}
	b.open("#/requests/" + request.ID)
}

// enter types over what a field has, which is found by its name for screen readers.
func (b *tab) enter(label, text string) {
	b.t.Helper()
	field := fmt.Sprintf(`//input[@aria-label=%q]`, label)
	b.do(chromedp.Focus(field, chromedp.NodeVisible), chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`), chromedp.KeyEvent(kb.Delete), chromedp.SendKeys(field, text))
}

// add chooses in a menu whose choices appear when it gets the focus.
func (b *tab) add(label, value string) {
	b.t.Helper()
	b.until("the choice "+label, func() bool {
		return b.holds(fmt.Sprintf(`(() => {
			const select = document.querySelector('select[aria-label=%q]');
			select.focus();
			if (![...select.options].some((o) => o.value === %[2]q)) return false;
			select.value = %[2]q;
			select.dispatchEvent(new Event('change', {bubbles: true}));
			return true;
		})()`, label, value))
	})
}
