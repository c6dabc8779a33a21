package dynamostore

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// query yields the items that in asks for, page by page: a page without an item
// is not the last one, only one without a LastEvaluatedKey is. After an error
// it ends.
func (s *Store) query(ctx context.Context, what string, in *dynamodb.QueryInput) iter.Seq2[*fields, error] {
	in.TableName = aws.String(s.table)
	return func(yield func(*fields, error) bool) {
		for {
			page, err := s.client.Query(ctx, in)
			if err != nil {
				yield(nil, s.failure(ctx, what, err))
				return
			}
			for _, stored := range page.Items {
				if !yield(from(stored), nil) {
					return
				}
			}
			if len(page.LastEvaluatedKey) == 0 {
				return
			}
			in.ExclusiveStartKey = page.LastEvaluatedKey
		}
	}
}

// pageSize bounds what DynamoDB reads for one page. A page is at most 1 MB in
// any case, so that more than this many items would rarely fit.
func pageSize(limit int) *int32 { return aws.Int32(int32(min(limit, 1000))) }

// get reads one item, up to date.
func (s *Store) get(ctx context.Context, what string, key item) (*fields, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(s.table), Key: key, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, s.failure(ctx, what, err)
	}
	return from(out.Item), nil
}
