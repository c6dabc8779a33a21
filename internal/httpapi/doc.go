// Package httpapi is usher over HTTP: one http.Handler with every route, for
// API Gateway (through package lambdabridge) and for a local server alike.
//
// # Who may call
//
// Whoever fronts the handler puts the [Caller] into the request's context with
// [WithCaller]; tokens are not read here. Every route states its rule in one
// table, see [Routes]: open to all, or for administrators, who are those
// in [Config.AdminGroup].
//
// # Errors
//
// Every refusal is a problem document (RFC 9457) with a stable code, in sentences
// that say where, what, and how to fix it. None repeats an
// address, a token or a key, and none shows what went wrong inside: that is in
// the log.
//
// # What is logged
//
// One line for each action of an administrator, with who, what, the request's
// id and how many rows; one for each failure of ours. Bodies, addresses and
// keys are never logged.
package httpapi
