// Package onboardtest holds every implementation of the domain's ports to the
// same contract, and builds the requests, invitations and messages that tests
// need. Only tests import it.
//
// A suite runs each of its cases on a fresh harness, inside a wrapper: give it
// [testing/synctest.Test] for what lives in a bubble (memory, an AWS client over
// stubbed HTTP), where time costs nothing, and [Direct] for what needs a socket.
//
// A peer that cannot do what the contract asks is not excused quietly: its
// harness names the case and says why, the case runs all the same, and it is an
// error if it passes. A case that the harness gives no means to bring about is
// skipped with a line that says what is missing.
package onboardtest
