package intake

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher.example/internal/onboard"
	"usher.example/internal/xlsx"
)

// tableReader reads the rows below a header.
type tableReader struct {
	header

	out       *collector
	protected bool
	email     int  // the column of the address
	secret    bool // whether a column holds secrets
	own       []int
}

// begin notes the columns that are the caller's.
func (r *tableReader) begin() {
	r.email, r.secret = r.index(roleEmail), r.index(rolePassword) >= 0
	for i, col := range r.columns {
		if col.role != roleOutcome {
			r.own = append(r.own, i)
			r.out.out.Columns = append(r.out.out.Columns, col.name)
		}
	}
}

func (r *tableReader) read(row tableRow) {
	if r.protected {
		for i, cell := range row.cells {
			row.cells[i] = unprotect(cell)
		}
	}
	cells := r.aligned(row)
	if cells == nil {
		r.out.row.Unaligned = true
		r.keepUnaligned(row)
		return
	}
	if row.sheet != nil {
		r.readKinds(row.sheet, cells)
	} else {
		r.readCells(cells)
	}
	r.keepCells(cells)
}

// readKinds reads the cells of a workbook's row. A row at fault is read no further, and
// one with a cell that holds no value is to keep its groups and attributes, so that
// people add only what is missing: its fault counts when the others are read.
func (r *tableReader) readKinds(row *xlsx.Row, cells []string) {
	values := r.judgeKinds(row, cells)
	fault := r.out.row.Fault
	r.out.row.Fault = nil
	r.readCells(values)
	if fault != nil {
		r.out.row.Fault = fault
		r.out.locate()
	}
}

// aligned gives a cell for each column, or nil for a row out of step with the
// header, which is marked.
func (r *tableReader) aligned(row tableRow) []string {
	cells, want := row.cells, len(r.columns)
	switch {
	case row.broken != "":
		r.out.fault(onboard.CodeRowInvalid, "%s", row.broken)
		return nil
	case row.bytes > r.out.limits.RowBytes && !r.fits(cells):
		r.out.fault(onboard.CodeRowInvalid, "The row has %d bytes. The limit is %d. Shorten its cells.", row.bytes, r.out.limits.RowBytes)
		return nil
	case row.count > len(cells):
		r.out.fault(onboard.CodeRowInvalid, "The row has %d cells but the header has %d. Fix the row in your file.", row.count, want)
		return nil
	case len(cells) > want:
		for _, extra := range cells[want:] {
			if strings.TrimSpace(extra) != "" {
				r.out.fault(onboard.CodeRowInvalid, "The row has %s but the header has %d. Put quotes around a cell that contains the separator.",
					counted(row.count, "cell"), want)
				return nil
			}
		}
		return cells[:want:want]
	case len(cells) == want:
		return cells
	}
	if line, yes := row.swallowed(); yes {
		r.out.fault(onboard.CodeRowInvalid, "A quote that is opened in this row reaches over line %d, which holds an address. Close the quote.", line)
		return nil
	}
	if want > 1 && !row.holdsAddress() && !onlyBlank(cells[:min(len(cells), r.email+1)]) {
		r.out.fault(onboard.CodeRowInvalid, "The row has %s but the header has %d, and none holds an address. Add what is missing, or remove the row.", counted(row.count, "cell"), want)
		return nil
	}
	return append(slices.Clip(cells), make([]string, want-len(cells))...)
}

// fits reports whether the cells of a row that is over the limit are within it, but
// for those that the pool may have no use for.
func (r *tableReader) fits(cells []string) bool {
	bytes := 0
	for i, cell := range cells[:min(len(cells), len(r.columns))] {
		if col := r.columns[i]; !col.own() && col.role != roleIgnored && col.role != rolePassword {
			bytes += len(cell)
		}
	}
	return bytes <= r.out.limits.RowBytes
}

