package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

// maxSpared is how many receipts of one message that ended with its process do not
// count. A row that has been in flight at more ends than that may be what ends the
// process, so it comes to be a dead letter in the end.
const maxSpared = 20

const (
	bringBackMessages = `
UPDATE messages SET state = 0, visible = ?, spared = spared + (spared < ?) WHERE queue = ? AND state > 1 AND state = ?`

	selectUnderWay = "SELECT address, version, expires, body FROM claims WHERE held = 1"

	selectCells = "SELECT lane, body FROM cells"
)

// recover puts in order what the process before has left.
func (s *State) recover(ctx context.Context) (err error) {
	s.cutOff, err = result(ctx, s.state.writer, func(st *statements) (cut CutOff, err error) {
		now := st.clock.wall()
		if cut.Messages, err = bringBack(st, now); err != nil {
			return cut, err
		}
		if cut.Claims, err = freeClaims(st, now); err != nil {
			return cut, err
		}
		cut.Submissions, err = closeSubmissions(st, now)
		return cut, err
	})
	if err != nil {
		return fmt.Errorf("put %s in order: %w", s.state.path, err)
	}
	if !s.pace.alone {
		return nil
	}
	if err := giveBackPlaces(ctx, s.pace); err != nil {
		return fmt.Errorf("put %s in order: %w", s.pace.path, err)
	}
	s.pace.alone = false
	return s.pace.share()
}

// bringBack makes messages visible whose worker is no more.
func bringBack(s *statements, now time.Time) (int, error) {
	n := 0
	for _, queue := range []int{mainQueue, deadLetterQueue} {
		m, err := s.exec(background, bringBackMessages, now.UnixNano(), maxSpared, queue, inFlight)
		if err != nil {
			return 0, err
		}
		n += m
	}
	return n, nil
}

// freeClaims frees the claims that were held, and returns how many.
func freeClaims(s *statements, now time.Time) (n int, err error) {
	claims, err := claimsUnderWay(s)
	for _, c := range claims {
		held, freed := c.Holder != onboard.Holder{}, c.Orphaned(now)
		if held {
			n++
		}
		if err == nil && (held || !freed.Trail.To.Equal(c.Trail.To)) {
			err = putClaimBody(s, freed, claimBody(freed))
		}
	}
	return n, err
}

// claimsUnderWay returns the claims that are held or have a trail. One that cannot be read
// is left to the next reader.
func claimsUnderWay(s *statements) (claims []onboard.Claim, err error) {
	var damaged damages
	err = s.each(background, func(rows *sql.Rows) (bool, error) {
		var c onboard.Claim
		var expires int64
		var body sql.RawBytes
		if err := rows.Scan(&c.Address, &c.Version, &expires, &body); err != nil {
			return false, err
		}
		c.ExpiresAt = fromExpiry(expires)
		c, err := readClaim("a claim", c, body)
		if damaged.take(err) {
			return true, nil
		}
		claims = append(claims, c)
		return true, err
	}, selectUnderWay)
	return claims, err
}

// closeSubmissions closes what was being put on the queue.
func closeSubmissions(s *statements, now time.Time) (n int, err error) {
	open, err := list(background, s, 1<<31-1, scanRequest, selectOpenRequests, "", now.UnixNano())
	var damaged damages
	if err != nil && !damaged.take(err) {
		return 0, err
	}
	for _, r := range open {
		if !r.AcceptedUntil.After(now) {
			continue
		}
		r = r.Orphaned(now)
		if err := putRequestBody(s, r, requestBody(r)); err != nil {
			return n, err
		}
		if r.Round == 0 {
			n++
		}
	}
	return n, nil
}

// giveBackPlaces frees the places of the pace that lie ahead. No process has the file
// open that could use them.
func giveBackPlaces(ctx context.Context, f *file) error {
	return f.writer.do(ctx, func(s *statements) error {
		return eachCell(s, func(c onboard.Cell) onboard.Cell { return c.Orphaned(s.clock.wall()) })
	})
}

// eachCell changes the cells of all lanes.
func eachCell(s *statements, change func(onboard.Cell) onboard.Cell) error {
	cells := map[string]onboard.Cell{}
	err := s.each(background, func(rows *sql.Rows) (bool, error) {
		var lane string
		var body sql.RawBytes
		if err := rows.Scan(&lane, &body); err != nil {
			return false, err
		}
		cell, err := readCell("the cell of lane "+lane, body)
		cells[lane] = cell
		return true, err
	}, selectCells)
	for lane, cell := range cells {
		if err == nil {
			_, err = storeCell(s, lane, change(cell))
		}
	}
	return err
}
