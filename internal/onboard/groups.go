package onboard

import (
	"slices"
	"strings"
)

// GroupRule says which groups the rows of a request may name. A row that names
// another one ends before the pool is called for it: a list of people must not
// give rights that nobody meant to give.
type GroupRule struct {
	// Administrators is the group whose members may use usher; "" is not known.
	Administrators string

	// Allowed lists the groups that rows may name. Empty: all but Administrators
	// and those that are known to carry an IAM role.
	Allowed []string
}

// ParseAllowedGroups reads names with spaces between: no group has a space in its
// name (Amazon Cognito API Reference, "CreateGroup").
func ParseAllowedGroups(text string) []string { return strings.Fields(text) }

// refusal returns why no row may name the group; nil if rows may. withRole says that
// the group is known to carry an IAM role.
func (g GroupRule) refusal(group string, withRole bool) *Fault {
	why := ""
	switch {
	case slices.Contains(g.Allowed, group):
		return nil
	case group == g.Administrators:
		why = administratorsGroup(group)
	case len(g.Allowed) > 0:
		why = groupNotListed(group)
	case withRole:
		why = groupHasRole(group)
	default:
		return nil
	}
	return &Fault{CodeGroupNotAllowed, why}
}

// refuses returns the outcome of a row that names a group which no row may name; nil
// if it names none. Rows were judged by the same rule when they were submitted, but
// the rule may have changed since, and so may the row.
func (g GroupRule) refuses(groups []string) *outcome {
	for _, group := range groups {
		if f := g.refusal(group, false); f != nil {
			return &outcome{Failed, f.Code, f.Detail}
		}
	}
	return nil
}

// MakesAdministrators reports whether rows may name the administrators' group.
func (g GroupRule) MakesAdministrators() bool {
	return g.Administrators != "" && slices.Contains(g.Allowed, g.Administrators)
}

// makesAdministrator reports whether a person in these groups may use usher.
func (g GroupRule) makesAdministrator(groups []string) bool {
	return g.Administrators != "" && slices.Contains(groups, g.Administrators)
}
