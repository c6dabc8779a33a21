package cognitopool

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"usher.example/internal/onboard"
)

// Invite implements [onboard.Pool] with AdminCreateUser. The address counts as
// verified, as only its owner can read the mail with the password.
func (p *Pool) Invite(ctx context.Context, ask onboard.Ask) (onboard.User, error) {
	in := p.creation(ask.Email)
	in.UserAttributes = attributes(ask)
	if ask.SuppressMail { // nobody would read a password
		in.MessageAction = types.MessageActionTypeSuppress
	} else {
		in.TemporaryPassword = p.passwords.next(ctx, invite)
	}
	return p.create(ctx, invite, in)
}

// Resend implements [onboard.Pool] with AdminCreateUser. It sends no attributes, so
// that the user's stay as they are.
func (p *Pool) Resend(ctx context.Context, email string) (onboard.User, error) {
	in := p.creation(email)
	in.MessageAction = types.MessageActionTypeResend
	in.TemporaryPassword = p.passwords.next(ctx, resend)
	return p.create(ctx, resend, in)
}

// Look implements [onboard.Pool] with AdminGetUser.
func (p *Pool) Look(ctx context.Context, email string) (onboard.User, error) {
	var out *cognito.AdminGetUserOutput
	err := p.call(ctx, look, func(ctx context.Context, opts ...func(*cognito.Options)) (err error) {
		out, err = p.client.AdminGetUser(ctx, &cognito.AdminGetUserInput{
			UserPoolId: aws.String(p.id),
			Username:   aws.String(email),
		}, opts...)
		return err
	})
	if err != nil {
		return onboard.User{}, err
	}
	return userOf(&types.UserType{
		Username:             out.Username,
		Attributes:           out.UserAttributes,
		UserCreateDate:       out.UserCreateDate,
		UserLastModifiedDate: out.UserLastModifiedDate,
		UserStatus:           out.UserStatus,
	}), nil
}

// AddToGroup implements [onboard.Pool] with AdminAddUserToGroup.
func (p *Pool) AddToGroup(ctx context.Context, email, group string) error {
	return p.call(ctx, addToGroup, func(ctx context.Context, opts ...func(*cognito.Options)) error {
		_, err := p.client.AdminAddUserToGroup(ctx, &cognito.AdminAddUserToGroupInput{
			UserPoolId: aws.String(p.id),
			Username:   aws.String(email),
			GroupName:  aws.String(group),
		}, opts...)
		return err
	})
}

// creation is the input that every AdminCreateUser has in common. The medium is set
// because Cognito's default is SMS, no alias is taken from another user, and the pool
// generates the password, so that usher never has it (but see [Pool.WithTypeablePasswords]).
func (p *Pool) creation(email string) *cognito.AdminCreateUserInput {
	return &cognito.AdminCreateUserInput{
		UserPoolId:             aws.String(p.id),
		Username:               aws.String(email),
		DesiredDeliveryMediums: []types.DeliveryMediumType{types.DeliveryMediumTypeEmail},
		ForceAliasCreation:     false,
	}
}

// create calls AdminCreateUser.
func (p *Pool) create(ctx context.Context, op operation, in *cognito.AdminCreateUserInput) (onboard.User, error) {
	var out *cognito.AdminCreateUserOutput
	err := p.call(ctx, op, func(ctx context.Context, opts ...func(*cognito.Options)) (err error) {
		out, err = p.client.AdminCreateUser(ctx, in, opts...)
		return err
	})
	if err != nil && in.TemporaryPassword != nil {
		err = p.passwords.judge(op, err)
	}
	if err != nil {
		return onboard.User{}, err
	}
	if out.User == nil {
		return onboard.User{}, unclear("answer without a user", onboard.CauseNoAnswer)
	}
	return userOf(out.User), nil
}

// Attributes that the adapter sets.
const (
	emailAttribute    = "email"
	verifiedAttribute = "email_verified"
)

// attributes lists what the user is created with: the address first, then the
// row's own by name, so that the same ask is the same call.
func attributes(ask onboard.Ask) []types.AttributeType {
	list := []types.AttributeType{
		{Name: aws.String(emailAttribute), Value: aws.String(ask.Email)},
		{Name: aws.String(verifiedAttribute), Value: aws.String("true")},
	}
	for _, name := range slices.Sorted(maps.Keys(ask.Attributes)) {
		if name != emailAttribute && name != verifiedAttribute {
			list = append(list, types.AttributeType{Name: aws.String(name), Value: aws.String(ask.Attributes[name])})
		}
	}
	return list
}

// userOf reads a user. In a pool with addresses as user names the user name is the
// sub, also where the attribute is hidden.
func userOf(u *types.UserType) onboard.User {
	user := onboard.User{
		Sub:        aws.ToString(u.Username),
		CreatedAt:  aws.ToTime(u.UserCreateDate),
		ModifiedAt: aws.ToTime(u.UserLastModifiedDate),
		SignedIn:   u.UserStatus != types.UserStatusTypeForceChangePassword,
		MustReset:  u.UserStatus == types.UserStatusTypeResetRequired,
	}
	for _, a := range u.Attributes {
		if aws.ToString(a.Name) == "sub" {
			user.Sub = aws.ToString(a.Value)
		}
	}
	return user
}
