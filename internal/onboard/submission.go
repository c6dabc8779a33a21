package onboard

// Submission is what one call hands over: the rows of one body and what was
// said about them as a whole. Intake fills it; [Submitter.Submit] takes it.
type Submission struct {
	Rows []Row

	// CSV is set for a CSV body: a column that the pool lacks is then the caller's
	// own, where in other bodies an unknown attribute is the row's fault.
	CSV bool

	// Columns is the header of a CSV body as the caller wrote it, so that
	// results can be handed back in the caller's own shape. Nil otherwise.
	Columns []string

	// Label is a name for people, shown in lists.
	Label string

	// Warnings tell what was read but will not be used.
	Warnings []Fault
}
