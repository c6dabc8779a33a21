package onboard

import (
	"strings"
	"unicode"
)

// IsDeceptive reports whether a character is not text: a control character, which can
// make a terminal do something, or one that changes the direction of text (Unicode
// Standard Annex 9, 2.1 to 2.5), which can make one word look like another. Tabs and
// line breaks are text. So are the marks U+200E, U+200F and U+061C, which Arabic and
// Hebrew need and which change no other character.
func IsDeceptive(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return false
	case '\u202A' <= r && r <= '\u202E', '\u2066' <= r && r <= '\u2069':
		return true
	}
	return unicode.IsControl(r)
}

// checkText refuses a person of whom something is not text: the ref, a group, and cells
// that are kept although nothing reads them. Address and attributes have checks of their
// own; a name that changes the direction of text is a name, with a warning.
func (r Rules) checkText(p Person) *Fault {
	if r.KeepColumns {
		for _, cell := range p.Cells {
			if r, ok := deceptive(cell); ok {
				return &Fault{CodeRowInvalid, notText("A cell", r)}
			}
		}
	}
	if r, ok := deceptive(p.Ref); ok {
		return &Fault{CodeRowInvalid, notText("The ref", r)}
	}
	for _, group := range p.Groups {
		if r, ok := deceptive(group); ok {
			return &Fault{CodeGroupInvalid, notText("A group name", r)}
		}
	}
	return nil
}

// deceptive returns the first such character of a text.
func deceptive(text string) (rune, bool) {
	i := strings.IndexFunc(text, IsDeceptive)
	if i < 0 {
		return 0, false
	}
	for _, r := range text[i:] {
		return r, true
	}
	return 0, false
}
