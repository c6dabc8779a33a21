package sqlite_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"usher.example/internal/onboard"
	"usher.example/internal/sqlite"
	"usher.example/internal/testing/onboardtest"
)

func TestAPurgeDeletesWhatHasExpiredAndNothingElse(t *testing.T) {
	t.Parallel()
	cfg := newConfig(t)
	before(t, cfg, func(s *sqlite.State) {
		past := time.Now().Add(-time.Minute)
		keep(t, s, "kept", time.Now().Add(time.Hour))
		keep(t, s, "gone", past)
		for row := 2; row <= 1200; row++ { // more than one transaction deletes
			inv := onboardtest.Invitation("gone", row)
			inv.Email, inv.ExpiresAt = "gone@example.com", past
			must(t, s.Store().Save(t.Context(), onboard.Write{Invitation: inv}))
		}
		before := diskHolds(t, cfg, "gone@example.com")
		n, err := s.Purge(t.Context())
		must(t, err)
		if n != 7+1200 { // request, key, counter, manifest, claim, mail, record; invitations
			t.Errorf("%d records are deleted, want %d", n, 7+1200)
		}
		if !before || diskHolds(t, cfg, "gone@example.com") {
			t.Errorf("an address is on the disk before the purge: %t, and after it: %t", before, !before)
		}
		if n, err = s.Purge(t.Context()); n != 0 || err != nil {
			t.Errorf("a second purge deletes %d, %v", n, err)
		}
	})
	s := open(t, cfg)
	if _, err := s.Store().Request(t.Context(), "kept"); err != nil {
		t.Error(err)
	}
	if _, err := s.Store().Key(t.Context(), "key-kept"); err != nil {
		t.Error(err)
	}
	if n, err := s.Store().Spent(t.Context(), "counter-kept"); n != 1 || err != nil {
		t.Errorf("counter: %d, %v", n, err)
	}
	if _, err := s.Store().ManifestPart(t.Context(), "kept", 0); err != nil {
		t.Error(err)
	}
	inv, claim, err := s.Store().Load(t.Context(), "kept", 1, "kept@example.com")
	if inv.Version != 1 || claim.Version != 1 || err != nil {
		t.Errorf("invitation %+v, claim %+v, %v", inv, claim, err)
	}
}

// keep stores one record of each kind until the given time.
func keep(t *testing.T, s *sqlite.State, id string, until time.Time) {
	t.Helper()
	r := onboardtest.Request(id, 1, func(r *onboard.Request) { r.ExpiresAt = until })
	must(t, s.Store().CreateRequest(t.Context(), r, &onboard.Key{ID: "key-" + id, RequestID: id, ExpiresAt: until}))
	must(t, s.Store().SaveManifest(t.Context(), id, []onboard.ManifestPart{{First: 1, Last: 1, Data: []byte{1}}}, until))
	must(t, s.Store().Spend(t.Context(), "counter-"+id, 1, 9, until))
	must(t, s.Store().NoteMails(t.Context(), id, map[int]onboard.MailDelivery{1: onboard.MailBounced}, until))
	must(t, s.Store().SaveRecord(t.Context(), onboard.Record{Name: "record-" + id, Data: []byte("{}"), ExpiresAt: until}))
	inv := onboardtest.Invitation(id, 1)
	inv.Email, inv.ExpiresAt, inv.State = id+"@example.com", until, onboard.Invited
	claim := onboard.Claim{Address: inv.Email, ExpiresAt: until}
	tally := onboard.Change(onboard.Invitation{}, inv, 1)
	must(t, s.Store().Save(t.Context(), onboard.Write{Invitation: inv, Claim: &claim, Tally: tally}))
}

// diskHolds reports whether a text is in the state's file or its log.
func diskHolds(t *testing.T, cfg sqlite.Config, text string) bool {
	t.Helper()
	for _, path := range []string{cfg.State, cfg.State + "-wal"} {
		data, err := os.ReadFile(path)
		must(t, err)
		if bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}
