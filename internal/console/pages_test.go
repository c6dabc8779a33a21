package console_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/local"
)

// A request's page opened by its link, as a colleague does, is whole at once:
// the corner says where one is though the request still runs.
func TestOpenedByItsLink(t *testing.T) {
	t.Parallel()
	base, open := serveGated(t)
	b := newTab(t, base)
	b.paste(people(2), "Invite 2 people")
	b.sees("Running")
	b.do(chromedp.Reload())
	b.sees("Running", "usher local", "local administrator")
	open()
	b.sees("2 of 2 rows invited")
}

// On each page the heading gets the focus and the title names the page, even if the
// button that led there is gone.
func TestFocusAndTitleFollowThePage(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.expect("status of 404")
	b.open("")
	b.sees("No invitations yet.")
	at := func(title, heading string) {
		t.Helper()
		b.until(fmt.Sprintf("the focus on %q with the title %q", heading, title), func() bool {
			return b.holds(fmt.Sprintf(`document.activeElement.tagName === 'H1' && document.activeElement.textContent === %q && document.title.startsWith(%q)`, heading, title))
		})
	}
	b.press("New request")
	at("New request ·", "Who do you want to invite?")
	b.do(chromedp.SendKeys(chromedp.ID("paste"), "ann@example.org"))
	b.press("Check the list")
	at("Check ·", "Check")
	b.press("Continue")
	at("Confirm ·", "Confirm")
	b.press("Invite 1 person")
	b.until("the focus on the request", func() bool { return b.holds(`document.activeElement.textContent.startsWith('Request …')`) })
	b.press("Help")
	at("Help ·", "Help")
	b.open("#/requests/01ARZ3NDEKTSV4RRFFQ69G5FAV")
	at("No such request ·", "No such request")
	b.seesCode("not_found")
	b.press("All requests")
	at("Requests ·", "Requests")
	b.open("#/elsewhere")
	at("No such page ·", "No such page")
}

// What one page announced, or was about to, is not read out on the next.
func TestStatusLineIsClearedOnLeaving(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.paste("ann@example.org", "Invite 1 person")
	b.sees("1 of 1 row invited")
	b.until("the announcement", func() bool { return b.holds(`document.getElementById('live').textContent !== ''`) })
	b.press("Help")
	b.sees("How it works")
	if !b.holds(`document.getElementById('live').textContent === ''`) {
		t.Error("the help has the announcement of the request")
	}
}

// A label may be longer than a page is wide, and an address than its column.
func TestLongNamesAreCutOrBroken(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	label := strings.Repeat("staff of the autumn ", 12)
	const long = "a.very.long.name.of.a.person@department.of.mathematics.and.statistics.university.example.org"
	b.submit(label, "email\n"+long+"\n")
	b.sees("1 of 1 row invited", long)
	if !b.holds(`document.title.length < 90 && document.querySelector('h1').getBoundingClientRect().height < 80`) {
		t.Errorf("the title is not cut: %s", b.text())
	}
	if !b.holds(`[...document.querySelectorAll('.rows .address wbr')].every((w) => /[@.]$/.test(w.previousSibling.textContent)) && document.querySelectorAll('.rows .address wbr').length > 10`) {
		t.Error("the address does not break after @ and dots")
	}
	b.press("Requests")
	b.sees("Progress")
	if !b.holds(`document.querySelector('.requests tbody a').getBoundingClientRect().height < 60`) {
		t.Error("the label is not cut in the list")
	}
	b.look("long-names")
}

func TestLabelOfCorrections(t *testing.T) {
	t.Parallel()
	b := newTab(t, serve(t, local.Config{}))
	b.open("#/help")
	b.sees("Supported formats")
	const first, second = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01BX5ZZKBKACTAV9WEVGEMMVRZ"
	tests := []struct{ label, want string }{
		{label: "", want: "corrections of " + second},
		{label: "autumn", want: "autumn, corrections of " + second},
		{label: "autumn, corrections of " + first, want: "autumn, corrections of " + second},
		{label: "corrections of " + first, want: "corrections of " + second},
		{label: strings.Repeat("ö", 256), want: strings.Repeat("ö", 213) + ", corrections of " + second},
	}
	for _, test := range tests {
		got := b.calls("title.js", "labelOfCorrections", map[string]string{"label": test.label, "request_id": second})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.label, diff)
		}
	}
}

// calls calls a function of one of the page's modules and returns the text it gives.
func (b *tab) calls(module, function string, arguments ...any) string {
	b.t.Helper()
	given, err := json.Marshal(arguments)
	if err != nil {
		b.t.Fatal(err)
	}
	awaited := func(p *runtime.EvaluateParams) { await := true; p.AwaitPromise = &await }
	source := fmt.Sprintf(`import(document.querySelector('script').src.replace('app.js', %q)).then((m) => m.%s(...%s))`, module, function, given)
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](source, chromedp.EvaluateOption(awaited)))
	if err != nil {
		b.t.Fatalf("%s: %v", source, err)
	}
	return got
}
