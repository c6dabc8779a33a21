package xlsx

import "strings"

// odd is the kind of a cell that is not what its type says. It is read as text,
// which loses nobody.
const odd Kind = 255

// show gives what a cell shows.
func (rd *reader) show(c *rawCell) (Cell, error) {
	if !c.hasInline && c.hasFormula && (!c.hasValue || len(c.value) == 0 && c.kind != "str") {
		return Cell{Kind: NoResult}, nil
	}
	if len(c.inline) > 0 && len(c.value) > 0 {
		return Cell{}, damaged("a cell holds two values")
	}
	format := rd.formats.of(c.style)
	value := string(c.value)
	switch {
	case c.kind == "s" && c.hasValue:
		text, err := rd.texts.at(value)
		return Cell{Kind: String, Text: format.showText(text)}, err
	case c.kind == "str", c.kind == "inlineStr", c.hasInline:
		return Cell{Kind: String, Text: format.showText(unescape(string(c.inline) + value))}, nil
	case strings.TrimSpace(value) == "":
		return Cell{}, nil
	case c.kind == "e":
		return Cell{Kind: Invalid, Text: strings.TrimSpace(value)}, nil
	}
	return shownValue(rd, c.kind, value, format)
}

// shownValue gives what a boolean, a date or a number shows.
func shownValue(rd *reader, kind, value string, f *numberFormat) (Cell, error) {
	asText := Cell{Kind: odd, Text: unescape(value)}
	switch kind {
	case "b":
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "1", "true":
			return Cell{Kind: Boolean, Text: "TRUE"}, nil
		case "0", "false":
			return Cell{Kind: Boolean, Text: "FALSE"}, nil
		}
		return asText, nil
	case "d":
		if text, ok := isoDate(value, f); ok {
			return Cell{Kind: Date, Text: text}, nil
		}
		return Cell{Kind: NoDate, Text: value}, nil
	case "", "n":
		if cell, ok := rd.number(value, f); ok {
			return cell, nil
		}
		return asText, nil
	}
	return Cell{}, damaged("a cell has the unknown type %s", quoted(kind))
}
