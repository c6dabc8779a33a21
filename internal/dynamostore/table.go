package dynamostore

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"usher.example/internal/onboard"
)

// TTLAttribute is the attribute by which DynamoDB deletes what has expired.
const TTLAttribute = "expires_at"

const (
	indexName = "index1"
	partition = "pk"
	sortKey   = "sk"
	gsiPart   = "gsi1pk"
	gsiSort   = "gsi1sk"
	allDue    = "DUE" // gsi1pk of every deferred invitation with a DueAt

	// gsi1pk of every request. An earlier version of usher gave them all the second.
	openRequests  = "OPEN"
	endedRequests = "REQUESTS"
)

// Table describes the table that a [Store] needs, but for its TTL, which
// DynamoDB takes in a separate call: see [TTLAttribute].
func Table(name string) *dynamodb.CreateTableInput {
	key := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: aws.String(name), KeyType: kind}
	}
	in := &dynamodb.CreateTableInput{
		TableName:   aws.String(name),
		BillingMode: types.BillingModePayPerRequest,
		KeySchema:   []types.KeySchemaElement{key(partition, types.KeyTypeHash), key(sortKey, types.KeyTypeRange)},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String(indexName),
			KeySchema:  []types.KeySchemaElement{key(gsiPart, types.KeyTypeHash), key(gsiSort, types.KeyTypeRange)},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	}
	for _, name := range []string{partition, sortKey, gsiPart, gsiSort} {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS,
		})
	}
	return in
}

// The kinds of partition; see the package's comment.
const (
	requestPrefix = "REQ#"
	claimPrefix   = "ADDR#"
	keyPrefix     = "KEY#"
	counterPrefix = "COUNT#"
	lanePrefix    = "PACE#"
	recordPrefix  = "REC#"
)

// The kinds of item in a partition. headPrefix begins the sort key of a request
// and of the shards of its tally, and of nothing else.
const (
	headSort    = "#"
	headPrefix  = "#"
	tallyPrefix = "#tally#"
	rowPrefix   = "INV#"
	partPrefix  = "ROWS#" // of the manifest, by the last row in it
	mailPrefix  = "MAIL#" // what became of mails, by block of rows
)

// keyOf returns the key of an item.
func keyOf(pk, sk string) item {
	return item{partition: textValue(pk), sortKey: textValue(sk)}
}

func requestKey(id string) item      { return keyOf(requestPrefix+id, headSort) }
func claimKey(address string) item   { return keyOf(claimPrefix+address, headSort) }
func submissionKey(id string) item   { return keyOf(keyPrefix+id, headSort) }
func counterKey(counter string) item { return keyOf(counterPrefix+counter, headSort) }
func recordKey(name string) item     { return keyOf(recordPrefix+name, headSort) }
func laneKey(lane string) item       { return keyOf(lanePrefix+lane, headSort) }

func invitationKey(id string, row int) item { return keyOf(requestPrefix+id, rowSort(row)) }

func tallyKey(id string, shard int) item {
	return keyOf(requestPrefix+id, fmt.Sprintf("%s%02d", tallyPrefix, shard))
}

// rowSort is the sort key of a row: wide enough for any row of a file.
func rowSort(row int) string { return fmt.Sprintf("%s%010d", rowPrefix, row) }

// partSort is the sort key of the part of a manifest that ends with a row.
func partSort(last int) string { return fmt.Sprintf("%s%010d", partPrefix, last) }

// mailKey is the key of the notes of mails to the rows of a block.
func mailKey(id string, block int) item {
	return keyOf(requestPrefix+id, fmt.Sprintf("%s%08d", mailPrefix, block))
}

// dueKey is the place of a deferred invitation in the index.
func dueKey(d onboard.Due) string { return dueSort(d.At) + "#" + d.RequestID + "#" + rowSort(d.Row) }

// dueSort sorts by time first. Times before 1970, the zero time among them, all
// come first.
func dueSort(due time.Time) string { return fmt.Sprintf("%020d", max(due.UnixNano(), 0)) }
