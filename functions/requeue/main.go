// The requeue function runs every minute. It puts back on the queue deferred
// invitations that are due and rows whose messages were lost, and records when a
// request ends. It also gives the notices of requests.
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
	system := onboard.System{
		Queue: p.Queue("QUEUE_URL"), Store: p.Store(), Notices: p.Notices(), Directory: p.Pool(),
		Settings: onboard.Settings{
			Quota: p.Quota(), Share: p.CreationShare(), PasswordLife: p.PasswordLife(), DailyScan: p.DailyScan(), Log: p.Log,
		},
	}
	if err := p.Err(); err != nil {
		deployed.Fatal("requeue", err)
	}
	lambda.Start(&lambdabridge.Schedule{Run: system.Requeuer().Run, Log: p.Log})
}
