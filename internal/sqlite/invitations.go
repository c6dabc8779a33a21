package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

const (
	// selectBoth reads an invitation and a claim as they are at one moment.
	selectBoth = `
SELECT 0, version, expires, body FROM invitations WHERE request = ?1 AND row = ?2 AND expires > ?4
UNION ALL
SELECT 1, version, expires, body FROM claims WHERE address = ?3 AND expires > ?4`

	// selectClaims takes its addresses as one JSON array, so that the number of them
	// does not matter.
	selectClaims = `
SELECT address, version, expires, body FROM claims WHERE address IN (SELECT value FROM json_each(?1)) AND expires > ?2`

	selectClaimVersion = "SELECT version FROM claims WHERE address = ? AND expires > ?"

	selectInvitations = `
SELECT request, row, version, expires, body FROM invitations WHERE request = ? AND row > ? AND expires > ? ORDER BY row`

	selectDue = `
SELECT request, row, version, expires, body FROM invitations
WHERE due IS NOT NULL AND due <= ? AND (due, request, row) > (?, ?, ?) AND expires > ? ORDER BY due, request, row`

	putInvitation = `
INSERT INTO invitations (request, row, version, expires, due, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version, expires = excluded.expires, due = excluded.due, body = excluded.body`

	putClaim = `
INSERT INTO claims (address, version, expires, held, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version, expires = excluded.expires, held = excluded.held, body = excluded.body`
)

// Load implements [onboard.Invitations].
func (s *Store) Load(ctx context.Context, requestID string, row int, address string) (onboard.Invitation, onboard.Claim, error) {
	inv := onboard.Invitation{RequestID: requestID, Row: row}
	claim := onboard.Claim{Address: address}
	err := s.file.read(ctx, func(rows *sql.Rows) (bool, error) {
		var isClaim bool
		var version int
		var expires int64
		var body sql.RawBytes
		err := rows.Scan(&isClaim, &version, &expires, &body)
		switch {
		case err != nil:
		case isClaim:
			claim.Version, claim.ExpiresAt = version, fromExpiry(expires)
			claim, err = readClaim("the claim of an address of "+place(inv), claim, body)
		default:
			inv.Version, inv.ExpiresAt = version, fromExpiry(expires)
			inv, err = readInvitation(place(inv), inv, body)
		}
		return true, err
	}, selectBoth, requestID, row, address, s.file.reader.now())
	if err != nil {
		return onboard.Invitation{}, onboard.Claim{}, fmt.Errorf("load request %s row %d: %w", requestID, row, err)
	}
	return inv, claim, nil
}

// Claims implements [onboard.Invitations].
func (s *Store) Claims(ctx context.Context, addresses []string) (map[string]onboard.Claim, error) {
	wanted, err := json.Marshal(addresses)
	if err != nil {
		return nil, fmt.Errorf("load claims: %w", err)
	}
	found := map[string]onboard.Claim{}
	var damaged error
	err = s.file.read(ctx, func(rows *sql.Rows) (bool, error) {
		var claim onboard.Claim
		var expires int64
		var body sql.RawBytes
		if err := rows.Scan(&claim.Address, &claim.Version, &expires, &body); err != nil {
			return false, err
		}
		claim.ExpiresAt = fromExpiry(expires)
		claim, err := readClaim("the claim of an address", claim, body)
		if err != nil {
			damaged = err
			return true, nil
		}
		found[claim.Address] = claim
		return true, nil
	}, selectClaims, string(wanted), s.file.reader.now())
	if err = cmp.Or(err, damaged); err != nil {
		return found, fmt.Errorf("load claims: %w", err)
	}
	return found, nil
}

