package cognitopool_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go/logging"

	"usher.example/internal/awsstub"
	"usher.example/internal/cognitopool"
	"usher.example/internal/onboard"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	client := cognito.NewFromConfig(awsstub.New(nil).Config())
	for _, id := range []string{"", "us-east-1", "us-east-1_", "pool id_1", "us-east-1_ab-c", strings.Repeat("a", 54) + "_1"} {
		if _, err := cognitopool.New(client, id); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", id)) {
			t.Errorf("New(%q): %v, want an error that names it", id, err)
		}
	}
	if _, err := cognitopool.New(client, strings.Repeat("a", 53)+"_1"); err != nil {
		t.Errorf("the longest id: %v", err)
	}
	if _, err := cognitopool.New(nil, poolID); err == nil {
		t.Error("New took no client")
	}
}

// Variables of the environment cannot be set side by side: not parallel.
func TestEndpointOfTheEnvironment(t *testing.T) {
	const own = "cognito-idp.eu-west-1.amazonaws.com"
	tests := []struct {
		name, all, service, host string
	}{
		{"unset", "-", "-", own},
		{"empty", "", "-", own},
		{"both empty", "", "", own},
		{"set", "http://127.0.0.1:5000", "-", "127.0.0.1:5000"},
		{"set for the service", "http://127.0.0.1:5000", "http://127.0.0.1:6000", "127.0.0.1:6000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("AWS_CONFIG_FILE", "/dev/null")
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
			for name, value := range map[string]string{"AWS_ENDPOINT_URL": tt.all, "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": tt.service} {
				if value != "-" {
					t.Setenv(name, value)
				}
			}
			stub := awsstub.New(awsstub.Script(awsstub.OK(createdUser("s-1", canary, "CONFIRMED"))))
			cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-west-1"),
				config.WithCredentialsProvider(stub.Config().Credentials))
			if err != nil {
				t.Fatal(err)
			}
			client := cognito.NewFromConfig(cfg, func(o *cognito.Options) { o.HTTPClient = stub })
			pool, err := cognitopool.New(client, "eu-west-1_Usher0001")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := pool.Invite(t.Context(), onboard.Ask{Email: canary}); err != nil {
				t.Fatal(err)
			}
			if got := stub.Calls()[0].Host; got != tt.host {
				t.Errorf("called %s, want %s", got, tt.host)
			}
		})
	}
}

func TestNoRequestAndNoAnswerIsLogged(t *testing.T) {
	t.Parallel()
	for operation, run := range operations {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			var log strings.Builder
			stub := awsstub.New(awsstub.Script(awsstub.Refusal(400, "UsernameExistsException", canary)))
			pool := over(t, stub, func(o *cognito.Options) {
				o.ClientLogMode = aws.LogRequestWithBody | aws.LogResponseWithBody | aws.LogRetries
				o.Logger = logging.NewStandardLogger(&log)
			})
			if err := run(t.Context(), pool); err == nil {
				t.Error("no error")
			}
			if log.Len() > 0 {
				t.Errorf("logged: %s", log.String())
			}
		})
	}
}
