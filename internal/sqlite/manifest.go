package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

const (
	putPart = `
INSERT INTO manifest (request, last, first, expires, data) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET first = excluded.first, expires = excluded.expires, data = excluded.data`

	replacePart = "UPDATE manifest SET data = ? WHERE request = ? AND last = ? AND data = ?"

	selectPart = `
SELECT first, last, data FROM manifest WHERE request = ? AND last > ? AND expires > ? ORDER BY last LIMIT 1`
)

// SaveManifest implements [onboard.Requests]. It stores all parts or none.
func (s *Store) SaveManifest(ctx context.Context, requestID string, parts []onboard.ManifestPart, expires time.Time) error {
	copies := slices.Clone(parts)
	for i := range copies {
		copies[i].Data = slices.Clone(parts[i].Data)
	}
	err := s.file.writer.do(ctx, func(s *statements) error {
		for _, p := range copies {
			if _, err := s.exec(background, putPart, requestID, p.Last, p.First, expiry(expires), p.Data); err != nil {
				return err
			}
		}
		return nil
	})
	return requestFailure("save the manifest of", requestID, err)
}

// ReplaceManifestPart implements [onboard.Requests].
func (s *Store) ReplaceManifestPart(ctx context.Context, requestID string, read onboard.ManifestPart, data []byte) error {
	was, now := slices.Clone(read.Data), slices.Clone(data)
	err := s.file.writer.do(ctx, func(s *statements) error {
		n, err := s.exec(background, replacePart, now, requestID, read.Last, was)
		if err == nil && n == 0 {
			err = onboard.ErrConflict
		}
		return err
	})
	return requestFailure("replace a part of the manifest of", requestID, err)
}

// ManifestPart implements [onboard.Requests].
func (s *Store) ManifestPart(ctx context.Context, requestID string, after int) (part onboard.ManifestPart, err error) {
	found, err := s.file.readOne(ctx, into(&part.First, &part.Last, &part.Data), selectPart, requestID, after, s.file.reader.now())
	if err == nil && !found {
		err = onboard.ErrNotFound
	}
	if err != nil {
		return onboard.ManifestPart{}, fmt.Errorf("manifest of request %s after row %d: %w", requestID, after, err)
	}
	return part, nil
}
