package httpapi

import (
	"net/http"
	"slices"
)

// rule says who may call a route. The zero rule lets nobody in, so that a route
// without one is closed.
type rule int

const (
	unset         rule = iota
	open               // everybody, signed in or not
	administrator      // a signed-in member of the administrators' group
)

// allow returns nil if the caller of r may call a route with that rule.
func (a *api) allow(rule rule, r *http.Request) error {
	switch rule {
	case open:
		return nil
	case administrator:
		return a.allowAdministrator(r)
	}
	return &problem{Status: http.StatusForbidden, Code: codeForbidden, Detail: "This route is open to nobody."}
}

func (a *api) allowAdministrator(r *http.Request) error {
	c, ok := callerOf(r.Context())
	switch {
	case !ok, c.id() == "":
		return unauthorized("Sign in first: send a token of the pool as Authorization: Bearer.")
	case c.TokenUse != "access" && c.TokenUse != "id":
		return unauthorized("The token is of another kind. Send an access or an id token.")
	case a.AdminGroup == "" || !slices.Contains(c.Groups, a.AdminGroup):
		a.Log.Warn("turned away", "by", c.Who(), "route", r.Pattern)
		return &problem{
			Status: http.StatusForbidden, Code: codeForbidden,
			Detail: "Only members of the administrators' group may do this. A new membership counts from the next sign-in.",
		}
	}
	return nil
}

func unauthorized(detail string) error {
	return &problem{Status: http.StatusUnauthorized, Code: codeUnauthorized, Detail: detail}
}
