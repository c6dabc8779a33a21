package xlsx

import (
	"strings"
	"unicode"
)

// numberFormat is a cell's number format: up to four sections, for positive and
// negative numbers, zero and text.
type numberFormat struct {
	numbers []section
	text    *section // the section with an @
}

// section is one part of a format.
type section struct {
	pieces    []piece
	condition condition

	digits  int // placeholders 0 # ?
	general bool
	textual bool // holds @
	other   bool // decimals, grouping, exponents, fractions, percent, currency: no shape for digits
	date    bool
	hours   bool // a date that shows its time
}

// piece is a literal, a placeholder of one digit (0 # ?), the whole number
// (G for General), or the text (@).
type piece struct {
	placeholder byte // 0 in a literal
	literal     string
}

// isDate reports whether numbers of this format are dates, and whether they show
// their time.
func (f *numberFormat) isDate() (date, hours bool) {
	for _, s := range f.numbers {
		date = date || s.date
		hours = hours || s.date && s.hours
	}
	return date, hours
}

// showText applies the section for text, "x"@"y". An empty text stays empty, with
// nobody's domain beside it.
func (f *numberFormat) showText(text string) string {
	if text == "" || f.text == nil || len(f.text.pieces) == 1 {
		return text
	}
	return f.text.fill(text, '@')
}

// fill writes the section with value in place of each mark.
func (s *section) fill(value string, mark byte) string {
	var out strings.Builder
	for _, p := range s.pieces {
		switch p.placeholder {
		case 0:
			out.WriteString(p.literal)
		case mark:
			out.WriteString(value)
		}
	}
	return out.String()
}

// shapes reports whether the section is a picture of digits: 00000, "+"0,
// (###) ###-####, or General with something beside it.
func (s *section) shapes() bool {
	if s == nil || s.other || s.date {
		return false
	}
	return s.digits > 0 || (s.general || s.textual) && len(s.pieces) > 1
}

// picture puts digits into the section, from the right; the leftmost placeholder
// takes all that are left.
func (s *section) picture(digits string) string {
	if s.general {
		return s.fill(digits, 'G')
	}
	if s.textual {
		return s.fill(digits, '@')
	}
	if digits == "0" {
		digits = "" // # shows no zero
	}
	var parts []string // from the right
	left := s.digits
	for i := len(s.pieces) - 1; i >= 0; i-- {
		p := s.pieces[i]
		switch {
		case p.placeholder == 0:
			parts = append(parts, p.literal)
			continue
		case left == 1 && digits != "":
			parts, digits = append(parts, digits), ""
		case digits != "":
			last := len(digits) - 1
			parts, digits = append(parts, digits[last:]), digits[:last]
		case p.placeholder == '0':
			parts = append(parts, "0")
		case p.placeholder == '?':
			parts = append(parts, " ")
		}
		left--
	}
	var out strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		out.WriteString(parts[i])
	}
	return out.String()
}

// isCurrency reports whether a literal names a currency.
func isCurrency(literal string) bool {
	return strings.ContainsFunc(literal, func(r rune) bool { return unicode.Is(unicode.Sc, r) })
}
