package intake

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readList reads addresses: one a line, or as mail programs copy them. Empty lines
// are skipped but counted.
func (c *collector) readList(text string) error {
	var people []recipient
	several := false
	for number := 1; text != ""; number++ {
		line, rest := cutLine(text)
		text = rest
		if strings.TrimSpace(line) == "" {
			continue
		}
		found := recipients(line)
		several = several || len(found) > 1
		for _, s := range found {
			people = append(people, recipient{number, s})
		}
		if len(people) > c.limits.Rows {
			break // start refuses them below
		}
	}
	if several {
		c.adjusted("A line holds several addresses. Rows are numbered by address, not by line.")
	}
	c.expect(len(people))
	for i, p := range people {
		if several {
			p.line = i + 1
		}
		if err := c.start(p.line); err != nil {
			return err
		}
		c.address("", p.text)
		c.finish()
	}
	return nil
}

// looksLikeTable reports whether the first lines have a header: a row that names an
// address and one more column.
func (c *collector) looksLikeTable(text string) bool {
	s := csvScanner{src: text, line: 1}
	s.skipEmptyLines()
	separatorLine(&s)
	s = c.separated(s, separators)
	begin := s
	rows := begin.rows(maxAbove, c.limits.Columns)
	at := c.headerAt(rows)
	return at >= 0 && (len(rows[at].cells) > 1 || at+1 < len(rows) && rows[at].count == 1 && columnNamed(strings.TrimSpace(rows[at].cells[0])).role == roleEmail)
}

// recipient is one person of a text.
type recipient struct {
	line int
	text string
}

// recipients splits a line into the parts that hold one address each, with the names
// beside them. A line that holds no address, or one, stays whole.
func recipients(line string) []string {
	found := slices.Collect(addressesIn(line))
	if len(found) < 2 {
		return []string{line}
	}
	var list []string
	from := 0
	for _, at := range found[:len(found)-1] {
		if at < from {
			continue // in the address before
		}
		end := endOfAddress(line, at)
		list = append(list, tidy(line[from:end]))
		from = end
	}
	if rest := tidy(line[from:]); rest != "" {
		list = append(list, rest)
	}
	return list
}

// endOfAddress gives the end of the address with that @: with its bracket or its
// quote, if it is in one.
func endOfAddress(line string, at int) int {
	_, size := utf8.DecodeRuneInString(line[at:])
	end := at + size
	if i := strings.IndexFunc(line[end:], endsAddress); i >= 0 {
		end += i
	} else {
		end = len(line)
	}
	for end < len(line) && strings.ContainsRune(`>)]"'＞）`, rune(line[end])) {
		end++
	}
	for _, closing := range [...]string{"＞", "）"} {
		if strings.HasPrefix(line[end:], closing) {
			end += len(closing)
		}
	}
	return end
}

// endsAddress reports whether r cannot be in the part after the @.
func endsAddress(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`,;|<>()[]"'，；、：:/＜＞（）`, r)
}

// tidy takes off what is between recipients: separators, "and", "cc".
func tidy(part string) string {
	for before := ""; before != part; {
		before = part
		part = strings.Trim(part, " \t\u00a0\u3000,;|/&，；、")
		part = strings.TrimPrefix(part, ")")
		for _, word := range [...]string{"and ", "und ", "et ", "y ", "e ", "en ", "i ", "ve ", "и ", "cc ", "cc: ", "bcc ", "bcc: ", "to: "} {
			if rest, ok := cutFold(part, word); ok && holdsAddress(rest) {
				part = rest
			}
		}
		for _, opening := range [...]string{"(cc ", "(cc: ", "(bcc "} {
			if rest, ok := cutFold(part, opening); ok {
				part = strings.TrimSuffix(rest, ")")
			}
		}
	}
	return part
}

// cutLine gives the first line of s without its end, and what follows. Lines end
// with LF, CRLF, or the CR alone of old Macintosh files.
func cutLine(s string) (line, rest string) {
	i := strings.IndexAny(s, "\r\n")
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i+breakLength(s[i:]):]
}

// breakLength is how many bytes the line break has that s begins with.
func breakLength(s string) int {
	if strings.HasPrefix(s, "\r\n") {
		return 2
	}
	return 1
}
