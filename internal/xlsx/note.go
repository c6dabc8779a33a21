package xlsx

import (
	"fmt"
	"strings"
)

// NoteKind is what a note is about.
type NoteKind int

// The kinds of notes. The first group is found by [Read] and is in [Sheet.Notes]
// and [Book.Notes]; the second depends on the header and is found by
// [Book.Choose], whose notes repeat the first group of the sheet it chose.
const (
	Elsewhere   NoteKind = iota + 1 // addresses in formulas, links, headers and footers
	UnusedTexts                     // addresses in the workbook that no cell shows
	LongNumbers                     // whole numbers of 16 and more digits
	OddValues                       // cells marked as numbers, dates or booleans that hold text

	LinesAbove      // what is above the header
	HiddenSheets    // sheets that are not read
	OtherSheet      // a visible sheet with addresses that was not chosen
	OutsideColumns  // cells in columns beyond the header
	HiddenRows      // rows hidden by hand
	FilteredRows    // rows hidden by a filter
	TotalsRows      // totals of tables
	MergedCells     // cells that are merged over several rows; only the first row has the value
	HiddenColumns   // columns of the header that are hidden
	NoVisibleSheets // every sheet is hidden
)

// Note is something that the owner should know about a workbook that was read.
type Note struct {
	Kind  NoteKind
	Sheet string // its name, where the note is about one
	Place string // cells, rows, columns or sheets as Excel names them: B5, 2 to 4
	Count int    // of rows, cells, columns or addresses, whatever the kind is about

	// Addresses are those that the note is about, the first thousand. String
	// leaves them out: they must not get into a log.
	Addresses []string
}

// String is a sentence for people.
func (n Note) String() string {
	switch n.Kind {
	case Elsewhere:
		return fmt.Sprintf("the sheet %s holds %s outside of its cells (in formulas, links, comments or headers); not read", quoted(n.Sheet), counted(n.Count, "address"))
	case UnusedTexts:
		return fmt.Sprintf("the workbook holds %s that no visible cell shows; not read", counted(n.Count, "address"))
	case LongNumbers:
		return fmt.Sprintf("%s in the sheet %s, first in %s, with 16 digits or more: spreadsheets keep 15; format the column as text and type them again",
			counted(n.Count, "number"), quoted(n.Sheet), n.Place)
	case OddValues:
		return fmt.Sprintf("%s in the sheet %s, first in %s, marked as numbers but holding something else; read as text", counted(n.Count, "cell"), quoted(n.Sheet), n.Place)
	case LinesAbove:
		return fmt.Sprintf("above the header, %s %s not read%s", n.Place, isOrAre(n.Count), n.with())
	case HiddenSheets:
		return "hidden sheets are not read: " + n.Place
	case OtherSheet:
		return fmt.Sprintf("the sheet %s (%s) is not read; send it on its own", quoted(n.Sheet), counted(n.Count, "address"))
	case OutsideColumns:
		return fmt.Sprintf("%s in %s, where the header has no name, not read%s", counted(n.Count, "cell"), n.Place, n.with())
	case HiddenRows:
		return fmt.Sprintf("%s hidden: %s", counted(n.Count, "row"), n.Place)
	case FilteredRows:
		return fmt.Sprintf("%s hidden by a filter: %s; clear the filter to see them", counted(n.Count, "row"), n.Place)
	case TotalsRows:
		return fmt.Sprintf("the totals of a table are in row %s", n.Place)
	case MergedCells:
		return fmt.Sprintf("%s merged over several rows (%s): only the first row has the value", counted(n.Count, "cell"), n.Place)
	case HiddenColumns:
		return fmt.Sprintf("%s hidden: %s", counted(n.Count, "column"), n.Place)
	case NoVisibleSheets:
		return "every sheet with cells is hidden; show the one with the people and save the workbook again"
	}
	return ""
}

// with says how many addresses the note is about, if any.
func (n Note) with() string {
	if len(n.Addresses) == 0 {
		return ""
	}
	return " (" + counted(len(n.Addresses), "address") + ")"
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func counted(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "s"):
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// maxPlaces is how many places a note names.
const maxPlaces = 10

// places joins the first names and counts the rest.
func places(names []string) string {
	if len(names) <= maxPlaces {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxPlaces], ", "), len(names)-maxPlaces)
}
