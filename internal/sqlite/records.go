package sqlite

import (
	"context"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

const (
	selectRecord        = "SELECT version, expires, body FROM records WHERE name = ? AND expires > ?"
	selectRecordVersion = "SELECT version FROM records WHERE name = ? AND expires > ?"

	putRecord = `
INSERT INTO records (name, version, expires, body) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET version = excluded.version, expires = excluded.expires, body = excluded.body`
)

// Record implements [onboard.Records].
func (s *Store) Record(ctx context.Context, name string) (onboard.Record, error) {
	r, expires := onboard.Record{Name: name}, int64(0)
	found, err := s.file.readOne(ctx, into(&r.Version, &expires, &r.Data), selectRecord, name, s.file.reader.now())
	if err != nil {
		return onboard.Record{}, fmt.Errorf("read record %s: %w", name, err)
	}
	if found && expires != never {
		r.ExpiresAt = time.Unix(0, expires).UTC()
	}
	return r, nil
}

// SaveRecord implements [onboard.Records].
func (s *Store) SaveRecord(ctx context.Context, r onboard.Record) error {
	err := s.file.writer.do(ctx, func(s *statements) error {
		stored, err := numberOf(s, selectRecordVersion, r.Name, s.now())
		if err != nil {
			return err
		}
		if int(stored) != r.Version {
			return fmt.Errorf("version %d, want %d: %w", stored, r.Version, onboard.ErrConflict)
		}
		_, err = s.exec(background, putRecord, r.Name, r.Version+1, expiry(r.ExpiresAt), r.Data)
		return err
	})
	if err != nil {
		return fmt.Errorf("save record %s: %w", r.Name, err)
	}
	return nil
}
