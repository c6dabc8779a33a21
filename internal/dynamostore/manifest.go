package dynamostore

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"usher.example/internal/onboard"
)

// partsAtOnce bounds how many parts of a manifest are written at the same time. A
// part takes 15 to 30 write units, and a partition 1,000 a second.
const partsAtOnce = 8

// SaveManifest stores parts of a request's manifest, each an item. See
// [onboard.Requests].
func (s *Store) SaveManifest(ctx context.Context, requestID string, parts []onboard.ManifestPart, expires time.Time) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(partsAtOnce)
	for _, part := range parts {
		group.Go(func() error {
			err := repeat(ctx, func() error {
				_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
					TableName: aws.String(s.table), Item: partItem(requestID, part, expires),
				})
				return err
			})
			if err != nil {
				return s.failure(ctx, "saving the manifest of request "+requestID, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// ReplaceManifestPart stores data in place of what was read of a part. When the answer is
// lost and the SDK repeats the call, it is a conflict, which says to look again. See
// [onboard.Requests].
func (s *Store) ReplaceManifestPart(ctx context.Context, requestID string, read onboard.ManifestPart, data []byte) error {
	what := "replacing a part of the manifest of request " + requestID
	_, err := s.update(ctx, what, &dynamodb.UpdateItemInput{
		Key:                      keyOf(requestPrefix+requestID, partSort(read.Last)),
		ConditionExpression:      aws.String("#data = :read"),
		UpdateExpression:         aws.String("SET #data = :data"),
		ExpressionAttributeNames: map[string]string{"#data": "data"},
		ExpressionAttributeValues: item{
			":read": &types.AttributeValueMemberB{Value: read.Data}, ":data": &types.AttributeValueMemberB{Value: data},
		},
	})
	return conflict(what, err)
}

// ManifestPart returns the part with the first row after the given one. See
// [onboard.Requests].
func (s *Store) ManifestPart(ctx context.Context, requestID string, after int) (onboard.ManifestPart, error) {
	what := "reading the manifest of request " + requestID
	for f, err := range s.query(ctx, what, &dynamodb.QueryInput{
		KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :first AND :last"),
		ExpressionAttributeValues: item{
			":pk":    textValue(requestPrefix + requestID),
			":first": textValue(partSort(after + 1)),
			":last":  textValue(partPrefix + "~"),
		},
		ConsistentRead: aws.Bool(true),
		Limit:          aws.Int32(1),
	}) {
		if err != nil {
			return onboard.ManifestPart{}, err
		}
		if f.gone(time.Now()) {
			continue
		}
		var part onboard.ManifestPart
		partFields(f, &part)
		if f.err != nil {
			return onboard.ManifestPart{}, s.malformed(what, f.err)
		}
		return part, nil
	}
	return onboard.ManifestPart{}, fmt.Errorf("dynamostore: %s: %w", what, onboard.ErrNotFound)
}

func partItem(requestID string, part onboard.ManifestPart, expires time.Time) item {
	it := keyOf(requestPrefix+requestID, partSort(part.Last))
	f := onto(it)
	partFields(f, &part)
	f.expiry(&expires)
	return it
}

func partFields(f *fields, part *onboard.ManifestPart) {
	f.number("first", &part.First)
	f.number("last", &part.Last)
	f.bytes("data", &part.Data)
}
