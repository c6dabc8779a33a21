package intake

import (
	"fmt"
	"slices"
	"strings"

	"usher.example/internal/onboard"
)

// column is one column of a table: its header cell and what it means.
type column struct {
	name string
	meaning

	guessed bool   // no caller said what it means
	sample  string // its first cell that is not empty
}

// header is the row of a table that names its columns.
type header struct {
	columns []column
	at      int // the index in the table
	line    int
}

// headerOf finds the header of a table, and what its columns mean.
func (c *collector) headerOf(t table) (header, *Error) {
	at := c.headerAt(t.rows)
	byName := at >= 0
	if !byName {
		at = max(aboveAddresses(t.rows), 0)
	}
	row := t.rows[at]
	h := header{at: at, line: row.line}
	if row.broken != "" {
		return h, malformed(CodeCSVHeader, "The header cannot be read. %s", row.broken)
	}
	cells := row.cells
	for len(cells) > 1 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1] // separators at the end name nothing
	}
	if err := c.checkNames(cells, row); err != nil {
		return h, err
	}
	for _, cell := range cells {
		if t.protected {
			cell = unprotect(cell)
		}
		name := strings.TrimSpace(cell)
		_, said := c.options.Columns[name]
		h.columns = append(h.columns, column{name: name, meaning: c.columnNamed(name), guessed: !said})
	}
	err := c.settle(&h, t)
	if err != nil {
		err.Columns = h.reading()
	}
	return h, err
}

// reading says what the columns of a table that is refused would be, so that people
// can say which one is the address. A name that only the pool could know is a guess
// too many. A refusal shows no value of the body: there are no samples, and no
// columns where a name may be an address.
func (h *header) reading() []onboard.Column {
	var list []onboard.Column
	for _, col := range h.columns {
		if revealing(col.name) {
			return nil
		}
		if col.role == roleOutcome {
			continue
		}
		shown := col.reading()
		if col.guessed && strings.HasPrefix(shown.Meaning, customPrefix) {
			shown.Meaning = onboard.MeansNone
		}
		list = append(list, shown)
	}
	return list
}

// checkNames refuses a header that is too large or cannot be given back.
func (c *collector) checkNames(cells []string, row tableRow) *Error {
	if len(cells) > c.limits.Columns {
		return tooLarge(CodeTooManyColumns, "The header has more than %d columns, which is the limit. Leave out those that the pool does not need.", c.limits.Columns)
	}
	if row.bytes > c.limits.RowBytes {
		return malformed(CodeCSVHeader, "The header has %d bytes. The limit is %d. Shorten the names of its columns.", row.bytes, c.limits.RowBytes)
	}
	for i, name := range cells {
		if len(name) > c.limits.CellBytes || printable(name) != name {
			return malformed(CodeCSVHeader, "The name of column %d contains a control character or is longer than %d bytes. Rename it.", i+1, c.limits.CellBytes)
		}
	}
	return nil
}

// settle decides which column is the address, and what is not used.
func (c *collector) settle(h *header, t table) *Error {
	below := t.rows[h.at+1:]
	if err := c.checkSaid(h); err != nil {
		return err
	}
	h.setOutcomeColumns(below)
	h.preferSaid()
	if h.index(roleEmail) < 0 {
		if err := c.addressByContent(h, below); err != nil {
			return err
		}
	}
	if h.at > 0 {
		c.warn("above", "The header is on line %d. The lines above it are not used.", h.line)
	}
	for _, col := range h.columns {
		if col.role == roleIgnored || col.role == rolePassword {
			c.warn(col.name, "The column %s is not used: %s.", quoted(col.name), col.why)
		}
	}
	return nil
}

// addressByContent takes the only column whose cells look like addresses, or a
// column of user names.
func (c *collector) addressByContent(h *header, below []tableRow) *Error {
	user := h.index(roleUsername)
	found := h.columnsOfAddresses(below)
	switch {
	case h.columns != nil && holdsAddress(h.columns[0].name), len(found) == 0 && user < 0:
		return noEmailColumn(h)
	case len(found) == 0 || slices.Contains(found, user):
		h.columns[user].role = roleEmail
	case len(found) > 1:
		var names []string
		for _, i := range found {
			names = append(names, quoted(h.columns[i].name))
		}
		return malformed(CodeNoEmailColumn, "No column is named email, and the columns %s all hold addresses. Name the one to use email.", strings.Join(names, " and "))
	default:
		col := &h.columns[found[0]]
		col.meaning = meaning{role: roleEmail}
		c.adjusted("The addresses are read from the column %s: it is the only one that holds addresses.", orUnnamed(col.name, found[0]))
	}
	return nil
}

func orUnnamed(name string, i int) string {
	if name == "" {
		return fmt.Sprintf("%d, which has no name", i+1)
	}
	return quoted(name)
}

// columnsOfAddresses gives the columns of which at least half the cells that are
// not empty look like addresses.
func (h *header) columnsOfAddresses(below []tableRow) (found []int) {
	for i, col := range h.columns {
		if col.role == rolePassword || col.role == roleIgnored {
			continue
		}
		full, addresses := 0, 0
		for _, row := range below {
			if i < len(row.cells) && row.broken == "" && strings.TrimSpace(row.cells[i]) != "" {
				full++
				if holdsAddress(row.cells[i]) {
					addresses++
				}
			}
		}
		if addresses > 0 && 2*addresses >= full {
			found = append(found, i)
		}
	}
	return found
}

// index gives the place of the first column with that role, or -1.
func (h *header) index(r role) int {
	return slices.IndexFunc(h.columns, func(c column) bool { return c.role == r })
}

func noEmailColumn(h *header) *Error {
	names := make([]string, 0, len(h.columns))
	for _, col := range h.columns {
		if revealing(col.name) {
			return malformed(CodeNoEmailColumn, "The first line contains an address, not the names of the columns. Add a line above it that names them, with email for the addresses.")
		}
		if col.name != "" {
			names = append(names, quoted(col.name))
		}
	}
	return malformed(CodeNoEmailColumn, "No column is named email. Found: %s. Name the column of the addresses email.", strings.Join(names, ", "))
}

// setOutcomeColumns finds the columns that [Export] added. Only all three of them
// together, with nothing but our own states in the first, are its own: others
// belong to the caller.
func (h *header) setOutcomeColumns(below []tableRow) {
	var found []int
	for _, name := range outcomeColumns() {
		i := h.last(name)
		if i < 0 {
			return
		}
		found = append(found, i)
	}
	for _, row := range below {
		if len(row.cells) == len(h.columns) && !ourState(row.cells[found[0]]) {
			return
		}
	}
	for name, words := range facts {
		if i := h.last(name); i >= 0 && onlyWords(words, i, len(h.columns), below) {
			found = append(found, i)
		}
	}
	for _, i := range found {
		h.columns[i].meaning = meaning{role: roleOutcome}
	}
}

// last is the last column of a name, should the caller have one of that name too; -1
// if there is none.
func (h *header) last(name string) int {
	for i := len(h.columns) - 1; i >= 0; i-- {
		if h.columns[i].name == name {
			return i
		}
	}
	return -1
}

// onlyWords reports whether the column holds nothing but some words.
func onlyWords(words []string, column, columns int, below []tableRow) bool {
	for _, row := range below {
		if len(row.cells) != columns {
			continue
		}
		if cell := strings.TrimSpace(row.cells[column]); cell != "" && !slices.Contains(words, cell) {
			return false
		}
	}
	return true
}
