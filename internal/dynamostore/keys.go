package dynamostore

import (
	"context"
	"fmt"
	"time"

	"usher.example/internal/onboard"
)

func keyItem(k onboard.Key) item {
	it := submissionKey(k.ID)
	keyFields(onto(it), &k)
	return it
}

func keyFields(f *fields, k *onboard.Key) {
	f.text("body_hash", &k.BodyHash)
	f.text("request_id", &k.RequestID)
	f.expiry(&k.ExpiresAt)
}

// Key returns the record of an idempotency key. See [onboard.Requests].
func (s *Store) Key(ctx context.Context, id string) (onboard.Key, error) {
	const what = "reading an idempotency key"
	f, err := s.get(ctx, what, submissionKey(id))
	if err != nil {
		return onboard.Key{}, err
	}
	k := onboard.Key{ID: id}
	keyFields(f, &k)
	switch {
	case f.err != nil:
		return onboard.Key{}, s.malformed(what, f.err)
	case f.gone(time.Now()):
		return onboard.Key{}, fmt.Errorf("dynamostore: %s: %w", what, onboard.ErrNotFound)
	}
	return k, nil
}
