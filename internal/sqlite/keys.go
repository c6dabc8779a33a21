package sqlite

import (
	"context"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

// keyRecord is the request of an idempotency key.
type keyRecord struct {
	BodyHash  string `json:"hash,omitzero"`
	RequestID string `json:"request,omitzero"`
}

// keyRow is a key as its row has it.
type keyRow struct {
	id      string
	expires int64
	body    []byte
}

func rowOfKey(k onboard.Key) *keyRow {
	return &keyRow{k.ID, expiry(k.ExpiresAt), encode(keyRecord{k.BodyHash, k.RequestID})}
}

// free refuses a key that is taken.
func (k *keyRow) free(s *statements, now int64) error {
	taken, err := numberOf(s, "SELECT 1 FROM keys WHERE id = ? AND expires > ?", k.id, now)
	if err == nil && taken != 0 {
		err = fmt.Errorf("idempotency key taken: %w", onboard.ErrConflict)
	}
	return err
}

func (k *keyRow) put(s *statements) error {
	_, err := s.exec(background, `
INSERT INTO keys (id, expires, body) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET expires = excluded.expires, body = excluded.body`, k.id, k.expires, k.body)
	return err
}

const selectKey = "SELECT expires, body FROM keys WHERE id = ? AND expires > ?"

// Key implements [onboard.Requests].
func (s *Store) Key(ctx context.Context, id string) (onboard.Key, error) {
	const what = "idempotency key"
	var row keyRow
	found, err := s.file.readOne(ctx, into(&row.expires, &row.body), selectKey, id, s.file.reader.now())
	if err == nil && !found {
		err = onboard.ErrNotFound
	}
	if err != nil {
		return onboard.Key{}, fmt.Errorf("read an %s: %w", what, err)
	}
	record, err := decode[keyRecord](what, row.body)
	if err != nil {
		return onboard.Key{}, err
	}
	return onboard.Key{ID: id, BodyHash: record.BodyHash, RequestID: record.RequestID, ExpiresAt: fromExpiry(row.expires)}, nil
}

const (
	selectCounter = "SELECT sum FROM counters WHERE name = ? AND expires > ?"
	putCounter    = `
INSERT INTO counters (name, sum, expires) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET sum = excluded.sum, expires = excluded.expires`
)

// Spend implements [onboard.Requests].
func (s *Store) Spend(ctx context.Context, name string, n, limit int, expires time.Time) error {
	err := s.file.writer.do(ctx, func(s *statements) error {
		sum, err := numberOf(s, selectCounter, name, s.now())
		if err != nil {
			return err
		}
		if sum+n > limit {
			return fmt.Errorf("%d of %d are spent: %w", sum, limit, onboard.ErrConflict)
		}
		_, err = s.exec(background, putCounter, name, sum+n, expiry(expires))
		return err
	})
	if err != nil {
		return fmt.Errorf("spend %d: %w", n, err)
	}
	return nil
}

// Spent implements [onboard.Requests].
func (s *Store) Spent(ctx context.Context, name string) (sum int, err error) {
	if _, err := s.file.readOne(ctx, into(&sum), selectCounter, name, s.file.reader.now()); err != nil {
		return 0, fmt.Errorf("read a counter: %w", err)
	}
	return sum, nil
}
