package xlsx

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// rawCell is a cell while it is read.
type rawCell struct {
	column     int
	kind       string // its type: s n b d e str inlineStr
	style      string
	value      []byte // of v
	inline     []byte // of is
	hasValue   bool
	hasInline  bool
	hasFormula bool
}

func (v *sheetVisitor) startCell(attrs []xml.Attr) error {
	c := rawCell{column: v.column, value: v.cell.value[:0], inline: v.cell.inline[:0]}
	for i := range attrs {
		if attrs[i].Name.Space != "" {
			continue
		}
		value := attrs[i].Value
		switch attrs[i].Name.Local {
		case "t":
			c.kind = value
		case "s":
			c.style = value
		case "r":
			column, row, ok := parseCell(value)
			if !ok || row > 0 && row != v.row.Number {
				return damaged("a cell in row %d of the sheet %s has an impossible name", v.row.Number, quoted(v.sheet.Name))
			}
			c.column = column
		}
	}
	if c.column >= maxColumn {
		return damaged("row %d of the sheet %s has more than 16,384 cells", v.row.Number, quoted(v.sheet.Name))
	}
	v.cell, v.column = c, c.column+1
	return v.rd.budget.addElement()
}

// contains takes the start of an element in the cell, and says whether it may be
// there. A second value would hide the first.
func (c *rawCell) contains(name string) bool {
	switch name {
	case "v":
		first := !c.hasValue
		c.hasValue = true
		return first
	case "is":
		first := !c.hasInline
		c.hasInline = true
		return first
	case "f":
		c.hasFormula = true
		return true
	}
	return false
}

func (v *sheetVisitor) text(path []string, text []byte) error {
	if len(path) > 4 && path[3] == "c" && path[1] == "sheetData" {
		if len(v.cell.value)+len(v.cell.inline)+len(text) > maxToken {
			return tooLarge("a cell holds more than 1 MB")
		}
		switch {
		case path[4] == "v" && len(path) == 5:
			v.cell.value = append(v.cell.value, text...)
			return nil
		case path[4] == "is" && isShownText(path):
			v.cell.inline = append(v.cell.inline, text...)
			return nil
		}
	}
	v.outside.scan(string(text))
	return nil
}

func (v *sheetVisitor) end(path []string) error {
	switch {
	case len(path) == 4 && path[1] == "sheetData" && path[3] == "c":
		return v.endCell()
	case len(path) == 3 && path[1] == "sheetData" && path[2] == "row":
		return v.endRow()
	}
	return nil
}

// endCell keeps the cell if it shows something.
func (v *sheetVisitor) endCell() error {
	cell, err := v.rd.show(&v.cell)
	if err != nil {
		return err
	}
	if cell.Kind == odd {
		v.odd = v.count(v.odd, OddValues)
		cell.Kind = String
	}
	if cell.Kind == Blank || cell.Kind == String && strings.TrimSpace(cell.Text) == "" {
		return nil
	}
	if cell.Inexact {
		v.long = v.count(v.long, LongNumbers)
	}
	cell.Column = v.cell.column
	v.cells = append(v.cells, cell)
	return v.rd.budget.addText(len(cell.Text))
}

func (v *sheetVisitor) count(n Note, kind NoteKind) Note {
	if n.Count == 0 {
		n = Note{Kind: kind, Place: CellName(v.cell.column, v.row.Number)}
	}
	n.Count++
	return n
}

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
		return Cell{Kind: String, Text: shownIfAny(unescape(string(c.inline)+value), format)}, nil
	case strings.TrimSpace(value) == "":
		return Cell{}, nil
	case c.kind == "e":
		return Cell{Kind: Invalid, Text: strings.TrimSpace(value)}, nil
	}
	return shownValue(rd, c.kind, value, format)
}

// shownIfAny leaves an empty text empty, whatever its format has beside it.
func shownIfAny(text string, f *numberFormat) string {
	if text == "" {
		return ""
	}
	return f.showText(text)
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

// maxQuoted is how many characters of a name a sentence repeats; a sheet's name
// has at most 31.
const maxQuoted = 31

func quoted(name string) string {
	if runes := []rune(name); len(runes) > maxQuoted {
		name = string(runes[:maxQuoted]) + "..."
	}
	return strconv.Quote(name)
}
