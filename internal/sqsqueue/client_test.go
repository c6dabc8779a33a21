package sqsqueue_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go/logging"

	"usher.example/internal/sqsqueue"
	"usher.example/internal/testing/awsstub"
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
