// Package local is all of usher in one process: the same handler, worker and
// requeuer as on AWS, over memory. It needs no account and no other program,
// and forgets everything when it ends.
package local
