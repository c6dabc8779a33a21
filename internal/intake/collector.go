package intake

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"usher.example/internal/onboard"
)

// maxWarnings bounds the warnings of one body, and so what a hostile one costs.
const maxWarnings = 100

// maxNames bounds how many attribute names of one body are remembered.
const maxNames = 1024

// collector gathers the rows of one body, one at a time: start, then the fields,
// then finish. It holds every limit of a row, whatever the format.
type collector struct {
	limits Limits
	out    onboard.Submission

	row   onboard.Row
	pairs []pair // attributes of the row
	bytes int    // of the row's values

	groups arena
	cells  arena

	names  map[string]meaning
	warned map[string]bool
}

// pair is an attribute of the row: its full name, and the name it was sent under.
type pair struct{ name, sent, value string }

func newCollector(limits Limits) *collector {
	return &collector{limits: limits, names: map[string]meaning{}, warned: map[string]bool{}}
}

// expect makes room for about n rows.
func (c *collector) expect(n int) {
	c.out.Rows = slices.Grow(c.out.Rows, min(n, c.limits.Rows))
}

func (c *collector) start(number int) error {
	if len(c.out.Rows) == c.limits.Rows {
		return tooLarge(CodeTooManyRows, "the body has more than %s, which is the limit; split it into several requests", counted(c.limits.Rows, "row"))
	}
	c.row = onboard.Row{Number: number}
	c.pairs = c.pairs[:0]
	c.bytes = 0
	return nil
}

// finish adds the row. A row at fault keeps only what tells people which one it
// is: address, ref and cells.
func (c *collector) finish() {
	groups := c.groups.take()
	if c.bytes > c.limits.RowBytes {
		c.fault(onboard.CodeRowInvalid, "the row holds %d bytes, the limit is %d; shorten its values", c.bytes, c.limits.RowBytes)
		c.row.Ref = ""
	}
	if c.row.Fault == nil {
		c.row.Groups = groups
		c.row.Attributes = attributes(c.pairs)
	}
	c.out.Rows = append(c.out.Rows, c.row)
}

func attributes(pairs []pair) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	m := make(map[string]string, len(pairs))
	for _, p := range pairs {
		m[p.name] = p.value
	}
	return m
}

// fault marks the row. The first fault is the one that is told.
func (c *collector) fault(code onboard.Code, format string, args ...any) {
	if c.row.Fault == nil {
		c.row.Fault = &onboard.Fault{Code: code, Detail: fmt.Sprintf(format, args...)}
	}
}

// warn says once that name was read and will not be used.
func (c *collector) warn(name, format string, args ...any) {
	if c.warned[name] || len(c.warned) == maxWarnings {
		return
	}
	c.warned[name] = true
	c.out.Warnings = append(c.out.Warnings, onboard.Fault{Code: CodeNotUsed, Detail: fmt.Sprintf(format, args...)})
}

// email takes the address, trimmed and otherwise as sent: judging it is the
// domain's. Only what could not travel any further is stopped here.
func (c *collector) email(s string) {
	s = strings.TrimSpace(s)
	if len(s) > c.limits.CellBytes {
		c.fault(onboard.CodeEmailTooLong, "the address has %d bytes; an address has at most 128 characters", len(s))
		return
	}
	if carried := carriable(s); carried != s {
		c.fault(onboard.CodeEmailInvalid, "the address holds a character that is none (U+FFFE or U+FFFF); type it again")
		s = carried
	}
	c.bytes += len(s)
	c.row.Email = s
}

func (c *collector) ref(s string) {
	if longer(s, c.limits.Ref) {
		c.fault(onboard.CodeRowInvalid, "the ref is longer than %d characters; shorten it", c.limits.Ref)
		return
	}
	if clean := printable(s); clean != s {
		c.fault(onboard.CodeRowInvalid, "the ref holds a control character; take it out")
		s = clean
	}
	c.bytes += len(s)
	c.row.Ref = s
}

