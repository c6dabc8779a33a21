// Package runtimeapi runs a built Lambda program as Lambda does: it serves the
// Runtime API on this machine, starts the program against it, sends it events
// and takes its answers. So tests check the binaries that are deployed, without
// Docker and without an account.
//
// It keeps Lambda's rules that programs depend on: one event at a time to an
// environment, a deadline with every event, death at the deadline, ten seconds
// for init, 6 MB for an answer. It does not restart a program that ended, so
// that a test sees it.
package runtimeapi
