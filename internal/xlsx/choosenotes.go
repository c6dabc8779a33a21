package xlsx

import (
	"fmt"
	"slices"
	"strconv"
)

// add adds a note that has something to say.
func (c *Choice) add(n Note) {
	if n.Count > 0 {
		n.Sheet = c.Sheet.Name
		c.Notes = append(c.Notes, n)
	}
}

func linesAbove(rows []Row, header int) Note {
	if len(rows) == 0 {
		return Note{}
	}
	n := Note{Kind: LinesAbove, Place: "line 1", Count: header - 1}
	if n.Count > 1 {
		n.Place = fmt.Sprintf("lines 1 to %d", n.Count)
	}
	for _, row := range rows {
		n.Addresses = append(n.Addresses, row.addresses()...)
	}
	return n
}

func rowsNote(kind NoteKind, rows []Row, in func(Row) bool) Note {
	n := Note{Kind: kind}
	var names []string
	for _, row := range rows {
		if in(row) {
			n.Count++
			names = append(names, strconv.Itoa(row.Number))
			n.Addresses = append(n.Addresses, row.addresses()...)
		}
	}
	n.Place, n.Addresses = places(names), clip(n.Addresses)
	return n
}

// outsideColumns finds the cells that no name of the header is above.
func (c *Choice) outsideColumns() Note {
	n := Note{Kind: OutsideColumns}
	var columns []int
	for _, row := range c.Rows {
		for _, cell := range row.Cells {
			if cell.Column >= len(c.Columns) {
				n.Count++
				columns = append(columns, cell.Column)
				n.Addresses = append(n.Addresses, addresses(cell.Text)...)
			}
		}
	}
	slices.Sort(columns)
	var names []string
	for _, column := range slices.Compact(columns) {
		names = append(names, ColumnName(column))
	}
	n.Place, n.Addresses = "column "+places(names), clip(n.Addresses)
	if len(names) > 1 {
		n.Place = "columns " + places(names)
	}
	return n
}

func (c *Choice) mergedCells() Note {
	n := Note{Kind: MergedCells}
	var names []string
	for _, m := range c.Sheet.merged {
		if m.rows.first > c.Header {
			n.Count++
			names = append(names, CellName(m.columns.first, m.rows.first)+":"+CellName(m.columns.last, m.rows.last))
		}
	}
	n.Place = places(names)
	return n
}

func (c *Choice) hiddenColumns() Note {
	n := Note{Kind: HiddenColumns}
	var names []string
	for i, name := range c.Columns {
		if name != "" && c.Sheet.IsColumnHidden(i) {
			n.Count++
			names = append(names, ColumnName(i))
		}
	}
	n.Place = places(names)
	return n
}

// otherSheets names the sheets that were not chosen: hidden ones, and visible ones
// that hold addresses.
func (b *Book) otherSheets(chosen *Sheet) []Note {
	var notes []Note
	var hidden []string
	visible := false
	for i := range b.Sheets {
		s := &b.Sheets[i]
		switch {
		case !s.worksheet || s == chosen:
		case s.Visibility != Visible:
			hidden = append(hidden, quoted(s.Name))
			continue
		default:
			var found []string
			for _, row := range s.Rows {
				found = append(found, row.addresses()...)
			}
			if len(found) > 0 {
				notes = append(notes, Note{Kind: OtherSheet, Sheet: s.Name, Count: len(found), Addresses: clip(found)})
			}
		}
		visible = visible || s.worksheet
	}
	if len(hidden) > 0 {
		notes = append(notes, Note{Kind: HiddenSheets, Place: places(hidden), Count: len(hidden)})
	}
	if !visible {
		notes = append(notes, Note{Kind: NoVisibleSheets, Count: len(b.Sheets)})
	}
	return notes
}
