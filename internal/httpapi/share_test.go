package httpapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"usher.example/internal/httpapi"
	"usher.example/internal/onboard"
)

// The daily share is kept by what never changes of a person: a new user name does
// not renew it, and each route takes from it.
func TestTheDailyShareIsThePersons(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) { cfg.DailyInvitations = 3 })
	b.want(202, postJSON("/requests", `["ann@example.org","bob@example.org"]`))
	b.caller.Name = "eve2"
	b.want(202, postJSON("/owner/create", `{"email":"cy@example.org"}`))
	b.problem(429, postJSON("/requests", `["di@example.org"]`))
	b.problem(429, postJSON("/owner/create", `{"email":"di@example.org"}`))
	b.caller = &httpapi.Caller{Name: "eve", Sub: "sub-other", Groups: []string{adminGroup}, TokenUse: "access"}
	b.want(202, postJSON("/requests", `["di@example.org"]`))
}

// damagedList is a store of which one request cannot be read.
type damagedList struct{ onboard.Store }

func (s damagedList) ListRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	page, err := s.Store.ListRequests(ctx, after, limit)
	return page, errors.Join(err, onboard.ErrDamaged)
}

func TestADamagedRequestStopsNeitherListsNorSubmissions(t *testing.T) {
	t.Parallel()
	b := setup(t, func(cfg *httpapi.Config) { cfg.Store, cfg.RequestsInFlight = damagedList{cfg.Store}, 3 })
	b.want(202, postJSON("/requests", users(1)))
	if list := b.want(200, get("/requests"))["requests"].([]any); len(list) != 1 {
		t.Errorf("%d requests are listed, want the other one", len(list))
	}
	if !strings.Contains(b.log.String(), onboard.ErrDamaged.Error()) {
		t.Errorf("the log does not say so: %s", b.log)
	}
}
