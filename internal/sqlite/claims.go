package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"usher.example/internal/onboard"
)

const selectClaim = `SELECT version, expires, body FROM claims WHERE address = ? AND expires > ?`

// maxBroken is how many damaged claims are left out before the file itself counts as
// damaged.
const maxBroken = 10

// Claims implements [onboard.Invitations]. Each is a look-up of its own, of some ten
// microseconds: no call leaves the process.
func (s *Store) Claims(ctx context.Context, addresses []string) (map[string]onboard.Claim, error) {
	found := map[string]onboard.Claim{}
	var broken damages
	now := clock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, address := range addresses {
		if _, ok := found[address]; ok {
			continue
		}
		err := s.file.read(ctx, func(rows *sql.Rows) (bool, error) {
			var version int
			var expires int64
			var body sql.RawBytes
			if err := rows.Scan(&version, &expires, &body); err != nil {
				return false, err
			}
			claim := onboard.Claim{Address: address, Version: version, ExpiresAt: fromExpiry(expires)}
			claim, err := readClaim("a claim", claim, body)
			if err == nil {
				found[address] = claim
			}
			return false, err
		}, selectClaim, address, now)
		if err != nil && (!broken.take(err) || len(broken) > maxBroken) {
			return nil, fmt.Errorf("read claims: %w", err)
		}
	}
	return found, broken.err()
}
