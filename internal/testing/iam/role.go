package iam

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Role is what one caller may do, what of it the caller used, and what else it
// tried. It is safe for concurrent use.
type Role struct {
	allowed []Right

	mu      sync.Mutex
	used    map[Right]bool
	refused map[Right]bool
}

// NewRole returns a role that allows these rights and nothing else.
func NewRole(allowed ...Right) *Role {
	return &Role{allowed: allowed, used: map[Right]bool{}, refused: map[Right]bool{}}
}

// Use is one call that needs these rights. If the role allows all of them they
// count as used; if not, those that it lacks are noted and returned.
func (r *Role) Use(rights ...Right) (lacking []Right) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var used []Right
	for _, right := range rights {
		i := slices.IndexFunc(r.allowed, right.isAllowedBy)
		if i < 0 {
			r.refused[right] = true
			lacking = append(lacking, right)
			continue
		}
		used = append(used, r.allowed[i])
	}
	for _, right := range used {
		if len(lacking) == 0 {
			r.used[right] = true
		}
	}
	return lacking
}

// Unused returns the rights that have not been used so far, in the order in
// which they were given.
func (r *Role) Unused() []Right {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.allowed), func(right Right) bool { return r.used[right] })
}

// Refused returns the rights that were needed and are not allowed, sorted.
func (r *Role) Refused() []Right {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Keys(r.refused), func(a, b Right) int { return strings.Compare(a.String(), b.String()) })
}
