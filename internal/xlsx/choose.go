package xlsx

// maxHeaderRow is how many rows of a sheet are asked whether they are its header.
const maxHeaderRow = 50

// Choice is the sheet to read, and where on it the people are.
type Choice struct {
	Sheet   *Sheet
	Header  int      // the number of the header's row, as Excel shows it
	Columns []string // what the header shows, up to its last name
	Rows    []Row    // below the header, hidden ones and totals included; a row may show nothing in Columns
	Notes   []Note   // what of the workbook is not in Rows and Columns, and what is special about those that are
}

// Choose finds the first visible sheet with a header and something below it, or
// else the first with a header; isHeader is asked of each of a sheet's first rows,
// with what the cells show. Where no sheet has one, the choice has notes only,
// which name the sheets that hold addresses.
func (b *Book) Choose(isHeader func(cells []string) bool) (Choice, bool) {
	var choice Choice
	for i := range b.Sheets {
		s := &b.Sheets[i]
		header := s.header(isHeader)
		if header >= 0 && (choice.Sheet == nil || header < len(s.Rows)-1) {
			choice = s.choice(header)
		}
		if len(choice.Rows) > 0 {
			break
		}
	}
	choice.Notes = append(choice.Notes, b.otherSheets(choice.Sheet)...)
	choice.Notes = append(choice.Notes, b.Notes...)
	return choice, choice.Sheet != nil
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
