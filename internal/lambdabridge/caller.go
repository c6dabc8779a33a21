package lambdabridge

import (
	"cmp"
	"strconv"
	"time"

	"usher.example/internal/httpapi"
)

// caller says who calls; ok is false if nobody has signed in, or with a token
// that is not for here.
func (a *API) caller(c *requestContext) (caller httpapi.Caller, ok bool) {
	switch {
	case !c.authorized && a.LocalAdministrator != nil:
		return *a.LocalAdministrator, true
	case !c.authorized, !c.claims.validAt(c.time()), !c.claims.meant(a.Issuer, a.ClientID):
		return httpapi.Caller{}, false
	}
	return c.claims.caller(), true
}

// time is when the call reached API Gateway.
func (c *requestContext) time() time.Time {
	if c.epoch <= 0 {
		return time.Now()
	}
	return time.UnixMilli(c.epoch)
}

// claims are what API Gateway's JWT authorizer found in a token; empty if it
// found nothing.
type claims struct {
	subject, username, cognitoUsername string

	use, issuer, client, audience, expires string

	groups []string
}

// validAt reports whether the token had not expired at a moment. One that does
// not say when it expires is not valid.
func (c *claims) validAt(t time.Time) bool {
	expires, err := strconv.ParseInt(c.expires, 10, 64)
	return err == nil && t.Before(time.Unix(expires, 0))
}

// meant reports whether the token is of the issuer and for the client; an empty
// one is not looked at. An access token names its client in client_id, an id
// token in aud (Amazon Cognito Developer Guide, "Understanding the access token").
func (c *claims) meant(issuer, client string) bool {
	return (issuer == "" || c.issuer == issuer) && (client == "" || cmp.Or(c.client, c.audience) == client)
}

func (c *claims) caller() httpapi.Caller {
	return httpapi.Caller{
		Name: cmp.Or(c.username, c.cognitoUsername), Sub: c.subject,
		Groups: c.groups, TokenUse: c.use,
	}
}
