package deployed

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"usher.example/internal/settings"
	"usher.example/internal/testing/awsstub"
)

// This test is inside the package because the adapters hide their clients.

// probes make a call with each client, over a stub that notes where it goes.
var probes = map[string]func(context.Context, *settings.Reader, *awsstub.Client) error{
	"dynamodb": func(ctx context.Context, r *settings.Reader, stub *awsstub.Client) error {
		_, err := dynamoClient(r).ListTables(ctx, nil, func(o *dynamodb.Options) { o.HTTPClient = stub })
		return err
	},
	"sqs": func(ctx context.Context, r *settings.Reader, stub *awsstub.Client) error {
		_, err := sqsClient(r).ListQueues(ctx, nil, func(o *sqs.Options) { o.HTTPClient = stub })
		return err
	},
	"cognito-idp": func(ctx context.Context, r *settings.Reader, stub *awsstub.Client) error {
		_, err := cognitoClient(r).DescribeUserPool(ctx,
			&cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: aws.String("eu-west-1_AbCd12345")},
			func(o *cognitoidentityprovider.Options) { o.HTTPClient = stub })
		return err
	},
}

// The template declares both variables with no value, so that sam local passes
// them on.
func TestCallsGoWhereTheEnvironmentSays(t *testing.T) {
	t.Parallel()
	aws := map[string]string{
		"dynamodb": "dynamodb.eu-west-1.amazonaws.com", "sqs": "sqs.eu-west-1.amazonaws.com",
		"cognito-idp": "cognito-idp.eu-west-1.amazonaws.com",
	}
	tests := map[string]struct {
		all, dynamo string
		want        map[string]string
	}{
		"empty": {all: "", dynamo: "", want: aws},
		"one for all": {all: "http://127.0.0.1:5000", dynamo: "", want: map[string]string{
			"dynamodb": "127.0.0.1:5000", "sqs": "127.0.0.1:5000", "cognito-idp": "127.0.0.1:5000",
		}},
		"one for all, one for the table": {all: "http://127.0.0.1:5000", dynamo: "http://127.0.0.1:8000", want: map[string]string{
			"dynamodb": "127.0.0.1:8000", "sqs": "127.0.0.1:5000", "cognito-idp": "127.0.0.1:5000",
		}},
		"one for the table": {all: "", dynamo: "http://127.0.0.1:8000", want: map[string]string{
			"dynamodb": "127.0.0.1:8000", "sqs": aws["sqs"], "cognito-idp": aws["cognito-idp"],
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{
				"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
				"AWS_ENDPOINT_URL": tt.all, "AWS_ENDPOINT_URL_DYNAMODB": tt.dynamo,
			}
			for service, probe := range probes {
				r := settings.NewReader(func(name string) string { return env[name] })
				stub := awsstub.New(awsstub.Script(awsstub.OK(nil)))
				if err := probe(t.Context(), r, stub); err != nil {
					t.Errorf("%s: %v", service, err)
				}
				if err := r.Err(); err != nil {
					t.Error(err)
				}
				if calls := stub.Calls(); len(calls) != 1 || calls[0].Host != tt.want[service] {
					t.Errorf("%s: calls %v, want one to %s", service, calls, tt.want[service])
				}
			}
		})
	}
}
