package direct

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"usher.example/internal/onboard"
)

// The rights that usher needs on the pool. The first two read its settings. Without the
// last three usher invites anyway: one shows how an account is in the pool, two ask about
// the sender.
const (
	rightDescribe = "cognito-idp:DescribeUserPool"
	rightGroups   = "cognito-idp:ListGroups"
	rightCreate   = "cognito-idp:AdminCreateUser"
	rightLook     = "cognito-idp:AdminGetUser"
	rightJoin     = "cognito-idp:AdminAddUserToGroup"
	rightFind     = "cognito-idp:ListUsers"
	rightAccount  = "ses:GetAccount"
	rightIdentity = "ses:GetEmailIdentity"
)

// Policy is an IAM policy with the rights that usher needs on a pool, and no others. The
// account as a whole has no name that a policy could have (Service Authorization
// Reference, "Actions, resources, and condition keys for Amazon Simple Email Service v2").
func Policy(poolARN string) string {
	type statement struct {
		Sid, Effect string
		Action      []string
		Resource    string
	}
	text, err := json.MarshalIndent(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{
		{"UsherInvites", "Allow", []string{rightDescribe, rightGroups, rightCreate, rightLook, rightJoin, rightFind}, poolARN},
		{"UsherAsksForTheSendingQuota", "Allow", []string{rightAccount}, "*"},
		{"UsherAsksForTheSender", "Allow", []string{rightIdentity}, identitiesBeside(poolARN)},
	}}, "", "  ")
	if err != nil {
		panic(err) // strings only
	}
	return string(text)
}

// identitiesBeside names every SES identity of the pool's account: the pool can be given
// another one, of any Region, at any time.
func identitiesBeside(poolARN string) string {
	pool, err := arn.Parse(poolARN)
	if err != nil {
		return "*"
	}
	return fmt.Sprintf("arn:%s:ses:*:%s:identity/*", pool.Partition, pool.AccountID)
}

// MissingRights returns which rights the pool refuses, by calls that change nothing:
// they are about an address that has no user and can have none. RESEND never creates a
// user. Those about the sender are not among them. The error says why it is not known.
func (a *Account) MissingRights(ctx context.Context) ([]string, error) {
	var missing []string
	for _, probe := range a.probes() {
		err := probe.call(ctx)
		var answer *onboard.PoolError
		switch {
		case errors.As(err, &answer) && answer.Cause == onboard.CauseNoRight:
			missing = append(missing, probe.right)
		case errors.Is(err, onboard.ErrMisconfigured), err != nil && answer == nil:
			return missing, err
		}
	}
	return missing, nil
}

type probe struct {
	right string
	call  func(context.Context) error
}

func (a *Account) probes() []probe {
	// No mail can reach the domain (RFC 2606, section 2).
	nobody := "usher-checks-its-rights-" + rand.Text() + "@example.invalid"
	return []probe{
		{rightDescribe, func(ctx context.Context) error { _, err := a.Pool.ARN(ctx); return err }},
		{rightGroups, func(ctx context.Context) error { _, err := a.Pool.Inspect(ctx); return err }},
		{rightCreate, func(ctx context.Context) error { _, err := a.Pool.Resend(ctx, nobody); return err }},
		{rightLook, func(ctx context.Context) error { _, err := a.Pool.Look(ctx, nobody); return err }},
		{rightJoin, func(ctx context.Context) error { return a.Pool.AddToGroup(ctx, nobody, "usher-checks-its-rights") }},
	}
}
