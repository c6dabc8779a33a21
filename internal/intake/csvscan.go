package intake

import "strings"

// csvScanner reads CSV (RFC 4180) cell by cell. Cells are parts of the text
// unless they hold doubled quotes. encoding/csv is not used because it ends at
// the first broken quote, where the other rows should continue, and because it
// copies every row.
type csvScanner struct {
	src       string
	at        int
	line      int // the line of src[at], from 1
	separator byte

	// backslash is set for files in Cognito's own import format, where a comma in
	// a cell is written "\," (Cognito developer guide, "Importing users into user
	// pools from a CSV file").
	backslash bool
}

const (
	brokenInside = "A double quote is inside a cell that does not begin with one. " + howToQuote
	brokenAfter  = "Text follows the closing quote of a cell. " + howToQuote
	brokenOpen   = "A double quote is opened and not closed. " + howToQuote
	howToQuote   = `Put quotes around the whole cell and write "" for a quote in it.`
)

// skipEmptyLines moves to the next line that is not empty, and reports whether
// there is one.
func (s *csvScanner) skipEmptyLines() bool {
	for s.at < len(s.src) && atBreak(s.src[s.at]) {
		s.endLine()
	}
	return s.at < len(s.src)
}

// rows reads the rows from here, at most most of them and of each at most columns
// twice: so many cells too many are kept, to give them back.
func (s *csvScanner) rows(most, columns int) []tableRow {
	rows := make([]tableRow, 0, min(most, lineBreaks(s.src[s.at:])+1))
	var slab []string // cells of many rows, so that a row costs no allocation
	for len(rows) < most && s.skipEmptyLines() {
		from := len(slab)
		row, blank := s.row(&slab, 2*columns)
		if blank {
			slab = slab[:from]
			continue
		}
		row.cells = slab[from:len(slab):len(slab)]
		rows = append(rows, row)
		if cap(slab)-len(slab) < len(row.cells) {
			slab = make([]string, 0, max(cellSlab, 2*len(row.cells)))
		}
	}
	return rows
}

const cellSlab = 4096 // cells allocated at a time

// row reads the row that begins here, appending its cells. A row is blank if there
// is nothing in any of them.
func (s *csvScanner) row(cells *[]string, most int) (r tableRow, blank bool) {
	r.line, blank = s.line, true
	from, start := s.at, len(*cells)
	for {
		cell, broken := s.cell()
		if broken != "" {
			*cells = (*cells)[:start]
			return s.resume(cells, r.line, from, broken), false
		}
		blank = blank && strings.TrimSpace(cell) == ""
		if r.count++; r.count <= most {
			*cells = append(*cells, cell)
		}
		if s.at == len(s.src) || s.src[s.at] != s.separator {
			break
		}
		s.at++
	}
	r.bytes = s.at - from
	if s.at < len(s.src) {
		s.endLine()
	}
	return r, blank
}

// resume goes back to the row's first line, which becomes its only cell.
func (s *csvScanner) resume(cells *[]string, line, from int, broken string) tableRow {
	s.at, s.line = from, line
	text, _ := cutLine(s.src[from:])
	s.at += len(text)
	if s.at < len(s.src) {
		s.endLine()
	}
	*cells = append(*cells, text)
	return tableRow{line: line, count: 1, bytes: len(text), broken: broken}
}

// cell reads one cell and stops before the separator or the line's end.
func (s *csvScanner) cell() (cell, broken string) {
	if s.at < len(s.src) && s.src[s.at] == '"' {
		return s.quotedCell()
	}
	from, escaped := s.at, false
	for ; s.at < len(s.src); s.at++ {
		c := s.src[s.at]
		if c == '"' {
			return "", brokenInside
		}
		if atBreak(c) {
			break
		}
		if c == s.separator {
			if !s.backslash || s.at == from || s.src[s.at-1] != '\\' {
				break
			}
			escaped = true
		}
	}
	cell = s.src[from:s.at]
	if escaped {
		cell = strings.ReplaceAll(cell, `\`+string(s.separator), string(s.separator))
	}
	return cell, ""
}

func (s *csvScanner) quotedCell() (cell, broken string) {
	from := s.at + 1
	end, doubled := from, false
	for {
		i := strings.IndexByte(s.src[end:], '"')
		if i < 0 {
			return "", brokenOpen
		}
		end += i
		if end+1 == len(s.src) || s.src[end+1] != '"' {
			break
		}
		doubled = true
		end += 2
	}
	s.at = end + 1
	if s.at < len(s.src) && s.src[s.at] != s.separator && !atBreak(s.src[s.at]) {
		return "", brokenAfter
	}
	cell = s.src[from:end]
	s.line += lineBreaks(cell)
	if doubled {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	return cell, ""
}

func (s *csvScanner) endLine() {
	s.at += breakLength(s.src[s.at:])
	s.line++
}

func atBreak(c byte) bool { return c == '\n' || c == '\r' }
