// Package memory implements the domain's three ports in the memory of one process:
// [Store], [Queue] with its receiving side, and [Pool]. They do what the real services
// are documented to do, including the inconvenient parts: a message is delivered again
// when its visibility timeout ends, a write over a stale version fails, a pool
// throttles, runs out of mail and loses answers. Local mode, the simulation and the
// domain's tests use them, and the contract suites of package onboardtest check them
// and the AWS adapters for the same behavior.
//
// Everything is lost when the process ends. All types are safe for concurrent use, hold
// no mutex while they wait, and take the time from package time, so they work inside a
// testing/synctest bubble if they are created inside it.
package memory
