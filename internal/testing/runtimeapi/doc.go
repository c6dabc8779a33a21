// Package runtimeapi runs a built Lambda program as Lambda does: it serves the
// Runtime API on this machine, starts the program against it, hands it events
// and takes its answers. Tests hold the very binaries that are deployed to what
// they should do, without Docker and without an account.
//
// It keeps Lambda's rules that programs depend on: one event at a time to an
// environment, a deadline with every event, death at the deadline, ten seconds
// for init, 6 MB for an answer. It does not start a program again that ended: a
// test sees the end.
package runtimeapi
