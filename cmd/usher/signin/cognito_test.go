package signin_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/cmd/usher/signin"
	"usher.example/internal/testing/awsstub"
)

type object = map[string]any

func granted(fields object) awsstub.Answer {
	result := object{"AccessToken": "access", "RefreshToken": "refresh", "ExpiresIn": 3600}
	for name, value := range fields {
		result[name] = value
	}
	return awsstub.OK(object{"AuthenticationResult": result})
}

func challenge(name string, params object) awsstub.Answer {
	return awsstub.OK(object{"ChallengeName": name, "Session": "session", "ChallengeParameters": params})
}

// asked answers questions one after the other and records them.
type asked struct {
	answers   []string
	questions []string
}

func (a *asked) ask(about string, secret bool) (string, error) {
	if secret {
		about += " (unseen)"
	}
	a.questions = append(a.questions, about)
	if len(a.questions) > len(a.answers) {
		return "", errors.New("asked once too often: " + about)
	}
	return a.answers[len(a.questions)-1], nil
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stub := awsstub.New(awsstub.Script(granted(nil)))
		got, err := signin.New(stub.Config(), "client").SignIn(t.Context(), "ann@example.org", "pass", nil)
		want := signin.Tokens{Access: "access", Refresh: "refresh", ExpiresAt: time.Now().Add(time.Hour).UTC()}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
		call := stub.Calls()[0]
		if call.Header.Get("Authorization") != "" {
			t.Error("the call is signed; who signs in has no AWS account")
		}
		wantFields := object{
			"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "client",
			"AuthParameters": object{"USERNAME": "ann@example.org", "PASSWORD": "pass"},
		}
		if diff := cmp.Diff(wantFields, call.Fields()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestChallenges(t *testing.T) {
	t.Parallel()
	weak := awsstub.Refusal(400, "InvalidPasswordException", "Too short")
	tests := []struct {
		name      string
		script    []awsstub.Answer
		answers   []string
		questions []string
		responses object // of the last call
	}{
		{
			name:      "new password",
			script:    []awsstub.Answer{challenge("NEW_PASSWORD_REQUIRED", object{"USER_ID_FOR_SRP": "sub"}), granted(nil)},
			answers:   []string{"own", "own"},
			questions: []string{"New password (unseen)", "Repeat the new password (unseen)"},
			responses: object{"USERNAME": "sub", "NEW_PASSWORD": "own"},
		},
		{
			name:      "typed differently, then too weak",
			script:    []awsstub.Answer{challenge("NEW_PASSWORD_REQUIRED", nil), weak, granted(nil)},
			answers:   []string{"own", "owm", "own", "own", "better", "better"},
			questions: []string{"New password (unseen)", "Repeat the new password (unseen)", "The two passwords differ.\nNew password (unseen)", "Repeat the new password (unseen)", "Too short\nNew password (unseen)", "Repeat the new password (unseen)"},
			responses: object{"USERNAME": "ann", "NEW_PASSWORD": "better"},
		},
		{
			name:      "attributes that the pool requires",
			script:    []awsstub.Answer{challenge("NEW_PASSWORD_REQUIRED", object{"requiredAttributes": `["userAttributes.name"]`}), granted(nil)},
			answers:   []string{"Ann", "own", "own"},
			questions: []string{"name", "New password (unseen)", "Repeat the new password (unseen)"},
			responses: object{"USERNAME": "ann", "NEW_PASSWORD": "own", "userAttributes.name": "Ann"},
		},
		{
			name:      "a second factor after the new password",
			script:    []awsstub.Answer{challenge("NEW_PASSWORD_REQUIRED", nil), challenge("SOFTWARE_TOKEN_MFA", nil), granted(nil)},
			answers:   []string{"own", "own", " 123456 "},
			questions: []string{"New password (unseen)", "Repeat the new password (unseen)", "Code from the message or from your authenticator app"},
			responses: object{"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": "123456"},
		},
		{
			name:      "a choice of second factors",
			script:    []awsstub.Answer{challenge("SELECT_MFA_TYPE", object{"MFAS_CAN_CHOOSE": `["SMS_MFA","SOFTWARE_TOKEN_MFA"]`, "USER_ID_FOR_SRP": "sub"}), granted(nil)},
			responses: object{"USERNAME": "sub", "ANSWER": "SOFTWARE_TOKEN_MFA"},
		},
		{
			name:      "a choice without an app",
			script:    []awsstub.Answer{challenge("SELECT_MFA_TYPE", object{"MFAS_CAN_CHOOSE": `["EMAIL_OTP","SMS_MFA"]`}), granted(nil)},
			responses: object{"USERNAME": "ann", "ANSWER": "EMAIL_OTP"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(awsstub.Script(test.script...))
			person := &asked{answers: test.answers}
			tokens, err := signin.New(stub.Config(), "client").SignIn(t.Context(), "ann", "temporary", person.ask)
			if err != nil || tokens.Access != "access" {
				t.Fatalf("got %+v, %v", tokens, err)
			}
			if diff := cmp.Diff(test.questions, person.questions); diff != "" {
				t.Errorf("questions:\n%s", diff)
			}
			calls := stub.Calls()
			last := calls[len(calls)-1].Fields()
			if diff := cmp.Diff(test.responses, last["ChallengeResponses"]); diff != "" || last["Session"] != "session" {
				t.Errorf("responses in session %v:\n%s", last["Session"], diff)
			}
		})
	}
}

func TestRefusedSignInSaysWhatToDo(t *testing.T) {
	t.Parallel()
	tests := []struct{ code, want string }{
		{code: "NotAuthorizedException", want: "the message. If your temporary password has expired, ask an administrator to resend the invitation"},
		{code: "UserNotFoundException", want: "the user name or the password is wrong"},
		{code: "PasswordResetRequiredException", want: "must be reset first"},
		{code: "ResourceNotFoundException", want: "check --client-id and --region"},
		{code: "TooManyRequestsException", want: "wait a minute"},
		{code: "UserNotConfirmedException", want: "UserNotConfirmedException"},
	}
	for _, test := range tests {
		t.Run(test.code, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // the SDK waits between its attempts
				stub := awsstub.New(awsstub.Script(awsstub.Refusal(400, test.code, "the message.")))
				_, err := signin.New(stub.Config(), "client").SignIn(t.Context(), "ann", "hidden", nil)
				if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hidden") {
					t.Errorf("got %v, want %q in it", err, test.want)
				}
			})
		})
	}
}

