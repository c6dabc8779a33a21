package httpapi

import (
	"context"
	"strings"
)

// Caller is who calls, as the layer in front of the handler has found out: an
// authorizer that checked the token, or the local server.
type Caller struct {
	Name string // the token's user name
	Sub  string // the pool's own, fixed identifier of the caller

	// Groups are whole names, as the token lists them.
	Groups []string

	// TokenUse says what the token is for, as Cognito writes it: "access" or "id".
	TokenUse string
}

// LocalAdministrator returns the caller where nobody signs in: the local server
// and sam local.
func LocalAdministrator(name, adminGroup string) Caller {
	return Caller{Name: name, Sub: "local", Groups: []string{adminGroup}, TokenUse: "access"}
}

// Who names the caller in requests and logs: the user name, unless it is an
// address, else the fixed identifier.
func (c Caller) Who() string {
	if c.Name != "" && !strings.Contains(c.Name, "@") {
		return c.Name
	}
	return c.Sub
}

// id is what keys and counters of the caller are kept under.
func (c Caller) id() string {
	if c.Sub != "" {
		return c.Sub
	}
	return c.Name
}

type callerKey struct{}

// WithCaller returns a context that says who calls. Without one, nobody has
// signed in.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}
