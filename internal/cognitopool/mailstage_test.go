package cognitopool_test

import (
	"errors"
	"slices"
	"testing"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

// TestAnswersFromWhereThePoolMailsSaySo: a trigger may refuse once the user is
// there, and only these codes can come from there.
func TestAnswersFromWhereThePoolMailsSaySo(t *testing.T) {
	t.Parallel()
	late := []string{
		"UserLambdaValidationException", "InvalidLambdaResponseException", "InvalidEmailRoleAccessPolicyException",
		"InvalidSmsRoleAccessPolicyException", "InvalidSmsRoleAccessPolicy",
		"InvalidSmsRoleTrustRelationshipException", "InvalidSmsRoleTrustRelationship",
	}
	for code := range outcomes {
		stub := awsstub.New(awsstub.Script(awsstub.Refusal(status(code), code, "no")))
		pool := over(t, stub, func(o *cognito.Options) { o.RetryMaxAttempts = 1 })
		_, err := pool.Invite(t.Context(), onboard.Ask{Email: canary})
		var answer *onboard.PoolError
		if !errors.As(err, &answer) || answer.Unmailed != slices.Contains(late, code) {
			t.Errorf("%s: unmailed is not %v in %#v", code, slices.Contains(late, code), err)
		}
	}
}