func onlyBlank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" })
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// readCells takes each cell for what its column means.
func (r *tableReader) readCells(cells []string) {
	r.out.apostrophes = strings.HasPrefix(strings.TrimSpace(cells[r.email]), "'")
	var emails oneOf
	var username string
	for i := range cells {
		col := &r.columns[i]
		if col.role == rolePassword || col.role == roleIgnored {
			if col.role == rolePassword {
				cells[i] = ""
			} else if col.sample == "" {
				col.sample = strings.TrimSpace(cells[i])
			}
			continue
		}
		cell := r.out.bare(cells[i])
		if cell == "" {
			continue
		}
		if len(cell) > r.out.limits.CellBytes {
			cell = r.tooLong(col, cell)
			cells[i] = ""
		}
		if col.sample == "" {
			col.sample = strings.TrimSpace(cell)
		}
		switch col.role {
		case roleEmail:
			emails.take(r.out, col, cell)
		case roleUsername:
			username = cell
		case roleGroups:
			r.out.groupList(cell)
		case roleRef:
			r.out.ref(cell)
		case roleAttributes:
			r.object(cell)
		case roleAttribute:
			r.attribute(col, cell)
		case roleUnnamed:
			r.out.warn("", "A column without a name is not used. Name it in the header.")
		}
	}
	if r.out.apostrophes {
		r.out.noteAddress(readAddress{quoted: true})
	}
	r.out.address(username, emails.value)
	r.strayAddresses(cells)
}

// tooLong marks the row for a cell over the limit, unless its column may be one
// that the pool does not have: then what is kept is still too long for any pool.
func (r *tableReader) tooLong(col *column, cell string) string {
	if col.own() {
		return cell
	}
	r.out.fault(col.code(), "The cell under %s has %d bytes. The limit is %d. Shorten it.", quoted(col.name), len(cell), r.out.limits.CellBytes)
	return ""
}

// own reports whether the column is for an attribute of the pool's own, which the
// pool may not have.
func (c column) own() bool {
	return c.role == roleUnnamed || c.role == roleAttribute && strings.HasPrefix(c.attribute, customPrefix)
}

// attribute takes the first of several cells that mean the same.
func (r *tableReader) attribute(col *column, cell string) {
	if col.own() {
		r.out.poolsOwn(col.attribute, col.name, cell)
		return
	}
	before, twice := r.out.attribute(col.attribute, col.name, cell)
	if twice && col.place == 0 && r.out.value(col.attribute) != strings.TrimSpace(cell) {
		r.out.fault(onboard.CodeAttributeInvalid, "The columns %s and %s mean the same, and differ in this row. Keep one.", quoted(before), quoted(col.name))
	} else if twice {
		r.out.warn(col.attribute+" twice", "The columns %s and %s mean the same. The first one that is not empty is used.", quoted(before), quoted(col.name))
	}
}

// object takes the attributes of a cell that is a JSON object, as [Export] writes
// those of a body without columns.
func (r *tableReader) object(cell string) {
	if !strings.HasPrefix(strings.TrimSpace(cell), "{") {
		r.out.poolsOwn(customPrefix+"attributes", "attributes", cell)
		return
	}
	var attributes map[string]string
	if json.Unmarshal([]byte(cell), &attributes) != nil {
		r.out.fault(onboard.CodeAttributeInvalid, `The cell under "attributes" is not a JSON object of strings, such as {"given_name":"Ann"}. Correct it.`)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if m := r.out.meaning(name); m.role == roleAttribute {
			r.out.attribute(m.attribute, name, attributes[name])
		}
	}
}

// oneOf is the first of several cells that mean the same.
type oneOf struct{ value, name string }

