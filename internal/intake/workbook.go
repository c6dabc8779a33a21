package intake

import (
	"bytes"
	"fmt"
	"slices"

	"usher.example/internal/xlsx"
)

// readWorkbook reads the sheet of an Excel workbook that holds the people. Rows are
// numbered as Excel numbers them. What of the workbook is not read, and what is
// special about the rest, becomes warnings.
func (c *collector) readWorkbook(body []byte) error {
	book, err := xlsx.Read(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return refusedWorkbook(err)
	}
	choice, ok := book.Choose(c.isHeader)
	if !ok {
		choice, ok = book.Choose(headerByContent(book))
	}
	if !ok {
		return noSheet(choice.Notes)
	}
	for _, n := range choice.Notes {
		c.sayOf(n)
	}
	t := c.sheetTable(choice)
	if len(t.rows) == 1 {
		return noRows(choice)
	}
	if err := c.rowsOf(t); err != nil {
		return err
	}
	c.sayBadCells()
	return nil
}

// isHeader reports whether a row names a column for the address.
func (c *collector) isHeader(cells []string) bool {
	return c.headerAt([]tableRow{{cells: cells}}) == 0
}

// headerByContent finds the header where no name says which column is the address:
// it is the row above the first address.
func headerByContent(book xlsx.Book) func([]string) bool {
	for i := range book.Sheets {
		rows := book.Sheets[i].Rows
		for j := range rows[:min(len(rows), maxAbove)] {
			if texts := rows[j].Texts(rows[j].Width()); j > 0 && (tableRow{cells: texts}).holdsAddress() {
				above := rows[j-1].Texts(rows[j-1].Width())
				return func(cells []string) bool { return slices.Equal(cells, above) }
			}
		}
	}
	return func([]string) bool { return false }
}

// noRows says that nothing can be read below the header, and what was left out.
func noRows(choice xlsx.Choice) error {
	detail := fmt.Sprintf("The sheet has no row to read below its header in row %d.", choice.Header)
	for _, n := range choice.Notes {
		detail += " " + asSentence(n.String())
	}
	return malformed(CodeNoRows, "%s", detail)
}

// noSheet says that no sheet is a list of people, and what there is instead.
func noSheet(notes []xlsx.Note) error {
	detail := "No sheet of the workbook has a row that names a column email. Name the column of the addresses email."
	for _, n := range notes {
		if n.Kind == xlsx.NoVisibleSheets {
			return malformed(CodeNoRows, "%s", asSentence(n.String()))
		}
		detail += " " + asSentence(n.String())
	}
	return malformed(CodeNoEmailColumn, "%s", detail)
}

// sheetTable makes a table of the rows that the owner sees. Rows that are hidden or
// filtered are left out, since their owner may have forgotten that they are there
// and mail cannot be unsent; so are totals.
func (c *collector) sheetTable(choice xlsx.Choice) table {
	width := len(choice.Columns)
	t := table{rows: make([]tableRow, 1, 1+len(choice.Rows)), protected: true}
	t.rows[0] = tableRow{line: choice.Header, cells: choice.Columns, count: width, bytes: size(choice.Columns)}
	slab := make([]string, 0, width*len(choice.Rows))
	for i := range choice.Rows {
		row := &choice.Rows[i]
		if row.Hiding != xlsx.Shown || row.Totals && !holdsAddresses(*row, width) || isBlank(*row, width) {
			continue
		}
		from := len(slab)
		slab = slab[:from+width]
		cells := slab[from:len(slab):len(slab)]
		for _, cell := range row.Cells {
			if cell.Column < width {
				cells[cell.Column] = cell.Text
			}
		}
		t.rows = append(t.rows, tableRow{line: row.Number, cells: cells, count: width, bytes: size(cells), sheet: row})
	}
	return t
}

func size(cells []string) (bytes int) {
	for _, cell := range cells {
		bytes += len(cell)
	}
	return bytes
}

// isBlank reports whether none of the first cells of a row holds anything. One
// without a text may be a formula without its result.
func isBlank(row xlsx.Row, width int) bool {
	return len(row.Cells) == 0 || row.Cells[0].Column >= width
}

func holdsAddresses(row xlsx.Row, width int) bool {
	return tableRow{cells: row.Texts(width)}.holdsAddress()
}
