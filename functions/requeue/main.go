// The requeue function runs every minute. It puts back on the queue deferred
// invitations that are due and rows whose messages were lost, and records when a
// request ends. It also gives the notices of requests.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"usher.example/internal/deployed"
	"usher.example/internal/lambdabridge"
	"usher.example/internal/noticebus"
	"usher.example/internal/onboard"
)

func main() {
	p := deployed.NewParts(os.Getenv)
	// The account's default event bus. Links in notices lead to the API.
	notices := noticebus.New(eventbridge.NewFromConfig(p.AWS()), noticebus.Config{Stage: p.String("STAGE", "dev"), URL: p.String("API_URL", "")})
	system := onboard.System{
		Queue: p.Queue("QUEUE_URL"), Store: p.Store(), Notices: notices, Directory: p.Pool(),
		Settings: onboard.Settings{
			Quota: p.Quota(), Share: p.CreationShare(), PasswordLife: p.PasswordLife(), DailyScan: p.DailyScan(), Log: p.Log,
		},
	}
	if err := p.Err(); err != nil {
		deployed.Fatal("requeue", err)
	}
	lambda.Start(&lambdabridge.Schedule{Run: system.Requeuer().Run, Log: p.Log})
}
