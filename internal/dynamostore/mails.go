package dynamostore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"usher.example/internal/onboard"
)

// mailBlock is how many rows share an item of notes. A row's number takes up to 4
// bytes (Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats"), so an
// item stays below the 1 KB that one write unit pays for while each row is in one of
// its sets.
const mailBlock = 200

// NoteMails adds rows to the sets of what became of their mails, one item for each
// block of rows. See [onboard.MailNotes].
//
// Adding to a set is safe to repeat and needs no condition, so it is one plain
// update. The worst set that a row is in counts.
func (s *Store) NoteMails(ctx context.Context, requestID string, of map[int]onboard.MailDelivery, expires time.Time) error {
	blocks := map[int]map[onboard.MailDelivery][]int{}
	for _, row := range slices.Sorted(maps.Keys(of)) {
		block := row / mailBlock
		if blocks[block] == nil {
			blocks[block] = map[onboard.MailDelivery][]int{}
		}
		blocks[block][of[row]] = append(blocks[block][of[row]], row)
	}
	for _, block := range slices.Sorted(maps.Keys(blocks)) {
		_, err := s.update(ctx, "noting mails of request "+requestID, s.noteMails(mailKey(requestID, block), blocks[block], expires))
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) noteMails(key item, rows map[onboard.MailDelivery][]int, expires time.Time) *dynamodb.UpdateItemInput {
	in := &dynamodb.UpdateItemInput{Key: key, ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: item{}}
	var adds []string
	for i, says := range slices.Sorted(maps.Keys(rows)) {
		in.ExpressionAttributeNames[fmt.Sprintf("#n%d", i)] = string(says)
		in.ExpressionAttributeValues[fmt.Sprintf(":n%d", i)] = numbers.write(rows[says])
		adds = append(adds, fmt.Sprintf("#n%d :n%d", i, i))
	}
	expression := "ADD " + strings.Join(adds, ", ")
	if !expires.IsZero() {
		in.ExpressionAttributeValues[":expires"], in.ExpressionAttributeValues[":ttl"] = timeValue(expires), ttlValue(expires)
		expression += " SET expires = :expires, expires_at = :ttl"
	}
	in.UpdateExpression = aws.String(expression)
	return in
}

// NotedMails reads all blocks of a request. See [onboard.MailNotes].
func (s *Store) NotedMails(ctx context.Context, requestID string) (map[int]onboard.MailDelivery, error) {
	what := "reading the notes of mails of request " + requestID
	found := map[int]onboard.MailDelivery{}
	now := time.Now()
	for f, err := range s.query(ctx, what, &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :mails)"),
		ExpressionAttributeValues: item{":pk": textValue(requestPrefix + requestID), ":mails": textValue(mailPrefix)},
		ConsistentRead:            aws.Bool(true),
	}) {
		if err != nil {
			return nil, err
		}
		if f.gone(now) {
			continue
		}
		for _, says := range onboard.MailDeliveries {
			for _, row := range get(f, string(says), numbers) {
				found[row] = found[row].Worst(says)
			}
		}
		if f.err != nil {
			return nil, s.malformed(what, f.err)
		}
	}
	return found, nil
}
