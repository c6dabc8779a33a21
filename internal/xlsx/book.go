package xlsx

import "strconv"

// Book is a workbook as its owner sees it.
type Book struct {
	Sheets []Sheet // in the order of the tabs
	Notes  []Note  // what concerns no single sheet
}

// Visibility says whether a sheet's tab is shown.
type Visibility int

// The visibilities. A very hidden sheet can only be shown by a macro.
const (
	Visible Visibility = iota
	Hidden
	VeryHidden
)

// Sheet is one sheet. Hidden sheets, charts and dialogs are not read.
type Sheet struct {
	Name       string
	Visibility Visibility
	Rows       []Row // those in which a cell shows something, in order
	Notes      []Note

	worksheet     bool // not a chart or a dialog
	hiddenColumns []span
	merged        []area // over several rows, with something to show
}

// Hiding says whether a row is shown.
type Hiding uint8

// Why a row is not shown. A row that a filter does not match is Filtered; its
// owner may have forgotten that it is there.
const (
	Shown Hiding = iota
	HiddenByHand
	Filtered
)

// Row is a row with at least one cell that shows something.
type Row struct {
	Cells  []Cell // those that show something, from left to right; to be read only
	Number int    // as Excel shows it, from 1
	Hiding Hiding
	Totals bool // the totals row of a table
}

// Kind is what a cell holds.
type Kind uint8

// The kinds of cells. A Number has no format that gives it a shape, so its digits
// may be a phone, a serial number of a date, or a sum. Picture is a number as its
// format shows it, 00417.
const (
	Blank Kind = iota
	String
	Number
	Picture
	Date
	Boolean
	Invalid  // an error such as #REF!, which the text repeats
	NoResult // a formula that was saved without its result; there is no text
	NoDate   // a number with a date's format that is no date; the text is its digits
)

// Cell is one cell.
type Cell struct {
	Text    string // what it shows
	Column  int    // from 0
	Kind    Kind
	Inexact bool // a number of 16 or more digits: spreadsheets keep 15
}

// Cell gives the row's cell in a column from 0; a Blank one where nothing shows.
func (r Row) Cell(column int) Cell {
	for _, c := range r.Cells {
		if c.Column >= column {
			if c.Column == column {
				return c
			}
			break
		}
	}
	return Cell{Column: column}
}

// Width is the number of columns up to the last cell that shows something.
func (r Row) Width() int {
	if len(r.Cells) == 0 {
		return 0
	}
	return r.Cells[len(r.Cells)-1].Column + 1
}

// Texts gives what the first cells of the row show.
func (r Row) Texts(width int) []string {
	texts := make([]string, width)
	for _, c := range r.Cells {
		if c.Column < width {
			texts[c.Column] = c.Text
		}
	}
	return texts
}

// IsColumnHidden reports whether a column from 0 is hidden.
func (s *Sheet) IsColumnHidden(column int) bool {
	for _, hidden := range s.hiddenColumns {
		if hidden.first <= column && column <= hidden.last {
			return true
		}
	}
	return false
}

// span is columns or rows, both ends included.
type span struct{ first, last int }

// CellName gives the name of a cell as Excel shows it: column 1 of row 5 is B5.
func CellName(column, row int) string { return ColumnName(column) + strconv.Itoa(row) }

// ColumnName gives the letters of a column from 0.
func ColumnName(column int) string {
	var letters []byte
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		letters = append([]byte{byte('A' + (n-1)%26)}, letters...)
	}
	return string(letters)
}
