package cognitopool_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/awsstub"
)

// described is an answer of DescribeUserPool, cut down to what bears on
// invitations (Amazon Cognito API Reference, "DescribeUserPool" and
// "UserPoolType").
func described() map[string]any {
	return map[string]any{
		"Id": poolID, "Arn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/" + poolID, "Name": "people", "DeletionProtection": "ACTIVE", "EstimatedNumberOfUsers": 412,
		"MfaConfiguration":      "OPTIONAL",
		"UsernameAttributes":    []string{"email"},
		"UsernameConfiguration": map[string]any{"CaseSensitive": false},
		"AdminCreateUserConfig": map[string]any{
			"AllowAdminCreateUserOnly": true,
			"InviteMessageTemplate":    map[string]any{"EmailSubject": "Welcome", "EmailMessage": "{username}: {####}"},
		},
		"Policies": map[string]any{
			"PasswordPolicy": map[string]any{"MinimumLength": 12, "TemporaryPasswordValidityDays": 3},
			"SignInPolicy":   map[string]any{"AllowedFirstAuthFactors": []string{"PASSWORD", "EMAIL_OTP"}},
		},
		"EmailConfiguration": map[string]any{
			"EmailSendingAccount": "DEVELOPER", "ConfigurationSet": "usher", "From": "Onboarding <welcome@example.com>",
			"SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
		},
		"LambdaConfig": map[string]any{
			"PreSignUp":         "arn:aws:lambda:us-east-1:123456789012:function:check",
			"PostConfirmation":  "arn:aws:lambda:us-east-1:123456789012:function:greet",
			"CustomMessage":     "arn:aws:lambda:us-east-1:123456789012:function:word",
			"CustomEmailSender": map[string]any{"LambdaVersion": "V1_0", "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:send"},
		},
		"SchemaAttributes": []map[string]any{
			{"Name": "email", "AttributeDataType": "String", "Required": true, "Mutable": true,
				"StringAttributeConstraints": map[string]any{"MinLength": "0", "MaxLength": "2048"}},
			{"Name": "custom:level", "AttributeDataType": "Number", "Mutable": false,
				"NumberAttributeConstraints": map[string]any{"MinValue": "1", "MaxValue": "9"}},
		},
	}
}

