// Package standin creates, on stand-ins of AWS, what template.yaml creates on
// AWS: pool, group, client, queues and table. Tests of the built functions and
// `make local-aws` run on it.
package standin

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamo "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"usher.example/internal/dynamostore"
	"usher.example/internal/onboard"
)

// Names of what a stand-in stack holds.
const (
	AdminGroup = "administrators"
	OtherGroup = "staff" // of the example events
)

// deadLetterRetention is the longest that a queue keeps messages (Amazon SQS API
// Reference, "SetQueueAttributes"), as in the template.
const deadLetterRetention = 14 * 24 * time.Hour

// Stack names what was made.
type Stack struct {
	UserPoolID         string
	UserPoolClientID   string
	TableName          string
	QueueURL           string
	DeadLetterQueueURL string
}

// Create makes a stack whose names begin with name: Cognito and SQS by the
// configuration services, the table by the configuration database.
func Create(ctx context.Context, services, database aws.Config, name string) (Stack, error) {
	s := Stack{TableName: name}
	steps := []struct {
		what string
		do   func() error
	}{
		{what: "pool", do: func() error { return s.createPool(ctx, cognitoidentityprovider.NewFromConfig(services), name) }},
		{what: "queues", do: func() error { return s.createQueues(ctx, sqs.NewFromConfig(services), name) }},
		{what: "table", do: func() error { return s.createTable(ctx, dynamodb.NewFromConfig(database)) }},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return Stack{}, fmt.Errorf("make the %s: %w", step.what, err)
		}
	}
	return s, nil
}

// createPool makes the pool closed to sign-up, with addresses as user names.
func (s *Stack) createPool(ctx context.Context, client *cognitoidentityprovider.Client, name string) error {
	pool, err := client.CreateUserPool(ctx, &cognitoidentityprovider.CreateUserPoolInput{
		PoolName:               aws.String(name),
		UsernameAttributes:     []cognito.UsernameAttributeType{cognito.UsernameAttributeTypeEmail},
		UsernameConfiguration:  &cognito.UsernameConfigurationType{CaseSensitive: aws.Bool(false)},
		AdminCreateUserConfig:  &cognito.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true},
		AutoVerifiedAttributes: []cognito.VerifiedAttributeType{cognito.VerifiedAttributeTypeEmail},
	})
	if err != nil {
		return err
	}
	s.UserPoolID = aws.ToString(pool.UserPool.Id)
	for _, group := range []string{AdminGroup, OtherGroup} {
		_, err := client.CreateGroup(ctx, &cognitoidentityprovider.CreateGroupInput{
			UserPoolId: pool.UserPool.Id, GroupName: aws.String(group),
		})
		if err != nil {
			return err
		}
	}
	app, err := client.CreateUserPoolClient(ctx, &cognitoidentityprovider.CreateUserPoolClientInput{
		UserPoolId: pool.UserPool.Id, ClientName: aws.String(name),
		ExplicitAuthFlows: []cognito.ExplicitAuthFlowsType{
			cognito.ExplicitAuthFlowsTypeAllowUserPasswordAuth, cognito.ExplicitAuthFlowsTypeAllowRefreshTokenAuth,
		},
	})
	if err != nil {
		return err
	}
	s.UserPoolClientID = aws.ToString(app.UserPoolClient.ClientId)
	return nil
}

// createQueues makes the queue and, for what fails too often, the other.
func (s *Stack) createQueues(ctx context.Context, client *sqs.Client, name string) error {
	dead, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: aws.String(name + "-dead"),
		Attributes: map[string]string{
			"MessageRetentionPeriod": seconds(deadLetterRetention), "VisibilityTimeout": seconds(onboard.Visibility),
		},
	})
	if err != nil {
		return err
	}
	s.DeadLetterQueueURL = aws.ToString(dead.QueueUrl)
	attributes, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: dead.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return err
	}
	queue, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName: aws.String(name),
		Attributes: map[string]string{
			"VisibilityTimeout": seconds(onboard.Visibility),
			"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`,
				attributes.Attributes["QueueArn"], onboard.MaxFailures),
		},
	})
	if err != nil {
		return err
	}
	s.QueueURL = aws.ToString(queue.QueueUrl)
	return nil
}

func (s *Stack) createTable(ctx context.Context, client *dynamodb.Client) error {
	if _, err := client.CreateTable(ctx, dynamostore.Table(s.TableName)); err != nil {
		return err
	}
	_, err := client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: aws.String(s.TableName),
		TimeToLiveSpecification: &dynamo.TimeToLiveSpecification{
			AttributeName: aws.String(dynamostore.TTLAttribute), Enabled: aws.Bool(true),
		},
	})
	return err
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
