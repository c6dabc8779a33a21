package onboard

// Row is one invitation as the caller sent it: read, but not yet judged.
// Intake makes rows out of request bodies; [Submitter] judges them.
type Row struct {
	// Number is the row's place as the caller counts: the position in a JSON
	// array from 1, or the line of a CSV file, header included.
	Number int

	// Email is the address, trimmed but otherwise as sent.
	Email string

	Groups []string

	// Attributes holds user attributes by their full name: a standard OpenID
	// name ("given_name") or "custom:" and the pool's own ("custom:tenant").
	Attributes map[string]string

	// Ref is the caller's own id for the row. It is returned unchanged.
	Ref string

	// Cells are the row's cells as they were in a CSV body, in the order of
	// [Submission.Columns], followed by cells for which the header has no column. Nil
	// for other bodies.
	Cells []string

	// Fault is set when intake could not read the row as an invitation. The row still
	// counts and gets its outcome; the other rows continue.
	Fault *Fault
}

// Fault is what is wrong with a row or a whole submission: a code for programs, and a
// sentence for people that says what, where, and how to fix it.
type Fault struct {
	Code   Code
	Detail string
}
