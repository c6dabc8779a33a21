// Package callers has everyone who can call the API, as an event of API Gateway
// describes them, for tests of who may call what.
package callers
