// Package layout has only tests. They check the import graph against the
// directions of the design: functions and cmd import the rest, and the rest
// imports the domain. A new package needs no entry here as long as it imports the
// domain and nothing else of ours; what needs more says so in rules_test.go. They
// also check the documents: links, the tests and files that they name, and that
// diagrams show every state.
//
// The go command does not see that these tests depend on every package, and may
// repeat an old result. make test always runs them; by hand, give -count=1.
package layout
