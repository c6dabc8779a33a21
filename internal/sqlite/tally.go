package sqlite

import "usher.example/internal/onboard"

const (
	// selectTally finds the tally of a request that has not expired. One that has
	// none yet is a request whose rows have not moved.
	selectTally = `
SELECT t.body FROM requests r LEFT JOIN tallies t ON t.request = r.id WHERE r.id = ? AND r.expires > ?`

	putTally = `INSERT INTO tallies (request, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body`
)

// addTally adds to the tally of a request, if there is such a request.
func addTally(s *statements, requestID string, delta onboard.Tally, now int64) error {
	if len(delta.States) == 0 && len(delta.Codes) == 0 && delta.UpdatedAt.IsZero() {
		return nil
	}
	var body []byte
	found, err := s.one(background, into(&body), selectTally, requestID, now)
	if err != nil || !found {
		return err
	}
	tally, err := storedTally("request "+requestID, body)
	if err != nil {
		return err
	}
	_, err = s.exec(background, putTally, requestID, tallyBody(tally.Add(delta)))
	return err
}

// storedTally reads a tally's body; nil is the tally of no row.
func storedTally(what string, body []byte) (onboard.Tally, error) {
	if body == nil {
		return onboard.Tally{}, nil
	}
	return readTally(what, body)
}
