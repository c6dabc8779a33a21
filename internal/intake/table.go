package intake

import (
	"strings"

	"usher.example/internal/xlsx"
)

// table is what every file of rows and columns becomes first: CSV, a pasted table, a
// sheet of a workbook. One path leads from here to rows: [collector.rowsOf].
type table struct {
	// rows are all rows of the file in which a cell has something, the header and
	// what is above it included.
	rows []tableRow

	// protected says that cells may carry the apostrophe of [Protect].
	protected bool
}

// tableRow is one row of a table.
type tableRow struct {
	line  int      // of the file, as people count: from 1
	cells []string // those that are empty at the end may be missing
	count int      // cells the row has in the file; more than cells if some were not kept
	bytes int

	// broken says what is wrong with the row's quoting. Its first line is then its
	// only cell.
	broken string

	sheet *xlsx.Row // the same row in a workbook, nil in other files
}

// maxAbove is how many rows are looked at for a header: people put titles, dates
// and notes above it.
const maxAbove = 50

// headerAt gives the index of the row that names a column for the address, of
// several above the first address the one with the most names that mean something;
// -1 if there is none.
func (c *collector) headerAt(rows []tableRow) int {
	best, most := -1, 0
	for i, row := range rows[:min(len(rows), maxAbove)] {
		if row.holdsAddress() {
			break
		}
		names, addressed := 0, false
		for _, cell := range row.cells {
			m := c.columnNamed(strings.TrimSpace(unprotect(cell)))
			addressed = addressed || m.role == roleEmail || m.role == roleUsername
			if m.role != roleUnnamed && (m.role != roleAttribute || standardAttribute(m.attribute)) {
				names++
			}
		}
		if row.broken == "" && addressed && names > most {
			best, most = i, names
		}
	}
	return best
}

// aboveAddresses gives the index of the row right above the first address, where a
// header in words unknown to us would be; -1 if there is none.
func aboveAddresses(rows []tableRow) int {
	for i, row := range rows[:min(len(rows), maxAbove+1)] {
		if row.holdsAddress() {
			return i - 1
		}
	}
	return -1
}

func (r tableRow) holdsAddress() bool {
	for _, cell := range r.cells {
		if holdsAddress(cell) {
			return true
		}
	}
	return false
}

// rowsOf finds the header of a table and reads the rows below it.
func (c *collector) rowsOf(t table) error {
	h, err := c.headerOf(t)
	if err != nil {
		return err.onLine(h.line)
	}
	return c.readRowsOf(t, h)
}

// readRowsOf reads the rows below a header that was found.
func (c *collector) readRowsOf(t table, h header) error {
	c.out.CSV = true
	r := tableReader{header: h, out: c, protected: t.protected}
	r.begin()
	c.expect(len(t.rows) - h.at)
	marked := markedColumns(h.columns)
	for _, row := range t.rows[h.at+1:] {
		if err := c.start(row.line); err != nil {
			return err
		}
		r.read(row)
		c.noteDisabledCells(marked, row.cells)
		c.finish()
	}
	c.out.Reading, c.out.KeepColumns = r.reading(), c.options.KeepColumns
	return nil
}

// swallowed reports whether a quoted cell goes over a line break to an address, and
// on which line: a forgotten quote may have swallowed a person.
func (r tableRow) swallowed() (line int, yes bool) {
	line = r.line
	for _, cell := range r.cells {
		first, rest := cutLine(cell)
		if rest != "" && holdsAddress(rest) && len(first) < len(cell) {
			return line + 1, true
		}
		line += lineBreaks(cell)
	}
	return 0, false
}
