// Package client calls the HTTP API of usher. It takes care of what every caller
// would have to: a call that got no answer, or was told to come back, is made
// again; a submission is made once however often it is sent; a refusal comes back
// as an [Error] that says what to do next.
//
// It reads no submission: what a file holds, and what is wrong with it, the API
// tells ([Client.Check]).
package client
