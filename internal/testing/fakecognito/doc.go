// Package fakecognito is Amazon Cognito over HTTP for programs that run outside the
// test, usher and others: a pool in memory behind the operations that inviting needs.
// It loses answers, throttles at a quota, refuses bodies that did not arrive whole, and
// counts users and mails of every address.
package fakecognito
