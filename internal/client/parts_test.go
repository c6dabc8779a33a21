package client_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

func csvPart(body, link string) reply {
	r := says(200, body, "Content-Type", "text/csv; charset=utf-8")
	if link != "" {
		r.header.Set("Link", link)
	}
	return r
}

func TestResultsArePutTogetherFromTheirParts(t *testing.T) {
	t.Parallel()
	c, w := newClient(t,
		csvPart("email,state\r\na@example.org,failed\r\n", `</requests/r1/invitations?from_row=40&header=false&state=failed>; rel="next"`),
		csvPart("b@example.org,failed\r\n", `</requests/r1/invitations?from_row=90&header=false&state=failed>; rel="next"`),
		csvPart("c@example.org,failed\r\n", ""))
	rows, err := c.Results(t.Context(), "r1", onboard.Failed)
	if want := "email,state\r\na@example.org,failed\r\nb@example.org,failed\r\nc@example.org,failed\r\n"; err != nil || string(rows) != want {
		t.Errorf("got %q, %v", rows, err)
	}
	var asked []string
	for _, c := range w.calls {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		asked = append(asked, u.Path+"?"+u.RawQuery)
	}
	want := []string{
		"/requests/r1/invitations?from_row=1&state=failed",
		"/requests/r1/invitations?from_row=40&header=false&state=failed",
		"/requests/r1/invitations?from_row=90&header=false&state=failed",
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// A server that sends the client round in circles is none of ours, and an error
// on the way is never a short result.
func TestPartsEndOrAreAnError(t *testing.T) {
	t.Parallel()
	for name, replies := range map[string][]reply{
		"the same part again": {csvPart("email\r\n", `</requests/r1/invitations?from_row=1>; rel="next"`)},
		"no row":              {csvPart("email\r\n", `</requests/r1/invitations>; rel="next"`)},
		"refused on the way":  {csvPart("email\r\n", `</requests/r1/invitations?from_row=5>; rel="next"`), refuses(404, "not_found")},
	} {
		c, w := newClient(t, replies...)
		if rows, err := c.Results(t.Context(), "r1"); err == nil || rows != nil {
			t.Errorf("%s: %q, %v", name, rows, err)
		}
		if len(w.calls) > 2 {
			t.Errorf("%s: %d calls", name, len(w.calls))
		}
	}
	c, w := newClient(t, csvPart("email\r\n", `<https://example.org/elsewhere?from_row=7>; rel="next"`), csvPart("", ""))
	if _, err := c.Results(t.Context(), "r1"); err != nil || !strings.Contains(w.calls[1].url, "/requests/r1/invitations?from_row=7") || strings.Contains(w.calls[1].url, "example.org/elsewhere") {
		t.Errorf("a link may only say from which row on: %v, %s", err, w.calls[1].url)
	}
}
