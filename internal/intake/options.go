package intake

// Options are what a caller says beside a body about how to read it.
type Options struct {
	// Columns gives what columns mean by their name in the header: "email",
	// "groups", "ref", the full name of an attribute, or "none" to leave one out.
	// Other columns are guessed.
	Columns map[string]string

	// Groups and Attributes are for all rows that have none of their own.
	Groups     []string
	Attributes map[string]string

	// KeepColumns keeps the columns of a table that usher does not use, so that they
	// come back with the results.
	KeepColumns bool
}

// columnNamed gives the meaning of a column: what the caller said, or a guess.
func (c *collector) columnNamed(name string) meaning {
	said, ok := c.options.Columns[name]
	if !ok {
		return columnNamed(name)
	}
	switch said {
	case "email":
		return meaning{role: roleEmail}
	case "groups", "group":
		return meaning{role: roleGroups}
	case "ref":
		return meaning{role: roleRef}
	case "none":
		return meaning{role: roleIgnored, why: whyLeftOut}
	}
	return meaning{attribute: said}
}
