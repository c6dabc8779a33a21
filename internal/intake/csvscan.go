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

// csvRow is one row as it is in the file.
type csvRow struct {
	cells []string // at most as many as asked for
	count int      // cells the row really has
	blank bool     // nothing in any of them
	line  int      // where the row begins
	bytes int

	// broken says what is wrong with the quoting. The row is then its first line
	// only, as one cell, and the next row begins on the next line: a quote that is
	// opened and forgotten must not swallow the rows below it.
	broken string
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

// row reads the row that begins here into cells, keeping at most most of them.
func (s *csvScanner) row(cells []string, most int) csvRow {
	r := csvRow{cells: cells[:0], blank: true, line: s.line}
	from := s.at
	for {
		cell, broken := s.cell()
		if broken != "" {
			return s.resume(r, from, broken)
		}
		r.blank = r.blank && strings.TrimSpace(cell) == ""
		if r.count++; r.count <= most {
			r.cells = append(r.cells, cell)
		}
		if s.at == len(s.src) {
			break
		}
		if s.src[s.at] != s.separator {
			r.bytes = s.at - from
			s.endLine()
			return r
		}
		s.at++
	}
	r.bytes = s.at - from
	return r
}

// resume goes back to the row's first line, which becomes its only cell.
func (s *csvScanner) resume(r csvRow, from int, broken string) csvRow {
	s.at, s.line = from, r.line
	line, _ := cutLine(s.src[from:])
	s.at += len(line)
	if s.at < len(s.src) {
		s.endLine()
	}
	r.cells = append(r.cells[:0], line)
	r.count, r.blank, r.bytes, r.broken = 1, false, len(line), broken
	return r
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
