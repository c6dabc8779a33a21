package xlsx

import (
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

func (v *sheetVisitor) notes() []Note {
	var notes []Note
	if found := v.outside.notShown(v.sheet.Rows); len(found) > 0 || v.outside.over {
		notes = append(notes, Note{Kind: Elsewhere, Sheet: v.sheet.Name, Count: max(len(found), 1), Addresses: clip(found)})
	}
	for _, n := range []Note{v.long, v.odd} {
		if n.Count > 0 {
			n.Sheet = v.sheet.Name
			notes = append(notes, n)
		}
	}
	return notes
}
