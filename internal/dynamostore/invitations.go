package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"usher.example/internal/onboard"
)

// Load returns what is stored of one invitation and of the claim on its address.
// See [onboard.Invitations].
//
// Both come in one BatchGetItem: one round trip at the price of two reads. It is
// not a snapshot, and need not be, because Save pins each to its version.
// TransactGetItems would cost twice as much and fail whenever it meets a write.
func (s *Store) Load(ctx context.Context, requestID string, row int, address string) (onboard.Invitation, onboard.Claim, error) {
	what := fmt.Sprintf("loading row %d of request %s", row, requestID)
	inv := onboard.Invitation{RequestID: requestID, Row: row}
	claim := onboard.Claim{Address: address}
	keys := []map[string]types.AttributeValue{invitationKey(requestID, row)}
	if address != "" {
		keys = append(keys, claimKey(address))
	}
	stored, err := s.getAll(ctx, what, types.KeysAndAttributes{Keys: keys, ConsistentRead: aws.Bool(true)})
	if err != nil {
		return onboard.Invitation{}, onboard.Claim{}, err
	}
	now := time.Now()
	for _, f := range stored {
		switch isClaim := get(f, sortKey, text) == headSort; {
		case f.gone(now):
		case isClaim:
			claim, err = readClaim(f)
		default:
			inv, err = readInvitation(f)
		}
		if err == nil {
			err = f.err
		}
		if err != nil {
			return onboard.Invitation{}, onboard.Claim{}, s.malformed(what, err)
		}
	}
	return inv, claim, nil
}

// getAll reads the items of the given keys, at most 100, in no order. Keys that DynamoDB leaves unprocessed, because it is busy, are requested again.
func (s *Store) getAll(ctx context.Context, what string, keys types.KeysAndAttributes) ([]*fields, error) {
	var found []*fields
	in := &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{s.table: keys}}
	for n := 0; ; n++ {
		out, err := s.client.BatchGetItem(ctx, in)
		if err != nil {
			return nil, s.failure(ctx, what, err)
		}
		for _, stored := range out.Responses[s.table] {
			found = append(found, from(stored))
		}
		if len(out.UnprocessedKeys) == 0 {
			return found, nil
		}
		if n == repeats {
			return nil, s.failure(ctx, what, errUnprocessed)
		}
		if err := rest(ctx, n); err != nil {
			return nil, err
		}
		in.RequestItems = out.UnprocessedKeys
	}
}

// Save writes one invitation, and with it the claim and the change to its
// request's tally. See [onboard.Invitations].
func (s *Store) Save(ctx context.Context, w onboard.Write) error {
	inv := w.Invitation
	what := fmt.Sprintf("saving row %d of request %s", inv.Row, inv.RequestID)
	c := change{
		what:  what,
		puts:  []put{pinned(invitationItem(inv), inv.Version)},
		tally: addTo(inv.RequestID, inv.Row, w.Tally, inv.ExpiresAt),
	}
	if w.Claim != nil {
		c.puts = append(c.puts, pinned(claimItem(*w.Claim), w.Claim.Version))
	}
	return conflict(what, s.write(ctx, c))
}

// ListInvitations returns up to limit invitations of a request in row order, as
// they are now. See [onboard.Invitations].
func (s *Store) ListInvitations(ctx context.Context, requestID string, after, limit int) ([]onboard.Invitation, error) {
	return s.invitations(ctx, "listing invitations of request "+requestID, limit, &dynamodb.QueryInput{
		KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :first AND :last"),
		ExpressionAttributeValues: item{
			":pk":    textValue(requestPrefix + requestID),
			":first": textValue(rowSort(after + 1)),
			":last":  textValue(rowPrefix + "~"),
		},
		ConsistentRead: aws.Bool(true),
	})
}

// DueInvitations returns up to limit invitations that are due, in their order,
// after the given one. They come from the index, which is a little behind. See
// [onboard.Invitations].
func (s *Store) DueInvitations(ctx context.Context, now time.Time, after onboard.Due, limit int) ([]onboard.Invitation, error) {
	first, end := dueSort(time.Time{}), dueSort(now.Add(time.Nanosecond))
	if after != (onboard.Due{}) {
		first = dueKey(after) + "\x00" // the smallest string after it
	}
	if first > end { // DynamoDB refuses such a range
		return nil, nil
	}
	return s.invitations(ctx, "listing due invitations", limit, &dynamodb.QueryInput{
		IndexName:              aws.String(indexName),
		KeyConditionExpression: aws.String("gsi1pk = :due AND gsi1sk BETWEEN :first AND :end"),
		ExpressionAttributeValues: item{
			":due":   textValue(allDue),
			":first": textValue(first),
			":end":   textValue(end), // no row has this key without an id in it
		},
	})
}

// invitations returns the first limit live invitations that a query yields, and
// with an error of the class [onboard.ErrDamaged] those that can be read.
func (s *Store) invitations(ctx context.Context, what string, limit int, in *dynamodb.QueryInput) ([]onboard.Invitation, error) {
	if limit <= 0 {
		return nil, nil
	}
	in.Limit = pageSize(limit)
	var list []onboard.Invitation
	var faults []error
	now := time.Now()
	for f, err := range s.query(ctx, what, in) {
		if err != nil {
			return nil, err
		}
		if f.gone(now) {
			continue
		}
		inv, err := readInvitation(f)
		if err != nil {
			faults = append(faults, s.malformed(what, err))
			continue
		}
		if list = append(list, inv); len(list) == limit {
			break
		}
	}
	return list, errors.Join(faults...)
}
