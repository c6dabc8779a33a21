// Package peers runs the servers that stand in for AWS when tests and make
// local-aws need something that speaks the real protocols: DynamoDB Local for
// the table, moto for the queue and the user pool. Each runs as a separate
// process on a free port of this machine and ends with the process that started
// it.
//
// Both are installed by make peers. Where one is missing, a test is skipped with
// how to install it in its message; with USHER_REQUIRE_PEERS=1, as in CI, it fails.
//
// Their limits: DynamoDB Local never answers TransactionConflict; moto differs
// from Cognito in many refusals, keeps no mail and forgets everything when it
// ends. Where they are known to differ, they prove nothing about AWS.
package peers
