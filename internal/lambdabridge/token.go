package lambdabridge

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const groupsClaim = "cognito:groups"

// tokenOf reads the payload of the token in a header Authorization, with or without
// "Bearer" before it, as the JWT authorizer takes both (Amazon API Gateway Developer
// Guide, "Control access to HTTP APIs with JWT authorizers"). It checks no signature:
// API Gateway has, and [claims.groups] makes sure that it is the same token. Anything
// but one token is none.
func tokenOf(header string) claims {
	if scheme, token, ok := strings.Cut(header, " "); ok && strings.EqualFold(scheme, "Bearer") {
		header = token
	}
	parts := strings.Split(header, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil
	}
	return c
}

// identifying are the claims that two tokens do not share.
var identifying = []string{"iss", "sub", "exp", "jti", "token_use"}

// groups gives the caller's groups as the token itself lists them. API Gateway hands
// them on as one text, "[a b]", in which the one group "a b" reads like two. Ok is
// false unless token is the one that API Gateway verified, and both say the same.
func (c claims) groups(token claims) (names []string, ok bool) {
	for _, name := range identifying {
		if c.text(name) != token.text(name) {
			return nil, false
		}
	}
	names, ok = token.list(groupsClaim)
	if !ok {
		return nil, false
	}
	if listed, isList := c.list(groupsClaim); isList { // none, or an event written by hand
		return names, slices.Equal(listed, names)
	}
	return names, c.text(groupsClaim) == fmt.Sprint(names)
}

// list gives a claim that is a list of texts; ok is false if it is anything else.
// A claim that is missing is an empty list.
func (c claims) list(name string) (list []string, ok bool) {
	if c[name] == nil {
		return nil, true
	}
	if err := json.Unmarshal(c[name], &list); err != nil || list == nil {
		return nil, false
	}
	return list, true
}
