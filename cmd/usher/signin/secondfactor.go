package signin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// softwareToken is the second factor that an authenticator app makes (RFC 6238).
const softwareToken = string(types.ChallengeNameTypeSoftwareTokenMfa)

// codeTries is how often a code of a new authenticator app may be wrong: a clock
// that is off needs a look, not another try.
const codeTries = 3

// Enroll sets up an authenticator app as the second factor of a person who has
// signed in, and prefers it from then on. Done is false if there was one before.
func (c *Cognito) Enroll(ctx context.Context, access, user string, ask Ask) (done bool, err error) {
	person, err := c.client.GetUser(ctx, &cognito.GetUserInput{AccessToken: &access})
	if err != nil {
		return false, explain(err)
	}
	if slices.Contains(person.UserMFASettingList, softwareToken) {
		return false, nil
	}
	if _, err := c.register(ctx, proof{access: &access}, user, ask); err != nil {
		return false, err
	}
	_, err = c.client.SetUserMFAPreference(ctx, &cognito.SetUserMFAPreferenceInput{
		AccessToken: &access, SoftwareTokenMfaSettings: &types.SoftwareTokenMfaSettingsType{Enabled: true, PreferredMfa: true},
	})
	if err != nil {
		return false, explain(err)
	}
	return true, nil
}

// setUp answers the challenge to set up a second factor.
func (c *Cognito) setUp(ctx context.Context, s step, user string, ask Ask) (step, error) {
	if possible := s.list("MFAS_CAN_SETUP"); len(possible) > 0 && !slices.Contains(possible, softwareToken) {
		return step{}, fmt.Errorf("the pool requires a second factor by %s, which usher login cannot set up; use the console in the browser", strings.Join(possible, " or "))
	}
	session, err := c.register(ctx, proof{session: s.session}, user, ask)
	if err != nil {
		return step{}, err
	}
	return c.respond(ctx, step{challenge: s.challenge, params: s.params, session: session}, user, map[string]string{})
}

// proof says who registers an app: a person who has signed in, or is about to.
type proof struct{ access, session *string }

// register shows the secret of a new authenticator app and asks for its first code.
func (c *Cognito) register(ctx context.Context, p proof, user string, ask Ask) (session *string, err error) {
	out, err := c.client.AssociateSoftwareToken(ctx, &cognito.AssociateSoftwareTokenInput{AccessToken: p.access, Session: p.session})
	if err != nil {
		return nil, explain(err)
	}
	if out.Session != nil {
		p.session = out.Session
	}
	about := invitationToApp(user, aws.ToString(out.SecretCode))
	for range codeTries {
		code, err := ask(about, false)
		if err != nil {
			return nil, err
		}
		verified, err := c.client.VerifySoftwareToken(ctx, &cognito.VerifySoftwareTokenInput{
			AccessToken: p.access, Session: p.session, UserCode: aws.String(strings.Join(strings.Fields(code), "")),
		})
		switch {
		case wrongCode(err):
			about = "The code is wrong. Check that the clock of the device is right.\nNext code from the app"
		case err != nil:
			return nil, explain(err)
		case verified.Status != types.VerifySoftwareTokenResponseTypeSuccess:
			return nil, errors.New("the pool did not accept the code; run usher login again")
		default:
			return verified.Session, nil
		}
	}
	return nil, fmt.Errorf("%d codes were wrong; run usher login again", codeTries)
}

// wrongCode reports whether the pool refuses the code, under either name
// (Amazon Cognito API Reference, "VerifySoftwareToken").
func wrongCode(err error) bool {
	var mismatch *types.CodeMismatchException
	var refused *types.EnableSoftwareTokenMFAException
	return errors.As(err, &mismatch) || errors.As(err, &refused)
}

// invitationToApp says how to add the secret to an app: as an address that apps read
// (Google Authenticator's "Key Uri Format"), and in groups to type.
func invitationToApp(user, secret string) string {
	address := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/usher:" + user,
		RawQuery: url.Values{"secret": {secret}, "issuer": {"usher"}}.Encode(),
	}
	var groups []string
	for part := range slices.Chunk([]byte(secret), 4) {
		groups = append(groups, string(part))
	}
	return fmt.Sprintf("Set up a second factor: add this to an authenticator app.\n  address  %s\n  secret   %s\n"+
		"Keep it secret: it is your second factor.\nCode from the app", &address, strings.Join(groups, " "))
}

// list reads a parameter that is a list of texts in JSON; unreadable means none.
func (s step) list(name string) (list []string) {
	_ = json.Unmarshal([]byte(s.params[name]), &list)
	return list
}

// choose answers the choice between second factors: an authenticator app, if there
// is one, because it costs nothing and cannot be redirected.
func (s step) choose() map[string]string {
	if possible := s.list("MFAS_CAN_CHOOSE"); len(possible) > 0 && !slices.Contains(possible, softwareToken) {
		return map[string]string{"ANSWER": possible[0]}
	}
	return map[string]string{"ANSWER": softwareToken}
}
