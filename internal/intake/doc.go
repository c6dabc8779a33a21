// Package intake turns request bodies into rows: JSON, newline-delimited JSON,
// CSV, plain text, forms and file uploads.
//
// # What fails as a whole, and what as one row
//
// A body that nobody can be sure to have understood is refused as a whole with
// an [*Error]: broken JSON, data after its end, a key that is unknown, stands
// twice or differs from another one only in case, no e-mail column, nothing in
// it, too much in it. Those are mistakes of the program or of the file, and
// inviting half of it would hide them.
//
// A single row that cannot be read (a number where a string belongs, broken
// quoting, a cell too many, a value that is too long) becomes a row with its
// Fault set, and the rest goes on.
//
// The rules for e-mail addresses and what the pool knows are not judged here.
//
// # What is never kept
//
// A column or field that holds passwords is read past: its value is in no row,
// no cell and no text of an error. No text of an error quotes a value at all;
// names of keys and columns are quoted, unless they look like an address.
package intake
