package console_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"usher.example/internal/local"
)

// A column that was not guessed is chosen above the preview, which shows what it is
// used for. The choice holds for the next file with the same header, and nothing of
// the file is kept.
func TestColumnsAreChosenAndRemembered(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	b.open("#/new")
	const header = "Dienstadresse;Anrede im Brief;Abteilungskürzel;Schuhgröße\n"
	b.upload("personal.csv", header+"ann@example.org;Anna;it;38\nbob@example.org;Bobby;hr;44\n")
	b.sees("Columns", "3 columns are not used", `"Anrede im Brief", "Abteilungskürzel", "Schuhgröße"`)
	b.do(chromedp.Click(`//summary[.="3 columns are not used"]`))
	b.add("Column Anrede im Brief is used as", "given_name")
	b.until("the new check", func() bool {
		return b.holds(`document.querySelector('.sample')?.textContent.includes('First nameWhat')`)
	})
	b.do(chromedp.Click(`//summary[.="2 columns are not used"]`))
	b.add("Column Abteilungskürzel is used as", "custom:department")
	b.sees("1 column is not used")
	b.do(chromedp.Click(`//summary[.="The rows as usher reads them"]`))
	b.sees("First name", "department", "Anna", "hr")
	b.look("check-columns")

	b.open("#/new")
	b.upload("next.csv", header+"cy@example.org;Cynthia;it;40\n")
	b.sees("1 column is not used")
	if !b.holds(`Object.entries(localStorage).every(([k, v]) => !/Anrede im Brief|Cynthia|example|Abteilung/.test(k + v)) && localStorage.length === 1`) {
		t.Error("something of the file is kept in the browser")
	}
	b.do(chromedp.Click(chromedp.ID("keep-columns")))
	b.until("the check", func() bool { return b.holds(`!document.querySelector('main > div > p.row button').disabled`) })
	b.press("Continue")
	b.press("Invite 1 person")
	b.sees("1 of 1 row invited")
	dir := b.downloads()
	b.press("Download the results")
	if got := b.saved(dir, "results.csv"); !strings.Contains(got, "Cynthia") || !strings.Contains(got, "40") {
		t.Errorf("the results lack a column that was to be kept:\n%s", got)
	}
}

// Where nothing or too much looks like the address, the page asks for it.
func TestTheAddressColumnIsChosen(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.expect("status of 400")
	b.open("#/new")
	b.upload("two.csv", "Chef;Kraft\nboss@example.org;ann@example.org\nboss@example.org;bob@example.org\n")
	b.seesCode("no_email_column")
	b.look("new-columns")
	b.add("Column Kraft is used as", "email")
	b.sees("No row has errors.", "2 rows.")
	b.press("Continue")
	b.sees("2 people will be invited")
}

func TestAGroupForEveryone(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.open("#/new")
	b.upload("staff.csv", "email,groups\nann@example.org,\nbob@example.org,staff\n")
	b.sees("No row has errors.")
	b.choose("Group for everyone", "students")
	b.until("the new check", func() bool { return b.holds(`document.querySelector('.sample').textContent.includes('students')`) })
	b.press("Continue")
	b.press("Invite 2 people")
	b.sees("2 of 2 rows invited")
	dir := b.downloads()
	b.press("Download the results")
	b.saved(dir, "results.csv")
}

// upload has the browser take a file.
func (b *tab) upload(name, content string) {
	b.t.Helper()
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{file(b.t, name, content)}, chromedp.NodeReady))
}
