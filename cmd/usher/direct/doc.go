// Package direct is usher over a real user pool without a stack: all of it in this
// process, the pool by the person's own AWS credentials, and the state in files of this
// machine.
package direct
