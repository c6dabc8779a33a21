package xlsx

import (
	"math"
	"strconv"
	"strings"
)

// maxExact is the number of digits of a whole number that spreadsheets keep
// (Excel specifications and limits: number precision).
const maxExact = 15

// number gives what a number cell shows. ok is false for what is no number.
func (rd *reader) number(raw string, f *numberFormat) (Cell, bool) {
	raw = strings.TrimSpace(raw)
	if strings.Trim(raw, "0123456789+-.eE") != "" {
		return Cell{}, false // ParseFloat reads more: inf, 0x1p-2
	}
	value, err := strconv.ParseFloat(raw, 64)
	if err != nil {
		return Cell{}, false
	}
	digits := plainDigits(raw, value)
	cell := Cell{Kind: Number, Text: digits, Inexact: isInexact(digits)}
	if date, hours := f.isDate(); date {
		text, ok := serialDate(value, rd.date1904, hours)
		if !ok {
			cell.Kind = NoDate
			return cell, true
		}
		return Cell{Kind: Date, Text: text}, true
	}
	if section, sign := f.sectionFor(value); section.shapes() {
		if text := section.shape(digits, value); strings.ContainsAny(text, "0123456789") {
			if sign {
				text = "-" + text
			}
			cell.Kind, cell.Text = Picture, text
		}
	}
	return cell, true
}

// shape gives the picture of a number without its sign. Places for digits show
// whole numbers, rounded.
func (s *section) shape(digits string, value float64) string {
	digits = strings.TrimPrefix(digits, "-")
	if s.digits > 0 {
		if !isWhole(value) {
			digits = strconv.FormatFloat(math.Round(math.Abs(value)), 'f', 0, 64)
		}
		digits = strings.TrimLeft(digits, "0")
		if digits == "" {
			digits = "0"
		}
	}
	return s.picture(digits)
}

// isInexact reports whether the digits before a point are more than are kept.
func isInexact(digits string) bool {
	whole, _, _ := strings.Cut(strings.TrimLeft(digits, "-0"), ".")
	return len(whole) > maxExact
}

func isWhole(value float64) bool { return value == math.Trunc(value) }

// plainDigits writes a number without exponent and grouping. A plain run of
// digits stays as it is in the file; fractions have 15 significant digits, which
// is what they have on screen.
func plainDigits(raw string, value float64) string {
	switch {
	case strings.Trim(raw, "0123456789") == "":
		return raw
	case value == 0:
		return "0" // not -0
	case isWhole(value):
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'e', maxExact-1, 64), 64)
	if err != nil {
		rounded = value
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
