package lambdabridge

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"usher.example/internal/httpapi"
)

// caller says who calls; ok is false if no one has signed in, or with a token that
// was made for another service.
func (a *API) caller(e *apiEvent) (caller httpapi.Caller, ok bool) {
	c := &e.Context
	if !c.authorized() {
		if a.LocalAdministrator == nil {
			return httpapi.Caller{}, false
		}
		return *a.LocalAdministrator, true
	}
	claims := c.claims()
	if !claims.validAt(c.time()) || !claims.meant(a.Issuer, a.ClientID) {
		return httpapi.Caller{}, false
	}
	groups, ok := claims.groups(tokenOf(e.Headers["authorization"]))
	if !ok {
		return httpapi.Caller{}, false
	}
	return claims.caller(groups), true
}

// time is when the call reached API Gateway.
func (c *requestContext) time() time.Time {
	if c.Epoch <= 0 {
		return time.Now()
	}
	return time.UnixMilli(c.Epoch)
}

// claims are what API Gateway's JWT authorizer found in a token, by their exact
// names; empty if it found nothing.
type claims map[string]json.RawMessage

// text gives one claim as text. Values are strings; in an event written by hand
// they may be numbers, as in the token. Any other is empty.
func (c claims) text(name string) string {
	var text string
	if err := json.Unmarshal(c[name], &text); err == nil {
		return text
	}
	var number json.Number
	if err := json.Unmarshal(c[name], &number); err == nil {
		return number.String()
	}
	return ""
}

// validAt reports whether the token had not expired at that time. One that does not
// say when it expires is not valid.
func (c claims) validAt(t time.Time) bool {
	expires, err := strconv.ParseInt(c.text("exp"), 10, 64)
	return err == nil && t.Before(time.Unix(expires, 0))
}

// meant reports whether the token is of the issuer and for the client; an empty
// one is not checked. An access token names its client in client_id, an id
// token in aud (Amazon Cognito Developer Guide, "Understanding the access token").
func (c claims) meant(issuer, client string) bool {
	return (issuer == "" || c.text("iss") == issuer) && (client == "" || cmp.Or(c.text("client_id"), c.text("aud")) == client)
}

func (c claims) caller(groups []string) httpapi.Caller {
	return httpapi.Caller{
		Name: cmp.Or(c.text("username"), c.text("cognito:username")), Sub: c.text("sub"),
		Groups: groups, TokenUse: c.text("token_use"),
	}
}
