// Package onboard is usher's domain: how the rows of a submission become users
// of a pool, each invited exactly once and each with an outcome that people can
// read. It knows no AWS and no HTTP; it reaches them through its ports: [Pool],
// [Queue] and [Store].
//
// A submission is judged row by row and put on the queue, one message for each
// invitation ([Submitter]). Workers receive the messages in deliveries ([Worker]).
// For each one a worker claims the address in the store, waits for a place in the
// shared pace ([Pace]), calls the pool once, and settles the invitation with its
// outcome, in one write with the request's counts.
//
// # Exactly one invitation
//
// Messages come more than once, workers die and answers get lost, and the pool
// has no idempotency token. So an attempt is written down in the address's [Claim]
// before its call leaves, and its end afterwards. A delivery that finds an attempt
// without an end looks the user up before it decides: a user created in that
// attempt's time is ours, even if they have signed in by now. The claim also
// records which invitation was credited with the user; no other can be.
//
// # What errors mean
//
// An error's class says what to do next: see [ErrExists] and its siblings. Only
// real failures use up a message's deliveries. A message that is put back for a
// reason outside its row (turned away, out of time, claim held by another delivery)
// is acknowledged and sent again as a new one.
package onboard
