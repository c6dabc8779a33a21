package sqsqueue_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"usher.example/internal/onboard"
	"usher.example/internal/sqsqueue"
	"usher.example/internal/testing/awsstub"
	"usher.example/internal/testing/onboardtest"
	"usher.example/internal/testing/peers"
)

var fleet peers.Fleet

func TestMain(m *testing.M) { os.Exit(fleet.Run(m)) }

func TestContractOverTheStub(t *testing.T) {
	t.Parallel()
	onboardtest.Queue(t, synctest.Test, func(t *testing.T) onboardtest.QueueHarness {
		server := newServer(30 * time.Second)
		return onboardtest.QueueHarness{
			Queue:      over(t, awsstub.New(server.answer)),
			Receive:    server.receive,
			Delete:     server.delete,
			Visibility: server.visibility,
		}
	})
}

func TestContractOverMoto(t *testing.T) {
	t.Parallel()
	client := sqs.NewFromConfig(peers.Config(fleet.Moto(t)))
	onboardtest.Queue(t, onboardtest.Direct, func(t *testing.T) onboardtest.QueueHarness {
		const visibility = 4 * time.Second
		url := createQueue(t, client, visibility)
		queue, err := sqsqueue.New(client, url, sqsqueue.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return onboardtest.QueueHarness{
			Queue: queue, Visibility: visibility,
			Differences: onboardtest.Differences{
				"DelayOfAMessageThatIsGoneIsNoError": "moto forgets the receipts of a deleted message, as if they had never been",
			},
			Receive: func(ctx context.Context, most int, wait time.Duration) ([]onboard.Delivery, error) {
				return poll(ctx, wait, func() ([]onboard.Delivery, error) { return receive(ctx, client, url, most) })
			},
			Delete: func(handle string) error {
				_, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: aws.String(url), ReceiptHandle: aws.String(handle)})
				return err
			},
		}
	})
}

func createQueue(t *testing.T, client *sqs.Client, visibility time.Duration) string {
	t.Helper()
	name := strings.NewReplacer("/", "-", "#", "-").Replace(t.Name())
	out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{
		QueueName:  aws.String(name[max(0, len(name)-80):]),
		Attributes: map[string]string{"VisibilityTimeout": fmt.Sprintf("%.0f", visibility.Seconds())},
	})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.QueueUrl)
}

// receive asks once, without waiting, as moto answers one call at a time.
func receive(ctx context.Context, client *sqs.Client, url string, most int) ([]onboard.Delivery, error) {
	out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(url), MaxNumberOfMessages: int32(most), WaitTimeSeconds: 0,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	var got []onboard.Delivery
	for _, m := range out.Messages {
		message, err := onboard.DecodeMessage([]byte(aws.ToString(m.Body)))
		if err != nil {
			return nil, err
		}
		if group := m.Attributes["MessageGroupId"]; group != message.RequestID {
			return nil, fmt.Errorf("the message of request %s is in the group %q", message.RequestID, group)
		}
		receives, err := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
		if err != nil {
			return nil, err
		}
		sent, err := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64)
		if err != nil {
			return nil, err
		}
		got = append(got, onboard.Delivery{
			Message: message, Handle: aws.ToString(m.ReceiptHandle), ID: aws.ToString(m.MessageId),
			Receives: receives, SentAt: time.UnixMilli(sent),
		})
	}
	return got, nil
}
