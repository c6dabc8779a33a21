// Package layout has only tests. They check the import graph against the
// directions of the design: functions and cmd import the rest, which imports the
// domain. A new package needs no entry here while it imports the domain and
// nothing else of ours; further imports are listed in rules_test.go. The tests
// also check that what the documents link to, and the tests that they name,
// exist.
//
// The go command does not see that these tests depend on every package, and may
// repeat a cached result. make test does not; by hand, use -count=1.
package layout
