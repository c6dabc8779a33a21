package iam_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"usher.example/internal/testing/iam"
)

const (
	tableARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/people"
	queueARN = "arn:aws:sqs:eu-west-1:123456789012:letters"
	poolARN  = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCd12345"
)

var (
	table = aws.String("people")
	queue = aws.String("http://127.0.0.1:9/123456789012/letters")
	pool  = aws.String("eu-west-1_AbCd12345")
	key   = map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "a"}}
)

// calls are calls and the rights that they need, in the order of [iam.Role.Refused].
var calls = map[string]struct {
	do   func(context.Context, aws.Config) error
	need []iam.Right
}{
	"a table": {do: func(ctx context.Context, c aws.Config) error {
		_, err := dynamodb.NewFromConfig(c).GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key})
		return err
	}, need: []iam.Right{{Action: "dynamodb:GetItem", Resource: tableARN}}},
	"an index": {do: func(ctx context.Context, c aws.Config) error {
		_, err := dynamodb.NewFromConfig(c).Query(ctx, &dynamodb.QueryInput{TableName: table, IndexName: aws.String("by-age")})
		return err
	}, need: []iam.Right{{Action: "dynamodb:Query", Resource: tableARN + "/index/by-age"}}},
	"a batch of reads": {do: func(ctx context.Context, c aws.Config) error {
		_, err := dynamodb.NewFromConfig(c).BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{*table: {Keys: []map[string]types.AttributeValue{key}}},
		})
		return err
	}, need: []iam.Right{{Action: "dynamodb:BatchGetItem", Resource: tableARN}}},
	"a transaction": {do: func(ctx context.Context, c aws.Config) error {
		_, err := dynamodb.NewFromConfig(c).TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: table, Item: key}},
			{Delete: &types.Delete{TableName: table, Key: key}},
			{ConditionCheck: &types.ConditionCheck{TableName: table, Key: key, ConditionExpression: aws.String("a = b")}},
		}})
		return err
	}, need: []iam.Right{
		{Action: "dynamodb:ConditionCheckItem", Resource: tableARN},
		{Action: "dynamodb:DeleteItem", Resource: tableARN},
		{Action: "dynamodb:PutItem", Resource: tableARN},
	}},
	"no resource": {do: func(ctx context.Context, c aws.Config) error {
		_, err := dynamodb.NewFromConfig(c).ListTables(ctx, nil)
		return err
	}, need: []iam.Right{{Action: "dynamodb:ListTables", Resource: "*"}}},
	"a queue": {do: func(ctx context.Context, c aws.Config) error {
		_, err := sqs.NewFromConfig(c).ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: queue, ReceiptHandle: aws.String("h")})
		return err
	}, need: []iam.Right{{Action: "sqs:ChangeMessageVisibility", Resource: queueARN}}},
	"a batch of messages": {do: func(ctx context.Context, c aws.Config) error {
		_, err := sqs.NewFromConfig(c).SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: queue, Entries: []sqstypes.SendMessageBatchRequestEntry{}})
		return err
	}, need: []iam.Right{{Action: "sqs:SendMessage", Resource: queueARN}}},
	"an event": {do: func(ctx context.Context, c aws.Config) error {
		_, err := eventbridge.NewFromConfig(c).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []eventtypes.PutEventsRequestEntry{{Source: aws.String("us")}}})
		return err
	}, need: []iam.Right{{Action: "events:PutEvents", Resource: "arn:aws:events:eu-west-1:123456789012:event-bus/default"}}},
	"a pool": {do: func(ctx context.Context, c aws.Config) error {
		_, err := cognito.NewFromConfig(c).AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: pool, Username: aws.String("ann")})
		return err
	}, need: []iam.Right{{Action: "cognito-idp:AdminGetUser", Resource: poolARN}}},
}

func TestACallNeedsItsRights(t *testing.T) {
	t.Parallel()
	for name, tt := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			role := iam.NewRole(tt.need...)
			if err := tt.do(t.Context(), caller(t, role)); err != nil {
				t.Errorf("with its rights: %v", err)
			}
			if unused, refused := role.Unused(), role.Refused(); len(unused)+len(refused) != 0 {
				t.Errorf("unused %v, refused %v; want neither", unused, refused)
			}
		})
	}
}

func TestACallWithoutARightIsTurnedAway(t *testing.T) {
	t.Parallel()
	for name, tt := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			others := tt.need[1:]
			role := iam.NewRole(others...)
			err := tt.do(t.Context(), caller(t, role))
			var refusal smithy.APIError
			if !errors.As(err, &refusal) || refusal.ErrorCode() != "AccessDeniedException" {
				t.Errorf("got %v, want access denied", err)
			}
			if diff := cmp.Diff(tt.need[:1], role.Refused()); diff != "" {
				t.Errorf("refused (-want +got):\n%s", diff)
			}
			if unused := role.Unused(); len(unused) != len(others) {
				t.Errorf("unused %v; want all of %v, as nothing was done", unused, others)
			}
		})
	}
}

func TestARightIsGoodForItsResourceOnly(t *testing.T) {
	t.Parallel()
	role := iam.NewRole(iam.Right{Action: "dynamodb:GetItem", Resource: iam.Table("eu-west-1", "others")})
	if err := calls["a table"].do(t.Context(), caller(t, role)); err == nil {
		t.Error("a right on another table was good for this one")
	}
}

func TestNobodyElseComesThrough(t *testing.T) {
	t.Parallel()
	const signed = "AWS4-HMAC-SHA256 Credential=bob/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0"
	for name, authorization := range map[string]string{"not signed": "", "no role": signed} {
		config := caller(t, iam.NewRole(iam.Right{Action: "sqs:SendMessage", Resource: queueARN}))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *config.BaseEndpoint, strings.NewReader(`{"QueueUrl":"`+*queue+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Amz-Target", "AmazonSQS.SendMessage")
		request.Header.Set("Authorization", authorization)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body) // for the message below
		answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "AccessDeniedException") {
			t.Errorf("%s: %d %s, want it denied", name, answer.StatusCode, text)
		}
	}
}

// caller returns the configuration of a caller with a role whose calls pass a
// gate. The service behind it answers everything with an empty object; t fails
// if a refused call reaches it.
func caller(t *testing.T, role *iam.Role) aws.Config {
	t.Helper()
	var heard atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		heard.Add(1)
		_, _ = io.WriteString(w, "{}") // a client that went away fails by itself
	}))
	t.Cleanup(service.Close)
	target, err := url.Parse(service.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(iam.NewGate(map[string]*iam.Role{"ann": role}).Before(target))
	t.Cleanup(front.Close)
	t.Cleanup(func() {
		if len(role.Refused()) > 0 && heard.Load() > 0 {
			t.Error("a refused call reached the service")
		}
	})
	return aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("ann", "secret", ""), BaseEndpoint: aws.String(front.URL),
	}
}
