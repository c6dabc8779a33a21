package xlsx

import (
	"fmt"
	"slices"
	"strconv"
)

// maxHeaderRow is how many rows of a sheet are asked whether they are its header.
const maxHeaderRow = 50

// Choice is the sheet to read, and where on it the people are.
type Choice struct {
	Sheet   *Sheet
	Header  int      // the number of the header's row, as Excel shows it
	Columns []string // what the header shows, up to its last name
	Rows    []Row    // below the header, hidden ones and totals included
	Notes   []Note   // what of the workbook is not in Rows and Columns, and what is special about those that are
}

// Choose finds the first visible sheet with a header; isHeader is asked of each of
// its first rows, with what the cells show. Where no sheet has one, the choice has
// notes only, which name the sheets that hold addresses.
func (b *Book) Choose(isHeader func(cells []string) bool) (Choice, bool) {
	var choice Choice
	header := -1
	for i := range b.Sheets {
		s := &b.Sheets[i]
		if header = s.header(isHeader); header >= 0 {
			choice = s.choice(header)
			break
		}
	}
	choice.Notes = append(choice.Notes, b.otherSheets(choice.Sheet)...)
	choice.Notes = append(choice.Notes, b.Notes...)
	return choice, header >= 0
}

// header finds the index of the header's row, or -1. A header of two lines, with
// cells that are merged over both, is the lower one.
func (s *Sheet) header(isHeader func([]string) bool) int {
	for i := range min(len(s.Rows), maxHeaderRow) {
		if !isHeader(s.headerTexts(i)) {
			continue
		}
		for _, m := range s.merged {
			if lower := s.rowIndex(m.rows.last); m.rows.first == s.Rows[i].Number && lower > i && isHeader(s.headerTexts(lower)) {
				return lower
			}
		}
		return i
	}
	return -1
}

// headerTexts gives what the row shows, with cells that reach down into it.
func (s *Sheet) headerTexts(i int) []string {
	row := s.Rows[i]
	width := row.Width()
	for _, m := range s.merged {
		if m.rows.first < row.Number && row.Number <= m.rows.last {
			width = max(width, m.columns.first+1)
		}
	}
	texts := row.Texts(width)
	for _, m := range s.merged {
		if m.rows.first < row.Number && row.Number <= m.rows.last && texts[m.columns.first] == "" {
			texts[m.columns.first] = s.Rows[s.rowIndex(m.rows.first)].Cell(m.columns.first).Text
		}
	}
	return texts
}

func (s *Sheet) choice(header int) Choice {
	c := Choice{Sheet: s, Header: s.Rows[header].Number, Columns: s.headerTexts(header), Rows: s.Rows[header+1:]}
	for len(c.Columns) > 0 && c.Columns[len(c.Columns)-1] == "" {
		c.Columns = c.Columns[:len(c.Columns)-1]
	}
	c.Notes = append(c.Notes, s.Notes...)
	c.add(linesAbove(s.Rows[:header], c.Header))
	c.add(c.outsideColumns())
	c.add(rowsNote(HiddenRows, c.Rows, func(r Row) bool { return r.Hiding == HiddenByHand }))
	c.add(rowsNote(FilteredRows, c.Rows, func(r Row) bool { return r.Hiding == Filtered }))
	c.add(rowsNote(TotalsRows, c.Rows, func(r Row) bool { return r.Totals }))
	c.add(c.mergedCells())
	c.add(c.hiddenColumns())
	return c
}

// add adds a note that has something to say.
func (c *Choice) add(n Note) {
	if n.Count > 0 {
		n.Sheet = c.Sheet.Name
		c.Notes = append(c.Notes, n)
	}
}

func linesAbove(rows []Row, header int) Note {
	if len(rows) == 0 {
		return Note{}
	}
	n := Note{Kind: LinesAbove, Place: "line 1", Count: header - 1}
	if n.Count > 1 {
		n.Place = fmt.Sprintf("lines 1 to %d", n.Count)
	}
	for _, row := range rows {
		n.Addresses = append(n.Addresses, row.addresses()...)
	}
	return n
}

func rowsNote(kind NoteKind, rows []Row, in func(Row) bool) Note {
	n := Note{Kind: kind}
	var names []string
	for _, row := range rows {
		if in(row) {
			n.Count++
			names = append(names, strconv.Itoa(row.Number))
			n.Addresses = append(n.Addresses, row.addresses()...)
		}
	}
	n.Place, n.Addresses = places(names), clip(n.Addresses)
	return n
}

// outsideColumns finds the cells that no name of the header is above.
func (c *Choice) outsideColumns() Note {
	n := Note{Kind: OutsideColumns}
	var columns []int
	for _, row := range c.Rows {
		for _, cell := range row.Cells {
			if cell.Column >= len(c.Columns) {
				n.Count++
				columns = append(columns, cell.Column)
				n.Addresses = append(n.Addresses, addresses(cell.Text)...)
			}
		}
	}
	slices.Sort(columns)
	var names []string
	for _, column := range slices.Compact(columns) {
		names = append(names, ColumnName(column))
	}
	n.Place, n.Addresses = "column "+places(names), clip(n.Addresses)
	return n
}

func (c *Choice) mergedCells() Note {
	n := Note{Kind: MergedCells}
	var names []string
	for _, m := range c.Sheet.merged {
		if m.rows.first > c.Header {
			n.Count++
			names = append(names, CellName(m.columns.first, m.rows.first)+":"+CellName(m.columns.last, m.rows.last))
		}
	}
	n.Place = places(names)
	return n
}

func (c *Choice) hiddenColumns() Note {
	n := Note{Kind: HiddenColumns}
	var names []string
	for i, name := range c.Columns {
		if name != "" && c.Sheet.IsColumnHidden(i) {
			n.Count++
			names = append(names, ColumnName(i))
		}
	}
	n.Place = places(names)
	return n
}

// otherSheets names the sheets that were not chosen: hidden ones, and visible ones
// that hold addresses.
func (b *Book) otherSheets(chosen *Sheet) []Note {
	var notes []Note
	var hidden []string
	visible := false
	for i := range b.Sheets {
		s := &b.Sheets[i]
		switch {
		case !s.worksheet || s == chosen:
		case s.Visibility != Visible:
			hidden = append(hidden, s.Name)
			continue
		default:
			var found []string
			for _, row := range s.Rows {
				found = append(found, row.addresses()...)
			}
			if len(found) > 0 {
				notes = append(notes, Note{Kind: OtherSheet, Sheet: s.Name, Count: len(found), Addresses: clip(found)})
			}
		}
		visible = visible || s.worksheet
	}
	if len(hidden) > 0 {
		notes = append(notes, Note{Kind: HiddenSheets, Sheet: places(hidden), Count: len(hidden)})
	}
	if !visible {
		notes = append(notes, Note{Kind: NoVisibleSheets, Count: len(b.Sheets)})
	}
	return notes
}
