package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Cognito signs people in to one client of a user pool.
type Cognito struct {
	client   *cognito.Client
	clientID string
}

// New returns the client with that id, in cfg's region. Its calls are not signed,
// because people who sign in have no AWS account.
func New(cfg aws.Config, clientID string) *Cognito {
	client := cognito.NewFromConfig(cfg, func(o *cognito.Options) {
		o.Credentials = aws.AnonymousCredentials{}
		o.ClientLogMode = 0 // requests contain passwords
	})
	return &Cognito{client: client, clientID: clientID}
}

// Ask asks the person for something, without echo if it is secret. About says what
// and, after a refusal, why it is asked again.
type Ask func(about string, secret bool) (string, error)

// SignIn signs a person in. It asks for what the pool requires besides name and
// password, such as a new password at the first sign-in.
func (c *Cognito) SignIn(ctx context.Context, user, password string, ask Ask) (Tokens, error) {
	out, err := c.client.InitiateAuth(ctx, &cognito.InitiateAuthInput{
		ClientId: &c.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": user, "PASSWORD": password},
	})
	if err != nil {
		return Tokens{}, explain(err)
	}
	step := step{out.ChallengeName, out.ChallengeParameters, out.Session, out.AuthenticationResult}
	for step.result == nil {
		if step, err = c.answer(ctx, step, user, ask); err != nil {
			return Tokens{}, err
		}
	}
	return tokensOf(step.result, ""), nil
}

// Renew gets a new access token with a refresh token.
func (c *Cognito) Renew(ctx context.Context, refresh string) (Tokens, error) {
	out, err := c.client.InitiateAuth(ctx, &cognito.InitiateAuthInput{
		ClientId: &c.clientID, AuthFlow: types.AuthFlowTypeRefreshTokenAuth,
		AuthParameters: map[string]string{"REFRESH_TOKEN": refresh},
	})
	var gone *types.NotAuthorizedException
	switch {
	case errors.As(err, &gone):
		return Tokens{}, errors.New("your sign-in has ended; run usher login")
	case err != nil:
		return Tokens{}, explain(err)
	case out.AuthenticationResult == nil:
		return Tokens{}, errors.New("the pool requires a new sign-in; run usher login")
	}
	return tokensOf(out.AuthenticationResult, refresh), nil
}

// Revoke ends a sign-in: the pool issues no more tokens for it.
func (c *Cognito) Revoke(ctx context.Context, refresh string) error {
	_, err := c.client.RevokeToken(ctx, &cognito.RevokeTokenInput{ClientId: &c.clientID, Token: &refresh})
	var off *types.UnsupportedOperationException
	switch {
	case errors.As(err, &off):
		return errors.New("the pool's client does not allow this (EnableTokenRevocation); an administrator can sign you out")
	case err != nil:
		return fmt.Errorf("end the sign-in: %w", err)
	}
	return nil
}

// step is a step of a sign-in: a challenge or the result.
type step struct {
	challenge types.ChallengeNameType
	params    map[string]string
	session   *string
	result    *types.AuthenticationResultType
}

// codeOf names the field for the code of each challenge that requires one
// (Amazon Cognito API Reference, "RespondToAuthChallenge").
var codeOf = map[types.ChallengeNameType]string{
	types.ChallengeNameTypeSmsMfa:           "SMS_MFA_CODE",
	types.ChallengeNameTypeSoftwareTokenMfa: "SOFTWARE_TOKEN_MFA_CODE",
	types.ChallengeNameTypeEmailOtp:         "EMAIL_OTP_CODE",
}

// answer answers one challenge. If the pool refuses a new password, it asks again.
func (c *Cognito) answer(ctx context.Context, s step, user string, ask Ask) (step, error) {
	if s.challenge == types.ChallengeNameTypeMfaSetup {
		return c.setUp(ctx, s, user, ask)
	}
	why := ""
	for {
		responses, err := s.responses(why, ask)
		if err != nil {
			return step{}, err
		}
		next, err := c.respond(ctx, s, user, responses)
		var weak *types.InvalidPasswordException
		if !errors.As(err, &weak) {
			return next, err
		}
		why = aws.ToString(weak.Message)
	}
}

