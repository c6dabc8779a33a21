// Package local is all of usher in one process over a pool in memory: the same
// handler, worker and requeuer as on AWS. It needs no account and no other program,
// and keeps nothing when it ends, unless it is given a folder for requests and rows.
package local
