package lambdabridge

import (
	"cmp"
	"strconv"
	"time"

	"usher.example/internal/httpapi"
)

// caller says who calls; ok is false if no one has signed in, or with a token that
// was made for another service.
func (a *API) caller(c *requestContext) (caller httpapi.Caller, ok bool) {
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
	return claims.caller(), true
}

// time is when the call reached API Gateway.
func (c *requestContext) time() time.Time {
	if c.Epoch <= 0 {
		return time.Now()
	}
	return time.UnixMilli(c.Epoch)
}

// claims are what API Gateway's JWT authorizer found in a token; empty if it
// found nothing.
type claims struct {
	Subject         claim       `json:"sub"`
	Username        claim       `json:"username"`
	CognitoUsername claim       `json:"cognito:username"`
	Use             claim       `json:"token_use"`
	Issuer          claim       `json:"iss"`
	Client          claim       `json:"client_id"`
	Audience        claim       `json:"aud"`
	Expires         claim       `json:"exp"` // Unix seconds
	Groups          groupsClaim `json:"cognito:groups"`
}

// validAt reports whether the token had not expired at that time. One that does not
// say when it expires is not valid.
func (c *claims) validAt(t time.Time) bool {
	expires, err := strconv.ParseInt(string(c.Expires), 10, 64)
	return err == nil && t.Before(time.Unix(expires, 0))
}

// meant reports whether the token is of the issuer and for the client; an empty
// one is not checked. An access token names its client in client_id, an id
// token in aud (Amazon Cognito Developer Guide, "Understanding the access token").
func (c *claims) meant(issuer, client string) bool {
	return (issuer == "" || string(c.Issuer) == issuer) && (client == "" || string(cmp.Or(c.Client, c.Audience)) == client)
}

func (c *claims) caller() httpapi.Caller {
	return httpapi.Caller{
		Name: string(cmp.Or(c.Username, c.CognitoUsername)), Sub: string(c.Subject),
		Groups: c.Groups, TokenUse: string(c.Use),
	}
}
