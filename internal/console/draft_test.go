package console_test

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/local"
)

// What is written outlasts a look at the help; what a reload takes is owned up to.
func TestWhatIsWrittenIsKeptOrMissed(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.open("#/new")
	b.sees("Who do you want to invite?")
	b.do(chromedp.SendKeys(chromedp.ID("paste"), "ann@example.org"))
	b.press("Supported formats")
	b.sees("How it works")
	b.do(chromedp.NavigateBack())
	b.until("the text", func() bool { return b.holds(`document.getElementById('paste')?.value === 'ann@example.org'`) })
	b.press("Check the list")
	b.sees("Nothing has been sent yet.")
	if !b.holds(`Object.values(sessionStorage).concat(Object.values(localStorage)).every((v) => !v.includes('ann'))`) {
		t.Error("the list is kept in the browser")
	}
	b.do(chromedp.Reload())
	b.sees("The page was reloaded, so your list is gone.")
	b.do(chromedp.Reload())
	b.sees("Who do you want to invite?")
	if b.holds(`document.body.innerText.includes('loaded again')`) {
		t.Error("the loss is announced twice")
	}
}

// A browser reports a choice only if it differs from the one before.
func TestSameFileChosenAgain(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.expect("status of 400")
	b.open("#/new")
	list := file(t, "people.csv", "name\r\nAnn\r\n")
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{list}, chromedp.NodeReady))
	b.seesCode("no_email_column")
	if err := os.WriteFile(list, []byte("email\r\nann@example.org\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(chromedp.ID("file"), []string{list}, chromedp.NodeReady))
	b.sees("The row has no errors.")
}

func TestFileDroppedBesideItsPlace(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.open("#/new")
	b.sees("Who do you want to invite?")
	b.drop("h1", file(t, "a.txt", "ann@example.org"), file(t, "b.txt", "bob@example.org"))
	b.sees("Drop one file at a time")
	b.drop("h1", file(t, "a.txt", "ann@example.org"))
	b.sees("a.txt, 15 bytes, 1 row.")
}

func TestListOutOfAMailProgram(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.paste(`"Öz, Lee" <lee@example.org>; Bob <bob@example.org>;`, "Invite 2 people")
	b.sees("2 of 2 rows invited")
}

func TestOneEachLine(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.open("#/help")
	b.sees("Supported formats")
	tests := map[string]string{ // want by given
		"ann@x.org\r\n\nbob@x.org\n":               "ann@x.org\n\nbob@x.org\n",
		"Ann <ann@x.org>; Bob <bob@x.org>":         "ann@x.org\nbob@x.org",
		"Ann <ann@x.org>, bob@x.org,":              "ann@x.org\nbob@x.org",
		"Öz, Lee <lee@x.org>; Bob B. <bob@x.org>;": "lee@x.org\nbob@x.org",
		`"Öz, Lee" <lee@x.org>, Bob <bob@x.org>`:   "lee@x.org\nbob@x.org",
		"Öz, Lee <lee@x.org>":                      "lee@x.org",
		"ann@x.org;\nbob@x.org;":                   "ann@x.org\nbob@x.org",
		"annx.org; bob@x.org; cy@x.org":            "annx.org\nbob@x.org\ncy@x.org", // nothing that may be meant as one is lost
		"ann@@x.org":                               "ann@@x.org",
		"ann@x,org":                                "ann@x,org",
		"ann@x.org;Ann;Miller":                     "ann@x.org;Ann;Miller",
		"ann@x.org bob@x.org":                      "ann@x.org\nbob@x.org",
		"ann@x.org; bob@x.org, cy@x.org":           "ann@x.org\nbob@x.org\ncy@x.org",
		"ann@x.org；bob@x.org、cy@x.org，di@x.org":    "ann@x.org\nbob@x.org\ncy@x.org\ndi@x.org",
		"ann@x.org\tbob@x.org":                     "ann@x.org\nbob@x.org",
		"ann@x.org and bob@x.org (cc cy@x.org)":    "ann@x.org\nbob@x.org\ncy@x.org",
		"To: ann@x.org, bob@x.org Cc: cy@x.org":    "ann@x.org\nbob@x.org\ncy@x.org",
		"Ann <ann@x.org> Bob <bob@x.org>":          "ann@x.org\nbob@x.org",
		"Ann Lee ann@x.org Bob <bob@x.org>":        "Ann Lee ann@x.org Bob <bob@x.org>", // which word is a name is a guess
		"an n@x.org bob@x.org":                     "an n@x.org bob@x.org",              // n@x.org may be another person
	}
	for given, want := range tests {
		if diff := cmp.Diff(want, b.calls("recipients.js", "oneEachLine", given)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", given, diff)
		}
	}
}
