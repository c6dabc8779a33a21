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
			{Cells: []string{"x", text}}, {Ref: text}, {Attributes: map[string]string{"name": text}}, {Groups: []string{text}},
		} {
			person.Email = "ann@example.org"
			judgement := onboard.Rules{}.Judge(onboard.Row{Number: 1, Person: person})
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
