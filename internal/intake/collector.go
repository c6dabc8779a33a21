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
// then finish. It keeps every limit of a row, in all formats.
type collector struct {
	limits  Limits
	options Options
	out     onboard.Submission

	row   onboard.Row
	pairs []pair // attributes of the row
	bytes int    // of the row's values

	// pointer gives the JSON pointer of what was read last; nil where a body is not
	// JSON.
	pointer func() string

	// apostrophes is set for a row of an export that puts an apostrophe before every
	// value, as Auth0's does.
	apostrophes bool

	spare    []string // for lists of groups
	names    map[string]meaning
	guesses  map[string]meaning // of columns
	warned   map[string]bool
	notes    []note
	marks    map[string]mark
	disabled []disabledBy // which columns mark which rows
	bad      badCells
}

// pair is an attribute of the row: its full name, and the name it was sent under.
type pair struct{ name, sent, value string }

func newCollector(limits Limits) *collector {
	return &collector{limits: limits, names: map[string]meaning{}, guesses: map[string]meaning{}, marks: map[string]mark{}, warned: map[string]bool{}}
}

// expect makes room for about n rows.
func (c *collector) expect(n int) {
	c.out.Rows = slices.Grow(c.out.Rows, min(n, c.limits.Rows))
}

func (c *collector) start(number int) error {
	if len(c.out.Rows) == c.limits.Rows {
		return tooLarge(CodeTooManyRows, "The body has more than %s, which is the limit. Split it into several requests.", counted(c.limits.Rows, "row"))
	}
	c.row = onboard.Row{Number: number}
	c.apostrophes = false
	c.pairs = c.pairs[:0]
	c.bytes = 0
	return nil
}

