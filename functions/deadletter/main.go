// The deadletter function settles invitations whose deliveries are used up. It
// attempts nothing, so that every row has an outcome.
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
		deployed.Fatal("deadletter", err)
	}
	lambda.Start(messages)
}

func newMessages(p *deployed.Parts) *lambdabridge.Messages {
	meter := p.Meter()
	system := onboard.System{
		Pool: p.Pool(), DeadLetters: p.Queue("DEAD_LETTER_QUEUE_URL"), Store: p.Store(),
		Settings: onboard.Settings{
			PasswordLife: p.PasswordLife(), Retention: p.Retention(),
			Groups: p.Groups(), Log: p.Log, Observe: meter.Observe,
		},
	}
	return &lambdabridge.Messages{Deliver: deployed.Metered(system.DeadLetterWorker(), meter), Log: p.Log}
}
