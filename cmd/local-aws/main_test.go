package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"usher.example/internal/dynamostore"
	"usher.example/internal/testing/peers"
	"usher.example/internal/testing/standin"
)

// TestStandInsAreReachedByWayOfTheBridge goes by the file of variables alone, as
// the functions in their containers do.
func TestStandInsAreReachedByWayOfTheBridge(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "env.json")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	said, out := io.Pipe()
	go func() {
		err := run(ctx, "127.0.0.1", file, out)
		out.CloseWithError(io.EOF)
		ended <- err
	}()
	ready := bufio.NewScanner(said)
	if !ready.Scan() {
		err := <-ended
		if peers.IsMissing(err) {
			peers.Moto(t) // skips or fails like other tests
			peers.DynamoDB(t)
		}
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, said) }() // what else it says

	env := variables(t, file)
	api, worker := env["ApiFunction"], env["WorkerFunction"]
	queues := sqs.NewFromConfig(at(api["AWS_ENDPOINT_URL"]))
	for _, url := range []string{api["QUEUE_URL"], env["DeadLetterFunction"]["DEAD_LETTER_QUEUE_URL"]} {
		if _, err := queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(url)}); err != nil {
			t.Errorf("queue %s: %v", url, err)
		}
	}
	store := dynamostore.New(dynamodb.NewFromConfig(at(worker["AWS_ENDPOINT_URL_DYNAMODB"])), worker["TABLE_NAME"])
	if _, err := store.Request(t.Context(), standin.ExampleRequest); err != nil {
		t.Errorf("the request that the example events speak of: %v", err)
	}

	stop()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file of variables outlives the stand-ins: %v", err)
	}
}

func variables(t *testing.T, file string) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var env map[string]map[string]string
	if err := json.Unmarshal(text, &env); err != nil {
		t.Fatal(err)
	}
	return env
}

func TestAForwarderListensNoWiderThanItHasTo(t *testing.T) {
	t.Parallel()
	for bridge, want := range map[string]string{
		"172.17.0.1": "172.17.0.1:0", "fd00::1": "[fd00::1]:0", "host.docker.internal": ":0",
	} {
		if got := listenAddress(bridge); got != want {
			t.Errorf("for the bridge %s it listens on %s, want %s", bridge, got, want)
		}
	}
}
