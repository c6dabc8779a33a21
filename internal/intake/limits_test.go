package intake_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"usher.example/internal/intake"
	"usher.example/internal/onboard"
)

// TestBodyLimits tries each limit of a body one below, at, and one above.
func TestBodyLimits(t *testing.T) {
	t.Parallel()
	limits := intake.Limits{Rows: 5, Bytes: 4000, Columns: 6, RowBytes: 30, Depth: 8, Label: 10}
	for _, tt := range []struct {
		name, contentType string
		limit             int
		code              string
		kind              intake.Kind
		body              func(n int) string
	}{
		{name: "rows json", contentType: jsonType, limit: 5, code: intake.CodeTooManyRows, kind: intake.TooLarge, body: func(n int) string {
			return "[" + strings.Repeat(`"a@example.org",`, n-1) + `""]`
		}},
		{name: "rows ndjson", contentType: "application/x-ndjson", limit: 5, code: intake.CodeTooManyRows, kind: intake.TooLarge, body: func(n int) string { return strings.Repeat("\"a\"\n", n) }},
		{name: "rows csv", contentType: csvType, limit: 5, code: intake.CodeTooManyRows, kind: intake.TooLarge, body: func(n int) string { return "email\n\n" + strings.Repeat("a\n", n) }},
		{name: "rows text", contentType: "text/plain", limit: 5, code: intake.CodeTooManyRows, kind: intake.TooLarge, body: func(n int) string { return strings.Repeat("a\n", n) }},
		{name: "rows form", contentType: "application/x-www-form-urlencoded", limit: 5, code: intake.CodeTooManyRows, kind: intake.TooLarge, body: func(n int) string {
			return "label=x" + strings.Repeat("&email=a", n)
		}},
		{name: "bytes", contentType: csvType, limit: 4000, code: intake.CodeTooManyBytes, kind: intake.TooLarge, body: func(n int) string { return "email\na" + strings.Repeat("\n", n-7) }},
		{name: "columns", contentType: csvType, limit: 6, code: intake.CodeTooManyColumns, kind: intake.TooLarge, body: func(n int) string {
			return "email" + strings.Repeat(",x", n-1) + "\na" + strings.Repeat(",", n-1)
		}},
		{name: "header", contentType: csvType, limit: 30, code: intake.CodeCSVHeader, kind: intake.Malformed, body: func(n int) string { return "email," + strings.Repeat("x", n-6) + "\na,b" }},
		{name: "nesting", contentType: jsonType, limit: 8, code: intake.CodeJSONDepth, kind: intake.Malformed, body: func(n int) string {
			return `{"email":"a","app_metadata":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}"
		}},
		{name: "label", contentType: jsonType, limit: 10, code: intake.CodeLabelInvalid, kind: intake.Malformed, body: func(n int) string {
			return `{"email":"a","label":"` + strings.Repeat("é", n) + `"}`
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for n := tt.limit - 1; n <= tt.limit+1; n++ {
				_, err := intake.Read(tt.contentType, []byte(tt.body(n)), limits)
				e, refused := errors.AsType[*intake.Error](err)
				if refused != (n > tt.limit) {
					t.Errorf("with %d of %d: %v", n, tt.limit, err)
					continue
				}
				if refused && (e.Code != tt.code || e.Kind != tt.kind || !strings.Contains(e.Detail, fmt.Sprint(tt.limit))) {
					t.Errorf("with %d of %d: kind %d, %s, %q; want kind %d, %s and the limit", n, tt.limit, e.Kind, e.Code, e.Detail, tt.kind, tt.code)
				}
			}
		})
	}
}

// TestRowLimits tries each limit of a row one below, at, and one above: it is the
// row that fails, and it alone.
func TestRowLimits(t *testing.T) {
	t.Parallel()
	limits := intake.Limits{AttributeValue: 4, Attributes: 3, GroupName: 4, Groups: 3, Ref: 4, CellBytes: 20, RowBytes: 60}
	list := func(n int, format string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(format, i))
		}
		return strings.Join(all, ",")
	}
	for _, tt := range []struct {
		name  string
		limit int
		code  onboard.Code
		user  func(n int) string
	}{
		{name: "attribute value", limit: 4, code: onboard.CodeAttributeInvalid, user: func(n int) string { return `"attributes":{"a":" ` + strings.Repeat("é", n) + ` "}` }},
		{name: "attributes", limit: 3, code: onboard.CodeAttributeInvalid, user: func(n int) string { return `"attributes":{` + list(n, `"a%d":1`) + `}` }},
		{name: "attribute name", limit: 20, code: onboard.CodeAttributeInvalid, user: func(n int) string { return `"attributes":{"` + strings.Repeat("a", n) + `":1}` }},
		{name: "group name", limit: 4, code: onboard.CodeGroupInvalid, user: func(n int) string { return `"groups":["` + strings.Repeat("é", n) + `"]` }},
		{name: "groups", limit: 3, code: onboard.CodeGroupInvalid, user: func(n int) string { return `"groups":["g0",` + list(n, `"g%d"`) + `]` }},
		{name: "ref", limit: 4, code: onboard.CodeRowInvalid, user: func(n int) string { return `"ref":"` + strings.Repeat("é", n) + `"` }},
		{name: "address", limit: 20, code: onboard.CodeEmailTooLong, user: func(n int) string { return `"email":"` + strings.Repeat("a", n) + `"` }},
		{name: "row", limit: 60, code: onboard.CodeRowInvalid, user: func(n int) string {
			return `"attributes":{"` + strings.Repeat("a", 20) + `":"1234","` + strings.Repeat("b", n-46) + `":"1234"},"ref":"1234"`
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for n := tt.limit - 1; n <= tt.limit+1; n++ {
				sub, err := intake.Read(jsonType, []byte(`["x",{`+tt.user(n)+`}]`), limits)
				if err != nil {
					t.Fatalf("with %d of %d: %v", n, tt.limit, err)
				}
				f := sub.Rows[1].Fault
				if (f != nil) != (n > tt.limit) || f != nil && f.Code != tt.code {
					t.Errorf("with %d of %d: fault %+v, want one of %s above the limit", n, tt.limit, f, tt.code)
				}
			}
		})
	}
}

func TestDefaultLimits(t *testing.T) {
	t.Parallel()
	rows := func(n int) []byte { return []byte("email\n" + strings.Repeat("a@example.org\n", n)) }
	if sub, err := intake.Read(csvType, rows(10_000), intake.Limits{}); err != nil || len(sub.Rows) != 10_000 {
		t.Errorf("10,000 rows: %d read, %v", len(sub.Rows), err)
	}
	if _, err := intake.Read(csvType, rows(10_001), intake.Limits{}); err == nil || !strings.Contains(err.Error(), "10000") {
		t.Errorf("10,001 rows: %v, want the limit named", err)
	}
	if _, err := intake.Read(csvType, make([]byte, 5_000_001), intake.Limits{}); err == nil || !strings.Contains(err.Error(), "5000000") {
		t.Errorf("5,000,001 bytes: %v, want the limit named", err)
	}
}

// A hostile body can name as many things as it likes that are not used: the
// warnings end at 100, and the rows are read anyway.
func TestWarningsAreBounded(t *testing.T) {
	t.Parallel()
	for names, want := range map[int]int{99: 99, 100: 100, 101: 100, 1000: 100} {
		var users []string
		for i := range names {
			users = append(users, fmt.Sprintf(`{"email":"a%d@example.org","attributes":{"cognito:x%d":"1"}}`, i, i))
		}
		sub := mustRead(t, jsonType, "["+strings.Join(users, ",")+"]")
		if len(sub.Warnings) != want || len(sub.Rows) != names {
			t.Errorf("%d names: %d warnings, want %d; %d rows", names, len(sub.Warnings), want, len(sub.Rows))
		}
		for _, row := range sub.Rows {
			if row.Fault != nil || row.Attributes != nil {
				t.Fatalf("%d names: row %d has the fault %v and the attributes %v", names, row.Number, row.Fault, row.Attributes)
			}
		}
	}
}
