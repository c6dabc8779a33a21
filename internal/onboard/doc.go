// Package onboard is usher's domain: how the rows of a submission become users
// of a pool, each invited exactly once and each with an outcome that people can
// read. It knows no AWS and no HTTP; what it needs of them are its ports:
// [Pool], [Queue] and [Store].
//
// A submission is judged row by row and put on the queue as one message an
// invitation ([Submitter]). Workers take the messages in deliveries ([Worker]).
// For each one a worker claims the address in the store, waits for its turn in
// the shared pace ([Pace]), asks the pool once, and settles the invitation with
// its outcome, in one write with the request's counts.
//
// # Exactly one invitation
//
// Messages come more than once, workers die and answers get lost, and the pool
// has no idempotency token. So the attempt is written down in the address's
// [Claim] before the call leaves, and its end afterwards. Whoever finds an
// attempt whose end nobody wrote down looks into the pool before judging:
// a user created in that attempt's time is ours, even if they have signed in by
// now. The claim also says which invitation was told so; no second one is.
//
// # What errors mean
//
// An error's class says what to do next: see [ErrExists] and its siblings.
// Only real failures use up a message's deliveries. What is no fault of the row
// (turned away, out of time, claim held by somebody else) is acknowledged and
// sent again as a new message.
package onboard
