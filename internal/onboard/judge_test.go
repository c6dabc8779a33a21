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
		{"nothing but the address", onboard.Row{}, staffPool, "", ""},
		{"known attribute", onboard.Row{Attributes: attribute("given_name", "Ann")}, staffPool, "", ""},
		{"unknown attribute", onboard.Row{Attributes: attribute("given-name", "Ann")}, staffPool, onboard.CodeAttributeUnknown, "given-name"},
		{"unknown attribute, unknown pool", onboard.Row{Attributes: attribute("given-name", "Ann")}, nil, "", ""},
		{"value of 8", onboard.Row{Attributes: attribute("custom:tenant", "ääääääää")}, staffPool, "", ""},
		{"value of 9", onboard.Row{Attributes: attribute("custom:tenant", "ääääääääa")}, staffPool, onboard.CodeAttributeInvalid, "at most 8"},
		{"value of 1", onboard.Row{Attributes: attribute("custom:tenant", "a")}, staffPool, onboard.CodeAttributeInvalid, "has 1 character. The pool requires at least 2."},
		{"value of 2048", onboard.Row{Attributes: attribute("given_name", strings.Repeat("é", 2048))}, nil, "", ""},
		{"value of 2049", onboard.Row{Attributes: attribute("given_name", strings.Repeat("é", 2049))}, nil, onboard.CodeAttributeInvalid, "at most 2048"},
		{"known group", onboard.Row{Groups: []string{"staff"}}, staffPool, "", ""},
		{"unknown group", onboard.Row{Groups: []string{"staff", "Staff"}}, staffPool, onboard.CodeGroupUnknown, `"Staff"`},
		{"address for a group", onboard.Row{Groups: []string{"bob@example.org"}}, staffPool, onboard.CodeGroupUnknown, "no group with an @ in its name"},
		{"address for an attribute", onboard.Row{Attributes: attribute("custom:bob@example.org", "x")}, staffPool, onboard.CodeAttributeUnknown, "no attribute with an @ in its name"},
		{"long unknown group", onboard.Row{Groups: []string{strings.Repeat("ä", 41)}}, staffPool, onboard.CodeGroupUnknown, `"` + strings.Repeat("ä", 40) + `…"`},
		{"unknown group, unknown pool", onboard.Row{Groups: []string{"Staff"}}, nil, "", ""},
		{"group without a name", onboard.Row{Groups: []string{""}}, nil, onboard.CodeGroupInvalid, "0 characters"},
		{"group of 128", onboard.Row{Groups: []string{strings.Repeat("g", 128)}}, nil, "", ""},
		{"group of 129", onboard.Row{Groups: []string{strings.Repeat("g", 129)}}, nil, onboard.CodeGroupInvalid, "129 characters"},
		{"intake's fault comes first", onboard.Row{Fault: &onboard.Fault{Code: onboard.CodeRowInvalid, Detail: "broken quoting"}, Groups: []string{""}}, nil, onboard.CodeRowInvalid, "Broken quoting."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.row.Number, test.row.Email = 1, "ann@example.org"
			m := onboard.Judge(onboard.Submission{Rows: []onboard.Row{test.row}}, test.pool)[0]
			if m.Code != test.code || !strings.Contains(m.Reason, test.says) || (m.State == onboard.Failed) != (test.code != "") {
				t.Errorf("%s %s %q, want %q with %q in its reason", m.State, m.Code, m.Reason, test.code, test.says)
			}
		})
	}
}

func TestJudgeLeavesOutColumnsThatThePoolLacks(t *testing.T) {
	t.Parallel()
	row := onboard.Row{Number: 2, Email: "ann@example.org", Attributes: map[string]string{"given_name": "Ann", "shoe size": "39", "hat": "7"}}
	sub := onboard.Submission{Rows: []onboard.Row{row}, Columns: []string{"email", "given_name", "shoe size", "hat"}}
	m := onboard.Judge(sub, staffPool)[0]
	if diff := cmp.Diff(map[string]string{"given_name": "Ann"}, m.Attributes); diff != "" || m.State != "" {
		t.Errorf("%s %s; attributes (-want +got):\n%s", m.State, m.Code, diff)
	}
	if len(row.Attributes) != 3 {
		t.Error("the caller's row was changed")
	}
	if m := onboard.Judge(sub, nil)[0]; len(m.Attributes) != 3 {
		t.Errorf("with an unknown pool attributes %v, want all", m.Attributes)
	}
}

func TestJudgeNamesTheRowThatADuplicateRepeats(t *testing.T) {
	t.Parallel()
	var rows []onboard.Row
	for i, email := range []string{"nonsense", "ann@example.org", "nonsense", "ANN@example.org ", "ann@EXAMPLE.org"} {
		rows = append(rows, onboard.Row{Number: 10 + i, Email: email})
	}
	rows[1].Groups = []string{""} // at fault: the row does not make a later one a duplicate
	var got []string
	for _, m := range onboard.Judge(onboard.Submission{Rows: rows}, nil) {
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
