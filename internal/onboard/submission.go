package onboard

// Submission is what one call sends: the rows of one body, and what was said about all
// of them. Intake fills it; [Submitter.Submit] takes it.
type Submission struct {
	Rows []Row

	// CSV is set for a CSV body: a column that the pool lacks is then the caller's
	// own, where in other bodies an unknown attribute is the row's fault.
	CSV bool

	// Columns is the header of a CSV body as the caller wrote it, so that results can be
	// returned in the same columns. Nil for other bodies.
	Columns []string

	// Label is a name for people, shown in lists.
	Label string

	// Warnings say what was read but will not be used.
	Warnings []Fault
}
