// The mailevents function notes what Amazon SES says about the mails that people were
// invited with, and pauses requests whose mails bounce.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"usher.example/internal/deployed"
	"usher.example/internal/lambdabridge"
	"usher.example/internal/onboard"
	"usher.example/internal/sesevents"
)

func main() {
	p := deployed.NewParts(os.Getenv)
	system := onboard.System{Store: p.Store(), Settings: onboard.Settings{Log: p.Log}}
	if err := p.Err(); err != nil {
		deployed.Fatal("mailevents", err)
	}
	lambda.Start(&lambdabridge.MailEvents{Read: sesevents.Read, Listen: system.MailListener().Listen, Log: p.Log})
}
