// Package client calls the HTTP API of usher. It repeats a call that got no answer
// or has to wait; a repeated submission counts once; a refusal is an [Error] that
// says what to do next.
//
// It does not read submissions: the API says what a file contains and what is wrong
// with it ([Client.Check]).
package client
