package onboard_test

import (
	"strings"
	"testing"

	"usher.example/internal/onboard"
)

// typedPool has an attribute of each type.
var typedPool = &onboard.PoolSettings{Attributes: []onboard.AttributeSetting{
	{Name: "phone_number", Type: "String", MaxLength: 2048, Mutable: true},
	{Name: "birthdate", Type: "String", MinLength: 10, MaxLength: 10, Mutable: true},
	{Name: "locale", Type: "String", MaxLength: 2048, Mutable: true},
	{Name: "updated_at", Type: "Number", Mutable: true},
	{Name: "custom:level", Type: "Number", Least: "-1", Most: "9.5", Mutable: true},
	{Name: "custom:active", Type: "Boolean", Mutable: true},
	{Name: "custom:since", Type: "DateTime", Mutable: true},
	{Name: "custom:note", Type: "String", MinLength: 1, MaxLength: 12, Mutable: true},
}}

func TestValuesOfARow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, value string
		want        string // as the pool gets it
		says        string // part of the fault, or of the remark if there is a value
	}{
		{name: "phone_number", value: "+442079460000", want: "+442079460000"},
		{name: "phone_number", value: "+44 20 7946-0000", want: "+442079460000", says: `stored as "+442079460000"`},
		{name: "phone_number", value: "0044 (20) 7946.0000", want: "+442079460000", says: "is stored as"},
		{name: "phone_number", value: "+44 (0)20 7946 0000", want: "+442079460000", says: "is stored as"},
		{name: "phone_number", value: "tel:+44\u00a020\u20117946\u200e0000", want: "+442079460000", says: "is stored as"},
		{name: "phone_number", value: "4.47911E+11", says: "shortened by a spreadsheet"},
		{name: "phone_number", value: "4,47911E+11", says: "shortened by a spreadsheet"},
		{name: "phone_number", value: "020 7946 0000", says: "has no country code"},
		{name: "phone_number", value: "442079460000", says: "has no country code"},
		{name: "phone_number", value: "+020 7946 0000", says: "begins with a 0"},
		{name: "phone_number", value: "+44 20 7946 0000 ext. 5", says: "is not a phone number"},
		{name: "phone_number", value: "+1234567890123456", says: "has 16 digits"},
		{name: "phone_number", value: "+123456", says: "has 6 digits"},
		{name: "birthdate", value: "2024-02-29", want: "2024-02-29"},
		{name: "birthdate", value: "2023-02-29", says: "is not a date. Write it as YYYY-MM-DD"},
		{name: "birthdate", value: "04/09/1985", says: "is not a date"},
		{name: "birthdate", value: "0/0/00", says: "no value"},
		{name: "locale", value: "de-AT", want: "de-AT"},
		{name: "locale", value: "pt_BR", want: "pt-BR", says: `stored as "pt-BR"`},
		{name: "locale", value: "English", says: "is not a language tag"},
		{name: "updated_at", value: "1700000000", says: "not used"},
		{name: "custom:level", value: "9.5", want: "9.5"},
		{name: "custom:level", value: "9.50000000000000000000000001", says: "is more than 9.5"},
		{name: "custom:level", value: "-2", says: "is less than -1"},
		{name: "custom:level", value: "five", says: `Attribute "level" (custom attribute) is not a number`},
		{name: "custom:level", value: "1e0", says: "shortened by a spreadsheet"},
		{name: "custom:active", value: "TRUE", want: "true", says: "is stored as"},
		{name: "custom:active", value: "yes", says: "neither true nor false"},
		{name: "custom:since", value: "2026-11-27T09:00:00Z", want: "2026-11-27T09:00:00Z"},
		{name: "custom:since", value: "2026-11-27", want: "2026-11-27"},
		{name: "custom:since", value: "1795000000", want: "1795000000"},
		{name: "custom:since", value: "yesterday", says: "is not a time"},
		{name: "custom:note", value: "Null", want: "Null"},
		{name: "custom:note", value: "NULL", says: "no value"},
		{name: "custom:note", value: "#N/A", says: "no value"},
		{name: "custom:note", value: "-", says: "no value"},
		{name: "custom:note", value: ""},
	} {
		t.Run(test.name+" "+test.value, func(t *testing.T) {
			t.Parallel()
			row := onboard.Row{Number: 1, Person: onboard.Person{Email: "ann@example.org", Attributes: map[string]string{test.name: test.value}}}
			got := onboard.Rules{Pool: typedPool}.Judge(row)
			said := ""
			if got.Fault != nil {
				said = got.Fault.Detail
			}
			for _, remark := range got.Remarks {
				said += remark.Detail
			}
			isFault := test.want == "" && test.says != "" && test.says != "no value" && test.says != "not used"
			if (got.Fault != nil) != isFault || !strings.Contains(said, test.says) || test.says == "" && said != "" {
				t.Errorf("it says %q (fault %v), want %q", said, got.Fault, test.says)
			}
			if value := got.Person.Attributes[test.name]; got.Fault == nil && value != test.want {
				t.Errorf("the pool gets %q, want %q", value, test.want)
			}
			if row.Attributes[test.name] != test.value {
				t.Error("the caller's row was changed")
			}
		})
	}
}

func TestWarningsAreCounted(t *testing.T) {
	t.Parallel()
	var sub onboard.Submission
	for i, phone := range []string{"+44 20 7946 0000", "+49 30 1234567", "+15555550100", "-"} {
		sub.Rows = append(sub.Rows, onboard.Row{Number: i + 1, Person: onboard.Person{
			Email: people(4)[i], Attributes: map[string]string{"phone_number": phone},
		}})
	}
	judged := judge(t, sub, typedPool)
	want := []onboard.Fault{
		{Code: "normalized", Detail: `1 row has a mark for no value in "phone_number", which is left out.`},
		{Code: "normalized", Detail: `2 rows have a value of "phone_number" that is stored in the form which the pool takes.`},
	}
	if len(judged.Warnings) != 2 || judged.Warnings[0] != want[0] || judged.Warnings[1] != want[1] {
		t.Errorf("warnings %q, want %q", judged.Warnings, want)
	}
	if len(judged.Remarks) != 3 || !strings.Contains(judged.Remarks[1][0].Detail, `"+49301234567"`) {
		t.Errorf("remarks %v", judged.Remarks)
	}
}

func TestAnUnknownGroupsErrorNamesTheGroups(t *testing.T) {
	t.Parallel()
	for want, groups := range map[string][]string{
		"It has none.":           nil,
		`It has "a", "b".`:       {"a", "b"},
		`"j" and 2 more. Create`: {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"},
		"It has 1 other.":        {"ann@example.org"},
	} {
		got := onboard.Rules{Pool: &onboard.PoolSettings{Groups: groups}}.Judge(onboard.Row{Person: onboard.Person{Email: "ann@example.org", Groups: []string{"x"}}})
		if got.Fault == nil || !strings.Contains(got.Fault.Detail, want) {
			t.Errorf("%v, want %q", got.Fault, want)
		}
	}
}
