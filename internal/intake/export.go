package intake

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"usher.example/internal/onboard"
)

// outcomeColumns are the columns that [Export] adds and [Read] ignores.
func outcomeColumns() []string { return []string{"state", "code", "reason"} }

// Result is one row of an [Export]: the caller's own cells and the outcome.
type Result struct {
	Cells  []string
	State  onboard.State
	Code   onboard.Code
	Reason string
}

// Export writes results as CSV (RFC 4180, UTF-8 without a byte order mark): the
// caller's own columns, then state, code and reason. [Read] takes what Export
// wrote, corrected or not, and ignores the added columns.
//
// No cell is a formula to a spreadsheet: all are written as [Protect] gives them,
// and Read takes the apostrophe off again. So every cell comes back as it was;
// other cells that begin with an apostrophe stay as they are both ways:
//
//	cell         written       read
//	-a@x.org     '-a@x.org     -a@x.org
//	'=1          ''=1          '=1
//	＝1           '＝1           ＝1
//	'tis         'tis          'tis
//
// Export buffers; call [Export.Flush] at the end. It is not safe for concurrent
// use.
type Export struct {
	w       *bufio.Writer
	columns int
}

// NewExport returns an Export that writes to w, its header first.
func NewExport(w io.Writer, columns []string) *Export {
	e := &Export{w: bufio.NewWriter(w), columns: len(columns)}
	e.row(columns, outcomeColumns()...)
	return e
}

// Write adds one row. Cells that are missing are written empty. Those beyond the
// header, which only a row that could not be read has, are written after the
// outcome: so the outcome keeps its columns, and the row, submitted again as it
// is, fails again. An error is the writer's.
func (e *Export) Write(r Result) error {
	own := min(len(r.Cells), e.columns)
	outcome := []string{string(r.State), string(r.Code), r.Reason}
	return e.row(r.Cells[:own], append(outcome, r.Cells[own:]...)...)
}

// Flush writes what is still buffered. An error is the first that the writer
// gave.
func (e *Export) Flush() error { return e.w.Flush() }

func (e *Export) row(own []string, outcome ...string) error {
	for i := range e.columns {
		if i < len(own) {
			e.cell(own[i])
		}
		e.w.WriteByte(',')
	}
	for i, cell := range outcome {
		if i > 0 {
			e.w.WriteByte(',')
		}
		e.cell(cell)
	}
	_, err := e.w.WriteString("\r\n") // bufio keeps the first error and gives it here
	return err
}

// cell writes a cell, in quotes where it contains any separator that a spreadsheet
// may split at.
func (e *Export) cell(s string) {
	s = Protect(s)
	if !strings.ContainsAny(s, ",;\t\r\n\"") && s == strings.TrimSpace(s) {
		e.w.WriteString(s)
		return
	}
	e.w.WriteByte('"')
	e.w.WriteString(strings.ReplaceAll(s, `"`, `""`))
	e.w.WriteByte('"')
}

// Protect gives a cell as every CSV of usher writes it. One that begins with =, +,
// -, @, the full-width form of one of them, tab, CR or LF, which a spreadsheet may
// take for a formula, gets an apostrophe in front; so does one that begins with
// apostrophes and then one of these, since [Read] would otherwise shorten it.
func Protect(cell string) string {
	if dangerous(cell) {
		return "'" + cell
	}
	return cell
}

// unprotect takes off the apostrophe that Protect put in front.
func unprotect(cell string) string {
	if strings.HasPrefix(cell, "'") && dangerous(cell) {
		return cell[1:]
	}
	return cell
}

// formulaStarts are the characters of OWASP's page on CSV injection. It counts in
// the full-width forms, which spreadsheets of East Asian systems read as the
// others.
const formulaStarts = "=+-@\t\r\n" + "＝＋－＠"

// dangerous reports whether a cell begins a formula, apostrophes aside.
func dangerous(cell string) bool {
	rest := strings.TrimLeft(cell, "'")
	if rest == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(rest)
	return strings.ContainsRune(formulaStarts, first)
}
