// Package onboardtest checks every implementation of the domain's ports against the
// same contract, and builds the requests, invitations and messages that tests need.
// Only tests import it.
//
// A suite runs each of its cases on a new harness, inside a wrapper:
// [testing/synctest.Test] for implementations that work in a bubble (memory, an AWS
// client over stubbed HTTP), where time costs nothing, and [Direct] for those that need
// a socket.
//
// If a peer cannot do what the contract requires, its harness names the case and says
// why. The case still runs, and it is an error if it passes. A case for which the
// harness lacks the means is skipped, with a line that says what is missing.
package onboardtest
