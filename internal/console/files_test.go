package console_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"usher.example/internal/local"
	"usher.example/internal/testing/peoplefiles"
)

// A German workbook is dropped as Excel stored it: what was not guessed is chosen, the
// bad cells are fixed on the page, and all 500 people are invited, in their groups.
func TestAGermanWorkbook(t *testing.T) {
	t.Parallel()
	base := serve(t, local.Config{})
	b := newTab(t, base)
	b.open("#/new")
	b.drop(".drop", file(t, "schule.xlsx", string(peoplefiles.Workbook())))
	b.sees("6 rows to correct", "494", "2 columns are not used", `"Abteilung", "Klasse/Gruppe"`)
	b.do(chromedp.Click(`//summary[.="Every row to correct"]`))
	b.sees("The cell A455 shows the error #N/A in place of an address")
	b.use("Abteilung", "custom:department", "2 columns are not used", "1 column is not used")
	b.use("Klasse/Gruppe", "groups", "1 column is not used", "7 rows to correct")
	b.sees("493", "Unknown group", "Klasse/Gruppe")
	b.do(chromedp.Click(`//summary[.="The first 20 rows as usher reads them"]`))
	b.sees("1970-01-03", "Förderung")
	b.look("check-workbook")
	b.press("Continue")
	b.press("Invite 493 people")
	b.sees("Done with errors", "493 of 500 rows invited", "7 rows to correct.")

	b.press("Correct here")
	b.sees("Check 7 rows")
	for _, f := range peoplefiles.Faults {
		if f.IsGroup {
			b.do(chromedp.Click(fmt.Sprintf(`//button[@aria-label="Remove group %s from row %d"]`, f.Bad, f.Row)))
			b.add(fmt.Sprintf("Add a group to row %d", f.Row), f.Good)
		} else {
			b.enter(fmt.Sprintf("Address of row %d", f.Row), f.Good)
		}
	}
	b.press("Check 7 rows")
	b.sees("No row has errors.")
	b.look("correct-workbook")
	b.press("Invite 7 people")
	b.sees("7 of 7 rows invited", "schule, corrections of")
	if mails := mailbox(t, base); len(mails) != peoplefiles.WorkbookRows {
		t.Errorf("%d mails, want one for each of %d people", len(mails), peoplefiles.WorkbookRows)
	}
	dir := b.downloads()
	b.press("Download the results")
	rows := b.saved(dir, "results.csv")
	for _, f := range peoplefiles.Faults {
		if want := fmt.Sprintf("Müller %d", f.Row); !strings.Contains(rows, want) {
			t.Errorf("the corrected rows lack %s:\n%s", want, rows)
		}
	}
	if n := strings.Count(rows, "Förderung"); n != len(peoplefiles.Faults) {
		t.Errorf("%d of the corrected rows have their department, want %d:\n%s", n, len(peoplefiles.Faults), rows)
	}
}

// use chooses what a column is used as that was not guessed. The page shows unused
// before the choice, and after once it has checked the file again.
func (b *tab) use(column, meaning, unused, after string) {
	b.t.Helper()
	b.do(chromedp.Click(fmt.Sprintf(`//summary[.=%q]`, unused)))
	b.add(fmt.Sprintf("Column %s is used as", column), meaning)
	b.sees(after)
}

// The template of Google Workspace and the contacts of Outlook name their columns as
// usher does not: one column is chosen, and two rows are fixed.
func TestFilesOfGoogleAndOutlook(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content   string
		column, warning string
		fixed           map[int]string
	}{
		{"google.csv", peoplefiles.Google(), "Employee Type", `"Manager Email" holds addresses that are not invited`,
			map[int]string{3: "ben.nash@example.org", 4: "cleo.park@example.org"}},
		{"outlook.csv", peoplefiles.Outlook(), "Categories", `"E-mail 2 Address" holds addresses that are not invited`,
			map[int]string{4: "finn.sole@example.org", 6: "hana.ueno@example.org"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base := serve(t, local.Config{})
			b := newTab(t, base)
			b.open("#/new")
			b.drop(".drop", file(t, c.name, c.content))
			b.sees("2 rows to correct", "columns are not used", c.warning)
			b.do(chromedp.Click(`//summary[contains(., "columns are not used")]`))
			b.add(fmt.Sprintf("Column %s is used as", c.column), "groups")
			b.until("the new check", func() bool {
				return b.holds(`document.querySelector('.sample')?.textContent.includes('students')`)
			})
			b.press("Continue")
			b.press("Invite 2 people")
			b.sees("2 of 4 rows invited")
			b.press("Correct here")
			for row, address := range c.fixed {
				b.enter(fmt.Sprintf("Address of row %d", row), address)
			}
			b.press("Check 2 rows")
			b.press("Invite 2 people")
			b.sees("2 of 2 rows invited")
			mails := mailbox(t, base)
			if len(mails) != 4 {
				t.Errorf("%d mails, want one for each of four people", len(mails))
			}
			for _, m := range mails {
				if !strings.HasSuffix(m.To, "@example.org") {
					t.Errorf("%s was mailed, which is not the first address of anybody", m.To)
				}
			}
		})
	}
}
