package xlsx

import (
	"cmp"
	"encoding/xml"
	"slices"
)

func (v *sheetVisitor) startRow(attrs []xml.Attr) error {
	v.row = Row{Number: v.lastRow + 1}
	if number := attr(attrs, "r"); number != "" || v.lastRow == maxRow {
		var ok bool
		if v.row.Number, ok = parseRow(number); !ok {
			return damaged("a row of the sheet %s has an impossible number", quoted(v.sheet.Name))
		}
	}
	if isTrue(attr(attrs, "hidden")) || attr(attrs, "ht") == "0" {
		v.row.Hiding = HiddenByHand
	}
	v.lastRow, v.column, v.cells = v.row.Number, 0, v.cells[:0]
	return v.rd.budget.addElement()
}

// endRow keeps the row if a cell of it shows something.
func (v *sheetVisitor) endRow() error {
	if len(v.cells) == 0 {
		return nil
	}
	byColumn := func(a, b Cell) int { return cmp.Compare(a.Column, b.Column) }
	if !slices.IsSortedFunc(v.cells, byColumn) {
		slices.SortStableFunc(v.cells, byColumn)
	}
	for i, c := range v.cells[1:] {
		if c.Column == v.cells[i].Column {
			return damaged("the cell %s of the sheet %s is in it twice", CellName(c.Column, v.row.Number), quoted(v.sheet.Name))
		}
	}
	if cap(v.chunk)-len(v.chunk) < len(v.cells) {
		v.chunk = make([]Cell, 0, max(chunkCells, len(v.cells)))
	}
	from := len(v.chunk)
	v.chunk = append(v.chunk, v.cells...)
	v.row.Cells = v.chunk[from:len(v.chunk):len(v.chunk)]
	v.sheet.Rows = append(v.sheet.Rows, v.row)
	return nil
}

// chunkCells is how many cells share one allocation.
const chunkCells = 1024

// order puts rows in order that were written in another.
func (v *sheetVisitor) order() error {
	rows := v.sheet.Rows
	byNumber := func(a, b Row) int { return cmp.Compare(a.Number, b.Number) }
	if !slices.IsSortedFunc(rows, byNumber) {
		slices.SortStableFunc(rows, byNumber)
	}
	for i := 1; i < len(rows); i++ {
		if rows[i].Number == rows[i-1].Number {
			return damaged("row %d of the sheet %s is in it twice", rows[i].Number, quoted(v.sheet.Name))
		}
	}
	return nil
}
