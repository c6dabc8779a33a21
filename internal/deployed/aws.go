package deployed

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"usher.example/internal/settings"
)

// connections is how many idle connections to one service are kept: as many as
// one invocation has calls under way, so that each connects once.
const connections = 64

// config is the SDK's configuration as Lambda's environment gives it: Region and
// credentials are variables there (AWS Lambda Developer Guide, "Using Lambda
// environment variables"). Reading them directly keeps the SDK's loader out, and
// with it profiles, SSO, STS and the instance metadata service: a function has
// none of them, and they are a third of the program.
func config(r *settings.Reader) aws.Config {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 2*connections, connections
	})
	return aws.Config{
		Region: r.Required("AWS_REGION"),
		Credentials: credentials.NewStaticCredentialsProvider(
			r.Required("AWS_ACCESS_KEY_ID"), r.Required("AWS_SECRET_ACCESS_KEY"), r.String("AWS_SESSION_TOKEN", "")),
		HTTPClient: client,
		Retryer:    func() aws.Retryer { return retry.NewStandard() },
	}
}

// endpoint returns the address of a service, or nil for AWS's own. The
// template declares both variables, and leaves them empty except where the
// functions run against stand-ins.
func endpoint(r *settings.Reader, service string) *string {
	url := r.String("AWS_ENDPOINT_URL", "")
	if service != "" {
		url = r.String("AWS_ENDPOINT_URL_"+service, url)
	}
	if url == "" {
		return nil
	}
	return &url
}

// AWS is the configuration for the clients of services that one function alone uses. That
// function makes them itself: a client that is made here is linked into all of them.
func (p *Parts) AWS() aws.Config {
	cfg := config(p.Reader)
	cfg.BaseEndpoint = endpoint(p.Reader, "")
	return cfg
}

func dynamoClient(r *settings.Reader) *dynamodb.Client {
	return dynamodb.NewFromConfig(config(r), func(o *dynamodb.Options) { o.BaseEndpoint = endpoint(r, "DYNAMODB") })
}

func sqsClient(r *settings.Reader) *sqs.Client {
	return sqs.NewFromConfig(config(r), func(o *sqs.Options) { o.BaseEndpoint = endpoint(r, "") })
}

func cognitoClient(r *settings.Reader) *cognitoidentityprovider.Client {
	return cognitoidentityprovider.NewFromConfig(config(r), func(o *cognitoidentityprovider.Options) { o.BaseEndpoint = endpoint(r, "") })
}
