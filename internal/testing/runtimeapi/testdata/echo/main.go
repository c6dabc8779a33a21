// The echo program does with an event what the event tells it: it is what the
// harness is tried with.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type order struct {
	Do   string
	Size int
}

type report struct {
	RequestID string
	ARN       string
	Left      time.Duration
	Env       []string
}

func main() {
	if os.Getenv("REFUSE") != "" {
		fmt.Fprintln(os.Stderr, "REFUSE is set")
		os.Exit(3)
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, event json.RawMessage) (any, error) {
	var o order
	if err := json.Unmarshal(event, &o); err != nil {
		return nil, err
	}
	switch o.Do {
	case "report":
		return newReport(ctx), nil
	case "log":
		fmt.Println("to standard output")
		fmt.Fprintln(os.Stderr, "to standard error")
	case "fail":
		return nil, errors.New("as ordered")
	case "panic":
		panic("as ordered")
	case "exit":
		os.Exit(7)
	case "hang":
		<-context.Background().Done()
	case "answer":
		return strings.Repeat("x", o.Size), nil
	case "use memory":
		return fill(o.Size), nil
	}
	return event, nil
}

func newReport(ctx context.Context) report {
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return report{lc.AwsRequestID, lc.InvokedFunctionArn, time.Until(deadline), os.Environ()}
}

// fill touches size bytes, so that they count as used.
func fill(size int) int {
	memory := make([]byte, size)
	sum := 0
	for i := range memory {
		memory[i] = byte(i)
	}
	for _, b := range memory {
		sum += int(b)
	}
	return sum
}
