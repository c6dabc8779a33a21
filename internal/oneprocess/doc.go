// Package oneprocess runs all of usher in one process, over whatever pool, store and
// queue it is given: the workers, the requeuer, and the API with its console for the
// person at this machine. `usher local` runs it over a pool in memory, `usher invite`
// and `usher serve` over a real one.
package oneprocess
