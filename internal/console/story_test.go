package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"usher.example/internal/local"
)

// wrong are the rows of the spreadsheet with errors: the line, its content, and the
// correct content.
var wrong = []struct {
	line      int
	bad, good string
}{
	{line: 17, bad: "person17example.org,Person,17,staff,P-017", good: "person17@example.org,Person,17,staff,P-017"},
	{line: 58, bad: "\"person58@example,org\",Person,58,staff,P-058", good: "person58@example.org,Person,58,staff,P-058"},
	{line: 103, bad: ",Person,103,staff,P-103", good: "person103@example.org,Person,103,staff,P-103"},
	{line: 204, bad: "person 204@example.org,Person,204,staff,P-204", good: "person204@example.org,Person,204,staff,P-204"},
	{line: 319, bad: "person319@example.org,Person,319,Staff,P-319", good: "person319@example.org,Person,319,staff,P-319"},
	{line: 388, bad: "person388@@example.org,Person,388,staff,P-388", good: "person388@example.org,Person,388,staff,P-388"},
	{line: 455, bad: "person455@example.org,Person,455,stuff,P-455", good: "person455@example.org,Person,455,staff,P-455"},
}

// spreadsheet is 500 people as CSV, seven of them wrong.
func spreadsheet() string {
	bad := map[int]string{}
	for _, w := range wrong {
		bad[w.line] = w.bad
	}
	var b strings.Builder
	b.WriteString("email,given_name,family_name,groups,ref\r\n")
	for line := 2; line <= 501; line++ {
		row, isBad := bad[line]
		if !isBad {
			row = fmt.Sprintf("person%[1]d@example.org,Person,%[1]d,staff,P-%03[1]d", line)
		}
		b.WriteString(row + "\r\n")
	}
	return b.String()
}

// file writes a file for the browser to take.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// drop lets go of files over a place on the page as a hand does.
func (b *tab) drop(place string, paths ...string) {
	b.t.Helper()
	b.do(chromedp.ScrollIntoView(chromedp.CSS(place)))
	box, err := chromedp.Run(b.ctx, chromedp.Dimensions(chromedp.CSS(place)))
	if err != nil {
		b.t.Fatal(err)
	}
	x, y := box.Content[0]+10, box.Content[1]+10
	for _, step := range []input.DispatchDragEventType{
		input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop,
	} {
		_, err := chromedp.Call(b.ctx, input.DispatchDragEvent, input.DispatchDragEventParams{
			Type: step, X: x, Y: y, Data: &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1},
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// One who never saw usher brings 500 people in, seven of them after a
// correction, with nothing but what is on the screen.
func TestFiveHundredRowsSevenOfThemWrong(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	b.open("")
	b.sees("No invitations yet.")
	b.look("requests-empty")

	b.press("Invite people")
	b.sees("Who do you want to invite?")
	b.look("new")
	b.drop(".drop", file(t, "autumn intake.csv", spreadsheet()))
	b.sees("Check", "7 rows to correct", "493", "Not an address", "Unknown group", "No address", "person17example.org")
	b.look("check")

	b.press("Continue")
	b.sees("493 people will be invited to usher local and get an e-mail.", "About 21 seconds at 23.8 rows per second.", "7 rows to correct are not invited")
	b.look("confirm")
	b.press("Invite 493 people")

	b.sees("Running", "autumn intake", "You can close this page")
	b.until("a third of the way", func() bool { return b.holds(`document.querySelector('progress').value > 33`) })
	b.look("running")
	b.sees("Done with errors", "493 of 500 rows invited", "7 rows to correct.")
	b.until("the seven rows", func() bool { return b.holds(`document.querySelectorAll('.outcomes tbody tr').length === 7`) })
	b.look("result")
	if mails := mailbox(t, base); len(mails) != 493 {
		t.Errorf("%d mails, want 493", len(mails))
	}

	dir := b.downloads()
	b.press("Download the failed rows")
	failures := strings.TrimPrefix(b.saved(dir, "failures.csv"), "\ufeff")
	if got := strings.Count(failures, "\n"); got != 8 || !strings.HasPrefix(failures, "email,given_name,family_name,groups,ref,state,code,reason") {
		t.Errorf("the failures have %d lines, want a header and seven rows:\n%s", got, failures)
	}

	b.press("Correct here")
	b.sees("Correct rows", "Check 7 rows")
	b.look("correct")
	b.fix(failures)
	b.press("Check 7 rows")
	b.sees("No row has errors.")
	b.press("Invite 7 people")
	b.sees("7 of 7 rows invited", "autumn intake, corrections of", "Corrects rows of autumn intake.")
	if mails := mailbox(t, base); len(mails) != 500 {
		t.Errorf("%d mails, want 500: one for each person", len(mails))
	}
	b.look("corrected")
	b.press("autumn intake") // back to where the rows came from
	b.sees("493 of 500 rows invited")
	b.press("Requests")
	b.sees("New request", "Done with errors")
	b.until("both requests", func() bool { return b.holds(`document.querySelectorAll('.requests tbody tr').length === 2`) })
	b.look("requests")
	b.press("Help")
	b.sees("Supported formats")
	b.look("help")
}

// fix corrects what is wrong where it is shown.
func (b *tab) fix(failures string) {
	b.t.Helper()
	for _, w := range wrong {
		if !strings.Contains(failures, w.bad) {
			b.t.Fatalf("the failures lack the row as it was sent: %s\n%s", w.bad, failures)
		}
		good := strings.Split(w.good, ",")
		if group := strings.Split(w.bad, ",")[3]; strings.HasPrefix(w.bad, good[0]+",") {
			b.do(chromedp.Click(fmt.Sprintf(`//button[@aria-label="Remove group %s from row %d"]`, group, w.line)))
			b.add(fmt.Sprintf("Add a group to row %d", w.line), good[3])
		} else {
			b.enter(fmt.Sprintf("Address of row %d", w.line), good[0])
		}
	}
}
