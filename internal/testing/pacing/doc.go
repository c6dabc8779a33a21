// Package pacing holds nothing but tests: it runs large requests through
// several workers over memory, in virtual time, and measures what the shared pace
// makes of a quota, in what manner the pool may enforce it, and however it
// changes on the way.
//
//	go test ./internal/testing/pacing                        small requests, held to the targets
//	go test -run '^$' -bench . ./internal/testing/pacing     50,000 rows each, as a table
package pacing
