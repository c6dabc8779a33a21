// Package pacing has only tests: it runs large requests through several workers over
// memory, in virtual time, and measures how much of a quota the shared pace uses,
// whichever way the pool enforces the quota and however it changes.
//
//	go test ./internal/testing/pacing                        small requests, checked against the targets
//	go test -run '^$' -bench . ./internal/testing/pacing     50,000 rows each, as a table
package pacing
