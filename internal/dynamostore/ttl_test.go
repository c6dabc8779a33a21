package dynamostore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
)

// DynamoDB reads the TTL as whole seconds, and nothing may be deleted before it
// has expired.
func TestEveryKindOfItemIsDeletedAfterItHasExpired(t *testing.T) {
	t.Parallel()
	client, table := newTable(t)
	store := dynamostore.New(client, table)
	must(t, store.CreateRequest(t.Context(), onboard.Request{ID: "r1", ExpiresAt: anyTime}, &onboard.Key{ID: "k1", ExpiresAt: anyTime}))
	must(t, store.Save(t.Context(), onboard.Write{
		Invitation: onboard.Invitation{RequestID: "r1", Row: 1, ExpiresAt: anyTime},
		Claim:      &onboard.Claim{Address: "a@example.com", ExpiresAt: anyTime},
		Tally:      one(onboard.Invited, anyTime),
	}))
	must(t, store.Spend(t.Context(), "ada", 1, 10, anyTime))
	must(t, store.NoteMails(t.Context(), "r1", map[int]onboard.MailDelivery{1: onboard.MailBounced}, anyTime))

	must(t, store.SaveRecord(t.Context(), onboard.Record{Name: "n1", Data: []byte("{}"), ExpiresAt: anyTime}))

	all, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(table)})
	must(t, err)
	if len(all.Items) != 8 {
		t.Errorf("%d items, want one of each of the 8 kinds that expire", len(all.Items))
	}
	for _, item := range all.Items {
		pk, sk := item["pk"].(*types.AttributeValueMemberS).Value, item["sk"].(*types.AttributeValueMemberS).Value
		ttl, ok := item[dynamostore.TTLAttribute].(*types.AttributeValueMemberN)
		if !ok {
			t.Errorf("%s %s has no TTL", pk, sk)
			continue
		}
		want := anyTime.Truncate(time.Second).Add(time.Second)
		if sk == "#tally#01" {
			want = want.Add(30 * 24 * time.Hour) // it outlives every row that counts in it
		}
		if ttl.Value != fmt.Sprint(want.Unix()) {
			t.Errorf("%s %s is deleted from %s on, want %d", pk, sk, ttl.Value, want.Unix())
		}
	}
}

func TestTableTakesItsTTL(t *testing.T) {
	t.Parallel()
	client, table := newTable(t)
	_, err := client.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
		TableName: aws.String(table),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: aws.String(dynamostore.TTLAttribute), Enabled: aws.Bool(true),
		},
	})
	must(t, err)
	out, err := client.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(table)})
	must(t, err)
	if got := aws.ToString(out.TimeToLiveDescription.AttributeName); got != dynamostore.TTLAttribute {
		t.Errorf("the TTL is %q, want %q", got, dynamostore.TTLAttribute)
	}
}
