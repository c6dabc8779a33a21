package peers_test

import (
	"crypto/rand"
	"net/http"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognitotypes "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/testing/peers"
)

// fleet is shared by this package's tests, as other packages share theirs.
var fleet peers.Fleet

func TestMain(m *testing.M) { os.Exit(fleet.Run(m)) }

// TestInstalled is what make test asks at its end, so that a machine without
// peers says so where it is read.
func TestInstalled(t *testing.T) {
	t.Parallel()
	err := peers.Missing()
	switch {
	case err == nil:
	case os.Getenv(peers.RequireEnv) == "1":
		t.Fatal(err)
	default:
		t.Skipf("NOT TESTED, peers missing:\n%v", err)
	}
}

func TestDynamoDBKeepsWhatIsPut(t *testing.T) {
	t.Parallel()
	client := dynamodb.NewFromConfig(peers.Config(fleet.DynamoDB(t)))
	table := "kept-" + rand.Text()
	createTable(t, client, table)
	put := map[string]types.AttributeValue{
		"id":    &types.AttributeValueMemberS{Value: "one"},
		"count": &types.AttributeValueMemberN{Value: "7"},
	}
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String(table), Item: put,
	}); err != nil {
		t.Fatal(err)
	}
	got, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(table), Key: map[string]types.AttributeValue{"id": put["id"]},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(put, got.Item, ignoreUnexported); diff != "" {
		t.Errorf("item read back (-put +got):\n%s", diff)
	}
}

var ignoreUnexported = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{})

func createTable(t *testing.T, client *dynamodb.Client, name string) {
	t.Helper()
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:   aws.String(name),
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMotoDeliversWhatIsSent(t *testing.T) {
	t.Parallel()
	client := sqs.NewFromConfig(peers.Config(fleet.Moto(t)))
	queue, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("delivers-" + rand.Text())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: queue.QueueUrl, MessageBody: aws.String("hello"),
	}); err != nil {
		t.Fatal(err)
	}
	got, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: queue.QueueUrl})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Messages) != 1 || aws.ToString(got.Messages[0].Body) != "hello" {
		t.Errorf("got messages %v, want one with body hello", got.Messages)
	}
}

func TestMotoCreatesUsers(t *testing.T) {
	t.Parallel()
	client := cognito.NewFromConfig(peers.Config(fleet.Moto(t)))
	pool, err := client.CreateUserPool(t.Context(), &cognito.CreateUserPoolInput{
		PoolName:           aws.String("people"),
		UsernameAttributes: []cognitotypes.UsernameAttributeType{cognitotypes.UsernameAttributeTypeEmail},
	})
	if err != nil {
		t.Fatal(err)
	}
	created, err := client.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: pool.UserPool.Id, Username: aws.String("ada@example.org"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := created.User.UserStatus, cognitotypes.UserStatusTypeForceChangePassword; got != want {
		t.Errorf("got status %s, want %s", got, want)
	}
}

func TestStopEndsTheServer(t *testing.T) {
	t.Parallel()
	server, err := peers.StartMoto(t.Context())
	if peers.IsMissing(err) {
		fleet.Moto(t) // skips or fails as in other tests
	}
	if err != nil {
		t.Fatal(err)
	}
	server.Stop()
	server.Stop()
	if response, err := http.Get(server.Endpoint); err == nil {
		_ = response.Body.Close()
		t.Errorf("a stopped server answered %s", response.Status)
	}
}
