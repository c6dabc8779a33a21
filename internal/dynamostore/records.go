package dynamostore

import (
	"context"
	"time"

	"usher.example/internal/onboard"
)

// Record returns the record of a name, as it is now. See [onboard.Records].
func (s *Store) Record(ctx context.Context, name string) (onboard.Record, error) {
	what := "reading record " + name
	f, err := s.get(ctx, what, recordKey(name))
	if err != nil {
		return onboard.Record{}, err
	}
	r := onboard.Record{Name: name}
	if f.gone(time.Now()) {
		return r, nil
	}
	recordFields(f, &r)
	if f.err != nil {
		return onboard.Record{}, s.malformed(what, f.err)
	}
	return r, nil
}

// SaveRecord replaces a record. See [onboard.Records].
func (s *Store) SaveRecord(ctx context.Context, r onboard.Record) error {
	what := "saving record " + r.Name
	it := recordKey(r.Name)
	recordFields(onto(it), &r)
	return conflict(what, s.write(ctx, change{what: what, puts: []put{pinned(it, r.Version)}}))
}

func recordFields(f *fields, r *onboard.Record) {
	f.bytes("data", &r.Data)
	f.version(&r.Version)
	f.expiry(&r.ExpiresAt)
}
