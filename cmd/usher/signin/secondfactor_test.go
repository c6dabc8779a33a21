package signin_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/cmd/usher/signin"
	"usher.example/internal/testing/awsstub"
)

// made is what the pool says when it has made a secret.
func made() awsstub.Answer {
	return awsstub.OK(object{"SecretCode": "ABCDEFGHIJ234567", "Session": "second"})
}

func verified() awsstub.Answer { return awsstub.OK(object{"Status": "SUCCESS", "Session": "third"}) }

// The first question shows the secret in both forms that people need.
func shown(t *testing.T, question string) {
	t.Helper()
	for _, want := range []string{
		"otpauth://totp/usher:ann@example.org?issuer=usher&secret=ABCDEFGHIJ234567\n", "ABCD EFGH IJ23 4567\n", "Code from the app",
	} {
		if !strings.Contains(question, want) {
			t.Errorf("the question lacks %q:\n%s", want, question)
		}
	}
}

func TestASecondFactorIsSetUpAtSignIn(t *testing.T) {
	t.Parallel()
	mismatch := awsstub.Refusal(400, "EnableSoftwareTokenMFAException", "Code mismatch")
	stub := awsstub.New(awsstub.Script(
		challenge("MFA_SETUP", object{"MFAS_CAN_SETUP": `["SOFTWARE_TOKEN_MFA"]`, "USER_ID_FOR_SRP": "sub"}), made(), mismatch, verified(), granted(nil)))
	person := &asked{answers: []string{"000 000", " 123 456 "}}
	tokens, err := signin.New(stub.Config(), "client").SignIn(t.Context(), "ann@example.org", "own", person.ask)
	if err != nil || tokens.Access != "access" {
		t.Fatalf("got %+v, %v", tokens, err)
	}
	shown(t, person.questions[0])
	if !strings.Contains(person.questions[1], "The code is wrong.") || strings.Contains(person.questions[1], "secret") {
		t.Errorf("the second question: %s", person.questions[1])
	}
	calls := stub.Calls()
	for i, want := range []object{
		1: {"Session": "session"},
		3: {"Session": "second", "UserCode": "123456"},
		4: {"ClientId": "client", "ChallengeName": "MFA_SETUP", "Session": "third", "ChallengeResponses": object{"USERNAME": "sub"}},
	} {
		if want == nil {
			continue
		}
		if diff := cmp.Diff(want, calls[i].Fields()); diff != "" {
			t.Errorf("call %d, %s (-want +got):\n%s", i, calls[i].Operation, diff)
		}
	}
}

func TestCodesThatStayWrongEndTheSignIn(t *testing.T) {
	t.Parallel()
	wrong := awsstub.Refusal(400, "CodeMismatchException", "Code mismatch")
	stub := awsstub.New(awsstub.Script(challenge("MFA_SETUP", nil), made(), wrong))
	person := &asked{answers: []string{"1", "2", "3", "4"}}
	_, err := signin.New(stub.Config(), "client").SignIn(t.Context(), "ann@example.org", "own", person.ask)
	if err == nil || !strings.Contains(err.Error(), "3 codes were wrong") || len(person.questions) != 3 {
		t.Errorf("got %v after %d questions", err, len(person.questions))
	}
}

func TestEnroll(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(awsstub.Script(awsstub.OK(object{"Username": "sub", "UserAttributes": []any{}}), made(), verified(), awsstub.OK(object{})))
	person := &asked{answers: []string{"123456"}}
	done, err := signin.New(stub.Config(), "client").Enroll(t.Context(), "access", "ann@example.org", person.ask)
	if err != nil || !done {
		t.Fatalf("done %t, %v", done, err)
	}
	shown(t, person.questions[0])
	calls := stub.Calls()
	want := object{"AccessToken": "access", "SoftwareTokenMfaSettings": object{"Enabled": true, "PreferredMfa": true}}
	if diff := cmp.Diff(want, calls[len(calls)-1].Fields()); diff != "" {
		t.Errorf("preference (-want +got):\n%s", diff)
	}
	for _, call := range calls {
		if call.Header.Get("Authorization") != "" {
			t.Errorf("%s is signed; a person has no AWS account", call.Operation)
		}
	}
}

// A second secret would make the app that the person has useless.
func TestEnrollKeepsTheFactorThatThereIs(t *testing.T) {
	t.Parallel()
	stub := awsstub.New(awsstub.Script(awsstub.OK(object{"Username": "sub", "UserAttributes": []any{}, "UserMFASettingList": []any{"SOFTWARE_TOKEN_MFA"}})))
	done, err := signin.New(stub.Config(), "client").Enroll(t.Context(), "access", "ann", nil)
	if err != nil || done || len(stub.Calls()) != 1 {
		t.Errorf("done %t, %v, %d calls", done, err, len(stub.Calls()))
	}
}
