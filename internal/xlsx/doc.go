// Package xlsx reads Excel workbooks (.xlsx) as their owners see them: which
// sheets and rows are visible, and what each cell shows. It gives text, never a
// bare serial number for a date or 4.47911E+11 for a phone.
//
// Nobody may vanish. A part that cannot be read to its end, a cell that points to
// a text that is not there, two rows with one number: each is an [Error], never
// fewer rows. Whatever holds an address and is no cell is in a [Note].
//
// It uses archive/zip and encoding/xml alone; docs/design.md says why. It
// knows nothing of people and columns: [Book.Choose] asks its caller which row is
// a header.
package xlsx
