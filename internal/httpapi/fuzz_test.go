package httpapi_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/httpapi"
	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

func FuzzCursor(f *testing.F) {
	for _, place := range []string{"01JD9W3QK7Z4M8T2B6XHVNC5RE", "17", "", "../x", "a b", "\x00"} {
		f.Add(place, httpapi.WriteCursor("r1.", place))
		f.Add(place, httpapi.WriteCursor("i1.", place))
	}
	f.Add("x", "!!!")
	f.Fuzz(func(t *testing.T, place, cursor string) {
		for _, list := range []string{"r1.", "i1."} {
			if got, ok := httpapi.ReadCursor(list, cursor); ok && httpapi.WriteCursor(list, got) != cursor {
				t.Errorf("two cursors stand for %q", got)
			}
			got, ok := httpapi.ReadCursor(list, httpapi.WriteCursor(list, place))
			if ok && got != place {
				t.Errorf("%q came back as %q", place, got)
			}
			if _, other := httpapi.ReadCursor("i1.", httpapi.WriteCursor("r1.", place)); other {
				t.Errorf("the cursor of %q passes in another list", place)
			}
		}
		b := setup(t)
		for _, target := range []string{"/requests", "/requests/01R/invitations"} {
			r := httptest.NewRequestWithContext(httpapi.WithCaller(t.Context(), *eve()), "GET", target, nil)
			r.URL.RawQuery = "cursor=" + cursor
			w := httptest.NewRecorder()
			if b.handler.ServeHTTP(w, r); w.Code >= 500 {
				t.Errorf("cursor %q: status %d", cursor, w.Code)
			}
		}
	})
}

func FuzzIdempotencyKey(f *testing.F) {
	f.Add("k", "eve", "k", "bob")
	f.Add("a b", "c", "b", "c a")
	f.Add("1 a", "", "a", "1 ")
	f.Add(strings.Repeat("k", 255), "eve", strings.Repeat("k", 256), "eve")
	f.Fuzz(func(t *testing.T, key, caller, otherKey, otherCaller string) {
		id := onboard.KeyID(caller, key)
		if same := caller == otherCaller && key == otherKey; same != (id == onboard.KeyID(otherCaller, otherKey)) {
			t.Errorf("%q of %q and %q of %q: same id %v", key, caller, otherKey, otherCaller, !same)
		}
		b := setup(t)
		r := httptest.NewRequestWithContext(httpapi.WithCaller(t.Context(), *eve()), "POST", "/requests", strings.NewReader(`["ann@example.org"]`))
		r.Header["Content-Type"], r.Header["Idempotency-Key"] = []string{"application/json"}, []string{key}
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		want := 202
		if n := utf8.RuneCountInString(key); n == 0 || n > 255 || !utf8.ValidString(key) {
			want = 400
		}
		if w.Code != want {
			t.Errorf("key %q: status %d, want %d", key, w.Code, want)
		}
		if _, err := b.store.Key(t.Context(), onboard.KeyID("sub-eve", key)); (err == nil) != (want == 202) {
			t.Errorf("key %q: kept %v", key, err == nil)
		}
	})
}

// FuzzJSONAndCSVAgree writes the same rows in both forms: they must become the
// same invitations, with the same outcomes.
func FuzzJSONAndCSVAgree(f *testing.F) {
	f.Add("ann@example.org", "staff", "Ann", "P-1", "bob", "a;b", "x", "")
	f.Add("ANN@example.org", "", "'=1", "-1", "ann@example.org", "", "\"q\"", "a,b")
	f.Add("a@b.org", "x|y", "ü", "=1+1", " a@b.org ", "g", "line\nbreak", "'tis")
	f.Fuzz(func(t *testing.T, email1, groups1, name1, ref1, email2, groups2, name2, ref2 string) {
		rows := [][4]string{{email1, groups1, name1, ref1}, {email2, groups2, name2, ref2}}
		for _, row := range rows {
			for _, cell := range row {
				if !utf8.ValidString(cell) || strings.ContainsAny(cell, "\r\x00") || cell != strings.TrimSpace(cell) || len(cell) > 200 || hasControl(cell) {
					return
				}
			}
			if row[0] == "" && row[1] == "" && row[2] == "" && row[3] == "" {
				return // an empty line is no row of a CSV
			}
		}
		fromJSON, err := intake.Read("application/json", asJSON(t, rows), intake.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		fromCSV, err := intake.Read("text/csv", asCSV(t, rows), intake.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		ignored := cmpopts.IgnoreFields(onboard.Message{}, "Row", "Cells", "Reason")
		if diff := cmp.Diff(judged(t, fromJSON), judged(t, fromCSV), ignored, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("JSON and CSV differ (-JSON +CSV):\n%s", diff)
		}
	})
}

// judged are the messages of a submission, whose pool is not known.
func judged(t *testing.T, sub onboard.Submission) []onboard.Message {
	return onboard.System{}.Submitter().Judge(t.Context(), onboard.Order{Submission: sub}).Messages
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0xfeff })
}

func asJSON(t *testing.T, rows [][4]string) []byte {
	t.Helper()
	var users []map[string]any
	for _, row := range rows {
		user := map[string]any{"email": row[0], "ref": row[3]}
		if groups := splitGroups(row[1]); len(groups) > 0 {
			user["groups"] = groups
		}
		if row[2] != "" {
			user["attributes"] = map[string]string{"given_name": row[2]}
		}
		users = append(users, user)
	}
	body, err := json.Marshal(users)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// splitGroups is how a cell lists groups.
func splitGroups(cell string) (groups []string) {
	for _, group := range strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == '|' }) {
		if group = strings.TrimSpace(group); group != "" {
			groups = append(groups, group)
		}
	}
	return groups
}

func asCSV(t *testing.T, rows [][4]string) []byte {
	t.Helper()
	var out strings.Builder
	w := csv.NewWriter(&out)
	list := [][]string{{"email", "groups", "given_name", "ref"}}
	for _, row := range rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, guard(cell))
		}
		list = append(list, cells)
	}
	if err := w.WriteAll(list); err != nil {
		t.Fatal(err)
	}
	return []byte(out.String())
}

// guard writes a cell as a spreadsheet-safe CSV does.
func guard(cell string) string {
	for _, first := range "=+-@\t\r\n＝＋－＠" {
		if strings.HasPrefix(strings.TrimLeft(cell, "'"), string(first)) {
			return "'" + cell
		}
	}
	return cell
}
