// Package layout holds nothing but tests. They read the import graph and hold it
// to the directions of the design, functions and cmd over the rest over the
// domain. A new package needs no entry here as long as it imports the domain and
// nothing else of ours; what goes further says so in rules_test.go. And they hold
// the documents to what they link to and to the tests that they name.
//
// The go command does not see that these tests depend on every package, and may
// repeat an old result. make test always runs them; by hand, give -count=1.
package layout
