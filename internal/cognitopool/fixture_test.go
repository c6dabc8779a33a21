package cognitopool_test

import (
	"net/http"
	"testing"

	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"usher.example/internal/cognitopool"
	"usher.example/internal/testing/awsstub"
)

const poolID = "us-east-1_Usher0001"

// over returns a pool whose calls the stub answers. Options change the SDK's
// client, as a program's wiring might.
func over(t *testing.T, stub *awsstub.Client, opts ...func(*cognito.Options)) *cognitopool.Pool {
	t.Helper()
	pool, err := cognitopool.New(cognito.NewFromConfig(stub.Config(), opts...), poolID)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return pool
}

// createdUser is an answer of AdminCreateUser in a pool with addresses as user
// names: the user name is the sub, dates are seconds with a fraction (Amazon
// Cognito API Reference, "AdminCreateUser", response syntax and example).
func createdUser(sub, email, status string) map[string]any {
	return map[string]any{"User": map[string]any{
		"Username":             sub,
		"Enabled":              true,
		"UserStatus":           status,
		"UserCreateDate":       1795000000.125,
		"UserLastModifiedDate": 1795000060.5,
		"Attributes": []map[string]string{
			{"Name": "email", "Value": email},
			{"Name": "email_verified", "Value": "true"},
			{"Name": "sub", "Value": sub},
		},
	}}
}

// status is the HTTP status that Cognito gives with a code: 500 for its own
// faults, 400 for the rest (Amazon Cognito API Reference, "AdminCreateUser").
func status(code string) int {
	if code == "InternalErrorException" {
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}
