package onboard

// Row is one invitation as the caller sent it: read, but not yet judged.
// Intake makes rows out of request bodies; [Submitter] judges them.
type Row struct {
	// Number is the row's place as the caller counts: the position in a JSON
	// array from 1, or the line of a CSV file, header included.
	Number int

	Person

	// Unaligned is set for a row whose cells could not be matched with the columns.
	Unaligned bool

	// Pointer is where the row, or its fault if it has one, is in a JSON body: a
	// JSON pointer (RFC 6901). Empty for other bodies, and for a whole document.
	Pointer string

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
