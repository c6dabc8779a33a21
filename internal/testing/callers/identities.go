package callers

import "strings"

// Identity is what an event says about who calls.
type Identity struct {
	Name       string
	Authorizer any    // of the event's requestContext; nil: none was asked
	Header     string // Authorization, as the caller sent it
	Local      bool   // where LOCAL_ADMINISTRATOR counts
	Want       int    // status of a refusal; 0: let in where administrators are
}

// Sign makes the identity the caller of an event.
func (i Identity) Sign(event map[string]any) {
	event["requestContext"].(map[string]any)["authorizer"] = i.Authorizer
	headers := event["headers"].(map[string]any)
	delete(headers, "authorization")
	if i.Header != "" {
		headers["authorization"] = i.Header
	}
}

// Administrator is a signed-in administrator, whose claims can be changed.
func Administrator(changes ...any) Identity {
	return good().with(changes...).identity("administrator", 0)
}

// Grouped is a person whose token lists groups, with what API Gateway says that it
// lists; nil is nothing.
func Grouped(payload, claim any) Identity {
	return good().grouped(payload, claim).identity("grouped", 0)
}

// Identities are all that the tests know: nobody, members, administrators, and what
// pretends to be one.
func Identities() []Identity {
	said := func(name string, claims any, want int) Identity {
		return Identity{Name: name, Authorizer: claims, Header: good().header(), Want: want}
	}
	id := good().with("token_use", "id", "client_id", nil, "aud", Client, "username", nil, "cognito:username", "57a4aa58")
	list := []Identity{
		{Name: "nobody", Want: 401},
		{Name: "nobody, with a header", Header: good().header(), Want: 401},
		good().identity("administrator", 0),
		id.identity("id token", 0),
		good().with("exp", "1795337999").identity("expired", 401),
		good().with("exp", "1795338000").identity("expires this moment", 401),
		good().with("exp", 1795340600).identity("expires as a number", 0),
		good().with("exp", nil).identity("no expiry", 401),
		good().with("iss", strings.Replace(Issuer, "01", "02", 1)).identity("wrong issuer", 401),
		good().with("iss", nil).identity("no issuer", 401),
		good().with("client_id", "other").identity("wrong client", 401),
		good().with("client_id", nil).identity("no client", 401),
		id.with("aud", "other").identity("id token of another client", 401),
		good().with("token_use", "refresh").identity("refresh token", 401),
		good().with("token_use", nil).identity("no token_use", 401),
		good().with("sub", nil, "username", nil).identity("nobody by name", 401),
		said("claims a text", map[string]any{"jwt": map[string]any{"claims": "[administrators]"}}, 401),
		said("no claims", map[string]any{"jwt": map[string]any{}}, 401),
		said("no jwt", map[string]any{"lambda": map[string]any{"cognito:groups": "[administrators]"}}, 401),
		said("authorizer a text", "administrators", 401),
	}
	local := []Identity{
		{Name: "SAM local"}, good().with("exp", "1").identity("SAM local with a bad token", 401),
		good().groups("staff").identity("SAM local with a group short", 403),
	}
	for i := range local {
		local[i].Local = true
	}
	return append(append(append(list, members()...), strangers()...), local...)
}

// members are signed in with groups that read in more than one way.
func members() []Identity {
	return []Identity{
		good().grouped(nil, nil).identity("no group", 403),
		good().groups().identity("no group in the list", 403),
		good().groups("administrator").identity("administrator without s", 403),
		good().groups("not-administrators").identity("not-administrators", 403),
		good().groups("administrators2").identity("administrators2", 403),
		good().groups("x,administrators").identity("x,administrators", 403),
		good().groups("[administrators]").identity("a group named [administrators]", 403),
		good().groups("Administrators").identity("other case", 403),
		good().groups("x\u00a0administrators").identity("no-break space", 403),
		good().groups("School administrators").identity("one group with a space in its name", 403),
		good().groups("administrators ").identity("a space at the end of a name", 403),
		good().groups("staff", "administrators", "editors").identity("group among several", 0),
		good().groups("School staff", "administrators").identity("group beside one with a space", 0),
		good().grouped([]string{"staff", "administrators"}, []any{"staff", "administrators"}).identity("a list in both", 0),
		good().grouped([]string{"staff administrators"}, []any{"staff administrators"}).identity("a list with a space in a name", 403),
	}
}

// strangers have a token that is not the one of which API Gateway speaks, or of
// which both do not say the same.
func strangers() []Identity {
	other := func(name string, t token) Identity {
		return Identity{Name: name, Authorizer: good().authorizer(), Header: t.header(), Want: 401}
	}
	sent := func(name, header string) Identity {
		return Identity{Name: name, Authorizer: good().authorizer(), Header: header, Want: 401}
	}
	bare := strings.TrimPrefix(good().header(), "Bearer ")
	return []Identity{
		good().grouped([]string{"staff"}, "[administrators]").identity("a claim that the token lacks", 401),
		good().grouped([]string{"administrators"}, "[staff]").identity("a group that the claim lacks", 401),
		good().grouped([]string{"administrators"}, nil).identity("no claim", 401),
		good().grouped(nil, "[administrators]").identity("a claim only", 401),
		good().grouped([]string{"School", "administrators"}, []any{"School administrators"}).identity("two groups for one", 401),
		good().grouped([]string{"administrators"}, "administrators").identity("a claim without brackets", 401),
		good().grouped([]string{"administrators"}, "[administrators").identity("half a bracket", 401),
		good().grouped("administrators", "administrators").identity("groups a text", 401),
		good().grouped([]any{"administrators", 7}, "[administrators 7]").identity("a group that is a number", 401),
		good().grouped(7, 7).identity("groups a number", 401),
		good().grouped(map[string]any{"administrators": true}, map[string]any{"administrators": true}).identity("groups an object", 401),
		other("the token of another person", good().with("sub", "else")),
		other("another token of the person", good().with("jti", "else")),
		other("a later token of the person", good().with("exp", "1795340601")),
		sent("no token", ""), sent("half a token", "Bearer left.out"), sent("no JSON", "Bearer left.out.here"),
		sent("no base64", "Bearer a.!.c"), sent("two tokens", good().header()+", "+good().header()),
		sent("two tokens, one scheme", good().header()+","+bare),
		{Name: "a token without scheme", Authorizer: good().authorizer(), Header: bare},
		{Name: "a scheme in small letters", Authorizer: good().authorizer(), Header: "bearer " + bare},
	}
}
