package memory

import (
	"context"
	"time"

	"usher.example/internal/onboard"
)

// note is what is known of the mail to one row.
type note struct {
	says    onboard.MailDelivery
	expires time.Time
}

// NoteMails implements [onboard.MailNotes].
func (s *Store) NoteMails(ctx context.Context, requestID string, of map[int]onboard.MailDelivery, expires time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.notes[requestID] == nil {
		s.notes[requestID] = map[int]note{}
	}
	for row, says := range of {
		s.notes[requestID][row] = note{s.notes[requestID][row].says.Worst(says), plain(expires)}
	}
	return nil
}

// NotedMails implements [onboard.MailNotes].
func (s *Store) NotedMails(ctx context.Context, requestID string) (map[int]onboard.MailDelivery, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[int]onboard.MailDelivery{}
	for row, n := range s.notes[requestID] {
		if !gone(n.expires, now) {
			found[row] = n.says
		}
	}
	return found, nil
}
