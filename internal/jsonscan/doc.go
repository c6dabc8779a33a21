// Package jsonscan reads JSON (RFC 8259) value by value, for readers that know
// what they look for. It takes one pass and next to no allocations where
// encoding/json takes two and reflection, and it leaves to the caller what a
// document may hold and how to tell the place of a fault.
package jsonscan
