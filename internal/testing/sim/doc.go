// Package sim holds nothing but tests: it runs the whole of usher over memory in
// virtual time, thousands of times, each time in another order and with other
// faults, and holds every run to the promises of docs/design.md.
//
// One run is a schedule; its seed decides everything about it. Every call to a
// port first waits for its turn, and again before its answer goes back; who has
// the next turn, and what goes wrong, is drawn while nobody else moves. So a
// seed gives the same run again, to the last step:
//
//	go test ./internal/testing/sim -seed 4711        one schedule, with its trace
//	go test ./internal/testing/sim -schedules 20000  fresh schedules, over all cores
//	go test ./internal/testing/sim -small '...'      one execution in a small world, as its failure names it
//
// -rows and -workers say how large the world of a schedule is. With -deep two more
// tests do all they can: one lets each pair of faults happen in a world of two
// rows, the other makes mistakes in usher on purpose, each of which must be found.
package sim
