package onboard

import "slices"

// Submission is what one call hands over: the rows of one body and what was
// said about them as a whole. Intake fills it; [Submitter.Submit] takes it.
type Submission struct {
	Rows []Row

	// CSV is set for a CSV body: a column that the pool lacks is then the caller's
	// own, where in other bodies an unknown attribute is the row's fault.
	CSV bool

	// Columns is the header of a CSV body as the caller wrote it, so that results can be
	// returned in the same columns. Nil for other bodies.
	Columns []string

	// Separator is what stands between the cells of a CSV body; "" for a comma, and
	// for what has none.
	Separator string

	// Reading says what each of Columns was taken for, in the same order.
	Reading []Column

	// Said is what the caller said of the reading.
	Said Said

	// KeepColumns keeps columns that are not used, so that they come back with the
	// results. Otherwise [Submitter.Judge] leaves out their cells.
	KeepColumns bool

	// Label is a name for people, shown in lists.
	Label string

	// Warnings say what was read but will not be used.
	Warnings []Fault
}

// The meanings of a [Column] that are not the full name of an attribute.
const (
	MeansEmail      = "email"
	MeansGroups     = "groups"
	MeansRef        = "ref"
	MeansAttributes = "attributes" // a JSON object of attributes, in results of bodies that are no table
	MeansNone       = "none"       // not used
)

// Column is how one column of a table was read.
type Column struct {
	Name    string
	Meaning string
	Sample  string // a cell of it; "" for a column that may hold secrets
	Guessed bool   // the caller did not say what it means
}

func (s Submission) hasAttributes() bool {
	return slices.ContainsFunc(s.Rows, func(row Row) bool { return len(row.Attributes) > 0 })
}