// respond sends the responses to a challenge and returns the next step.
func (c *Cognito) respond(ctx context.Context, s step, user string, responses map[string]string) (step, error) {
	responses["USERNAME"] = user
	if id := s.params["USER_ID_FOR_SRP"]; id != "" {
		responses["USERNAME"] = id // only the first call accepts an alias
	}
	out, err := c.client.RespondToAuthChallenge(ctx, &cognito.RespondToAuthChallengeInput{
		ClientId: &c.clientID, ChallengeName: s.challenge, Session: s.session, ChallengeResponses: responses,
	})
	if err != nil {
		return step{}, explain(err)
	}
	return step{out.ChallengeName, out.ChallengeParameters, out.Session, out.AuthenticationResult}, nil
}

// responses asks the person for what the challenge requires.
func (s step) responses(why string, ask Ask) (map[string]string, error) {
	if field := codeOf[s.challenge]; field != "" {
		code, err := ask("Code from the message or from your authenticator app", false)
		return map[string]string{field: strings.TrimSpace(code)}, err
	}
	if s.challenge == types.ChallengeNameTypeSelectMfaType {
		return s.choose(), nil
	}
	if s.challenge != types.ChallengeNameTypeNewPasswordRequired {
		return nil, fmt.Errorf("the pool requires %s, which usher login does not support; use the console in the browser", s.challenge)
	}
	responses := map[string]string{}
	for _, name := range s.list("requiredAttributes") {
		value, err := ask(strings.TrimPrefix(name, "userAttributes."), false)
		if err != nil {
			return nil, err
		}
		responses[name] = value
	}
	password, err := newPassword(why, ask)
	responses["NEW_PASSWORD"] = password
	return responses, err
}

// newPassword asks for a password twice, until both are the same.
func newPassword(why string, ask Ask) (string, error) {
	for {
		about := "New password"
		if why != "" {
			about = why + "\n" + about
		}
		first, err := ask(about, true)
		if err != nil {
			return "", err
		}
		second, err := ask("Repeat the new password", true)
		if err != nil || first == second {
			return first, err
		}
		why = "The two passwords differ."
	}
}

func tokensOf(r *types.AuthenticationResultType, refresh string) Tokens {
	t := Tokens{
		Access: aws.ToString(r.AccessToken), Refresh: refresh,
		ExpiresAt: time.Now().Add(time.Duration(r.ExpiresIn) * time.Second).UTC().Truncate(time.Second),
	}
	if fresh := aws.ToString(r.RefreshToken); fresh != "" {
		t.Refresh = fresh
	}
	return t
}

// explain words a refused sign-in, and what to do.
func explain(err error) error {
	var (
		refused *types.NotAuthorizedException
		unknown *types.UserNotFoundException
		reset   *types.PasswordResetRequiredException
		client  *types.ResourceNotFoundException
		code    *types.CodeMismatchException
		busy    *types.TooManyRequestsException
		weak    *types.InvalidPasswordException
	)
	switch {
	case errors.As(err, &weak):
		return err // the person is asked again
	case errors.As(err, &unknown):
		return errors.New("the user name or the password is wrong; run usher login again")
	case errors.As(err, &refused):
		return fmt.Errorf("the pool refused the sign-in: %s If your temporary password has expired, ask an administrator to resend the invitation", sentence(refused.ErrorMessage()))
	case errors.As(err, &reset):
		return errors.New("your password must be reset first; reset it at the console in the browser")
	case errors.As(err, &client):
		return errors.New("there is no client with this id in this region; check --client-id and --region, or use --stack")
	case errors.As(err, &code):
		return errors.New("the code is wrong; run usher login again")
	case errors.As(err, &busy):
		return errors.New("there were too many attempts; wait a minute, then run usher login again")
	}
	return fmt.Errorf("sign in: %w", err)
}

// sentence ends a text with a full stop.
func sentence(text string) string { return strings.TrimSuffix(text, ".") + "." }
