package onboard_test

import (
	"fmt"
	"strings"
	"testing"

	"usher.example/internal/onboard"
)

// What a row says is shown on terminals and in spreadsheets, so it must be text.
func TestRowsAreText(t *testing.T) {
	t.Parallel()
	for _, r := range []rune{0, 0x1b, 0x7f, 0x9b, 0x202a, 0x202e, 0x2066, 0x2069, '\t', '\n', '\r', 'ü', 0x200f, 0x5d0, 0x1f600} {
		text := "a" + string(r) + "b"
		refused := r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0x7f || r == 0x9b || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
		for _, person := range []onboard.Person{
			{Cells: []string{"x", text}}, {Ref: text}, {Groups: []string{text}},
		} {
			person.Email = "ann@example.org"
			judgement := onboard.Rules{KeepColumns: true}.Judge(onboard.Row{Number: 1, Person: person})
			if got := judgement.Fault != nil; got != refused {
				t.Errorf("%+q is refused: %t, want %t", text, got, refused)
			}
			if refused && judgement.Fault != nil {
				if want := fmt.Sprintf("has the invisible character U+%04X. Type the value again.", r); !strings.Contains(judgement.Fault.Detail, want) {
					t.Errorf("%+q: %s", text, judgement.Fault.Detail)
				}
			}
		}
	}
}

// A name that changes the direction of text is a name; intake warns of it. A control
// character is in no name. Cells that are not kept make no row fail.
func TestNamesAreTextInAnyDirection(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]onboard.Code{"a\x00b": onboard.CodeAttributeInvalid, "a\u009bb": onboard.CodeAttributeInvalid, "a\u202eb": "", "a\u2066b": ""} {
		person := onboard.Person{Email: "ann@example.org", Attributes: map[string]string{"name": text}, Cells: []string{text}}
		var got onboard.Code
		if fault := (onboard.Rules{}).Judge(onboard.Row{Number: 1, Person: person}).Fault; fault != nil {
			got = fault.Code
		}
		if got != want {
			t.Errorf("%+q: code %q, want %q", text, got, want)
		}
	}
}
