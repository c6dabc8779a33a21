package intake

import (
	"bufio"
	"cmp"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"usher.example/internal/onboard"
)

// outcomeColumns are the columns that [Export] adds and [Read] ignores.
func outcomeColumns() []string { return []string{"state", "code", "reason"} }

// ColumnDelivery is the column of what became of a row's mail.
const ColumnDelivery = "delivery"

// ColumnSignedIn is the column of whether a row's person has signed in.
const ColumnSignedIn = "signed_in"

// facts are the columns that [Export] may add after those, each with the words that
// may be in it.
var facts = map[string][]string{
	ColumnDelivery: deliveries(),
	ColumnSignedIn: {string(onboard.SignedInYes), string(onboard.SignedInNo), string(onboard.SignedInUnknown)},
}

func deliveries() (words []string) {
	for _, d := range onboard.MailDeliveries {
		words = append(words, string(d))
	}
	return words
}

// Result is one row of an [Export]: the caller's own cells, the outcome, and what goes
// into the columns of facts.
type Result struct {
	Cells  []string
	State  onboard.State
	Code   onboard.Code
	Reason string
	Facts  []string
}

// Dialect is how a CSV is written. The zero Dialect is RFC 4180 with commas.
type Dialect struct {
	Separator byte // comma, semicolon or tab; 0 is a comma

	// Mark begins the file with a byte order mark, without which Excel takes UTF-8
	// for the encoding of its machine.
	Mark bool
}

// Separator gives the separator of that name, "comma", "semicolon" or "tab", or of
// the character itself.
func Separator(name string) (byte, bool) {
	switch name {
	case "comma", ",":
		return ',', true
	case "semicolon", ";":
		return ';', true
	case "tab", "\t":
		return '\t', true
	}
	return 0, false
}

// Export writes results as CSV (RFC 4180, UTF-8): the caller's own columns, then
// state, code and reason, then facts about the row, such as [ColumnDelivery]. [Read] takes what Export wrote, corrected or not, and
// ignores the added columns.
//
// No cell is a formula to a spreadsheet: all are written as [Protect] gives them,
// and Read takes the apostrophes off again. So every cell comes back as it was;
// other apostrophes stay as they are both ways:
//
//	cell         written       read
//	-a@x.org     '-a@x.org     -a@x.org
//	Ann;=1+1     Ann;'=1+1     Ann;=1+1
//	'=1          ''=1          '=1
//	＝1           '＝1           ＝1
//	'tis         'tis          'tis
//
// Export buffers; call [Export.Flush] at the end. It is not safe for concurrent
// use.
type Export struct {
	w         *bufio.Writer
	columns   int
	facts     int
	separator byte
}

// NewExport returns an Export that writes to w, its header first. After the outcome
// come columns for the named facts.
func NewExport(w io.Writer, columns []string, d Dialect, facts ...string) *Export {
	e := &Export{w: bufio.NewWriter(w), columns: len(columns), facts: len(facts), separator: cmp.Or(d.Separator, ',')}
	if d.Mark {
		e.w.WriteString(bomUTF8)
	}
	e.row(columns, append(outcomeColumns(), facts...)...)
	return e
}

// Write adds one row. Cells that are missing are written empty. Those beyond the
// header, which only a row that could not be read has, are written after the
// outcome: so the outcome keeps its columns, and the row, submitted again as it
// is, fails again. An error is the writer's.
func (e *Export) Write(r Result) error {
	own := min(len(r.Cells), e.columns)
	outcome := []string{string(r.State), string(r.Code), r.Reason}
	for i := range e.facts {
		outcome = append(outcome, r.Facts[i])
	}
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
		e.w.WriteByte(e.separator)
	}
	for i, cell := range outcome {
		if i > 0 {
			e.w.WriteByte(e.separator)
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
// take for a formula, gets an apostrophe in front. So does what begins like that
// after a separator or a line break inside the cell: a spreadsheet that splits
// cells at another separator than the file's takes it for a cell of its own, with
// or without the quotes before it. So does a formula that has apostrophes in front
// already, since [Read] would otherwise take one off.
func Protect(cell string) string {
	var b strings.Builder
	written := 0
	for at := range exposed(cell) {
		b.WriteString(cell[written:at])
		b.WriteByte('\'')
		written = at
	}
	return joined(&b, cell, written)
}

// unprotect takes off the apostrophes that Protect put in.
func unprotect(cell string) string {
	if strings.IndexByte(cell, '\'') < 0 {
		return cell
	}
	var b strings.Builder
	written := 0
	for at := range exposed(cell) {
		if cell[at] == '\'' {
			b.WriteString(cell[written:at])
			written = at + 1
		}
	}
	return joined(&b, cell, written)
}

// joined is what b has and the rest of the cell.
func joined(b *strings.Builder, cell string, written int) string {
	if written == 0 && b.Len() == 0 {
		return cell
	}
	b.WriteString(cell[written:])
	return b.String()
}

// exposed goes over the places in a cell where a spreadsheet may find a formula.
func exposed(cell string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; at < len(cell); {
			if begins(cell[at:], at == 0) && !yield(at) {
				return
			}
			next := strings.IndexAny(cell[at:], borders)
			if next < 0 {
				return
			}
			at += next + 1
		}
	}
}

const (
	// formulaStarts are the characters of OWASP's page on CSV injection. It counts in
	// the full-width forms, which spreadsheets of East Asian systems read as the
	// others.
	formulaStarts = "=+-@" + "＝＋－＠"

	// borders are what a spreadsheet may begin a new cell after.
	borders = ",;|" + breaks

	// breaks begin a formula too where a cell begins with them. Inside a cell, what
	// follows them is judged by itself.
	breaks = "\t\r\n"
)

// begins reports whether a spreadsheet may take s for a formula, apostrophes and
// quotes in front of it aside; first is set at the beginning of the cell.
func begins(s string, first bool) bool {
	rest := strings.TrimLeft(s, `'"`)
	if rest == "" {
		return false
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return strings.ContainsRune(formulaStarts, r) || first && strings.ContainsRune(breaks, r)
}
