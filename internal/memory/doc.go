// Package memory holds the domain's three ports in the memory of one process:
// [Store], [Queue] with its receiving side, and [Pool]. They do what the real
// services are documented to do, the inconvenient parts included: a message
// comes again when its visibility timeout ends, a write over a stale version
// fails, a pool throttles, runs out of mail and loses answers. Local mode,
// the simulation and the domain's tests run on them, and the contract suites of
// package onboardtest hold them and the AWS adapters to the same behavior.
//
// Everything is lost when the process ends, and nothing is shared between
// processes. All types are safe for concurrent use, hold no mutex while they
// wait, and take the time from package time, so they work inside a
// testing/synctest bubble as long as they are made inside it.
package memory