func (o *oneOf) take(out *collector, col *column, cell string) {
	switch before := addressIn(o.value).address; {
	case strings.TrimSpace(cell) == "":
	case o.value == "":
		o.value, o.name = cell, col.name
	case col.place > 1:
	case !strings.EqualFold(before, addressIn(cell).address):
		out.fault(onboard.CodeRowInvalid, "The columns %s and %s mean the same, and differ in this row. Keep one.", quoted(o.name), quoted(col.name))
	default:
		out.warn("email twice", "The columns %s and %s mean the same. The first one that is not empty is used.", quoted(o.name), quoted(col.name))
	}
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

// strayAddresses notes columns that hold addresses which are not the row's.
func (r *tableReader) strayAddresses(cells []string) {
	for i, cell := range cells {
		if col := &r.columns[i]; i != r.email && col.role != rolePassword && col.role != roleOutcome {
			r.out.stray(col.name, cell)
		}
	}
}

// keepCells keeps the caller's own cells: where those are all, as they are.
func (r *tableReader) keepCells(cells []string) {
	if len(r.own) == len(cells) {
		for i, cell := range cells {
			cells[i] = r.kept(cell)
		}
		r.out.row.Cells = cells[:len(cells):len(cells)]
		return
	}
	r.out.row.Cells = make([]string, 0, len(r.own))
	for _, i := range r.own {
		r.keep(cells[i])
	}
}

// keepUnaligned keeps the cells of a row out of step, so that people who correct it
// have all of it. Where a column holds secrets, any cell may be one.
func (r *tableReader) keepUnaligned(row tableRow) {
	if r.secret || row.count > len(row.cells) || row.bytes > r.out.limits.RowBytes {
		return
	}
	cells := row.cells
	if i := slices.IndexFunc(cells, holdsAddress); i >= 0 && countAddresses(strings.Join(cells, " ")) == 1 && row.broken == "" {
		r.out.email(addressIn(cells[i]).address) // shows people which row it is
	}
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
func (r *tableReader) judged(cells []string) bool {
	i := slices.IndexFunc(r.columns, func(c column) bool { return c.role == roleOutcome && c.name == outcomeColumns()[0] })
	return i >= 0 && ourState(cells[i]) && cells[i] != ""
}

func (r *tableReader) keepOutcome(cells []string) {
	for i, col := range r.columns {
		if col.role == roleOutcome {
			r.keep(cells[i])
		}
	}
}

// ourState reports whether a cell is a state that [Export] writes, or empty.
func ourState(cell string) bool {
	cell = strings.TrimSpace(cell)
	return cell == "" || slices.Contains(onboard.States, onboard.State(cell))
}

// reading says what each of the caller's own columns was taken for.
func (r *tableReader) reading() []onboard.Column {
	list := make([]onboard.Column, 0, len(r.own))
	for _, i := range r.own {
		list = append(list, r.columns[i].reading())
	}
	return list
}

// reading says what the column was taken for.
func (c column) reading() onboard.Column {
	shown := onboard.Column{Name: c.name, Meaning: onboard.MeansNone, Sample: shortened(printable(c.sample)), Guessed: c.guessed}
	switch c.role {
	case roleEmail, roleUsername:
		shown.Meaning = onboard.MeansEmail
	case roleGroups:
		shown.Meaning = onboard.MeansGroups
	case roleRef:
		shown.Meaning = onboard.MeansRef
	case roleAttributes:
		shown.Meaning = onboard.MeansAttributes
	case roleAttribute:
		shown.Meaning = c.attribute
	case rolePassword:
		shown.Sample = ""
	}
	return shown
}

// shortened cuts a sample to what people need to see.
func shortened(s string) string {
	if runes := []rune(s); len(runes) > maxQuotedName {
		return string(runes[:maxQuotedName]) + "…"
	}
	return s
}

// keep adds a cell to the row.
func (r *tableReader) keep(cell string) { r.out.row.Cells = append(r.out.row.Cells, r.kept(cell)) }

// kept is a cell as it is kept: empty if it is over the limit.
func (r *tableReader) kept(cell string) string {
	if len(cell) > r.out.limits.CellBytes {
		return ""
	}
	return printable(cell)
}
