package intake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher.example/internal/onboard"
)

// note is something to say of several rows.
type note struct {
	code onboard.Code
	text string
	rows []int // at most [maxNamed]
	more int
}

// note says something of the row.
func (c *collector) note(code onboard.Code, text string) {
	i := slices.IndexFunc(c.notes, func(n note) bool { return n.text == text })
	if i < 0 {
		i = len(c.notes)
		c.notes = append(c.notes, note{code: code, text: text})
	}
	if n := &c.notes[i]; len(n.rows) < maxNamed {
		n.rows = append(n.rows, c.row.Number)
	} else {
		n.more++
	}
}

// adjusted says of the whole body that something was read otherwise than written.
func (c *collector) adjusted(format string, args ...any) {
	c.out.Warnings = append(c.out.Warnings, onboard.Fault{Code: CodeAdjusted, Detail: fmt.Sprintf(format, args...)})
}

// sayNotes adds a warning for each note, with the rows it is about.
func (c *collector) sayNotes() {
	for _, n := range c.notes {
		var list []string
		for _, row := range n.rows {
			list = append(list, strconv.Itoa(row))
		}
		rows := "Row " + list[0]
		if last := len(list) - 1; n.more > 0 {
			rows = fmt.Sprintf("Rows %s and %d more", strings.Join(list, ", "), n.more)
		} else if last > 0 {
			rows = "Rows " + strings.Join(list[:last], ", ") + " and " + list[last]
		}
		c.out.Warnings = append(c.out.Warnings, onboard.Fault{Code: n.code, Detail: rows + ": " + n.text})
	}
	c.notes = nil
}

// noteDamage looks for values that were probably spoiled on their way.
func (c *collector) noteDamage() {
	for _, p := range c.pairs {
		if what := damage(p.value); what != "" {
			c.note(CodeDamaged, what)
			return
		}
	}
}

// damage says what is suspicious about a value, "" for nothing.
func damage(s string) string {
	for i := range len(s) {
		if s[i] >= 0xc2 {
			return damageBeyondASCII(s)
		}
	}
	return ""
}

func damageBeyondASCII(s string) string {
	var before rune
	for _, r := range s {
		switch {
		case r == 0xfffd:
			return "A value contains U+FFFD, which replaces a character that was lost. Look the value up."
		case r == 0x200b, r == 0x2060, r == 0xfeff, 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
			return "A value contains an invisible character, which may be left over from copying. Type the value again."
		case (before == 'Ã' || before == 'Â' || before == 'Ä' || before == 'Å') && 0x80 <= r && r <= 0xbf, before == 'â' && r == '€':
			return "A value looks like UTF-8 that was read in another encoding, as in JÃ¼rgen for Jürgen. Save the file as UTF-8 from its source."
		}
		before = r
	}
	return ""
}
