// The api function answers the HTTP API: it accepts submissions and actions,
// and reports outcomes.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/oklog/ulid/v2"

	"usher.example/internal/deployed"
	"usher.example/internal/httpapi"
	"usher.example/internal/intake"
	"usher.example/internal/lambdabridge"
	"usher.example/internal/onboard"
	"usher.example/internal/sesaccount"
)

func main() {
	p := deployed.NewParts(os.Getenv)
	api := newAPI(p)
	if err := p.Err(); err != nil {
		deployed.Fatal("api", err)
	}
	lambda.Start(api)
}

func newAPI(p *deployed.Parts) *lambdabridge.API {
	groups, pool := p.Groups(), p.Pool()
	local := p.LocalAdministrator(groups.Administrators)
	return &lambdabridge.API{
		Handler: httpapi.New(httpapi.Config{
			System: onboard.System{
				Queue: p.Queue("QUEUE_URL"), Store: p.Store(), Inspector: pool, Directory: pool, Sender: sesaccount.New(sesv2.NewFromConfig(p.AWS())), Resolver: p.MailResolver(),
				Settings: onboard.Settings{
					Quota: p.Quota(), GroupQuota: p.GroupQuota(), Share: p.CreationShare(),
					PasswordLife: p.PasswordLife(), MaxOpen: p.MaxOpen(), Retention: p.Retention(),
					MailQuota: p.Int("MAIL_QUOTA", 0, 0), DailyInvitations: p.DailyInvitations(), Groups: groups,
					Organization: p.String("ORGANIZATION_NAME", ""), TypeablePasswords: p.TypeablePasswords(),
					NewID: func() string { return ulid.Make().String() }, Log: p.Log,
				},
			},
			AdminGroup: groups.Administrators,
			Audit:      p.Audit(),
			Limits:     intake.Limits{Rows: p.Int("MAX_ROWS", 0, 0), Bytes: p.Int("MAX_BODY_BYTES", 0, 0)},
			Console:    p.Console(local),
		}),
		Issuer:             p.Required("TOKEN_ISSUER"),
		ClientID:           p.Required("USER_POOL_CLIENT_ID"),
		LocalAdministrator: local,
		Log:                p.Log,
	}
}
