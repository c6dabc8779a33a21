package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"usher.example/internal/onboard"
)

// CreateRequest stores a new request and, if key is not nil, its idempotency key,
// in one transaction. An id stays taken when its request has expired. See
// [onboard.Requests].
func (s *Store) CreateRequest(ctx context.Context, r onboard.Request, key *onboard.Key) error {
	r.Version = 0
	c := change{
		what:  "creating request " + r.ID,
		puts:  []put{{item: requestItem(r), condition: ifNever}},
		tally: addTo(r.ID, 0, r.Tally, r.ExpiresAt),
	}
	if key != nil {
		c.puts = append(c.puts, pinned(keyItem(*key), 0))
	}
	return conflict(c.what, s.write(ctx, c))
}

// conflict gives a refusal its class.
func conflict(what string, err error) error {
	var refused *refusal
	if errors.As(err, &refused) {
		return fmt.Errorf("dynamostore: %s: %w", what, onboard.ErrConflict)
	}
	return err
}

// Request returns one request with its tally, as they are now. See
// [onboard.Requests].
func (s *Store) Request(ctx context.Context, id string) (onboard.Request, error) {
	what := "reading request " + id
	var r onboard.Request
	var tally onboard.Tally
	for f, err := range s.query(ctx, what, &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :head)"),
		ExpressionAttributeValues: item{":pk": textValue(requestPrefix + id), ":head": textValue(headPrefix)},
		ConsistentRead:            aws.Bool(true),
	}) {
		if err != nil {
			return onboard.Request{}, err
		}
		if get(f, sortKey, text) != headSort {
			tally = tally.Add(readShard(f))
		} else if !f.gone(time.Now()) {
			r, _ = readRequest(f)
		}
		if f.err != nil {
			return onboard.Request{}, s.malformed(what, f.err)
		}
	}
	if r.Version == 0 {
		return onboard.Request{}, fmt.Errorf("dynamostore: %s: %w", what, onboard.ErrNotFound)
	}
	r.Tally = trim(tally)
	return r, nil
}

// SaveRequest replaces a request and adds delta to its tally. See
// [onboard.Requests].
func (s *Store) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	what := "saving request " + r.ID
	err := s.write(ctx, change{
		what:  what,
		puts:  []put{{requestItem(r), ifSame, r.Version}},
		tally: addTo(r.ID, 0, delta, r.ExpiresAt),
	})
	var refused *refusal
	if errors.As(err, &refused) && refused.actions[0].stored.gone(time.Now()) {
		return fmt.Errorf("dynamostore: %s: %w", what, onboard.ErrNotFound)
	}
	return conflict(what, err)
}

// readersAtOnce bounds how many requests of a page are read at the same time:
// enough for a page of 50 within a few round trips, few enough connections for
// the smallest function.
const readersAtOnce = 8

// ListRequests returns up to limit requests, newest first, that come after the
// given id. The index says which; each is then read with its tally, up to date.
// See [onboard.Requests].
func (s *Store) ListRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	return s.page(ctx, limit, func(missing int) (ids []string, err error) {
		ids, err = s.requestIDs(ctx, "listing requests", after, missing)
		if len(ids) > 0 {
			after = ids[len(ids)-1]
		}
		return ids, err
	})
}

// page reads requests until there are limit of them, or next, which returns the
// ids of up to as many as are missing, has no more. Some may be gone by the time
// they are read. Those that are damaged are left out, and the error returned
// with the page says which: one of them must not stop the work on the others.
func (s *Store) page(ctx context.Context, limit int, next func(missing int) ([]string, error)) ([]onboard.Request, error) {
	var page []onboard.Request
	var faults []error
	for limit > len(page) {
		ids, err := next(limit - len(page))
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			break
		}
		found, err := s.requests(ctx, ids)
		if err != nil && !errors.Is(err, onboard.ErrDamaged) {
			return nil, err
		}
		page, faults = append(page, found...), append(faults, err)
	}
	return page, errors.Join(faults...)
}

// OpenRequests returns up to limit requests whose end is not stored, oldest first.
// See [onboard.Requests].
func (s *Store) OpenRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	return s.page(ctx, limit, func(missing int) (ids []string, err error) {
		ids, err = s.idsIn(ctx, "listing open requests", openRequests, span{after: after, limit: missing})
		if len(ids) > 0 {
			after = ids[len(ids)-1]
		}
		return ids, err
	})
}

// requestIDs returns the ids of up to limit live requests older than after, newest
// first: those of the open and of the ended ones, which the index keeps apart.
func (s *Store) requestIDs(ctx context.Context, what, after string, limit int) ([]string, error) {
	var ids []string
	for _, part := range []string{openRequests, endedRequests} {
		found, err := s.idsIn(ctx, what, part, span{after: after, limit: limit, newestFirst: true})
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	ids = slices.Compact(ids) // one that ends at this moment may be in both
	return ids[:min(limit, len(ids))], nil
}

// span is a stretch of the index's ids: up to limit of them, after the given one
// in the direction.
type span struct {
	after       string
	limit       int
	newestFirst bool
}

// idsIn returns the ids of live requests in a partition of the index.
func (s *Store) idsIn(ctx context.Context, what, part string, of span) ([]string, error) {
	if of.limit <= 0 {
		return nil, nil
	}
	in := &dynamodb.QueryInput{
		IndexName:                 aws.String(indexName),
		KeyConditionExpression:    aws.String("gsi1pk = :part"),
		FilterExpression:          aws.String(ifLive),
		ProjectionExpression:      aws.String(partition),
		ExpressionAttributeValues: item{":part": textValue(part), ":now": timeValue(time.Now())},
		ScanIndexForward:          aws.Bool(!of.newestFirst),
		Limit:                     pageSize(of.limit),
	}
	if of.after != "" {
		condition := "gsi1pk = :part AND gsi1sk > :after"
		if of.newestFirst {
			condition = "gsi1pk = :part AND gsi1sk < :after"
		}
		in.KeyConditionExpression = aws.String(condition)
		in.ExpressionAttributeValues[":after"] = textValue(of.after)
	}
	var ids []string
	for f, err := range s.query(ctx, what, in) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, f.suffix(partition, requestPrefix))
		if f.err != nil {
			return nil, s.malformed(what, f.err)
		}
		if len(ids) == of.limit {
			break
		}
	}
	return ids, nil
}

// requests reads the requests of the given ids in that order, without those that
// are gone by now, and with an error of the class [onboard.ErrDamaged] without
// those that cannot be read.
func (s *Store) requests(ctx context.Context, ids []string) ([]onboard.Request, error) {
	found, faults := make([]onboard.Request, len(ids)), make([]error, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readersAtOnce)
	for i, id := range ids {
		group.Go(func() (err error) {
			found[i], err = s.Request(ctx, id)
			switch {
			case errors.Is(err, onboard.ErrDamaged):
				faults[i] = err
			case !errors.Is(err, onboard.ErrNotFound):
				return err
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(r onboard.Request) bool { return r.Version == 0 }), errors.Join(faults...)
}