func TestChallengeThatNobodyCanAnswerHere(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		challenge awsstub.Answer
		want      string
	}{
		{challenge: challenge("CUSTOM_CHALLENGE", nil), want: "CUSTOM_CHALLENGE"},
		{challenge: challenge("MFA_SETUP", object{"MFAS_CAN_SETUP": `["SMS_MFA"]`}), want: "SMS_MFA"},
	} {
		stub := awsstub.New(awsstub.Script(test.challenge))
		_, err := signin.New(stub.Config(), "client").SignIn(t.Context(), "ann", "x", nil)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "console in the browser") {
			t.Errorf("got %v, want %s in it", err, test.want)
		}
	}
}

func TestRenew(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(awsstub.Script(granted(object{"RefreshToken": nil, "AccessToken": "fresh"})))
	got, err := signin.New(stub.Config(), "client").Renew(t.Context(), "refresh")
	if err != nil || got.Access != "fresh" || got.Refresh != "refresh" {
		t.Errorf("got %+v, %v", got, err)
	}
	want := object{"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": "client", "AuthParameters": object{"REFRESH_TOKEN": "refresh"}}
	if diff := cmp.Diff(want, stub.Calls()[0].Fields()); diff != "" {
		t.Error(diff)
	}
	stub = awsstub.New(awsstub.Script(awsstub.Refusal(400, "NotAuthorizedException", "Refresh Token has been revoked")))
	if _, err := signin.New(stub.Config(), "client").Renew(t.Context(), "refresh"); err == nil || !strings.Contains(err.Error(), "run usher login") {
		t.Errorf("got %v", err)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(awsstub.Script(awsstub.OK(object{})))
	if err := signin.New(stub.Config(), "client").Revoke(t.Context(), "refresh"); err != nil {
		t.Fatal(err)
	}
	call := stub.Calls()[0]
	if diff := cmp.Diff(object{"ClientId": "client", "Token": "refresh"}, call.Fields()); diff != "" || call.Header.Get("Authorization") != "" {
		t.Errorf("signed with %q:\n%s", call.Header.Get("Authorization"), diff)
	}
	for code, want := range map[string]string{
		"UnsupportedOperationException": "an administrator can sign you out",
		"InvalidParameterException":     "end the sign-in: ",
	} {
		stub := awsstub.New(awsstub.Script(awsstub.Refusal(400, code, "no")))
		if err := signin.New(stub.Config(), "client").Revoke(t.Context(), "refresh"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", code, err, want)
		}
	}
}
