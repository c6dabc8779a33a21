package httpapi_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

// large stores a request of n rows, of which every other has a reason of 1,000
// bytes.
func (b *bundle) large(n int) {
	b.t.Helper()
	var invitations []onboard.Invitation
	for row := 1; row <= n; row++ {
		inv := onboard.Invitation{Row: row, Person: onboard.Person{Email: fmt.Sprintf("a%05d@example.org", row)}, Round: 1, State: onboard.Invited}
		if row%2 == 0 {
			inv.State, inv.Code, inv.Reason = onboard.Failed, onboard.CodeEmailInvalid, strings.Repeat("because ", 125)
		}
		invitations = append(invitations, inv)
	}
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: n}, invitations...)
}

var nextLink = regexp.MustCompile(`^<([^>]+)>; rel="next"$`)

// parts follows the links and returns the parts.
func (b *bundle) parts(target string) (parts []string) {
	b.t.Helper()
	for target != "" {
		w := b.do(getCSV(target))
		if w.Code != 200 || w.Body.Len() > 4_000_000 {
			b.t.Fatalf("%s: %d, %d bytes", target, w.Code, w.Body.Len())
		}
		parts, target = append(parts, w.Body.String()), ""
		if link := w.Header().Get("Link"); link != "" {
			target = nextLink.FindStringSubmatch(link)[1]
		}
	}
	return parts
}

func TestALargeResultComesInParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.large(9000)
	if code := b.problem(400, getCSV("/requests/01R/invitations")); code != "range_needed" {
		t.Errorf("a result larger than one answer: %s", code)
	}
	for query, want := range map[string]struct{ rows, parts int }{
		"from_row=1":                               {rows: 9000, parts: 2},
		"from_row=9001":                            {rows: 0, parts: 1},
		"from_row=9000&to_row=9000":                {rows: 1, parts: 1},
		"from_row=11&to_row=20":                    {rows: 10, parts: 1},
		"from_row=2&to_row=8999":                   {rows: 8998, parts: 2},
		"from_row=1&state=failed&state=not_mailed": {rows: 4500, parts: 2},
		"from_row=1&state=failed&to_row=4000":      {rows: 2000, parts: 1},
		"to_row=10":                                {rows: 10, parts: 1},
		"state=invited":                            {rows: 4500, parts: 1},
	} {
		parts := b.parts("/requests/01R/invitations?" + query)
		lines := strings.Split(strings.Join(parts, ""), "\r\n")
		if len(parts) != want.parts || len(lines) != want.rows+2 || lines[0] != "row,email,ref,state,code,reason" {
			t.Errorf("%s: %d parts of %d lines under %q, want %d parts of %d rows", query, len(parts), len(lines), lines[0], want.parts, want.rows)
		}
		last := ""
		for _, line := range lines[1 : len(lines)-1] {
			email := strings.Split(line, ",")[1]
			if email <= last {
				t.Fatalf("%s: %s comes after %s", query, email, last)
			}
			last = email
		}
	}
}

func TestAPartHasTheHeaderThatIsAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.large(9)
	w := b.do(getCSV("/requests/01R/invitations?from_row=5&to_row=5&header=false"))
	if media := w.Header().Get("Content-Type"); w.Body.String() != "5,a00005@example.org,,invited,,\r\n" || media != "text/csv; charset=utf-8; header=absent" {
		t.Errorf("without its header: %s %q", media, w.Body)
	}
	for _, query := range []string{"from_row=0", "from_row=x", "to_row=-1", "header=no", "from_row=1&limit=5"} {
		b.problem(400, getCSV("/requests/01R/invitations?"+query))
	}
	b.problem(400, get("/requests/01R/invitations?header=false")) // of JSON
}

func TestARangeOfRowsAsJSON(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.large(60)
	var want []int
	for row := 11; row <= 42; row++ {
		want = append(want, row)
	}
	for _, limit := range []int{1, 7, 32, 100} {
		if diff := cmp.Diff(want, b.pages("/requests/01R/invitations?from_row=11&to_row=42", limit)); diff != "" {
			t.Errorf("by %d (-want +got):\n%s", limit, diff)
		}
	}
}

// What is no address may be as long as a cell, so a page of JSON must end before
// Lambda's limit does.
func TestAPageOfLongRowsIsShort(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var invitations []onboard.Invitation
	for row := 1; row <= 500; row++ {
		invitations = append(invitations, onboard.Invitation{Row: row, Person: onboard.Person{Email: strings.Repeat("\x01", 8000)}, Round: 1, State: onboard.Failed})
	}
	b.stored(onboard.Request{ID: "01R", Phase: onboard.Running, Round: 1, Total: 500}, invitations...)
	if n := b.do(get("/requests/01R/invitations?limit=1000")).Body.Len(); n > 4_000_000 {
		t.Errorf("a page has %d bytes", n)
	}
	if rows := b.pages("/requests/01R/invitations?", 1000); len(rows) != 500 {
		t.Errorf("%d rows of 500 over the pages", len(rows))
	}
}
