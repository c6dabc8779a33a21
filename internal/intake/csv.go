package intake

import (
	"fmt"
	"slices"
	"strings"

	"usher.example/internal/onboard"
)

// csvReader reads the rows below a header.
type csvReader struct {
	csvScanner
	header

	out    *collector
	own    []int // the columns that are the caller's, in order
	secret bool  // whether a column contains passwords
}

// readCSV reads a header and a row a line. Rows are numbered by the line of the
// file on which they begin. Lines that are empty, or nothing but separators, are
// skipped but counted.
func (c *collector) readCSV(text, allowed string) error {
	r := csvReader{csvScanner: csvScanner{src: text, line: 1}, out: c}
	var err error
	if r.header, err = c.readHeader(&r.csvScanner, allowed); err != nil {
		return err
	}
	c.out.CSV = true
	r.secret = r.index(rolePassword) >= 0
	for i, col := range r.columns {
		if col.role != roleOutcome {
			r.own = append(r.own, i)
			c.out.Columns = append(c.out.Columns, col.name)
		}
	}

	marked := markedColumns(r.columns)
	c.expect(lineBreaks(text[r.at:]) + 1)
	var cells []string
	for r.skipEmptyLines() {
		row := r.row(cells, len(r.columns)+c.limits.Columns)
		cells = row.cells
		if row.blank {
			continue
		}
		if err := c.start(row.line); err != nil {
			return err
		}
		r.read(row)
		c.noteDisabledCells(marked, row.cells)
		c.finish()
	}
	return nil
}

func (r *csvReader) read(row csvRow) {
	for i, cell := range row.cells {
		row.cells[i] = unprotect(cell)
	}
	switch {
	case row.broken != "":
		r.out.fault(onboard.CodeRowInvalid, "%s", row.broken)
	case row.bytes > r.out.limits.RowBytes:
		r.out.fault(onboard.CodeRowInvalid, "The row has %d bytes. The limit is %d. Shorten its cells.", row.bytes, r.out.limits.RowBytes)
		return // without its cells: they are what is too much
	case row.count > len(row.cells):
		r.out.fault(onboard.CodeRowInvalid, "The row has %d cells but the header has %d. Fix the row in your file.",
			row.count, len(r.columns))
		return
	case row.count != len(r.columns):
		r.out.fault(onboard.CodeRowInvalid, "The row has %s but the header has %d. Put quotes around a cell that contains the separator.",
			counted(row.count, "cell"), len(r.columns))
	}

	// In a row out of step, any cell may be the password.
	if r.secret && r.out.row.Fault != nil {
		return
	}
	if row.broken == "" {
		r.readCells(row.cells)
	}
	r.keepCells(row.cells)
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// readCells takes each cell for what its column means.
func (r *csvReader) readCells(cells []string) {
	var email, username string
	for i, cell := range cells[:min(len(cells), len(r.columns))] {
		col := &r.columns[i]
		if len(cell) > r.out.limits.CellBytes {
			r.out.fault(col.code(), "The cell under %s has %d bytes. The limit is %d. Shorten it.", quoted(col.name), len(cell), r.out.limits.CellBytes)
			cells[i] = ""
			continue
		}
		switch col.role {
		case roleEmail:
			email = cell
		case roleUsername:
			username = cell
		case roleGroups:
			r.groups(cell)
		case roleRef:
			r.out.ref(cell)
		case roleAttribute:
			r.out.attribute(col.attribute, col.name, cell)
		case rolePassword:
			cells[i] = ""
		case roleUnnamed:
			if cell != "" {
				r.out.warn("", "A column without a name is not used. Name it in the header.")
			}
		}
	}
	r.out.address(username, email)
}

// code is the code of a row whose cell in this column is too long.
func (c column) code() onboard.Code {
	switch c.role {
	case roleEmail:
		return onboard.CodeEmailTooLong
	case roleAttribute:
		return onboard.CodeAttributeInvalid
	case roleGroups:
		return onboard.CodeGroupInvalid
	}
	return onboard.CodeRowInvalid
}

// groups takes the names of a cell, separated by semicolons or vertical bars.
func (r *csvReader) groups(cell string) {
	for cell != "" {
		i := strings.IndexAny(cell, ";|")
		if i < 0 {
			r.out.group(cell)
			return
		}
		r.out.group(cell[:i])
		cell = cell[i+1:]
	}
}

// keepCells keeps the caller's own cells. A row that is too short is filled up.
// Cells beyond the header follow those of the columns, so that [Export] can give
// them back, and people who correct the row have all of it.
func (r *csvReader) keepCells(cells []string) {
	r.out.row.Cells = make([]string, 0, max(len(r.own), len(cells)))
	for _, i := range r.own {
		if i < len(cells) {
			r.keep(cells[i])
		} else {
			r.keep("")
		}
	}
	if extra := len(r.columns); len(cells) > extra {
		if !r.judged(cells) {
			r.keepOutcome(cells)
		}
		for _, cell := range cells[extra:] {
			r.keep(cell)
		}
	}
}

// judged reports whether the row's outcome is in its columns. A cell too many
// before them pushes the caller's own cells into them.
func (r *csvReader) judged(cells []string) bool {
	i := slices.IndexFunc(r.columns, func(c column) bool { return c.role == roleOutcome && c.name == outcomeColumns()[0] })
	return i >= 0 && slices.Contains(onboard.States, onboard.State(cells[i]))
}

func (r *csvReader) keepOutcome(cells []string) {
	for i, col := range r.columns {
		if col.role == roleOutcome {
			r.keep(cells[i])
		}
	}
}

// keep adds a cell to the row; one over the limit is left empty.
func (r *csvReader) keep(cell string) {
	if len(cell) > r.out.limits.CellBytes {
		cell = ""
	}
	r.out.row.Cells = append(r.out.row.Cells, printable(cell))
}