// setUp answers as a pool that is set up as given, with its groups in pages.
func setUp(pool map[string]any, pages ...[]string) func(awsstub.Call) awsstub.Answer {
	return func(call awsstub.Call) awsstub.Answer {
		if call.Operation == "DescribeUserPool" {
			return awsstub.OK(map[string]any{"UserPool": pool})
		}
		if call.Operation == "ListIdentityProviders" {
			if call.Fields()["NextToken"] != nil {
				return awsstub.OK(map[string]any{"Providers": []map[string]string{{"ProviderName": "Okta", "ProviderType": "SAML"}}})
			}
			return awsstub.OK(map[string]any{"Providers": []map[string]string{{"ProviderName": "Staff", "ProviderType": "OIDC"}}, "NextToken": "more"})
		}
		page := 0
		if token, ok := call.Fields()["NextToken"].(string); ok {
			fmt.Sscanf(token, "page-%d", &page)
		}
		answer := map[string]any{}
		if page < len(pages) {
			groups := []map[string]string{}
			for _, name := range pages[page] {
				group := map[string]string{"GroupName": name}
				if name == "staff" {
					group["RoleArn"] = "arn:aws:iam::123456789012:role/staff"
				}
				groups = append(groups, group)
			}
			answer["Groups"] = groups
		}
		if page+1 < len(pages) {
			answer["NextToken"] = fmt.Sprintf("page-%d", page+1)
		}
		return awsstub.OK(answer)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	full := onboard.PoolSettings{
		ID: poolID, Name: "people", AdminOnly: true, EmailAsUsername: true, Passwordless: true, DeletionProtection: true,
		InviteSubject: "Welcome", InviteBody: "{username}: {####}", SecondFactor: onboard.SecondFactorOptional,
		OwnSender: true, ConfigurationSet: "usher", Sender: "Onboarding <welcome@example.com>", SenderIdentity: "arn:aws:ses:us-east-1:123456789012:identity/example.com", PasswordLength: 12, TemporaryPasswordDays: 3,
		Triggers: []string{"PreSignUp", "CustomMessage", "CustomEmailSender"},
		Groups:   []string{"admins", "staff", "visitors"}, RoleGroups: []string{"staff"}, Providers: []string{"Okta", "Staff"},
		Attributes: []onboard.AttributeSetting{
			{Name: "email", Type: "String", MaxLength: 2048, Required: true, Mutable: true},
			{Name: "custom:level", Type: "Number", Least: "1", Most: "9"},
		},
		EstimatedUsers: 412,
	}
	changed := func(change func(map[string]any)) map[string]any {
		pool := described()
		change(pool)
		return pool
	}
	with := func(change func(*onboard.PoolSettings)) onboard.PoolSettings {
		settings := full
		change(&settings)
		return settings
	}
	tests := map[string]struct {
		pool map[string]any
		want onboard.PoolSettings
	}{
		"all set": {pool: described(), want: full},
		"nothing set": {
			pool: map[string]any{"Id": poolID, "Name": "people"},
			want: onboard.PoolSettings{ID: poolID, Name: "people", CaseSensitive: true, TemporaryPasswordDays: 7, Groups: full.Groups, RoleGroups: full.RoleGroups, Providers: full.Providers},
		},
		"0 days mean 7": {
			pool: changed(func(p map[string]any) {
				p["Policies"] = map[string]any{"PasswordPolicy": map[string]any{"TemporaryPasswordValidityDays": 0}}
			}),
			want: with(func(s *onboard.PoolSettings) { s.TemporaryPasswordDays, s.PasswordLength, s.Passwordless = 7, 0, false }),
		},
		"passkeys are no codes": {
			pool: changed(func(p map[string]any) {
				p["Policies"].(map[string]any)["SignInPolicy"] = map[string]any{"AllowedFirstAuthFactors": []string{"PASSWORD", "WEB_AUTHN"}}
			}),
			want: with(func(s *onboard.PoolSettings) { s.Passwordless = false }),
		},
		"codes by text message": {
			pool: changed(func(p map[string]any) {
				p["Policies"].(map[string]any)["SignInPolicy"] = map[string]any{"AllowedFirstAuthFactors": []string{"SMS_OTP"}}
			}),
			want: full,
		},
		"e-mail and preferred user name as aliases": {
			pool: changed(func(p map[string]any) {
				delete(p, "UsernameAttributes")
				p["AliasAttributes"] = []string{"email", "preferred_username"}
			}),
			want: with(func(s *onboard.PoolSettings) { s.EmailAsUsername, s.EmailAsAlias, s.NameAsAlias = false, true, true }),
		},
		"plain user names": {
			pool: changed(func(p map[string]any) { delete(p, "UsernameAttributes") }),
			want: with(func(s *onboard.PoolSettings) { s.EmailAsUsername = false }),
		},
		"phone numbers as user names": {
			pool: changed(func(p map[string]any) { p["UsernameAttributes"] = []string{"phone_number"} }),
			want: with(func(s *onboard.PoolSettings) { s.EmailAsUsername, s.PhoneAsUsername = false, true }),
		},
		"sender without From": {
			pool: changed(func(p map[string]any) { delete(p["EmailConfiguration"].(map[string]any), "From") }),
			want: with(func(s *onboard.PoolSettings) { s.Sender = "example.com" }),
		},
		"sender of another account": {
			pool: changed(func(p map[string]any) {
				p["EmailConfiguration"].(map[string]any)["SourceArn"] = "arn:aws:ses:eu-west-1:999999999999:identity/example.com"
			}),
			want: with(func(s *onboard.PoolSettings) {
				s.SenderIdentity, s.SenderElsewhere = "arn:aws:ses:eu-west-1:999999999999:identity/example.com", true
			}),
		},
		"a second factor is required": {
			pool: changed(func(p map[string]any) { p["MfaConfiguration"] = "ON" }),
			want: with(func(s *onboard.PoolSettings) { s.SecondFactor = onboard.SecondFactorRequired }),
		},
		"no second factor": {
			pool: changed(func(p map[string]any) { p["MfaConfiguration"] = "OFF" }),
			want: with(func(s *onboard.PoolSettings) { s.SecondFactor = onboard.SecondFactorOff }),
		},
		"a trigger that writes tokens": {
			pool: changed(func(p map[string]any) {
				p["LambdaConfig"].(map[string]any)["PreTokenGenerationConfig"] = map[string]any{"LambdaVersion": "V2_0", "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:tokens"}
			}),
			want: with(func(s *onboard.PoolSettings) { s.TokenTrigger = true }),
		},
		"a trigger that writes tokens, in the older form": {
			pool: changed(func(p map[string]any) {
				p["LambdaConfig"].(map[string]any)["PreTokenGeneration"] = "arn:aws:lambda:us-east-1:123456789012:function:tokens"
			}),
			want: with(func(s *onboard.PoolSettings) { s.TokenTrigger = true }),
		},
		"built-in sender": {
			pool: changed(func(p map[string]any) {
				p["EmailConfiguration"].(map[string]any)["EmailSendingAccount"] = "COGNITO_DEFAULT"
			}),
			want: with(func(s *onboard.PoolSettings) { s.OwnSender, s.Sender, s.SenderIdentity = false, "", "" }),
		},
		"built-in sender with an address of its own": {
			pool: changed(func(p map[string]any) {
				p["EmailConfiguration"] = map[string]any{"EmailSendingAccount": "COGNITO_DEFAULT", "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/it@example.com"}
			}),
			want: with(func(s *onboard.PoolSettings) {
				s.OwnSender, s.Sender, s.SenderIdentity, s.ConfigurationSet = false, "it@example.com", "", ""
			}),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := awsstub.New(setUp(tt.pool, []string{"visitors", "admins"}, []string{}, []string{"staff"}))
			got, err := over(t, stub).Inspect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Inspect (-want +got):\n%s", diff)
			}
		})
	}
}

