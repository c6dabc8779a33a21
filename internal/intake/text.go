package intake

import "strings"

// readList reads an address a line. Empty lines are skipped but counted.
func (c *collector) readList(text string) error {
	c.expect(lineBreaks(text) + 1)
	for number := 1; text != ""; number++ {
		line, rest := cutLine(text)
		text = rest
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := c.start(number); err != nil {
			return err
		}
		c.address("", line)
		c.finish()
	}
	return nil
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
