package onboard

import (
	"maps"
	"slices"
)

// Person is one person to invite as the caller handed them in. It travels from
// the row of a submission through the queue into the store unchanged, but for
// what judging normalizes: see [Judge].
type Person struct {
	// Email is the address. From judging on it is trimmed.
	Email string `json:"email"`

	Groups []string `json:"groups,omitempty"`

	// Attributes holds user attributes by their full name: a standard OpenID
	// name ("given_name") or "custom:" and the pool's own ("custom:tenant").
	Attributes map[string]string `json:"attributes,omitempty"`

	// Ref is the caller's own key for the row. It comes back unchanged.
	Ref string `json:"ref,omitempty"`

	// Cells are the row's cells as a CSV body has them, in the order of
	// [Submission.Columns]; cells that the header has no column for come after
	// those. Nil for other bodies.
	Cells []string `json:"cells,omitempty"`
}

// Clone returns a copy of p that shares nothing with it.
func (p Person) Clone() Person {
	p.Groups, p.Attributes, p.Cells = slices.Clone(p.Groups), maps.Clone(p.Attributes), slices.Clone(p.Cells)
	return p
}
