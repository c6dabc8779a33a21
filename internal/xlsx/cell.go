package xlsx

import (
	"encoding/xml"
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
