package onboard_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
)

// staffPool is a pool with one group and one attribute of its own.
var staffPool = &onboard.PoolSettings{
	Groups: []string{"staff"},
	Attributes: []onboard.AttributeSetting{
		{Name: "given_name", Type: "String"},
		{Name: "custom:tenant", Type: "String", MinLength: 2, MaxLength: 8},
	},
}

func TestJudgeAttributesAndGroups(t *testing.T) {
	t.Parallel()
	attribute := func(name, value string) map[string]string { return map[string]string{name: value} }
	tests := []struct {
		name string
		row  onboard.Row
		pool *onboard.PoolSettings
		code onboard.Code
		says string
	}{
		{name: "nothing but the address", row: onboard.Row{}, pool: staffPool, code: "", says: ""},
		{name: "known attribute", row: onboard.Row{Person: onboard.Person{Attributes: attribute("given_name", "Ann")}}, pool: staffPool, code: "", says: ""},
		{name: "unknown attribute", row: onboard.Row{Person: onboard.Person{Attributes: attribute("given-name", "Ann")}}, pool: staffPool, code: onboard.CodeAttributeUnknown, says: "given-name"},
		{name: "unknown attribute, unknown pool", row: onboard.Row{Person: onboard.Person{Attributes: attribute("given-name", "Ann")}}, pool: nil, code: "", says: ""},
		{name: "value of 8", row: onboard.Row{Person: onboard.Person{Attributes: attribute("custom:tenant", "ääääääää")}}, pool: staffPool, code: "", says: ""},
		{name: "value of 9", row: onboard.Row{Person: onboard.Person{Attributes: attribute("custom:tenant", "ääääääääa")}}, pool: staffPool, code: onboard.CodeAttributeInvalid, says: "at most 8"},
		{name: "value of 1", row: onboard.Row{Person: onboard.Person{Attributes: attribute("custom:tenant", "a")}}, pool: staffPool, code: onboard.CodeAttributeInvalid, says: "has 1 character. The pool requires at least 2."},
		{name: "value of 2048", row: onboard.Row{Person: onboard.Person{Attributes: attribute("given_name", strings.Repeat("é", 2048))}}, pool: nil, code: "", says: ""},
		{name: "value of 2049", row: onboard.Row{Person: onboard.Person{Attributes: attribute("given_name", strings.Repeat("é", 2049))}}, pool: nil, code: onboard.CodeAttributeInvalid, says: "at most 2048"},
		{name: "known group", row: onboard.Row{Person: onboard.Person{Groups: []string{"staff"}}}, pool: staffPool, code: "", says: ""},
		{name: "unknown group", row: onboard.Row{Person: onboard.Person{Groups: []string{"staff", "Staff"}}}, pool: staffPool, code: onboard.CodeGroupUnknown, says: `"Staff"`},
		{name: "address for a group", row: onboard.Row{Person: onboard.Person{Groups: []string{"bob@example.org"}}}, pool: staffPool, code: onboard.CodeGroupUnknown, says: "no group with an @ in its name"},
		{name: "address for an attribute", row: onboard.Row{Person: onboard.Person{Attributes: attribute("custom:bob@example.org", "x")}}, pool: staffPool, code: onboard.CodeAttributeUnknown, says: "no attribute with an @ in its name"},
		{name: "long unknown group", row: onboard.Row{Person: onboard.Person{Groups: []string{strings.Repeat("ä", 41)}}}, pool: staffPool, code: onboard.CodeGroupUnknown, says: `"` + strings.Repeat("ä", 40) + `…"`},
		{name: "unknown group, unknown pool", row: onboard.Row{Person: onboard.Person{Groups: []string{"Staff"}}}, pool: nil, code: "", says: ""},
		{name: "group without a name", row: onboard.Row{Person: onboard.Person{Groups: []string{""}}}, pool: nil, code: onboard.CodeGroupInvalid, says: "0 characters"},
		{name: "group of 128", row: onboard.Row{Person: onboard.Person{Groups: []string{strings.Repeat("g", 128)}}}, pool: nil, code: "", says: ""},
		{name: "group of 129", row: onboard.Row{Person: onboard.Person{Groups: []string{strings.Repeat("g", 129)}}}, pool: nil, code: onboard.CodeGroupInvalid, says: "129 characters"},
		{name: "intake's fault comes first", row: onboard.Row{Fault: &onboard.Fault{Code: onboard.CodeRowInvalid, Detail: "broken quoting"}, Person: onboard.Person{Groups: []string{""}}}, pool: nil, code: onboard.CodeRowInvalid, says: "broken quoting"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.row.Number, test.row.Email = 1, "ann@example.org"
			got := onboard.Rules{Pool: test.pool}.Judge(test.row)
			fault := onboard.Fault{}
			if got.Fault != nil {
				fault = *got.Fault
			}
			if fault.Code != test.code || !strings.Contains(fault.Detail, test.says) || (got.Fault != nil) != (test.code != "") || len(got.Remarks) > 0 {
				t.Errorf("fault %v, want %q with %q in its sentence; warnings %v", fault, test.code, test.says, got.Remarks)
			}
		})
	}
}

