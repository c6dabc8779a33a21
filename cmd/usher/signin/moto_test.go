package signin_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"usher.example/cmd/usher/signin"
	"usher.example/internal/testing/peers"
)

// The whole way over the protocol as moto speaks it: a temporary password, one
// of the person's own, a renewal.
func TestFirstSignInOverMoto(t *testing.T) {
	t.Parallel()
	cfg := peers.Config(peers.Moto(t))
	admin := cognito.NewFromConfig(cfg)
	pool, err := admin.CreateUserPool(t.Context(), &cognito.CreateUserPoolInput{PoolName: aws.String("people"), UsernameAttributes: []types.UsernameAttributeType{"email"}})
	if err != nil {
		t.Fatal(err)
	}
	client, err := admin.CreateUserPoolClient(t.Context(), &cognito.CreateUserPoolClientInput{
		UserPoolId: pool.UserPool.Id, ClientName: aws.String("usher"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: pool.UserPool.Id, Username: aws.String("ann@example.org"), TemporaryPassword: aws.String("Temporary1!"),
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("ann@example.org")}},
	}); err != nil {
		t.Fatal(err)
	}
	c := signin.New(cfg, *client.UserPoolClient.ClientId)
	if _, err := c.SignIn(t.Context(), "ann@example.org", "wrong", nil); err == nil || !strings.Contains(err.Error(), "refused the sign-in") {
		t.Errorf("a wrong password: got %v", err)
	}
	person := &asked{answers: []string{"Blossom-1", "Blossom-1"}}
	first, err := c.SignIn(t.Context(), "ann@example.org", "Temporary1!", person.ask)
	if err != nil || first.Access == "" || first.Refresh == "" || len(person.questions) != 2 {
		t.Fatalf("the first time: got %v after %q", err, person.questions)
	}
	second, err := c.SignIn(t.Context(), "ann@example.org", "Blossom-1", nil)
	if err != nil {
		t.Fatalf("with the own password: %v", err)
	}
	renewed, err := c.Renew(t.Context(), second.Refresh)
	if err != nil || renewed.Access == "" || renewed.Refresh != second.Refresh {
		t.Errorf("renewed: got %v", err)
	}

	// A second factor, over the same protocol. moto takes any code.
	person = &asked{answers: []string{"123456"}}
	if done, err := c.Enroll(t.Context(), second.Access, "ann@example.org", person.ask); err != nil || !done || !strings.Contains(person.questions[0], "otpauth://totp/usher:ann@example.org?") {
		t.Fatalf("enroll: %t, %v after %q", done, err, person.questions)
	}
	person = &asked{answers: []string{"123456"}}
	third, err := c.SignIn(t.Context(), "ann@example.org", "Blossom-1", person.ask)
	if err != nil || third.Access == "" || len(person.questions) != 1 {
		t.Errorf("with a code: got %v after %q", err, person.questions)
	}
}
