// Package deployed wires usher to AWS from a function's environment: what the
// programs under functions/ share. Nothing in it calls a service; the first
// call is made by the first invocation.
package deployed
