// The requeue function runs on a schedule and puts deferred invitations back on
// the queue when their time has come.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"usher.example/internal/deployed"
	"usher.example/internal/lambdabridge"
	"usher.example/internal/onboard"
)

func main() {
	p := deployed.NewParts(os.Getenv)
	requeuer := &onboard.Requeuer{Queue: p.Queue("QUEUE_URL"), Store: p.Store(), Log: p.Log}
	if err := p.Err(); err != nil {
		deployed.Fatal("requeue", err)
	}
	lambda.Start(&lambdabridge.Schedule{Run: requeuer.Run, Log: p.Log})
}