func TestJudgeLeavesOutColumnsThatThePoolLacks(t *testing.T) {
	t.Parallel()
	row := onboard.Row{Number: 2, Person: onboard.Person{Email: "ann@example.org", Attributes: map[string]string{"given_name": "Ann", "shoe size": "39", "hat": "7"},
		Cells: []string{"ann@example.org", "Ann", "39", "7"}}}
	sub := onboard.Submission{Rows: []onboard.Row{row, row}, CSV: true, Columns: []string{"email", "given_name", "shoe size", "hat"},
		Reading: []onboard.Column{{Name: "email", Meaning: onboard.MeansEmail}, {Name: "given_name", Meaning: "given_name"}, {Name: "shoe size", Meaning: "shoe size"}, {Name: "hat", Meaning: "hat"}}}
	judged := judge(t, sub, staffPool)
	m := judged.Messages[0]
	if diff := cmp.Diff(map[string]string{"given_name": "Ann"}, m.Attributes); diff != "" || m.State != "" {
		t.Errorf("%s %s; attributes (-want +got):\n%s", m.State, m.Code, diff)
	}
	if len(row.Attributes) != 3 {
		t.Error("the caller's row was changed")
	}
	var warned []string
	for _, w := range judged.Warnings {
		warned = append(warned, string(w.Code)+": "+w.Detail)
	}
	want := []string{`not_used: The pool has no attribute for these columns, so they are not used: "shoe size", "hat". They are not stored, and do not come back in the results unless you ask for it.`}
	if diff := cmp.Diff(want, warned); diff != "" {
		t.Errorf("one sentence names them (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"email", "given_name"}, judged.Submission.Columns); diff != "" {
		t.Errorf("columns kept (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ann@example.org", "Ann"}, m.Cells); diff != "" {
		t.Errorf("cells kept (-want +got):\n%s", diff)
	}
	sub.KeepColumns = true
	if kept := judge(t, sub, staffPool); len(kept.Messages[0].Cells) != 4 || len(kept.Submission.Columns) != 4 || kept.Submission.Reading[3].Meaning != onboard.MeansNone {
		t.Errorf("with KeepColumns: cells %q, columns %q, reading %v", kept.Messages[0].Cells, kept.Submission.Columns, kept.Submission.Reading)
	}
	sub.KeepColumns = false
	judged = judge(t, sub, nil)
	if m := judged.Messages[0]; len(m.Attributes) != 3 || len(judged.Warnings) != 1 || judged.Warnings[0].Code != onboard.CodePoolUnread {
		t.Errorf("with an unknown pool attributes %v, want all; warnings %v, want that the pool could not be read", m.Attributes, judged.Warnings)
	}
}

// An attribute of the pool's own is found whatever the case and spaces of its column.
func TestJudgeFindsThePoolsOwnSpelling(t *testing.T) {
	t.Parallel()
	pool := &onboard.PoolSettings{Attributes: []onboard.AttributeSetting{{Name: "custom:department"}, {Name: "custom:costcenter"}, {Name: "custom:a b"}, {Name: "custom:AB"}}}
	for sent, want := range map[string]string{"custom:Department": "custom:department", "custom:Cost Center": "custom:costcenter", "custom:department": "custom:department", "custom:ab": "", "custom:AB": "custom:AB"} {
		row := onboard.Row{Number: 2, Person: onboard.Person{Email: "ann@example.org", Attributes: map[string]string{sent: "x"}}}
		var got string
		for name := range judge(t, onboard.Submission{Rows: []onboard.Row{row}, CSV: true}, pool).Messages[0].Attributes {
			got = name
		}
		if got != want {
			t.Errorf("%s is stored as %q, want %q", sent, got, want)
		}
	}
}

// A column that no pool can store never makes a row fail, one that the pool has does.
func TestJudgeOfValuesThatNoPoolStores(t *testing.T) {
	t.Parallel()
	for _, value := range []string{strings.Repeat("x", 2049), "a\x00b"} {
		for name, code := range map[string]onboard.Code{"custom:notes": "", "custom:tenant": onboard.CodeAttributeInvalid} {
			row := onboard.Row{Number: 2, Person: onboard.Person{Email: "ann@example.org", Attributes: map[string]string{name: value}}}
			if m := judge(t, onboard.Submission{Rows: []onboard.Row{row}, CSV: true}, staffPool).Messages[0]; m.Code != code {
				t.Errorf("%s of %d characters: code %q, want %q", name, len(value), m.Code, code)
			}
		}
	}
}

// Only addresses that a mail can be sent to are mailed; a resend takes all.
func TestJudgeOfAddressesBeyondASCII(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ email, says string }{
		{"jürgen@example.org", `"ü" (U+00FC) before the @. Mail can only be sent to ASCII addresses. If it was meant as ue or u, write that.`},
		{"sean.o’moss@example.org", `"’" (U+2019) before the @. Mail can only be sent to ASCII addresses. If it was meant as ', write that.`},
		{"“ann”@example.org", "U+201C"}, {"•ann@example.org", "U+2022"}, {"аnn@example.org", "If it was meant as a, write that."}, {"安@example.org", "Look the address up."},
	} {
		sub := onboard.Submission{Rows: []onboard.Row{{Number: 1, Person: onboard.Person{Email: tt.email}}}}
		submitter := new(onboard.System).Submitter()
		m := submitter.Judge(t.Context(), onboard.Order{Submission: sub}).Messages[0]
		if m.Code != onboard.CodeEmailInvalid || !strings.Contains(m.Reason, tt.says) {
			t.Errorf("%s: %s %q, want it to say %q", tt.email, m.Code, m.Reason, tt.says)
		}
		j := submitter.Judge(t.Context(), onboard.Order{Submission: sub, Options: onboard.Options{Mail: onboard.Suppress}})
		if m := j.Messages[0]; m.State != "" || len(j.Warnings) != 1 || j.Warnings[0].Code != onboard.CodeAddressBeyondASCII {
			t.Errorf("%s without mail: %s, warnings %v; want it to pass with a warning", tt.email, m.Code, j.Warnings)
		}
		if m := submitter.Judge(t.Context(), onboard.Order{Submission: sub, Options: onboard.Options{ResendOnly: true}}).Messages[0]; m.State != "" {
			t.Errorf("%s resent: %s %q, want it to pass", tt.email, m.Code, m.Reason)
		}
	}
	for _, email := range []string{"ann_gmail.com#EXT#@corp.example", "a&amp;b@example.org", "o&#39;neil@example.org"} {
		sub := onboard.Submission{Rows: []onboard.Row{{Number: 1, Person: onboard.Person{Email: email}}}}
		if m := new(onboard.System).Submitter().Judge(t.Context(), onboard.Order{Submission: sub}).Messages[0]; m.Code != onboard.CodeEmailInvalid {
			t.Errorf("%s: %q, want it refused", email, m.Code)
		}
	}
}

