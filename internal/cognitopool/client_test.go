package cognitopool_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/smithy-go/logging"

	"usher.example/internal/cognitopool"
	"usher.example/internal/testing/awsstub"
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
