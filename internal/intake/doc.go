// Package intake turns request bodies into rows: JSON, newline-delimited JSON,
// Excel workbooks, CSV, plain text, forms and file uploads.
//
// # What fails as a whole, and what as one row
//
// A body that cannot be understood for certain is refused as a whole with an
// [*Error]: broken JSON, data after its end, a key that is unknown, appears twice
// or differs from another one only in case, no email column, nothing in it, too
// much in it. Those are mistakes of the program or of the file, and
// inviting half of it would hide them.
//
// A single row that cannot be read (a number where a string belongs, broken
// quoting, a cell too many, a value that is too long) becomes a row with its
// Fault set, and the rest continues.
//
// The rules for email addresses, and what the pool has, are the domain's.
//
// # What is never kept
//
// A column or field for passwords is skipped: its value is in no row,
// no cell and no text of an error. No text of an error quotes a value at all;
// names of keys and columns are quoted, unless they look like an address. Warnings
// quote what only the caller can judge: a decoded cell, who is in hidden rows.
package intake