// finish adds the row. A row at fault keeps what could be read of it, so that
// people correct the fault and nothing else is lost.
func (c *collector) finish() {
	if c.bytes > c.limits.RowBytes {
		c.fault(onboard.CodeRowInvalid, "The row has %d bytes. The limit is %d. Shorten its values.", c.bytes, c.limits.RowBytes)
		c.row.Ref, c.row.Groups, c.pairs = "", nil, c.pairs[:0]
	}
	c.row.Attributes = attributes(c.pairs)
	if c.row.Fault == nil {
		c.noteDamage()
		c.noteStray()
		c.locate()
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

// fault marks the row. Only the first fault is reported.
func (c *collector) fault(code onboard.Code, format string, args ...any) {
	if c.row.Fault == nil {
		c.row.Fault = &onboard.Fault{Code: code, Detail: fmt.Sprintf(format, args...)}
		c.locate()
	}
}

// locate keeps where the row, or its fault, is.
func (c *collector) locate() {
	if c.pointer != nil {
		c.row.Pointer = c.pointer()
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

// addDefaults gives each row what it has not itself of what was said for all.
func (c *collector) addDefaults() {
	var named collector // brings the names into their usual form
	named.limits = c.limits
	for _, groups := range c.options.Groups {
		named.groupList(groups)
	}
	for i := range c.out.Rows {
		row := &c.out.Rows[i]
		if row.Fault != nil {
			continue
		}
		if len(row.Groups) == 0 {
			row.Groups = slices.Clone(named.row.Groups)
		}
		for name, value := range c.options.Attributes {
			if row.Attributes == nil {
				row.Attributes = map[string]string{}
			}
			if row.Attributes[name] == "" {
				row.Attributes[name] = value
			}
		}
	}
}

// noteStray says once of each attribute, of groups and of ref that they hold
// addresses which are not the row's: nobody is left out without a word.
func (c *collector) noteStray() {
	if c.out.CSV {
		return // a table looks at its cells
	}
	for _, p := range c.pairs {
		c.stray(p.sent, p.value)
	}
	for _, group := range c.row.Groups {
		c.stray("groups", group)
	}
	c.stray("ref", c.row.Ref)
}

func (c *collector) stray(name, value string) {
	if holdsAddress(value) && (countAddresses(value) > 1 || !strings.Contains(onboard.FoldAddress(value), onboard.FoldAddress(c.row.Email))) {
		c.warn("addresses "+name, "%s holds addresses that are not invited, the first in row %d.", quoted(name), c.row.Number)
	}
}

// address takes the first of emails that is not blank, read out of what is around
// it. A user name is the address where there is no other and it looks like one.
func (c *collector) address(username string, emails ...string) {
	var email string
	for i := 0; i < len(emails) && email == ""; i++ {
		email = strings.TrimSpace(emails[i])
	}
	switch username = strings.TrimSpace(username); {
	case email == "" && strings.Contains(username, "@"):
		email = username
	case username != "" && username != email:
		c.warn("username", "username is not used where it differs from the email address: people sign in with their address.")
	}
	read := addressIn(email)
	c.email(read.address)
	c.noteAddress(read)
	if read.display != "" && !c.has("name") && !c.has("given_name") && !c.has("family_name") {
		c.attribute("name", "email", read.display)
	}
}

// noteAddress says what was read otherwise than it was written.
func (c *collector) noteAddress(a readAddress) {
	switch {
	case a.several:
		c.fault(onboard.CodeEmailInvalid, "There are %d addresses in one place. Put each address in its own row.", countAddresses(a.address))
	case a.folded:
		c.note(CodeAdjusted, "Full-width characters in the address were replaced by the ASCII characters they stand for.")
	case a.host:
		c.note(CodeAdjusted, "The domain of the address was converted to its xn-- form.")
	case a.quoted:
		c.note(CodeAdjusted, "An apostrophe before the address was removed, and before the other values of the row.")
	}
}

// bare takes the apostrophe off a value of a row in which an export put one before
// every value.
func (c *collector) bare(s string) string {
	if !c.apostrophes {
		return s
	}
	return strings.TrimPrefix(s, "'")
}

// email keeps the address. To judge it is the domain's; only what cannot travel any
// further is stopped here.
func (c *collector) email(s string) {
	if len(s) > c.limits.CellBytes {
		c.fault(onboard.CodeEmailTooLong, "The address has %d bytes. An address has at most %d characters.", len(s), onboard.MaxEmailLength)
		return
	}
	if carried := carriable(s); carried != s {
		c.fault(onboard.CodeEmailInvalid, "The address contains U+FFFE or U+FFFF, which is not a character. Type it again.")
		s = carried
	}
	c.bytes += len(s)
	c.row.Email = s
}

func (c *collector) ref(s string) {
	if longer(s, c.limits.Ref) {
		c.fault(onboard.CodeRowInvalid, "The ref is longer than %d characters. Shorten it.", c.limits.Ref)
		return
	}
	if clean := printable(s); clean != s {
		c.fault(onboard.CodeRowInvalid, "The ref contains a control character. Remove it.")
		s = clean
	}
	c.bytes += len(s)
	c.row.Ref = s
}

// group adds a group. Empty names and names that the row already has are skipped.
func (c *collector) group(s string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return
	}
	have := c.row.Groups
	switch {
	case slices.Contains(have, s):
		return
	case len(have) == c.limits.Groups:
		c.fault(onboard.CodeGroupInvalid, "The row has more than %d groups, which is the limit. Leave some out.", c.limits.Groups)
		return
	case longer(s, c.limits.GroupName):
		c.fault(onboard.CodeGroupInvalid, "A group name is longer than %d characters, which no group of a pool is. Correct it.", c.limits.GroupName)
		return
	case printable(s) != s:
		c.fault(onboard.CodeGroupInvalid, "A group name contains a control character. Remove it.")
		return
	}
	c.bytes += len(s)
	if have == nil {
		have = c.roomForGroups()
	}
	c.row.Groups = append(have, s)
}

// roomForGroups gives an empty list with room for the few groups that most rows have,
// as a part of a longer one: so a row costs no allocation.
func (c *collector) roomForGroups() []string {
	const usual = 2
	if len(c.spare) < usual {
		c.spare = make([]string, cellSlab)
	}
	room := c.spare[:0:usual]
	c.spare = c.spare[usual:]
	return room
}

// groupSeparators are between the names of groups in one text.
const groupSeparators = ";|,\r\n；，、"

// groupList adds the groups of one text.
func (c *collector) groupList(s string) {
	for s != "" {
		i := strings.IndexAny(s, groupSeparators)
		if i < 0 {
			c.group(s)
			return
		}
		c.group(s[:i])
		_, size := utf8.DecodeRuneInString(s[i:])
		s = s[i+size:]
	}
}

// poolsOwn sets an attribute that the pool may not have, as columns give it: no
// limit makes the row fail here, for the domain judges what the pool has. A value
// over the limit is kept so far that it is still over it.
func (c *collector) poolsOwn(name, sent, value string) {
	value = strings.TrimSpace(value)
	if value == "" || c.has(name) {
		return
	}
	if longer(value, c.limits.AttributeValue) {
		value = string([]rune(value)[:c.limits.AttributeValue+1])
	}
	c.pairs = append(c.pairs, pair{name, sent, carriable(value)})
}

// attribute sets one attribute; an empty value is none. It returns the name that
// the attribute was sent under before, if it was.
func (c *collector) attribute(name, sent, value string) (before string, twice bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", false
	}
	for i := range c.pairs {
		if c.pairs[i].name == name {
			return c.pairs[i].sent, true
		}
	}
	switch {
	case len(c.pairs) == c.limits.Attributes:
		c.fault(onboard.CodeAttributeInvalid, "The row has more than %d attributes, which is the limit. Leave some out.", c.limits.Attributes)
		return "", false
	case longer(value, c.limits.AttributeValue):
		c.fault(onboard.CodeAttributeInvalid, "The attribute %s is longer than %d characters. Shorten it.", quoted(name), c.limits.AttributeValue)
		return "", false
	case printable(value) != value:
		c.fault(onboard.CodeAttributeInvalid, "The attribute %s contains a control character. Remove it.", quoted(name))
		return "", false
	}
	c.bytes += len(name) + len(value)
	c.pairs = append(c.pairs, pair{name, sent, value})
	return "", false
}

// value gives the value of an attribute that the row has.
func (c *collector) value(name string) string {
	for _, p := range c.pairs {
		if p.name == name {
			return p.value
		}
	}
	return ""
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

// CheckLabel checks a label that comes beside a body by the rules of those in one,
// and returns it trimmed. An error is an [*Error].
func CheckLabel(label string, limits Limits) (string, error) {
	if !utf8.ValidString(label) {
		return "", malformed(CodeNotUTF8, "The label is not UTF-8. Escape the bytes of UTF-8.")
	}
	label, err := checkLabel(label, limits.OrDefaults().Label)
	if err != nil {
		return "", err
	}
	return label, nil
}

func checkLabel(s string, most int) (string, *Error) {
	s = strings.TrimSpace(s)
	if longer(s, most) {
		return "", malformed(CodeLabelInvalid, "The label is longer than %d characters. Shorten it.", most)
	}
	if strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsFunc(s, onboard.IsDeceptive) || carriable(s) != s {
		return "", malformed(CodeLabelInvalid, "The label contains an invisible character or a line break. Remove it.")
	}
	return s, nil
}

// meaning gives what an attribute's name means, remembering it: the same few names
// come back in every row.
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
// refuses with InvalidMessageContents, together with the message that contains them
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
