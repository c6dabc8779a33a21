package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"time"

	"usher.example/internal/onboard"
)

const (
	selectMail  = "SELECT delivery FROM mails WHERE request = ? AND row = ? AND expires > ?"
	selectMails = "SELECT row, delivery FROM mails WHERE request = ? AND expires > ?"

	putMail = `
INSERT INTO mails (request, row, delivery, expires) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET delivery = excluded.delivery, expires = excluded.expires`
)

// NoteMails implements [onboard.MailNotes].
func (s *Store) NoteMails(ctx context.Context, requestID string, of map[int]onboard.MailDelivery, expires time.Time) error {
	of = maps.Clone(of)
	err := s.file.writer.do(ctx, func(s *statements) error {
		now := s.now()
		for row, says := range of {
			var known string
			if _, err := s.one(background, into(&known), selectMail, requestID, row, now); err != nil {
				return err
			}
			says = onboard.MailDelivery(known).Worst(says)
			if _, err := s.exec(background, putMail, requestID, row, string(says), expiry(expires)); err != nil {
				return err
			}
		}
		return nil
	})
	return requestFailure("note the mails of", requestID, err)
}

// NotedMails implements [onboard.MailNotes].
func (s *Store) NotedMails(ctx context.Context, requestID string) (map[int]onboard.MailDelivery, error) {
	found := map[int]onboard.MailDelivery{}
	err := s.file.read(ctx, func(rows *sql.Rows) (bool, error) {
		var row int
		var says string
		err := rows.Scan(&row, &says)
		found[row] = onboard.MailDelivery(says)
		return true, err
	}, selectMails, requestID, s.file.reader.now())
	if err != nil {
		return nil, requestFailure("read the mails of", requestID, err)
	}
	return found, nil
}