// Reading changes nothing, so the SDK may repeat it: more pages of groups than
// five a second are throttled.
func TestInspectWaitsWhenThrottled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := setUp(described(), []string{"staff"})
		busy := awsstub.Script(
			awsstub.Refusal(400, "TooManyRequestsException", "Rate exceeded"),
			awsstub.Refusal(400, "TooManyRequestsException", "Rate exceeded"),
			awsstub.OK(nil),
		)
		stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
			if got := busy(call); got.Status != 0 {
				return got
			}
			return answer(call)
		})
		if _, err := over(t, stub).Inspect(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestInspectOfNoPoolIsUnclear(t *testing.T) {
	t.Parallel()
	_, err := over(t, awsstub.New(awsstub.Script(awsstub.OK(nil)))).Inspect(t.Context())
	if !errors.Is(err, onboard.ErrUnclear) {
		t.Errorf("err = %v, want ErrUnclear", err)
	}
}

// Without the right to list providers the rest is still known.
func TestInspectWithoutTheRightToListProviders(t *testing.T) {
	t.Parallel()
	answer := setUp(described(), []string{"staff"})
	stub := awsstub.New(func(call awsstub.Call) awsstub.Answer {
		if call.Operation == "ListIdentityProviders" {
			return awsstub.Refusal(400, "AccessDeniedException", "not allowed")
		}
		return answer(call)
	})
	got, err := over(t, stub).Inspect(t.Context())
	if err != nil || len(got.Groups) != 1 || got.Providers != nil {
		t.Errorf("got %+v, error %v", got, err)
	}
}
