package intake_test

import (
	"fmt"
	"strings"
	"testing"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// disabledWarnings are the warnings that rows are marked.
func disabledWarnings(t *testing.T, contentType, body string) []string {
	t.Helper()
	s, err := intake.Read(contentType, []byte(body), intake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, w := range s.Warnings {
		if w.Code == intake.CodeDisabled {
			found = append(found, w.Detail)
		}
	}
	return found
}

func TestRowsThatTheirSourceMarksAreCounted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		marked, clear []string // values
	}{
		"accountEnabled":           {marked: []string{"False", "false", "0", "No", "nein"}, clear: []string{"True", "", "1", "yes"}},
		"Enabled":                  {marked: []string{"FALSE"}, clear: []string{"TRUE"}},
		"active":                   {marked: []string{"false", "inactive"}, clear: []string{"true", "active"}},
		"Block credential":         {marked: []string{"True"}, clear: []string{"False", ""}},
		"Suspended":                {marked: []string{"yes", "x"}, clear: []string{"no"}},
		"is_deleted":               {marked: []string{"1"}, clear: []string{"0"}},
		"Status [READ ONLY]":       {marked: []string{"Suspended", "Archived"}, clear: []string{"Active"}},
		"status":                   {marked: []string{"DEPROVISIONED", "Deactivated", "suspended", " deleted "}, clear: []string{"ACTIVE", "STAGED", "Member", "married", ""}},
		"User Status":              {marked: []string{"Inactive", "PENDING_DELETION"}, clear: []string{"Active"}},
		"Soft deletion time stamp": {marked: []string{"2026-01-31T09:00:00Z"}, clear: []string{"", "-", "#N/A", "false"}},
		"userAccountControl":       {marked: []string{"514", "66050"}, clear: []string{"512", "66048", "", "many"}},
		"department":               {marked: nil, clear: []string{"disabled", "false"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, value := range append(append([]string{}, test.marked...), test.clear...) {
				found := disabledWarnings(t, "text/csv", "email,"+name+"\nann@example.org,"+value+"\nbob@example.org,\n")
				want := 0
				for _, marked := range test.marked {
					if marked == value {
						want = 1
					}
				}
				if len(found) != want {
					t.Errorf("%q: warnings %q, want %d", value, found, want)
				}
			}
		})
	}
}

func TestTheWarningNamesTheRows(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	body.WriteString("email;Block credential\n")
	for i := range 24 {
		fmt.Fprintf(&body, "a%d@example.org;%t\n", i, i%2 == 0)
	}
	body.WriteString("not an address;True;a cell too many\n")
	want := `12 rows are marked as disabled, suspended or deleted by "Block credential": rows 2, 4, 6, 8, 10, 12, 14, 16, 18, 20 and 2 more. usher invites them nevertheless. Remove them if that is wrong.`
	if got := disabledWarnings(t, "text/csv", body.String()); len(got) != 1 || got[0] != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	want = `1 row is marked as disabled, suspended or deleted by "active": row 2. usher invites it nevertheless. Remove it if that is wrong.`
	for contentType, body := range map[string]string{
		"application/json":      `[{"email":"a@example.org","active":true},{"email":"b@example.org","active":false},{"email":"c@example.org"}]`,
		"application/x-ndjson":  `{"email":"a@example.org","active":true}` + "\n" + `{"email":"b@example.org","attributes":{"active":false}}`,
		"application/scim+json": `[{"userName":"a@example.org"},{"userName":"b@example.org","active":false}]`,
		"text/csv":              "email,active\nb@example.org,false\n",
	} {
		if got := disabledWarnings(t, contentType, body); len(got) != 1 || got[0] != want {
			t.Errorf("%s: got %q\nwant %q", contentType, got, want)
		}
	}
}

// The mark changes nothing of the row: where the pool has the attribute, it gets it.
func TestAMarkedRowIsReadAsAnyOther(t *testing.T) {
	t.Parallel()
	s, err := intake.Read("text/csv", []byte("email,status\nann@example.org,Suspended\n"), intake.Limits{})
	if err != nil || len(s.Rows) != 1 || s.Rows[0].Fault != nil || s.Rows[0].Attributes["custom:status"] != "Suspended" {
		t.Errorf("%+v, %v", s.Rows, err)
	}
	for _, body := range []string{`{"email":"a@example.org","blocked":{"why":1}}`, `{"email":"a@example.org","active":[false]}`, `{"email":"a@example.org","active":null}`} {
		if s, err = intake.Read("application/json", []byte(body), intake.Limits{}); err != nil || s.Rows[0].Fault != (*onboard.Fault)(nil) {
			t.Errorf("%s: %+v, %v", body, s.Rows, err)
		}
	}
}
