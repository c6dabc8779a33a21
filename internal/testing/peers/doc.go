// Package peers runs the servers that stand in for AWS when tests and
// make local-aws need something that speaks the real protocols: DynamoDB Local
// for the table, moto for the queue and the user pool. Each runs as a process of
// its own on a free port of this machine and ends with whoever started it.
//
// Both are installed by make peers. Where one is missing, a test is skipped with
// how to install it in its message; with USHER_REQUIRE_PEERS=1, as in CI, it fails.
//
// What they are not: DynamoDB Local never answers TransactionConflict; moto
// differs from Cognito in many refusals, keeps no mail and forgets everything
// when it ends. What they do is no proof of what AWS does where they are known
// to differ.
package peers
