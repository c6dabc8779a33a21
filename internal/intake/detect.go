package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"usher.example/internal/xlsx"
)

// maxLink is how many bytes the file has at most that Google Drive leaves in place
// of a sheet; a list with the same words in it is longer.
const maxLink = 1 << 10

// foreign reads or refuses what is no text, whatever its type says: a workbook is
// read, and other formats are named. It reports whether the body was either.
func (c *collector) foreign(f format, body []byte) (bool, error) {
	switch found := xlsx.Detect(body); found {
	case xlsx.Unknown, xlsx.Empty, xlsx.Text:
		return false, nil
	case xlsx.Workbook:
		return true, c.readWorkbook(body)
	case xlsx.GoogleLink:
		if f == formatJSON || f == formatNDJSON || len(body) > maxLink {
			return false, nil
		}
	}
	_, err := xlsx.Read(bytes.NewReader(body), int64(len(body)))
	return true, refusedWorkbook(err)
}

// refusedWorkbook words an error of the reader of workbooks as the other texts are.
func refusedWorkbook(err error) error {
	e, ok := errors.AsType[*xlsx.Error](err)
	if !ok {
		return err
	}
	switch e.Code {
	case xlsx.CodeDamaged:
		return malformed(CodeDamagedWorkbook, "%s", asSentence(e.Detail))
	case xlsx.CodeTooLarge:
		return tooLarge(CodeWorkbookTooLarge, "%s", asSentence(e.Detail))
	}
	return unsupported(CodeTypeUnsupported, "%s", asSentence(e.Detail))
}

// asSentence gives a text of package xlsx its capital letter and full stop.
func asSentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}

// formatOfText gives the format that a text itself shows where its type leaves that
// open, or says something else: JSON sent as text, a table in a .txt file. What
// is neither and has no type is [formatNone].
func (c *collector) formatOfText(declared format, text string) (format, error) {
	switch declared {
	case formatJSON, formatNDJSON:
		return declared, nil
	case formatForm:
		if line, rest := cutLine(strings.TrimLeft(text, blanks)); strings.Contains(line, "=") || strings.TrimSpace(rest) == "" {
			return declared, nil
		}
		if isJSON(text) {
			return declared, nil // its reader says how to send it
		}
	}
	if err := addressBook(text); err != nil {
		return formatNone, err
	}
	switch {
	case isNDJSON(text):
		return formatNDJSON, nil
	case isJSON(text):
		return formatJSON, nil
	case declared == formatCSV, declared == formatTSV && strings.ContainsRune(text, '\t'):
		return declared, nil
	case declared == formatTSV, c.looksLikeTable(text), isEvenTable(text):
		return formatCSV, nil
	case declared == formatText, declared == formatForm:
		return declared, nil
	case strings.ContainsAny(text, "@\uff20"):
		return formatText, nil
	}
	return formatNone, nil
}

// isJSON reports whether a text begins like an array or an object of JSON. A table
// may begin with a bracket too, but not with what follows it here.
func isJSON(text string) bool {
	text = strings.TrimLeft(text, blanks)
	if text == "" || text[0] != '{' && text[0] != '[' {
		return false
	}
	next := strings.TrimLeft(text[1:], blanks)
	if text[0] == '{' {
		return next != "" && strings.ContainsAny(next[:1], `"}`)
	}
	return next != "" && strings.ContainsAny(next[:1], `"{[]`)
}

// isNDJSON reports whether the first line is a whole object and another one follows.
func isNDJSON(text string) bool {
	line, rest := cutLine(strings.TrimLeft(text, blanks))
	return strings.HasPrefix(line, "{") && strings.HasPrefix(strings.TrimLeft(rest, blanks), "{") && json.Valid([]byte(line))
}

// addressBook names the formats of address books and directories.
func addressBook(text string) error {
	text = strings.TrimLeft(text, blanks)
	line, rest := cutLine(text)
	line = strings.ToLower(line)
	switch {
	case strings.HasPrefix(line, "begin:vcard"):
		return unsupported(CodeTypeUnsupported, "This is an address book (vCard, .vcf). Export the contacts as CSV and send that.")
	case strings.HasPrefix(line, "begin:vcalendar"):
		return unsupported(CodeTypeUnsupported, "This is a calendar (iCalendar, .ics). Send a list of the addresses, one a line.")
	case strings.HasPrefix(line, "dn: "), strings.HasPrefix(line, "dn:: "),
		strings.HasPrefix(line, "version: ") && strings.Contains("\n"+strings.ToLower(rest[:min(len(rest), 1<<10)]), "\ndn:"):
		return unsupported(CodeTypeUnsupported, "This is an export of a directory (LDIF). Export the people as CSV with a column for the address, and send that.")
	case strings.HasPrefix(line, `{\rtf`):
		return unsupported(CodeTypeUnsupported, "This is a formatted document (RTF). Save it as plain text and send that.")
	}
	return nil
}

// isEvenTable reports whether the first line holds no address, the second one does,
// and both have as many of one separator: a header in words unknown to us.
func isEvenTable(text string) bool {
	first, rest := cutLine(strings.TrimLeft(text, blanks))
	second, _ := cutLine(strings.TrimLeft(rest, blanks))
	if holdsAddress(first) || !holdsAddress(second) {
		return false
	}
	return slices.ContainsFunc(strings.Split(separators, ""), func(separator string) bool {
		n := strings.Count(first, separator)
		return n > 0 && n == strings.Count(second, separator)
	})
}