// group adds a group. Empty names and names that the row has already are passed
// over.
func (c *collector) group(s string) {
	s = strings.TrimSpace(s)
	if s == "" || c.row.Fault != nil {
		return
	}
	have := c.groups.open()
	switch {
	case slices.Contains(have, s):
		return
	case len(have) == c.limits.Groups:
		c.fault(onboard.CodeGroupInvalid, "the row has more than %d groups, which is the limit; leave some out", c.limits.Groups)
		return
	case longer(s, c.limits.GroupName):
		c.fault(onboard.CodeGroupInvalid, "a group's name is longer than %d characters, which no group of a pool is; correct it", c.limits.GroupName)
		return
	case printable(s) != s:
		c.fault(onboard.CodeGroupInvalid, "a group's name holds a control character; take it out")
		return
	}
	c.bytes += len(s)
	c.groups.add(s)
}

// attribute sets one attribute; an empty value is none. It returns the name that
// the attribute was sent under before, if it was.
func (c *collector) attribute(name, sent, value string) (before string, twice bool) {
	value = strings.TrimSpace(value)
	if c.row.Fault != nil || value == "" {
		return "", false
	}
	for i := range c.pairs {
		if c.pairs[i].name == name {
			return c.pairs[i].sent, true
		}
	}
	switch {
	case len(c.pairs) == c.limits.Attributes:
		c.fault(onboard.CodeAttributeInvalid, "the row has more than %d attributes, which is the limit; leave some out", c.limits.Attributes)
		return "", false
	case longer(value, c.limits.AttributeValue):
		c.fault(onboard.CodeAttributeInvalid, "the attribute %s is longer than %d characters; shorten it", quoted(name), c.limits.AttributeValue)
		return "", false
	case printable(value) != value:
		c.fault(onboard.CodeAttributeInvalid, "the attribute %s holds a control character; take it out", quoted(name))
		return "", false
	}
	c.bytes += len(name) + len(value)
	c.pairs = append(c.pairs, pair{name, sent, value})
	return "", false
}

// has reports whether the row has the attribute already.
func (c *collector) has(name string) bool {
	return slices.ContainsFunc(c.pairs, func(p pair) bool { return p.name == name })
}

// label sets the submission's label.
func (c *collector) label(s string) (err *Error) {
	c.out.Label, err = checkLabel(s, c.limits.Label)
	return err
}

// CheckLabel holds a label that comes beside a body to the rules of those in one,
// and returns it trimmed. An error is an [*Error].
func CheckLabel(label string, limits Limits) (string, error) {
	if !utf8.ValidString(label) {
		return "", malformed(CodeNotUTF8, "label is not UTF-8; escape the bytes of UTF-8")
	}
	label, err := checkLabel(label, limits.withDefaults().Label)
	if err != nil {
		return "", err
	}
	return label, nil
}

func checkLabel(s string, most int) (string, *Error) {
	s = strings.TrimSpace(s)
	if longer(s, most) {
		return "", malformed(CodeLabelInvalid, "label is longer than %d characters; shorten it", most)
	}
	if strings.ContainsFunc(s, unicode.IsControl) || carriable(s) != s {
		return "", malformed(CodeLabelInvalid, "label holds a control character or a line break; take it out")
	}
	return s, nil
}

// meaning gives what an attribute's name stands for, remembering it: the same
// few names come back in every row.
func (c *collector) meaning(name string) meaning {
	m, ok := c.names[name]
	if !ok {
		m = attributeNamed(name)
		if len(c.names) < maxNames {
			c.names[name] = m
		}
	}
	return m
}

// longer reports whether s has more than n characters.
func longer(s string, n int) bool { return len(s) > n && utf8.RuneCountInString(s) > n }

// printable replaces control characters other than tab and line breaks, and all
// that [carriable] does.
func printable(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f {
			return strings.Map(printableRune, s)
		}
	}
	return s
}

func printableRune(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return r
	case unicode.IsControl(r):
		return utf8.RuneError
	}
	return carriableRune(r)
}

// carriable replaces the two characters that JSON writes as they are and SQS
// refuses with InvalidMessageContents, together with the message that holds them
// (Amazon SQS API reference, SendMessage).
func carriable(s string) string {
	if strings.IndexByte(s, 0xef) < 0 { // the first byte of both in UTF-8
		return s
	}
	return strings.Map(carriableRune, s)
}

func carriableRune(r rune) rune {
	if r == 0xfffe || r == 0xffff {
		return utf8.RuneError
	}
	return r
}
