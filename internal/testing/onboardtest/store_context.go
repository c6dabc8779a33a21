package onboardtest

import (
	"context"
	"time"

	"usher.example/internal/onboard"
)

var contextCases = []contract[onboard.Store]{
	{"ACanceledCallWritesNothing", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		before := c.accepted(s, id, 2)
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		key, claim := keyOf(RequestID(2)), fullClaim(Address(1))
		inv := Invitation(id, 1, func(inv *onboard.Invitation) { inv.State = onboard.Invited })
		changed := before
		changed.Label = "changed"

		for what, call := range map[string]func() error{
			"CreateRequest": func() error { return s.CreateRequest(ctx, Request(RequestID(2), 1), &key) },
			"SaveRequest":   func() error { return s.SaveRequest(ctx, changed, onboard.Tally{}) },
			"Request":       func() error { _, err := s.Request(ctx, id); return err },
			"ListRequests":  func() error { _, err := s.ListRequests(ctx, "", 1); return err },
			"OpenRequests":  func() error { _, err := s.OpenRequests(ctx, "", 1); return err },
			"SaveManifest": func() error {
				return s.SaveManifest(ctx, id, []onboard.ManifestPart{{First: 1, Last: 2, Data: []byte("a")}}, Expiry())
			},
			"ManifestPart": func() error { _, err := s.ManifestPart(ctx, id, 0); return err },
			"Key":          func() error { _, err := s.Key(ctx, key.ID); return err },
			"Spend":        func() error { return s.Spend(ctx, "counter", 1, 10, Expiry()) },
			"Spent":        func() error { _, err := s.Spent(ctx, "counter"); return err },
			"Load":         func() error { _, _, err := s.Load(ctx, id, 1, Address(1)); return err },
			"Save": func() error {
				return s.Save(ctx, onboard.Write{Invitation: inv, Claim: &claim, Tally: onboard.Change(onboard.Invitation{}, inv, 1)})
			},
			"Claims":          func() error { _, err := s.Claims(ctx, []string{Address(1)}); return err },
			"ListInvitations": func() error { _, err := s.ListInvitations(ctx, id, 0, 1); return err },
			"DueInvitations":  func() error { _, err := s.DueInvitations(ctx, Now(), onboard.Due{}, 1); return err },
			"NoteMails": func() error {
				return s.NoteMails(ctx, id, notes{1: onboard.MailBounced}, Expiry())
			},
			"Record":     func() error { _, err := s.Record(ctx, "scans"); return err },
			"SaveRecord": func() error { return s.SaveRecord(ctx, onboard.Record{Name: "scans", Data: []byte("a")}) },
			"NotedMails": func() error { _, err := s.NotedMails(ctx, id); return err },
			"Reserve":    func() error { _, err := s.Reserve(ctx, "lane", onboard.Want{Span: time.Second}); return err },
			"Cell":       func() error { _, err := s.Cell(ctx, "lane"); return err },
			"SaveCell":   func() error { return s.SaveCell(ctx, "lane", onboard.Cell{Cut: onboard.Cut{To: 1}}) },
		} {
			c.is(what, call(), context.Canceled)
		}

		c.same("request", c.request(s, id), before)
		_, err := s.Request(c.Context(), RequestID(2))
		c.is("second request", err, onboard.ErrNotFound)
		_, err = s.ManifestPart(c.Context(), id, 0)
		c.is("manifest", err, onboard.ErrNotFound)
		stored, storedClaim := c.load(s, id, 1, Address(1))
		c.same("invitation", stored.Version, 0)
		c.same("claim", storedClaim.Version, 0)
		c.same("notes", c.notedMails(s, id), notes(nil))
		sum, err := s.Spent(c.Context(), "counter")
		c.must(err)
		c.same("counter", sum, 0)
		cell, err := s.Cell(c.Context(), "lane")
		c.must(err)
		c.same("cell", cell, onboard.Cell{})
	}},
}
