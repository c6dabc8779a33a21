// Package local is all of usher in one process: the same handler, worker and
// requeuer as on AWS, in memory. It needs no account and no other program, and
// keeps nothing when it ends.
package local
