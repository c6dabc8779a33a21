package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"usher.example/internal/onboard"
)

const (
	requestColumns = `SELECT r.id, r.version, r.expires, r.body, t.body FROM requests r LEFT JOIN tallies t ON t.request = r.id `

	selectRequest      = requestColumns + `WHERE r.id = ? AND r.expires > ?`
	selectNewest       = requestColumns + `WHERE r.expires > ? ORDER BY r.id DESC`
	selectOlder        = requestColumns + `WHERE r.id < ? AND r.expires > ? ORDER BY r.id DESC`
	selectOpenRequests = requestColumns + `WHERE r.open = 1 AND r.id > ? AND r.expires > ? ORDER BY r.id`

	// putRequest takes the place of a request that has expired.
	putRequest = `
INSERT INTO requests (id, version, expires, open, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version, expires = excluded.expires, open = excluded.open, body = excluded.body`
)

// CreateRequest implements [onboard.Requests].
func (s *Store) CreateRequest(ctx context.Context, r onboard.Request, key *onboard.Key) error {
	r.Version = 0
	body, tally := requestBody(r), tallyBody(r.Tally)
	var keyRow *keyRow
	if key != nil {
		keyRow = rowOfKey(*key)
	}
	err := s.file.writer.do(ctx, func(s *statements) error {
		now := s.now()
		stored, err := numberOf(s, "SELECT version FROM requests WHERE id = ? AND expires > ?", r.ID, now)
		if err != nil {
			return err
		}
		if stored != 0 {
			return fmt.Errorf("id taken: %w", onboard.ErrConflict)
		}
		if keyRow != nil {
			if err := keyRow.free(s, now); err != nil {
				return err
			}
			if err := keyRow.put(s); err != nil {
				return err
			}
		}
		if err := putRequestBody(s, r, body); err != nil {
			return err
		}
		_, err = s.exec(background, putTally, r.ID, tally)
		return err
	})
	return requestFailure("create", r.ID, err)
}

// Request implements [onboard.Requests].
func (s *Store) Request(ctx context.Context, id string) (r onboard.Request, err error) {
	found := false
	err = s.file.read(ctx, func(rows *sql.Rows) (bool, error) {
		found = true
		r, err = scanRequest(rows)
		return false, err
	}, selectRequest, id, s.file.reader.now())
	if err == nil && !found {
		err = onboard.ErrNotFound
	}
	if err != nil {
		return onboard.Request{}, requestFailure("read", id, err)
	}
	return r, nil
}

// SaveRequest implements [onboard.Requests].
func (s *Store) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	body := requestBody(r)
	delta = onboard.Tally{}.Add(delta) // a copy
	err := s.file.writer.do(ctx, func(s *statements) error {
		now := s.now()
		stored, err := numberOf(s, "SELECT version FROM requests WHERE id = ? AND expires > ?", r.ID, now)
		switch {
		case err != nil:
			return err
		case stored == 0:
			return onboard.ErrNotFound
		case stored != r.Version:
			return fmt.Errorf("version %d given, %d stored: %w", r.Version, stored, onboard.ErrConflict)
		}
		if err := addTally(s, r.ID, delta, now); err != nil {
			return err
		}
		return putRequestBody(s, r, body)
	})
	return requestFailure("save", r.ID, err)
}

// putRequestBody writes a request as its next version.
func putRequestBody(s *statements, r onboard.Request, body []byte) error {
	_, err := s.exec(background, putRequest, r.ID, r.Version+1, expiry(r.ExpiresAt), r.EndedAt.IsZero(), body)
	return err
}

// ListRequests implements [onboard.Requests].
func (s *Store) ListRequests(ctx context.Context, after string, limit int) (found []onboard.Request, err error) {
	if after == "" {
		found, err = listed(ctx, s.file, limit, scanRequest, selectNewest, s.file.reader.now())
	} else {
		found, err = listed(ctx, s.file, limit, scanRequest, selectOlder, after, s.file.reader.now())
	}
	if err != nil {
		return found, fmt.Errorf("list the requests: %w", err)
	}
	return found, nil
}

// OpenRequests implements [onboard.Requests].
func (s *Store) OpenRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	found, err := listed(ctx, s.file, limit, scanRequest, selectOpenRequests, after, s.file.reader.now())
	if err != nil {
		return found, fmt.Errorf("list the open requests: %w", err)
	}
	return found, nil
}

func scanRequest(rows *sql.Rows) (r onboard.Request, err error) {
	var expires int64
	var body, tally sql.RawBytes
	if err := rows.Scan(&r.ID, &r.Version, &expires, &body, &tally); err != nil {
		return onboard.Request{}, err
	}
	what := "request " + r.ID
	r.ExpiresAt = fromExpiry(expires)
	if r.Tally, err = storedTally(what, tally); err != nil {
		return onboard.Request{}, err
	}
	return readRequest(what, r, body)
}

func requestFailure(what, id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s request %s: %w", what, id, err)
}
