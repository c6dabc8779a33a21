package cognitopool_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/cognitopool"
	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

func TestCallsOnTheWire(t *testing.T) {
	t.Parallel()
	ask := onboard.Ask{Email: "Ann@example.com", Attributes: map[string]string{
		"given_name": "Ann", "custom:tenant": "acme", "family_name": "Ng",
		"email": "other@example.com", "email_verified": "false",
	}}
	suppressed := ask
	suppressed.SuppressMail = true
	attributes := []any{
		map[string]any{"Name": "email", "Value": "Ann@example.com"},
		map[string]any{"Name": "email_verified", "Value": "true"},
		map[string]any{"Name": "custom:tenant", "Value": "acme"},
		map[string]any{"Name": "family_name", "Value": "Ng"},
		map[string]any{"Name": "given_name", "Value": "Ann"},
	}
	tests := map[string]struct {
		call      func(context.Context, *cognitopool.Pool) error
		operation string
		want      map[string]any
	}{
		"invite": {
			call:      func(ctx context.Context, p *cognitopool.Pool) error { return failure(p.Invite(ctx, ask)) },
			operation: "AdminCreateUser",
			want: map[string]any{
				"UserPoolId": poolID, "Username": "Ann@example.com", "UserAttributes": attributes,
				"DesiredDeliveryMediums": []any{"EMAIL"},
			},
		},
		"invite without mail": {
			call:      func(ctx context.Context, p *cognitopool.Pool) error { return failure(p.Invite(ctx, suppressed)) },
			operation: "AdminCreateUser",
			want: map[string]any{
				"UserPoolId": poolID, "Username": "Ann@example.com", "UserAttributes": attributes,
				"DesiredDeliveryMediums": []any{"EMAIL"}, "MessageAction": "SUPPRESS",
			},
		},
		"resend": {
			call:      func(ctx context.Context, p *cognitopool.Pool) error { return failure(p.Resend(ctx, "Ann@example.com")) },
			operation: "AdminCreateUser",
			want: map[string]any{
				"UserPoolId": poolID, "Username": "Ann@example.com",
				"DesiredDeliveryMediums": []any{"EMAIL"}, "MessageAction": "RESEND",
			},
		},
		"look": {
			call:      func(ctx context.Context, p *cognitopool.Pool) error { return failure(p.Look(ctx, "Ann@example.com")) },
			operation: "AdminGetUser",
			want:      map[string]any{"UserPoolId": poolID, "Username": "Ann@example.com"},
		},
		"add to group": {
			call: func(ctx context.Context, p *cognitopool.Pool) error {
				return p.AddToGroup(ctx, "Ann@example.com", "staff")
			},
			operation: "AdminAddUserToGroup",
			want:      map[string]any{"UserPoolId": poolID, "Username": "Ann@example.com", "GroupName": "staff"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(awsstub.Script(awsstub.OK(createdUser("s-1", "Ann@example.com", "FORCE_CHANGE_PASSWORD"))))
			if err := tt.call(t.Context(), over(t, stub)); err != nil {
				t.Fatal(err)
			}
			calls := stub.Calls()
			if len(calls) != 1 || calls[0].Operation != tt.operation {
				t.Fatalf("sent %v, want one %s", calls, tt.operation)
			}
			sent := calls[0].Fields()
			if forced, ok := sent["ForceAliasCreation"]; ok && forced != false {
				t.Errorf("ForceAliasCreation is %v", forced)
			}
			delete(sent, "ForceAliasCreation") // false and absent are the same
			if diff := cmp.Diff(tt.want, sent); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUserOfAnAnswer(t *testing.T) {
	t.Parallel()
	created, modified := time.Unix(1795000000, 125e6).UTC(), time.Unix(1795000060, 500e6).UTC()
	withoutSub := createdUser("s-2", "ann@example.com", "CONFIRMED")
	delete(withoutSub["User"].(map[string]any), "Attributes")
	tests := map[string]struct {
		answer map[string]any
		want   onboard.User
	}{
		"new": {
			answer: createdUser("s-1", "ann@example.com", "FORCE_CHANGE_PASSWORD"),
			want:   onboard.User{Sub: "s-1", CreatedAt: created, ModifiedAt: modified},
		},
		"with a password of their own": {
			answer: createdUser("s-1", "ann@example.com", "CONFIRMED"),
			want:   onboard.User{Sub: "s-1", CreatedAt: created, ModifiedAt: modified, SignedIn: true},
		},
		"to reset": {
			answer: createdUser("s-1", "ann@example.com", "RESET_REQUIRED"),
			want:   onboard.User{Sub: "s-1", CreatedAt: created, ModifiedAt: modified, SignedIn: true, MustReset: true},
		},
		"sub as the user name only": {
			answer: withoutSub,
			want:   onboard.User{Sub: "s-2", CreatedAt: created, ModifiedAt: modified, SignedIn: true},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := over(t, awsstub.New(awsstub.Script(awsstub.OK(tt.answer)))).Invite(t.Context(), onboard.Ask{Email: "ann@example.com"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Invite (-want +got):\n%s", diff)
			}
			// AdminGetUser answers with the same fields, not nested, and calls the
			// attributes UserAttributes (Amazon Cognito API Reference, "AdminGetUser").
			flat := tt.answer["User"].(map[string]any)
			flat["UserAttributes"] = flat["Attributes"]
			got, err = over(t, awsstub.New(awsstub.Script(awsstub.OK(flat)))).Look(t.Context(), "ann@example.com")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Look (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswerThatTellsNothingIsUnclear(t *testing.T) {
	t.Parallel()
	answers := map[string]awsstub.Answer{
		"no user":     awsstub.OK(nil),
		"broken JSON": {Body: []byte(`{"User":{"Username":`)},
		"a web page":  {Status: 502, Body: []byte("<html>Bad Gateway</html>")},
		"no body":     {Status: 503, Body: []byte{}},
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stub := awsstub.New(awsstub.Script(answer))
				_, err := over(t, stub).Invite(t.Context(), onboard.Ask{Email: "ann@example.com"})
				if !errors.Is(err, onboard.ErrUnclear) {
					t.Errorf("err = %v, want ErrUnclear", err)
				}
				if n := len(stub.Calls()); n != 1 {
					t.Errorf("%d calls were made, want 1", n)
				}
			})
		})
	}
}
