// The worker function takes invitations off the queue and calls the pool for
// them, at the pace that the account allows.
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
	messages := newMessages(p)
	if err := p.Err(); err != nil {
		deployed.Fatal("worker", err)
	}
	lambda.Start(messages)
}

func newMessages(p *deployed.Parts) *lambdabridge.Messages {
	meter := p.Meter()
	system := onboard.System{
		Pool: p.InvitingPool(), Queue: p.Queue("QUEUE_URL"), Store: p.Store(),
		Settings: onboard.Settings{
			Quota: p.Quota(), GroupQuota: p.GroupQuota(), Share: p.CreationShare(),
			MaxFailures:  p.Int("MAX_RECEIVE_COUNT", onboard.MaxFailures, 1),
			PasswordLife: p.PasswordLife(), Retention: p.Retention(),
			Groups: p.Groups(), Log: p.Log, Observe: meter.Observe,
		},
	}
	return &lambdabridge.Messages{Deliver: deployed.Metered(system.Worker(), meter), Log: p.Log}
}