// judge judges a submission for a pool, nil if nothing is known of it.
func judge(t *testing.T, sub onboard.Submission, pool *onboard.PoolSettings) onboard.Judged {
	var system onboard.System
	if pool != nil {
		system.Inspector = &inspector{settings: *pool}
	}
	return system.Submitter().Judge(t.Context(), onboard.Order{Submission: sub})
}

func TestJudgeNamesTheRowThatADuplicateRepeats(t *testing.T) {
	t.Parallel()
	var rows []onboard.Row
	for i, email := range []string{"nonsense", "ann@example.org", "nonsense", "ANN@example.org ", "ann@EXAMPLE.org"} {
		rows = append(rows, onboard.Row{Number: 10 + i, Person: onboard.Person{Email: email}})
	}
	rows[1].Groups = []string{""} // at fault: the row does not make a later one a duplicate
	var got []string
	for _, m := range judge(t, onboard.Submission{Rows: rows}, nil).Messages {
		got = append(got, fmt.Sprintf("%d %s", m.Row, m.Code))
		if m.State == onboard.Duplicate && !strings.Contains(m.Reason, "row 13") {
			t.Errorf("row %d: %q does not name row 13", m.Row, m.Reason)
		}
	}
	want := []string{"10 email_invalid", "11 group_invalid", "12 email_invalid", "13 ", "14 duplicate_in_request"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
