package xlsx

import (
	"encoding/xml"
	"slices"
	"strconv"
)

// filters are what hides rows of a sheet other than its owner's hand.
type filters struct {
	rows     []span // below the headers of filters that leave rows out
	current  span
	advanced bool // the sheet says that some filter is on
}

// start takes the elements of a filter; path begins with its outermost one. Only
// a criterion hides rows, not the buttons alone.
func (f *filters) start(path []string, attrs []xml.Attr) {
	switch {
	case path[0] == "sheetPr":
		f.advanced = f.advanced || len(path) == 1 && isTrue(attr(attrs, "filterMode"))
	case len(path) == 1:
		at, _ := parseArea(attr(attrs, "ref"))
		f.current = span{at.rows.first + 1, at.rows.last}
	case len(path) == 3 && path[1] == "filterColumn" && len(f.rows) < maxListed:
		if len(f.rows) == 0 || f.rows[len(f.rows)-1] != f.current {
			f.rows = append(f.rows, f.current)
		}
	}
}

// apply marks the hidden rows that a filter hides.
func (f *filters) apply(rows []Row) {
	all := f.advanced && len(f.rows) == 0 // an advanced filter does not say where it is
	for i := range rows {
		if rows[i].Hiding == Shown {
			continue
		}
		n := rows[i].Number
		if all || slices.ContainsFunc(f.rows, func(r span) bool { return r.first <= n && n <= r.last }) {
			rows[i].Hiding = Filtered
		}
	}
}

// readTable reads where a table has its filter and its totals.
func (v *sheetVisitor) readTable(name string) error {
	return v.rd.walk(name, "a table of the sheet "+quoted(v.sheet.Name), starts(func(path []string, attrs []xml.Attr) error {
		switch {
		case len(path) == 1:
			totals, _ := strconv.Atoi(attr(attrs, "totalsRowCount")) // none where it says nothing
			at, ok := parseArea(attr(attrs, "ref"))
			if i := v.sheet.rowIndex(at.rows.last); ok && totals > 0 && i >= 0 {
				v.sheet.Rows[i].Totals = true
			}
			return v.rd.budget.addListed()
		case path[1] == "autoFilter":
			v.filters.start(path[1:], attrs)
		}
		return nil
	}))
}

// rowIndex finds a row by its number; -1 where none shows anything.
func (s *Sheet) rowIndex(number int) int {
	i, ok := slices.BinarySearchFunc(s.Rows, number, func(r Row, n int) int { return r.Number - n })
	if !ok {
		return -1
	}
	return i
}

func (v *sheetVisitor) hideColumns(attrs []xml.Attr) error {
	first, err1 := strconv.Atoi(attr(attrs, "min"))
	last, err2 := strconv.Atoi(attr(attrs, "max"))
	if err1 == nil && err2 == nil {
		v.sheet.hiddenColumns = append(v.sheet.hiddenColumns, span{first - 1, last - 1})
	}
	return v.rd.budget.addListed()
}

// maxMerged is how many merged cells of a sheet are remembered, for its header
// and a note.
const maxMerged = 1000

// merge remembers cells that are merged over several rows. Excel shows the value
// beside all of them, the file has it in the first.
func (v *sheetVisitor) merge(ref string) {
	at, ok := parseArea(ref)
	if !ok || at.rows.last <= at.rows.first || len(v.sheet.merged) == maxMerged {
		return
	}
	if i := v.sheet.rowIndex(at.rows.first); i >= 0 && v.sheet.Rows[i].Cell(at.columns.first).Kind != Blank {
		v.sheet.merged = append(v.sheet.merged, at)
	}
}
