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

// CreateRequest stores a new request and, if key is not nil, the key that stands
// for it, in one transaction. An id stays taken when its request has expired. See
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
		if f.text(sortKey) != headSort {
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
	const what = "listing requests"
	var page []onboard.Request
	for limit > len(page) {
		ids, err := s.requestIDs(ctx, what, after, limit-len(page))
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			break
		}
		found, err := s.requests(ctx, ids)
		if err != nil {
			return nil, err
		}
		page, after = append(page, found...), ids[len(ids)-1]
	}
	return page, nil
}

// requestIDs returns the ids of up to limit live requests older than after.
func (s *Store) requestIDs(ctx context.Context, what, after string, limit int) ([]string, error) {
	in := &dynamodb.QueryInput{
		IndexName:                 aws.String(indexName),
		KeyConditionExpression:    aws.String("gsi1pk = :all"),
		FilterExpression:          aws.String(ifLive),
		ProjectionExpression:      aws.String(partition),
		ExpressionAttributeValues: item{":all": textValue(allRequests), ":now": timeValue(time.Now())},
		ScanIndexForward:          aws.Bool(false),
		Limit:                     pageSize(limit),
	}
	if after != "" {
		in.KeyConditionExpression = aws.String("gsi1pk = :all AND gsi1sk < :after")
		in.ExpressionAttributeValues[":after"] = textValue(after)
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
		if len(ids) == limit {
			break
		}
	}
	return ids, nil
}

// requests reads the requests of the given ids in that order, without those that
// are gone by now.
func (s *Store) requests(ctx context.Context, ids []string) ([]onboard.Request, error) {
	found := make([]onboard.Request, len(ids))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readersAtOnce)
	for i, id := range ids {
		group.Go(func() (err error) {
			found[i], err = s.Request(ctx, id)
			if errors.Is(err, onboard.ErrNotFound) {
				return nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(r onboard.Request) bool { return r.Version == 0 }), nil
}
