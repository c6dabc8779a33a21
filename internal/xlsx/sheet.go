package xlsx

import (
	"cmp"
	"encoding/xml"
	"net/url"
	"slices"
)

// readWorksheet reads a worksheet and what it leads to.
func (rd *reader) readWorksheet(s *Sheet, name string) error {
	v := sheetVisitor{rd: rd, sheet: s}
	if err := rd.walk(name, "the sheet "+quoted(s.Name), &v); err != nil {
		return err
	}
	if !v.found {
		return damaged("the sheet %s has no cells", quoted(s.Name))
	}
	if err := v.order(); err != nil {
		return err
	}
	related, err := rd.relations(name)
	if err != nil {
		return err
	}
	for _, to := range related {
		if err := v.follow(to); err != nil {
			return err
		}
	}
	v.filters.apply(s.Rows)
	s.Notes = v.notes()
	return nil
}

// follow reads a table of the sheet, and the address of a link.
func (v *sheetVisitor) follow(to relation) error {
	switch {
	case to.kind == "hyperlink" && to.external:
		link, err := url.PathUnescape(to.target)
		if err != nil {
			link = to.target
		}
		v.outside.scan(link)
	case to.kind == "table" && v.rd.parts[to.target] != nil:
		return v.readTable(to.target)
	}
	return nil
}

// sheetVisitor is shown a worksheet.
type sheetVisitor struct {
	rd    *reader
	sheet *Sheet
	found bool // the element that holds the rows

	row     Row
	lastRow int
	cells   []Cell // of the row
	chunk   []Cell // where cells of finished rows are
	cell    rawCell
	column  int // of the next cell that does not say where it is

	filters filters
	outside outside
	long    Note
	odd     Note
}

func (v *sheetVisitor) start(path []string, attrs []xml.Attr) error {
	for i := range attrs {
		v.outside.scan(attrs[i].Value)
	}
	switch {
	case len(path) == 1:
		if path[0] != "worksheet" {
			return damaged("the sheet %s holds something else", quoted(v.sheet.Name))
		}
	case path[1] == "sheetData":
		return v.startData(path, attrs)
	case len(path) == 3 && path[1] == "cols" && isTrue(attr(attrs, "hidden")):
		return v.hideColumns(attrs)
	case len(path) == 3 && path[1] == "mergeCells":
		v.merge(attr(attrs, "ref"))
	case path[1] == "autoFilter", path[1] == "sheetPr":
		v.filters.start(path[1:], attrs)
	}
	return nil
}

// startData begins rows, cells and what is in them. Any other element would hide
// a person without a word.
func (v *sheetVisitor) startData(path []string, attrs []xml.Attr) error {
	name := path[len(path)-1]
	switch {
	case len(path) == 2:
		v.found = true
		return nil
	case len(path) > 5, slices.Contains(path, "extLst"):
		return nil
	case len(path) == 3 && name == "row":
		return v.startRow(attrs)
	case len(path) == 4 && name == "c":
		return v.startCell(attrs)
	case len(path) == 5 && v.cell.contains(name):
		return nil
	}
	return damaged("the sheet %s holds something else than rows and cells near row %d", quoted(v.sheet.Name), v.lastRow)
}

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

func (v *sheetVisitor) notes() []Note {
	var notes []Note
	if found := v.outside.notShown(v.sheet.Rows); len(found) > 0 || v.outside.over {
		notes = append(notes, Note{Kind: Elsewhere, Sheet: v.sheet.Name, Count: len(found), Addresses: found})
	}
	for _, n := range []Note{v.long, v.odd} {
		if n.Count > 0 {
			n.Sheet = v.sheet.Name
			notes = append(notes, n)
		}
	}
	return notes
}
