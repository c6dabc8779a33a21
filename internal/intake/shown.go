package intake

import (
	"fmt"
	"slices"
	"strings"

	"usher.example/internal/onboard"
	"usher.example/internal/xlsx"
)

// noValue is what Excel shows where a value is missing on purpose.
const noValue = "#N/A"

// badCells are cells of a workbook that were taken as empty.
type badCells struct {
	errors   []string // what they show, each once
	count    int      // of the errors
	noResult []string // the names of cells with a formula without its result
	noDate   []string
}

// judgeKinds looks at the cells of a workbook's row that hold no value, or not the
// one that their column needs. It marks the row where the address, a group or a
// date is lost, and gives the cells with what is no value as empty.
func (r *tableReader) judgeKinds(row *xlsx.Row, cells []string) []string {
	var values []string
	for _, cell := range row.Cells {
		if cell.Column >= len(cells) {
			break
		}
		if !r.isNoValue(row.Number, cell) {
			continue
		}
		if values == nil {
			values = slices.Clone(cells)
		}
		values[cell.Column] = ""
	}
	if values == nil {
		return cells
	}
	for i := range r.columns {
		if r.columns[i].role == rolePassword {
			cells[i] = "" // those are kept
		}
	}
	return values
}

// isNoValue reports whether a cell is to be taken as empty, and says why.
func (r *tableReader) isNoValue(row int, cell xlsx.Cell) bool {
	col, name := &r.columns[cell.Column], xlsx.CellName(cell.Column, row)
	switch {
	case cell.Text == noValue:
		if col.role == roleEmail && cell.Kind == xlsx.Invalid {
			r.out.fault(onboard.CodeEmailMissing, "The cell %s shows the error #N/A in place of an address. Correct its formula, save the workbook and send it again.", name)
		}
	case cell.Kind == xlsx.Invalid:
		if col.role == roleEmail {
			r.out.fault(onboard.CodeEmailInvalid, "The address in %s is the error %s. Correct its formula, save the workbook and send it again.", name, cell.Text)
			return false // so that the row shows what it has
		}
		r.out.bad.addError(cell.Text)
	case cell.Kind == xlsx.NoResult:
		switch col.role {
		case roleEmail:
			r.out.fault(onboard.CodeEmailMissing, "The cell %s holds a formula without its result. Open the workbook in Excel, save it and send it again.", name)
		case roleGroups:
			r.out.fault(onboard.CodeGroupInvalid, "The cell %s, a group, holds a formula without its result. Open the workbook in Excel, save it and send it again.", name)
		default:
			r.out.bad.noResult = append(r.out.bad.noResult, name)
		}
	case cell.Kind == xlsx.NoDate && col.role != roleIgnored && col.role != rolePassword:
		if col.role == roleAttribute && !col.own() {
			r.out.fault(onboard.CodeAttributeInvalid, "The cell %s, under %s, has the format of a date and holds a number that is no date. Correct it.", name, quoted(col.name))
		} else {
			r.out.bad.noDate = append(r.out.bad.noDate, name)
		}
	case cell.Kind == xlsx.Number && col.role == roleAttribute && col.attribute == "birthdate":
		r.out.fault(onboard.CodeAttributeInvalid, "The cell %s, under %s, holds a bare number where a date belongs. Give the column a date format, save the workbook and send it again.", name, quoted(col.name))
	default:
		return false
	}
	return true
}

func (b *badCells) addError(shown string) {
	b.count++
	if !slices.Contains(b.errors, shown) && len(b.errors) < maxNamed {
		b.errors = append(b.errors, shown)
	}
}

// sayBadCells says which cells of a workbook were taken as empty.
func (c *collector) sayBadCells() {
	b := &c.bad
	if b.count > 0 {
		c.warnAll("The errors %s in %s were taken as no value. Correct the formulas if the values are needed.", strings.Join(b.errors, ", "), counted(b.count, "cell"))
	}
	if len(b.noResult) > 0 {
		c.warnAll("Formulas without their results were taken as no value: %s. Open the workbook in Excel, save it and send it again if the values are needed.", someOf(b.noResult))
	}
	if len(b.noDate) > 0 {
		c.warnAll("Numbers with the format of a date that are no dates were taken as no value: %s.", someOf(b.noDate))
	}
}

// warnAll says of the whole body that something is not used.
func (c *collector) warnAll(format string, args ...any) {
	c.out.Warnings = append(c.out.Warnings, onboard.Fault{Code: CodeNotUsed, Detail: fmt.Sprintf(format, args...)})
}

// sayOf makes a warning of what the reader of workbooks noticed.
func (c *collector) sayOf(n xlsx.Note) {
	switch n.Kind {
	case xlsx.HiddenRows:
		c.warnAll("%s hidden by hand, left out%s: %s. Unhide the rows to invite the people in them.", rowsAre(n.Count), whose(n.Addresses), n.Place)
	case xlsx.FilteredRows:
		c.warnAll("%s hidden by a filter, left out%s: %s. Clear the filter to invite the people in them.", rowsAre(n.Count), whose(n.Addresses), n.Place)
	case xlsx.LongNumbers, xlsx.OddValues, xlsx.MergedCells, xlsx.HiddenColumns:
		c.adjusted("%s", asSentence(n.String()))
	default:
		c.warnAll("%s", asSentence(n.String()))
	}
}

func rowsAre(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return counted(n, "row") + " are"
}

// whose names the people that a warning is about. They are the caller's own, and
// nobody may be left out without a word.
func whose(addresses []string) string {
	if len(addresses) == 0 {
		return ""
	}
	return " (" + someOf(addresses) + ")"
}

// someOf joins the first names and counts the rest.
func someOf(names []string) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), len(names)-maxNamed)
}
