package stack_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"usher.example/cmd/usher/stack"
)

// at is the configuration that reaches a server in place of CloudFormation.
func at(t *testing.T, h http.HandlerFunc) aws.Config {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return aws.Config{Region: "eu-west-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "session")}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	cfg := at(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.FormValue("Action") != "DescribeStacks" || r.FormValue("StackName") != "usher & co" || r.FormValue("Version") != "2010-05-15" {
			t.Errorf("got %s %v", r.Method, r.Form)
		}
		signature := r.Header.Get("Authorization")
		if !strings.HasPrefix(signature, "AWS4-HMAC-SHA256 Credential=id/") || !strings.Contains(signature, "/eu-west-1/cloudformation/aws4_request") || r.Header.Get("X-Amz-Security-Token") != "session" {
			t.Errorf("signed with %q", signature)
		}
		_, _ = w.Write([]byte(`<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
<StackName>usher</StackName><Outputs>
<member><OutputKey>ApiEndpoint</OutputKey><OutputValue>https://a.example.org</OutputValue><Description>x</Description></member>
<member><OutputKey>UserPoolClientId</OutputKey><OutputValue>c1</OutputValue></member>
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`))
	})
	got, err := stack.Outputs(t.Context(), cfg, "usher & co")
	if diff := cmp.Diff(map[string]string{"ApiEndpoint": "https://a.example.org", "UserPoolClientId": "c1"}, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestNoOutputs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{name: "unknown", status: 400, body: `<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id usher does not exist</Message></Error></ErrorResponse>`, want: "Stack with id usher does not exist (ValidationError); check the name, the region and the AWS profile"},
		{name: "broken", status: 503, body: `oops`, want: "CloudFormation answered with status 503 for the stack usher in eu-west-1; try again in a minute"},
		{name: "another answer", status: 200, body: `<x/>`, want: "CloudFormation knows 0 stacks named usher"},
		{name: "no XML", status: 200, body: `{`, want: "read the answer of CloudFormation about the stack usher"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := at(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			})
			if _, err := stack.Outputs(t.Context(), cfg, "usher"); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestWithoutRegionOrCredentials(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]aws.Config{
		"the AWS region is missing":    {},
		"there are no AWS credentials": {Region: "eu-west-1"},
	} {
		if _, err := stack.Outputs(t.Context(), cfg, "usher"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
