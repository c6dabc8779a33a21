package onboard

import "slices"

// Submission is what one call hands over: the rows of one body and what was
// said about them as a whole. Intake fills it; [Submitter.Submit] takes it.
type Submission struct {
	Rows []Row

	// Columns is the header of a CSV body as the caller wrote it, so that
	// results can be handed back in the caller's own shape. Nil otherwise.
	Columns []string

	// Label is a name for people, shown in lists.
	Label string

	// Warnings say what was read but will not be used.
	Warnings []Fault
}

// hasHeader reports whether the body had columns with names. There a name that
// the pool does not know is a warning: files have columns for other programs too.
func (s Submission) hasHeader() bool { return s.Columns != nil }

func (s Submission) hasAttributes() bool {
	return slices.ContainsFunc(s.Rows, func(row Row) bool { return len(row.Attributes) > 0 })
}
