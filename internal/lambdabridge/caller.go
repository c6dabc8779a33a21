package lambdabridge

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"usher.example/internal/httpapi"
)

// authorizer is what API Gateway's JWT authoriser found out. Values are strings;
// in an event written by hand they may be what they are in the token.
type authorizer struct {
	JWT *struct {
		Claims map[string]any `json:"claims"`
	} `json:"jwt"`
}

// caller says who calls; ok is false if nobody has signed in, or with a token
// that is not for here.
func (a *API) caller(e apiEvent) (c httpapi.Caller, ok bool) {
	raw := e.RequestContext.Authorizer
	if len(raw) == 0 || string(raw) == "null" {
		if a.LocalAdministrator == nil {
			return httpapi.Caller{}, false
		}
		return *a.LocalAdministrator, true
	}
	var found authorizer
	if err := json.Unmarshal(raw, &found); err != nil || found.JWT == nil {
		return httpapi.Caller{}, false
	}
	claims := claims(found.JWT.Claims)
	if !claims.validAt(e.time()) || !claims.meant(a.Issuer, a.ClientID) {
		return httpapi.Caller{}, false
	}
	return claims.caller(), true
}

// time is when the call reached API Gateway.
func (e apiEvent) time() time.Time {
	if e.RequestContext.TimeEpoch <= 0 {
		return time.Now()
	}
	return time.UnixMilli(e.RequestContext.TimeEpoch)
}

// claims are what a token says.
type claims map[string]any

func (c claims) text(name string) string {
	switch v := c[name].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// validAt reports whether the token had not expired at a moment. One that does
// not say when it expires is not valid.
func (c claims) validAt(t time.Time) bool {
	expires, err := strconv.ParseInt(c.text("exp"), 10, 64)
	return err == nil && t.Before(time.Unix(expires, 0))
}

// meant reports whether the token is of the issuer and for the client; an empty
// one is not looked at. An access token names its client in client_id, an id
// token in aud (Amazon Cognito Developer Guide, "Understanding the access token").
func (c claims) meant(issuer, client string) bool {
	given := c.text("client_id")
	if given == "" {
		given = c.text("aud")
	}
	return (issuer == "" || c.text("iss") == issuer) && (client == "" || given == client)
}

func (c claims) caller() httpapi.Caller {
	name := c.text("username")
	if name == "" {
		name = c.text("cognito:username")
	}
	return httpapi.Caller{Name: name, Sub: c.text("sub"), Groups: c.groups(), TokenUse: c.text("token_use")}
}

func (c claims) groups() []string {
	switch v := c["cognito:groups"].(type) {
	case string:
		return httpapi.ParseGroups(v)
	case []any:
		var names []string
		for _, name := range v {
			if s, ok := name.(string); ok && !strings.Contains(s, " ") {
				names = append(names, s)
			}
		}
		return names
	}
	return nil
}
