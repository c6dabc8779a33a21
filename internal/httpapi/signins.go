package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"usher.example/internal/onboard"
)

// signInsView is what the latest scan found of a request; of one that was never
// scanned, zeros and null.
type signInsView struct {
	AsOf *string `json:"as_of"`
	onboard.SignInTally
	Scanning bool `json:"scanning"` // a scan is to come or under way
}

// scan asks for a scan of who has not signed in.
func (a *api) scan(w http.ResponseWriter, r *http.Request) error {
	if q := readQuery(r); q.err != nil {
		return q.err
	}
	id := r.PathValue("id")
	if !isID(id) {
		return onboard.ErrNotFound
	}
	request, err := a.scanner.Ask(r.Context(), id)
	if err != nil {
		return err
	}
	v := a.view(r.Context(), request)
	if v.SignIns, err = a.signIns(r.Context(), id); err != nil {
		return err
	}
	return accepted(w, v, false)
}

// signIns returns what is known of a request's sign-ins; nil if nothing is, and
// nobody asked.
func (a *api) signIns(ctx context.Context, id string) (*signInsView, error) {
	found, err := onboard.ReadSignIns(ctx, a.Store, id)
	if err != nil {
		return nil, err
	}
	asked, err := a.scanner.Asked(ctx, id)
	if err != nil || !asked && found.At.IsZero() {
		return nil, err
	}
	return &signInsView{AsOf: stamp(found.At), SignInTally: found.Tally, Scanning: asked}, nil
}

// tag is what a request's tag says of its sign-ins.
func (v *signInsView) tag() string {
	if v == nil {
		return ""
	}
	at := ""
	if v.AsOf != nil {
		at = *v.AsOf
	}
	return fmt.Sprint(" sign-ins ", at, v.Scanning)
}
