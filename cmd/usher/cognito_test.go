package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// startCognito is "cognito": a server that answers as Cognito and CloudFormation
// do, for one person ann@example.org whose temporary password is Temporary1!, in
// a stack named usher-test whose API is the script's server. It sets
// AWS_ENDPOINT_URL.
func startCognito(ts *testscript.TestScript, _ bool, _ []string) {
	server := httptest.NewServer(newCognitoStub(ts.Getenv("USHER_URL")))
	ts.Defer(server.Close)
	ts.Setenv("AWS_ENDPOINT_URL", server.URL)
	ts.Setenv("AWS_ACCESS_KEY_ID", "test")
	ts.Setenv("AWS_SECRET_ACCESS_KEY", "test")
}

func newCognito(t *testing.T, api string) (endpoint string) {
	server := httptest.NewServer(newCognitoStub(api))
	t.Cleanup(server.Close)
	return server.URL
}

func newCognitoStub(api string) *cognitoStub {
	return &cognitoStub{api: api, password: "Temporary1!", temporary: true}
}

type cognitoStub struct {
	api string

	mu        sync.Mutex
	password  string
	temporary bool
	revoked   bool // what was granted before
	tokens    int
}

func (c *cognitoStub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	signed := strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if operation == "" {
		c.describe(w, r, signed)
		return
	}
	if signed {
		panic("sign-in must not need an AWS account")
	}
	var in struct {
		AuthFlow, ChallengeName, Session   string
		ClientID                           string `json:"ClientId"`
		AuthParameters, ChallengeResponses map[string]string
		Token                              string // to revoke
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		panic(err)
	}
	switch {
	case in.ClientID != "client1":
		refuse(w, "ResourceNotFoundException", "User pool client does not exist.")
	case operation == "RevokeToken" && in.Token != "refresh1":
		refuse(w, "InvalidParameterException", "Invalid refresh token")
	case operation == "RevokeToken":
		c.revoked = true
		answer(w, "{}")
	case operation == "InitiateAuth" && in.AuthFlow == "REFRESH_TOKEN_AUTH":
		if c.revoked || in.AuthParameters["REFRESH_TOKEN"] != "refresh1" {
			refuse(w, "NotAuthorizedException", "Refresh Token has expired")
			return
		}
		c.grant(w, "")
	case operation == "InitiateAuth" && (in.AuthParameters["USERNAME"] != "ann@example.org" || in.AuthParameters["PASSWORD"] != c.password):
		refuse(w, "NotAuthorizedException", "Incorrect username or password.")
	case operation == "InitiateAuth" && c.temporary:
		answer(w, `{"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"s1","ChallengeParameters":{"USER_ID_FOR_SRP":"sub-1","requiredAttributes":"[]"}}`)
	case operation == "InitiateAuth":
		c.revoked = false
		c.grant(w, "refresh1")
	case in.Session != "s1" || in.ChallengeResponses["USERNAME"] != "sub-1":
		refuse(w, "NotAuthorizedException", "Invalid session for the user.")
	case len(in.ChallengeResponses["NEW_PASSWORD"]) < 8:
		refuse(w, "InvalidPasswordException", "Password did not conform with policy: Password not long enough")
	default:
		c.password, c.temporary = in.ChallengeResponses["NEW_PASSWORD"], false
		c.grant(w, "refresh1")
	}
}

// grant gives a token. The first one has expired by the time it arrives.
func (c *cognitoStub) grant(w http.ResponseWriter, refresh string) {
	c.tokens++
	seconds := 3600
	if c.tokens == 1 {
		seconds = 1
	}
	answer(w, fmt.Sprintf(`{"AuthenticationResult":{"AccessToken":"access%d","RefreshToken":%q,"ExpiresIn":%d}}`, c.tokens, refresh, seconds))
}

// describe answers the one call of CloudFormation.
func (c *cognitoStub) describe(w http.ResponseWriter, r *http.Request, signed bool) {
	if !signed || r.FormValue("Action") != "DescribeStacks" {
		panic("an unsigned or unknown call of CloudFormation")
	}
	if r.FormValue("StackName") != "usher-test" {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id x does not exist</Message></Error></ErrorResponse>`)
		return
	}
	fmt.Fprintf(w, `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs>
<member><OutputKey>ApiEndpoint</OutputKey><OutputValue>%s</OutputValue></member>
<member><OutputKey>UserPoolClientId</OutputKey><OutputValue>client1</OutputValue></member>
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`, c.api)
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	fmt.Fprint(w, body)
}

func refuse(w http.ResponseWriter, code, message string) {
	w.Header().Set("X-Amzn-Errortype", code)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"__type":%q,"message":%q}`, code, message)
}
