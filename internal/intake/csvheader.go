package intake

import (
	"slices"
	"strings"
)

// separators are those that a CSV file may use, the likeliest first.
const separators = ",;\t"

// column is one column of a CSV file: its header cell and what it means.
type column struct {
	name string
	meaning
}

// header is the first row of a CSV file.
type header struct {
	columns []column
	line    int
	bytes   int
	broken  string
}

// readHeader finds the separator and reads the header. A line "sep=;" above it
// decides the separator; otherwise it is the one with which there is an email column, or
// the most columns.
func (c *collector) readHeader(s *csvScanner, allowed string) (header, error) {
	s.skipEmptyLines()
	first := s.line
	if given, ok := separatorLine(s); ok {
		if !strings.Contains(separators, given) {
			return header{}, malformed(CodeCSVHeader, "The separator after sep= is not supported. Use a comma, a semicolon or a tab.").onLine(first)
		}
		allowed = given
		s.skipEmptyLines()
	}

	var best header
	var after csvScanner
	for i := range len(allowed) {
		if i > 0 && strings.IndexByte(s.src[s.at:], allowed[i]) < 0 {
			continue // it separates nothing
		}
		try := *s
		try.separator = allowed[i]
		h := readColumns(&try, c.limits.Columns)
		if i == 0 || h.better(best) {
			best, after = h, try
		}
	}
	*s = after
	if err := c.checkHeader(&best); err != nil {
		return header{}, err.onLine(best.line)
	}
	s.backslash = s.separator == ',' && best.cognito()
	return best, nil
}

// separatorLine reads the line "sep=;" that Excel understands, and gives what
// follows the equals sign.
func separatorLine(s *csvScanner) (string, bool) {
	line, _ := cutLine(s.src[s.at:])
	bare := strings.TrimSuffix(strings.TrimPrefix(line, `"`), `"`)
	if len(bare) < len("sep=;") || !strings.EqualFold(bare[:len("sep=")], "sep=") || len([]rune(bare)) != len("sep=;") {
		return "", false
	}
	s.at += len(line)
	if s.at < len(s.src) {
		s.endLine()
	}
	return bare[len("sep="):], true
}

func readColumns(s *csvScanner, most int) header {
	row := s.row(nil, most+1)
	h := header{line: row.line, bytes: row.bytes, broken: row.broken, columns: make([]column, len(row.cells))}
	for i, cell := range row.cells {
		name := strings.TrimSpace(unprotect(cell))
		h.columns[i] = column{name: name, meaning: columnNamed(name)}
	}
	return h
}

func (h header) better(than header) bool {
	if (h.broken == "") != (than.broken == "") {
		return h.broken == ""
	}
	if h.addressed() != than.addressed() {
		return h.addressed()
	}
	return len(h.columns) > len(than.columns)
}

// addressed reports whether a column can be the address.
func (h header) addressed() bool { return h.index(roleEmail) >= 0 || h.index(roleUsername) >= 0 }

// index gives the place of the first column with that role, or -1.
func (h header) index(r role) int {
	return slices.IndexFunc(h.columns, func(c column) bool { return c.role == r })
}

// cognito reports whether the header is that of Cognito's own import.
func (h header) cognito() bool {
	return slices.ContainsFunc(h.columns, func(c column) bool {
		return strings.HasPrefix(strings.ToLower(c.name), "cognito:")
	})
}

// checkHeader refuses a header that leaves it open what its columns mean, and
// marks the columns that will not be used.
func (c *collector) checkHeader(h *header) *Error {
	if h.broken != "" {
		return malformed(CodeCSVHeader, "The header cannot be read. %s", h.broken)
	}
	if len(h.columns) > c.limits.Columns {
		return tooLarge(CodeTooManyColumns, "The header has more than %d columns, which is the limit. Leave out those that the pool does not need.", c.limits.Columns)
	}
	if h.bytes > c.limits.RowBytes {
		return malformed(CodeCSVHeader, "The header has %d bytes. The limit is %d. Shorten the names of its columns.", h.bytes, c.limits.RowBytes)
	}
	for i, col := range h.columns {
		if len(col.name) > c.limits.CellBytes || printable(col.name) != col.name {
			return malformed(CodeCSVHeader, "The name of column %d contains a control character or is longer than %d bytes. Rename it.", i+1, c.limits.CellBytes)
		}
	}
	if !h.addressed() {
		return noEmailColumn(h)
	}
	h.setOutcomeColumns()
	h.preferName()
	if h.index(roleEmail) < 0 {
		h.columns[h.index(roleUsername)].role = roleEmail
	}
	if err := h.unique(); err != nil {
		return err
	}
	for _, col := range h.columns {
		switch col.role {
		case roleIgnored, rolePassword:
			c.warn(col.name, "The column %s is not used: %s.", quoted(col.name), col.why)
		}
	}
	return nil
}

func noEmailColumn(h *header) *Error {
	names := make([]string, 0, len(h.columns))
	for _, col := range h.columns {
		if revealing(col.name) {
			return malformed(CodeNoEmailColumn, "The first line contains an address, not the names of the columns. Add a line above it that names them, with email for the addresses.")
		}
		if len(names) < maxNamed {
			names = append(names, quoted(col.name))
		}
	}
	return malformed(CodeNoEmailColumn, "No column is named email. Found: %s. Name the column of the addresses email.", strings.Join(names, ", "))
}

// setOutcomeColumns finds the columns that [Export] added. Only all three of
// them together are its own: a column "state" alone is the caller's.
func (h *header) setOutcomeColumns() {
	var found []int
	for _, name := range outcomeColumns() {
		i := -1
		for j, col := range h.columns {
			if col.name == name {
				i = j // the last one, should the caller have a column of that name too
			}
		}
		if i < 0 {
			return
		}
		found = append(found, i)
	}
	for _, i := range found {
		h.columns[i].role = roleOutcome
	}
}

// preferName ignores a display name where there is also a name.
func (h *header) preferName() {
	named := slices.ContainsFunc(h.columns, func(c column) bool { return fold(c.name) == "name" })
	for i := range h.columns {
		if col := &h.columns[i]; named && fold(col.name) == "displayname" {
			col.role, col.why = roleIgnored, "there is also a column for the name"
		}
	}
}

// unique refuses two columns that mean the same.
func (h *header) unique() *Error {
	for i, a := range h.columns {
		for _, b := range h.columns[:i] {
			if a.same(b) {
				return malformed(CodeDuplicateColumn, "The columns %s and %s mean the same. Keep one.", quoted(b.name), quoted(a.name))
			}
		}
	}
	return nil
}

func (c column) same(other column) bool {
	if c.role != other.role {
		return false
	}
	switch c.role {
	case roleEmail, roleGroups, roleRef, roleUsername:
		return true
	case roleAttribute:
		return strings.EqualFold(c.attribute, other.attribute)
	}
	return false
}