// DropClaim implements [onboard.Invitations].
func (s *Store) DropClaim(ctx context.Context, c onboard.Claim) error {
	err := s.file.writer.do(ctx, func(s *statements) error {
		stored, err := numberOf(s, selectClaimVersion, c.Address, s.now())
		if err == nil && stored != 0 && stored != c.Version {
			err = fmt.Errorf("version %d given, %d stored: %w", c.Version, stored, onboard.ErrConflict)
		}
		if err == nil {
			_, err = s.exec(background, "DELETE FROM claims WHERE address = ?", c.Address)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("drop a claim: %w", err)
	}
	return nil
}

// Save implements [onboard.Invitations].
func (s *Store) Save(ctx context.Context, w onboard.Write) error {
	change := saving{
		Write:      w,
		invitation: invitationBody(w.Invitation),
	}
	change.Tally = onboard.Tally{}.Add(w.Tally) // a copy
	if w.Claim != nil {
		claim := *w.Claim
		change.Claim, change.claim = &claim, claimBody(claim)
	}
	if err := s.file.writer.do(ctx, change.write); err != nil {
		return fmt.Errorf("save %s: %w", place(w.Invitation), err)
	}
	return nil
}

// saving is one [onboard.Write] with its bodies.
type saving struct {
	onboard.Write

	invitation, claim []byte
}

// write checks the versions, and then writes.
func (w *saving) write(s *statements) error {
	now := s.now()
	inv, claim := w.Invitation, w.Claim
	stored, err := numberOf(s, "SELECT version FROM invitations WHERE request = ? AND row = ? AND expires > ?", inv.RequestID, inv.Row, now)
	if err != nil {
		return err
	}
	if stored != inv.Version {
		return fmt.Errorf("invitation: version %d given, %d stored: %w", inv.Version, stored, onboard.ErrConflict)
	}
	if claim != nil {
		stored, err := numberOf(s, selectClaimVersion, claim.Address, now)
		if err != nil {
			return err
		}
		if stored != claim.Version {
			return fmt.Errorf("claim: version %d given, %d stored: %w", claim.Version, stored, onboard.ErrConflict)
		}
	}
	if _, err := s.exec(background, putInvitation, inv.RequestID, inv.Row, inv.Version+1, expiry(inv.ExpiresAt), dueColumn(inv), w.invitation); err != nil {
		return err
	}
	if claim != nil {
		if err := putClaimBody(s, *claim, w.claim); err != nil {
			return err
		}
	}
	return addTally(s, inv.RequestID, w.Tally, now)
}

func putClaimBody(s *statements, c onboard.Claim, body []byte) error {
	underWay := c.Holder != onboard.Holder{} || !c.Trail.Empty()
	_, err := s.exec(background, putClaim, c.Address, c.Version+1, expiry(c.ExpiresAt), underWay, body)
	return err
}

// dueColumn is the place of a deferred invitation in the line; nil if it has none.
func dueColumn(inv onboard.Invitation) any {
	if inv.State != onboard.Deferred || inv.DueAt.IsZero() {
		return nil
	}
	return inv.DueAt.UnixNano()
}

// ListInvitations implements [onboard.Invitations].
func (s *Store) ListInvitations(ctx context.Context, requestID string, after, limit int) ([]onboard.Invitation, error) {
	found, err := listed(ctx, s.file, limit, scanInvitation, selectInvitations, requestID, after, s.file.reader.now())
	if err != nil {
		return nil, fmt.Errorf("list the rows of request %s: %w", requestID, err)
	}
	return found, nil
}

// DueInvitations implements [onboard.Invitations].
func (s *Store) DueInvitations(ctx context.Context, now time.Time, after onboard.Due, limit int) ([]onboard.Invitation, error) {
	found, err := listed(ctx, s.file, limit, scanInvitation, selectDue,
		now.UnixNano(), int64(at(after.At)), after.RequestID, after.Row, s.file.reader.now())
	if err != nil {
		return found, fmt.Errorf("list the rows that are due: %w", err)
	}
	return found, nil
}

func scanInvitation(rows *sql.Rows) (inv onboard.Invitation, err error) {
	var expires int64
	var body sql.RawBytes
	if err := rows.Scan(&inv.RequestID, &inv.Row, &inv.Version, &expires, &body); err != nil {
		return inv, err
	}
	inv.ExpiresAt = fromExpiry(expires)
	return readInvitation(place(inv), inv, body)
}

// place names an invitation.
func place(inv onboard.Invitation) string {
	return fmt.Sprintf("request %s row %d", inv.RequestID, inv.Row)
}
