// Package sim has only tests: it runs all of usher over memory in virtual time,
// thousands of times, each time in another order and with other faults, and checks
// every run against the promises of docs/design.md.
//
// One run is a schedule; its seed decides everything about it. Every call to a port
// waits for its turn, and again before its answer is returned. The next turn, and what
// goes wrong, are drawn while all goroutines wait. So a seed repeats the same run, to
// the last step:
//
//	go test ./internal/testing/sim -seed 4711        one schedule, with its trace
//	go test ./internal/testing/sim -schedules 20000  fresh schedules, over all cores
//	go test ./internal/testing/sim -small '...'      one execution in a small world, as its failure names it
//
// Some schedules have the state in files of one machine, which ends and starts again, and
// sleeps: TestPromisesHoldInFiles, TestPromisesHoldWhereTheMachineSleeps.
//
// -rows and -workers set the size of a schedule's world. With -deep two more tests are
// exhaustive: one tries each pair of faults in a world of two rows, the other puts bugs
// into usher, each of which must be found.
package sim
