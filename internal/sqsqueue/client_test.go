package sqsqueue_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"

	"usher.example/internal/awsstub"
	"usher.example/internal/sqsqueue"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	client := sqs.NewFromConfig(awsstub.New(nil).Config())
	if _, err := sqsqueue.New(nil, queueURL, sqsqueue.Options{}); err == nil {
		t.Error("New took no client")
	}
	if _, err := sqsqueue.New(client, "", sqsqueue.Options{}); err == nil {
		t.Error("New took no URL")
	}
	_, err := sqsqueue.New(client, queueURL, sqsqueue.Options{Parallel: -1})
	if err == nil || !strings.Contains(err.Error(), "-1") {
		t.Errorf("New with Parallel -1: %v, want an error that names it", err)
	}
}

// Variables of the environment cannot be set side by side: not parallel.
func TestEndpointOfTheEnvironment(t *testing.T) {
	tests := map[string]string{
		"-": "sqs.eu-west-1.amazonaws.com", "": "sqs.eu-west-1.amazonaws.com", "http://127.0.0.1:5000": "127.0.0.1:5000",
	}
	for value, host := range tests {
		t.Run(fmt.Sprintf("%q", value), func(t *testing.T) {
			t.Setenv("AWS_CONFIG_FILE", "/dev/null")
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
			if value != "-" {
				t.Setenv("AWS_ENDPOINT_URL", value)
			}
			stub := awsstub.New(accepts)
			cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-west-1"),
				config.WithCredentialsProvider(stub.Config().Credentials))
			if err != nil {
				t.Fatal(err)
			}
			client := sqs.NewFromConfig(cfg, func(o *sqs.Options) { o.HTTPClient = stub })
			queue, err := sqsqueue.New(client, queueURL, sqsqueue.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := queue.Send(t.Context(), rowsOf(1), 0); err != nil {
				t.Fatal(err)
			}
			if got := stub.Calls()[0].Host; got != host {
				t.Errorf("called %s, want %s", got, host)
			}
		})
	}
}

func TestNoRequestAndNoAnswerIsLogged(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	stub := awsstub.New(accepts)
	queue := over(t, stub, func(o *sqs.Options) {
		o.ClientLogMode = aws.LogRequestWithBody | aws.LogResponseWithBody | aws.LogRetries
		o.Logger = logging.NewStandardLogger(&log)
	})
	if err := queue.Send(t.Context(), rowsOf(1), 0); err != nil {
		t.Fatal(err)
	}
	if err := queue.Delay(t.Context(), delivery(), 0); err != nil {
		t.Fatal(err)
	}
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
}
