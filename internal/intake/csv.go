package intake

import "strings"

// separators are those that a CSV file may use, the likeliest first.
const separators = ",;\t"

// readCSV reads a header and a row a line. Rows are numbered by the line of the
// file on which they begin. Lines that are empty, or nothing but separators, are
// skipped but counted.
func (c *collector) readCSV(text, allowed string) error {
	s := csvScanner{src: text, line: 1}
	s.skipEmptyLines()
	first := s.line
	if given, ok := separatorLine(&s); ok {
		if !strings.Contains(separators, given) {
			return malformed(CodeCSVHeader, "The separator after sep= is not supported. Use a comma, a semicolon or a tab.").onLine(first)
		}
		allowed = given
	}
	s = c.separated(s, allowed)
	if s.separator != ',' {
		c.out.Separator = string(s.separator)
	}
	t := table{rows: s.rows(c.limits.Rows+maxAbove+1, c.limits.Columns), protected: true}
	if len(t.rows) == 0 {
		return malformed(CodeNoRows, "The body contains no address. Send at least one.")
	}
	if len(t.rows) == 1 && t.rows[0].holdsAddress() && len(t.rows[0].cells) > 1 {
		return malformed(CodeNoEmailColumn, "Everything is on one line, which contains addresses. If line breaks were lost on the way (curl -d removes them), send the file with --data-binary. Otherwise add a line above it that names the columns, with email for the addresses.").onLine(t.rows[0].line)
	}
	return c.rowsOf(t)
}

// separated gives s with the separator with which the table begins best: with a
// header that names the addresses, with addresses in a column of their own, with
// the most columns.
func (c *collector) separated(s csvScanner, allowed string) csvScanner {
	var best csvScanner
	most := -1
	for i := range len(allowed) {
		if i > 0 && strings.IndexByte(s.src[s.at:], allowed[i]) < 0 {
			continue // it separates nothing
		}
		try := s
		try.separator = allowed[i]
		begin := try
		rows := try.rows(maxAbove, c.limits.Columns)
		score := 0
		if at := c.headerAt(rows); at >= 0 {
			score = 1_000_000 + len(rows[at].cells)
			begin.backslash = allowed[i] == ',' && cognitoHeader(rows[at].cells)
		} else if at := max(aboveAddresses(rows), 0); at < len(rows) && rows[at].broken == "" {
			score = len(rows[at].cells)
		}
		if score > most {
			best, most = begin, score
		}
	}
	return best
}

// cognitoHeader reports whether the header is that of Cognito's own import.
func cognitoHeader(cells []string) bool {
	for _, cell := range cells {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(cell)), "cognito:") {
			return true
		}
	}
	return false
}

// separatorLine reads the line "sep=;" that Excel understands, also one that was
// filled up with separators, and gives what follows the equals sign.
func separatorLine(s *csvScanner) (string, bool) {
	line, _ := cutLine(s.src[s.at:])
	bare := strings.TrimPrefix(line, `"`)
	if len(bare) < len("sep=;") || !strings.EqualFold(bare[:len("sep=")], "sep=") {
		return "", false
	}
	given := []rune(bare[len("sep="):])
	if strings.Trim(string(given[1:]), separators+`" `) != "" {
		return "", false
	}
	s.at += len(line)
	if s.at < len(s.src) {
		s.endLine()
	}
	return string(given[:1]), true
}
