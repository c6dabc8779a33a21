package intake

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"usher.example/internal/onboard"
)

// Options are what a caller says beside a body about how to read it.
type Options struct {
	// Columns gives what columns mean by their name in the header: "email",
	// "groups", "ref", the name of an attribute, or "none" to leave one out. Other
	// columns are guessed.
	Columns map[string]string

	// Groups and Attributes are for all rows that have none of their own.
	Groups     []string
	Attributes map[string]string

	// KeepColumns keeps the columns of a table that usher does not use, so that they
	// come back with the results.
	KeepColumns bool
}

// CheckOptions checks what does not depend on the body. An error is an [*Error].
func CheckOptions(o Options, limits Limits) error {
	limits = limits.OrDefaults()
	for _, name := range slices.Sorted(maps.Keys(o.Columns)) {
		said := o.Columns[name]
		switch {
		case strings.TrimSpace(said) == "" || len(said) > limits.CellBytes || !utf8.ValidString(name+said) || printable(said) != said:
			return malformed(CodeColumnsInvalid, "columns says nothing of use for %s. Give it email, groups, ref, none or the name of an attribute.", quoted(name))
		case secretLike(said):
			return malformed(CodeColumnsInvalid, "columns makes %s a password. The pool makes passwords itself; use none.", quoted(name))
		}
	}
	c := newCollector(limits)
	for _, groups := range o.Groups {
		if !utf8.ValidString(groups) {
			return malformed(CodeDefaultsInvalid, "The group for all rows is not UTF-8.")
		}
		c.groupList(groups)
	}
	if c.row.Fault != nil {
		return malformed(CodeDefaultsInvalid, "The group for all rows: %s", c.row.Fault.Detail)
	}
	return nil
}

// columnNamed gives the meaning of a column: what the caller said, or a guess.
func (c *collector) columnNamed(name string) meaning {
	said, ok := c.options.Columns[name]
	if !ok {
		return c.guess(name)
	}
	switch said {
	case onboard.MeansEmail:
		return meaning{role: roleEmail}
	case onboard.MeansGroups, "group":
		return meaning{role: roleGroups}
	case onboard.MeansRef:
		return meaning{role: roleRef}
	case onboard.MeansNone:
		return meaning{role: roleIgnored, why: whyLeftOut}
	}
	return attributeNamed(said)
}

// guess is what [columnNamed] says, remembered: a header is looked at several times.
func (c *collector) guess(name string) meaning {
	m, ok := c.guesses[name]
	if !ok {
		m = columnNamed(name)
		if len(c.guesses) < maxNames {
			c.guesses[name] = m
		}
	}
	return m
}

// checkSaid refuses what was said of columns that the header does not have.
func (c *collector) checkSaid(h *header) *Error {
	for _, name := range slices.Sorted(maps.Keys(c.options.Columns)) {
		if !slices.ContainsFunc(h.columns, func(col column) bool { return col.name == name }) {
			return malformed(CodeColumnsInvalid, "columns says what %s means, but the header has no such column. Write the name as the header has it.", quoted(name))
		}
	}
	return nil
}

// preferSaid leaves out guesses where the caller chose another column for the same.
func (h *header) preferSaid() {
	for i := range h.columns {
		col := &h.columns[i]
		for _, other := range h.columns {
			if col.guessed && !other.guessed && col.same(other) {
				col.meaning = meaning{role: roleIgnored, why: "another column was chosen for the same"}
			}
		}
	}
}

// same reports whether two columns are for one thing of which a row has one.
func (c column) same(other column) bool {
	switch {
	case c.role != other.role:
		return false
	case c.role == roleAttribute:
		return c.attribute == other.attribute
	}
	return c.role == roleEmail || c.role == roleRef
}
