package cognitopool

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"usher.example/internal/onboard"
)

// Find implements [onboard.Directory] with ListUsers, which makes no user billed
// ("Quotas in Amazon Cognito"). One page is enough: it has 60 users, and addresses are
// unique in all pools but those where user names are something else.
func (p *Pool) Find(ctx context.Context, email string) ([]onboard.FoundUser, error) {
	if len(email) > maxFilter-len(`email = ""`) {
		return nil, nil // no filter can name it, and no user has it
	}
	var out *cognito.ListUsersOutput
	err := p.call(ctx, find, func(ctx context.Context, opts ...func(*cognito.Options)) (err error) {
		out, err = p.client.ListUsers(ctx, &cognito.ListUsersInput{
			UserPoolId: aws.String(p.id), Filter: aws.String(`email = "` + filterEscapes.Replace(email) + `"`),
		}, opts...)
		return err
	})
	if err != nil {
		return nil, err
	}
	var users []onboard.FoundUser
	for _, u := range out.Users {
		users = append(users, foundUser(&u))
	}
	return users, nil
}

// Waiting implements [onboard.Directory] with ListUsers, a page of 60 users a call.
func (p *Pool) Waiting(ctx context.Context, token string) (users []onboard.WaitingUser, next string, err error) {
	in := &cognito.ListUsersInput{
		UserPoolId: aws.String(p.id), Filter: aws.String(`cognito:user_status = "FORCE_CHANGE_PASSWORD"`),
		AttributesToGet: []string{"sub", "email"},
	}
	if token != "" {
		in.PaginationToken = aws.String(token)
	}
	var out *cognito.ListUsersOutput
	err = p.call(ctx, find, func(ctx context.Context, opts ...func(*cognito.Options)) (err error) {
		out, err = p.client.ListUsers(ctx, in, opts...)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	for _, u := range out.Users {
		if u.UserStatus != types.UserStatusTypeForceChangePassword { // moto does not filter by status
			continue
		}
		var w onboard.WaitingUser
		for _, a := range u.Attributes {
			switch aws.ToString(a.Name) {
			case "sub":
				w.Sub = aws.ToString(a.Value)
			case "email":
				w.Email = aws.ToString(a.Value)
			}
		}
		users = append(users, w)
	}
	return users, aws.ToString(out.PaginationToken), nil
}

// maxFilter is how many characters a filter has at most (Amazon Cognito API Reference,
// "ListUsers": Filter).
const maxFilter = 256

// filterEscapes writes what ends a filter's value early ("ListUsers": Filter).
var filterEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

func foundUser(u *types.UserType) onboard.FoundUser {
	user := userOf(u)
	found := onboard.FoundUser{
		Sub: user.Sub, CreatedAt: user.CreatedAt, ModifiedAt: user.ModifiedAt, Enabled: u.Enabled, Standing: onboard.StandingSignedIn,
	}
	switch {
	case user.MustReset:
		found.Standing = onboard.StandingReset
	case !user.SignedIn:
		found.Standing = onboard.StandingWaiting
	}
	return found
}
