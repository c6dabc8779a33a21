// Package cognitopool is the user pool over Amazon Cognito.
package cognitopool

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"usher.example/internal/onboard"
)

// CallTimeout is how long one call may take; without an answer by then it is
// [onboard.ErrUnclear]. It is the domain's, which derives from it how long a lost
// call may still have its effect. It is long enough: a trigger of the pool may take
// 5 s (Amazon Cognito Developer Guide, "Customizing user pool workflows with Lambda
// triggers"), and a creation runs two of them.
const CallTimeout = onboard.CallTimeout

// Pool is [onboard.Pool], [onboard.Inspector] and [onboard.Directory] over one user pool. It is safe
// for concurrent use.
//
// Each call on a user is made once: the SDK's retries are off, because a repeated
// creation would report our own user as existing. No request and no answer is logged,
// whatever the client is configured to log.
type Pool struct {
	client    *cognito.Client
	id        string
	passwords *passwords // nil: the pool makes them
}

var (
	_ onboard.Pool      = (*Pool)(nil)
	_ onboard.Inspector = (*Pool)(nil)
	_ onboard.Directory = (*Pool)(nil)
)

// poolID is the form of a pool's id (Amazon Cognito API Reference,
// "AdminCreateUser": UserPoolId). It is checked here, so that when the service calls a
// parameter invalid it does not mean the id.
var poolID = regexp.MustCompile(`^[\w-]{1,53}_[0-9a-zA-Z]+$`)

// maxPoolID is the longest id in characters, from the same page.
const maxPoolID = 55

// New returns the pool with the given id. The client may be shared and keeps its
// settings. An error says which setting is invalid.
func New(client *cognito.Client, id string) (*Pool, error) {
	if client == nil {
		return nil, errors.New("cognito pool: no client")
	}
	if len(id) > maxPoolID || !poolID.MatchString(id) {
		return nil, fmt.Errorf("cognito pool: %q is not the id of a user pool; it looks like eu-west-1_AbCd12345", id)
	}
	return &Pool{client: client, id: id}, nil
}

// quiet keeps requests and answers out of the SDK's log.
func quiet(o *cognito.Options) { o.ClientLogMode = 0 }

// once has the SDK make a single attempt.
func once(o *cognito.Options) {
	o.Retryer = aws.NopRetryer{}
	o.RetryMaxAttempts = 0 // would wrap the retryer again
}
