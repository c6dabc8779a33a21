package callers

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"

	"usher.example/internal/testing/standin"
)

// Issuer and Client are those of the tokens of the events under events/, AdminGroup
// the group whose members may invite.
const (
	Issuer     = standin.ExampleIssuer
	Client     = standin.ExampleClient
	AdminGroup = standin.AdminGroup
)

// token is a token of the pool: what it holds, and what API Gateway says of it.
type token struct {
	payload map[string]any
	claims  map[string]any
}

// good is an access token of an administrator, good when the events under events/
// were made.
func good() token {
	t := token{payload: map[string]any{}, claims: map[string]any{}}
	return t.with(
		"sub", "57a4aa58", "username", "57a4aa58", "token_use", "access", "client_id", Client, "iss", Issuer, "jti", "6f1d0c1e",
		"exp", "1795340600", "iat", "1795337000",
	).groups(AdminGroup)
}

// with changes claims; a nil value takes one away.
func (t token) with(changes ...any) token {
	t = token{payload: maps.Clone(t.payload), claims: maps.Clone(t.claims)}
	for i := 0; i < len(changes); i += 2 {
		for _, side := range []map[string]any{t.payload, t.claims} {
			set(side, changes[i].(string), changes[i+1])
		}
	}
	return t
}

// groups gives the token groups, which API Gateway renders as one text.
func (t token) groups(names ...string) token {
	return t.grouped(append([]string{}, names...), "["+strings.Join(names, " ")+"]")
}

// grouped says what the token lists, and what API Gateway says that it lists.
func (t token) grouped(payload, claim any) token {
	t = t.with()
	set(t.payload, "cognito:groups", payload)
	set(t.claims, "cognito:groups", claim)
	return t
}

func set(side map[string]any, name string, value any) {
	if value == nil {
		delete(side, name)
		return
	}
	side[name] = value
}

// header is the token as the caller sends it. The signature is none: API Gateway has
// checked it before an event exists.
func (t token) header() string {
	segment := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // texts and numbers
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return "Bearer " + segment(map[string]string{"alg": "RS256", "kid": "example"}) + "." + segment(t.payload) + ".c2lnbmF0dXJl"
}

// authorizer is what API Gateway says of the token.
func (t token) authorizer() any {
	return map[string]any{"jwt": map[string]any{"claims": t.claims, "scopes": nil}}
}

// identity is the token's caller.
func (t token) identity(name string, want int) Identity {
	return Identity{Name: name, Want: want, Authorizer: t.authorizer(), Header: t.header()}
}
