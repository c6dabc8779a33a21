package stack

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/onboard"
	"usher.example/internal/testing/iam"
)

// production is the deployment with everything switched on.
var production = []string{
	"Stage=prd", "AlarmEmail=ops@example.org", "NoticeEmail=office@example.org", "AllowedOrigin=https://admin.example.org", "SignInDomainPrefix=usher-example",
	"SesIdentityArn=arn:aws:ses:ap-northeast-1:123456789012:identity/example.org", "SenderAddress=Example <no-reply@example.org>",
}

// That a role allows what its function calls, and nothing else, is held where
// the functions are built and run: functions/calls_test.go and role_test.go.
func TestEachFunctionHasARoleOfItsOwn(t *testing.T) {
	t.Parallel()
	roles := Roles(t, production...)
	owner := map[string]string{}
	for _, function := range functions {
		role := roles[function]
		if other, taken := owner[role.Name]; taken {
			t.Errorf("%s and %s share the role %s", function, other, role.Name)
		}
		owner[role.Name] = function
		for _, right := range role.Lambda {
			if !slices.Contains(role.Allows, right) {
				t.Errorf("%s does not allow %s, which Lambda does in the name of %s", role.Name, right, function)
			}
		}
	}
	if all := deploy(t, production...).all("AWS::IAM::Role"); len(all) != len(functions) {
		t.Errorf("roles %v for %d functions: want one each", all, len(functions))
	}
}

// onEverything are the rights whose resource is no single one, and why.
var onEverything = map[string]string{
	"ses:GetAccount": "it has no resource (Service Authorization Reference, \"Amazon Simple Email Service v2\")",
}

func TestNoRightIsAWildcard(t *testing.T) {
	t.Parallel()
	noWildcard(t, deploy(t, production...), onEverything)
}

// Which identity an existing pool mails as is not known here, and changes.
func TestOfAnExistingPoolTheIdentitiesOfTheAccountMayBeRead(t *testing.T) {
	t.Parallel()
	d := deploy(t, "Stage=prd", "UserPoolId=ap-northeast-1_AbCdEfGhI")
	allowed := map[string]string{"ses:GetEmailIdentity": "any identity of the account"}
	maps.Copy(allowed, onEverything)
	noWildcard(t, d, allowed)
	want := iam.Right{Action: "ses:GetEmailIdentity", Resource: "arn:aws:ses:*:123456789012:identity/*"}
	if !slices.Contains(grants(t, d.one(t, "ApiRole")), want) {
		t.Errorf("ApiRole does not allow %s", want)
	}
}

func noWildcard(t *testing.T, d *deployment, except map[string]string) {
	t.Helper()
	for _, name := range d.all("AWS::IAM::Role") {
		role := d.one(t, name)
		if managed := role.Properties["ManagedPolicyArns"]; managed != nil {
			t.Errorf("%s has managed policies %v, which change under our feet; state the actions", name, managed)
		}
		if who := text(at(statements(role.Properties["AssumeRolePolicyDocument"])[0], "Principal", "Service")); who != "lambda.amazonaws.com" {
			t.Errorf("%s may be taken on by %q, want Lambda alone", name, who)
		}
		for _, right := range grants(t, role) {
			if strings.ContainsAny(right.String(), "*?") && (name != "ApiRole" || except[right.Action] == "") {
				t.Errorf("%s allows %s: no wildcards", name, right)
			}
		}
	}
}

func TestNobodySignsThemselvesUp(t *testing.T) {
	t.Parallel()
	p := deploy(t).one(t, "UserPool").Properties
	for _, tt := range []struct {
		want any
		keys []string
	}{
		{want: true, keys: []string{"AdminCreateUserConfig", "AllowAdminCreateUserOnly"}},
		{want: false, keys: []string{"UsernameConfiguration", "CaseSensitive"}},
		{want: []any{"email"}, keys: []string{"UsernameAttributes"}},
		{want: []any{"email"}, keys: []string{"AutoVerifiedAttributes"}},
		{want: "7", keys: []string{"Policies", "PasswordPolicy", "TemporaryPasswordValidityDays"}},
	} {
		if diff := cmp.Diff(tt.want, at(p, tt.keys...)); diff != "" {
			t.Errorf("UserPool %v (-want +got):\n%s", tt.keys, diff)
		}
	}
	if n := at(p, "Policies", "PasswordPolicy", "MinimumLength").(int); n < 12 {
		t.Errorf("passwords of %d characters, want 12 at least", n)
	}
}

func TestClientHoldsNoSecretAndComesBackToTheConsole(t *testing.T) {
	t.Parallel()
	c := deploy(t).one(t, "UserPoolClient").Properties
	if c["GenerateSecret"] != false || c["PreventUserExistenceErrors"] != "ENABLED" {
		t.Errorf("client has GenerateSecret %v, PreventUserExistenceErrors %v", c["GenerateSecret"], c["PreventUserExistenceErrors"])
	}
	if diff := cmp.Diff([]string{"code"}, texts(c["AllowedOAuthFlows"])); diff != "" {
		t.Errorf("sign-in flows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"<HttpApi.ApiEndpoint>/console/"}, texts(c["CallbackURLs"])); diff != "" {
		t.Errorf("addresses to come back to (-want +got):\n%s", diff)
	}
}

func TestMailTemplateHoldsBothPlaceholders(t *testing.T) {
	t.Parallel()
	if tpl := at(deploy(t).one(t, "UserPool").Properties, "AdminCreateUserConfig", "InviteMessageTemplate"); tpl != nil {
		t.Errorf("template %v with Cognito's own sender, which takes none", tpl)
	}
	p := deploy(t, production...).one(t, "UserPool").Properties
	body := text(at(p, "AdminCreateUserConfig", "InviteMessageTemplate", "EmailMessage"))
	for _, want := range []string{"{username}", "{####}"} {
		if !strings.Contains(body, want) {
			t.Errorf("the invitation %q lacks %s: Cognito would send no mail and say nothing", body, want)
		}
	}
	if got := text(at(p, "EmailConfiguration", "EmailSendingAccount")); got != "DEVELOPER" {
		t.Errorf("sender is %s with an SES identity, want DEVELOPER", got)
	}
}

// The doctor, which knows the pool's text alone, finds what a stack did not say.
func TestTheInvitationSaysWhoInvitesAndWhere(t *testing.T) {
	t.Parallel()
	const name, link = "OrganizationName=Smith & Sons", "InvitationLink=https://example.org/sign-in"
	for what, tt := range map[string]struct {
		params  []string
		subject string
		text    string // as people read it
		finds   []string
	}{
		"nothing": {
			subject: "Your invitation",
			text:    "You are invited.\n\nUser name: {username}\nTemporary password: {####}\n\nSign in soon",
			finds:   []string{"template_without_link", "template_without_name"},
		},
		"a name": {
			params: []string{name}, subject: "Your account at Smith & Sons",
			text:  "Smith & Sons has created an account for you.\n\nUser name: {username}\nTemporary password: {####}\n\nSign in soon",
			finds: []string{"template_without_link"},
		},
		"a link": {
			params: []string{link}, subject: "Your invitation",
			text:  "You are invited.\n\nUser name: {username}\nTemporary password: {####}\n\nSign in here: https://example.org/sign-in\n\nSign in soon",
			finds: []string{"template_without_name"},
		},
		"both, over the text of an earlier version": {
			params: []string{name, link, "InvitationSubject=Your invitation", "InvitationText=<p>You are invited.</p><p>User name: {username}<br>Temporary password: {####}</p>" +
				"<p>Sign in soon: the temporary password expires, and you choose your own at the first sign-in.</p>"},
			subject: "Your account at Smith & Sons", text: "Smith & Sons has created an account for you.",
		},
		"a text of its own": {
			params:  []string{name, link, "InvitationSubject=Hello", "InvitationText={username} {####}"},
			subject: "Hello", text: "{username} {####}", finds: []string{"template_without_link", "template_without_name"},
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ses := []string{"SesIdentityArn=arn:aws:ses:ap-northeast-1:123456789012:identity/example.org", "SenderAddress=no-reply@example.org"}
			d := deploy(t, append(tt.params, ses...)...)
			mail := at(d.one(t, "UserPool").Properties, "AdminCreateUserConfig", "InviteMessageTemplate")
			settings := onboard.PoolSettings{
				AdminOnly: true, EmailAsUsername: true, DeletionProtection: true, OwnSender: true, Sender: "no-reply@example.org", TemporaryPasswordDays: 7,
				InviteSubject: text(at(mail, "EmailSubject")), InviteBody: text(at(mail, "EmailMessage")),
			}
			organization := text(at(d.one(t, "ApiFunction").Properties, "Environment", "Variables", "ORGANIZATION_NAME"))
			doctor := onboard.System{Settings: onboard.Settings{Organization: organization}}.Doctor(onboard.NewKnownPool(poolOf{settings}, nil), "")
			var found []string
			for _, f := range doctor.Examine(t.Context()).Findings {
				found = append(found, string(f.Code))
			}
			if diff := cmp.Diff(tt.finds, found); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			shown := settings.PreviewMail("{username}")
			if got := strings.ReplaceAll(shown.Text, "(temporary password)", "{####}"); shown.Subject != tt.subject || !strings.HasPrefix(got, tt.text) {
				t.Errorf("the mail is %q, %q, want %q, %q", shown.Subject, got, tt.subject, tt.text)
			}
		})
	}
}

// poolOf is a pool with these settings.
type poolOf struct{ settings onboard.PoolSettings }

func (p poolOf) Inspect(context.Context) (onboard.PoolSettings, error) { return p.settings, nil }

func TestTableIsGuarded(t *testing.T) {
	t.Parallel()
	p := deploy(t).one(t, "Table").Properties
	for _, tt := range []struct {
		want string
		keys []string
	}{
		{want: "PAY_PER_REQUEST", keys: []string{"BillingMode"}},
		{want: "true", keys: []string{"PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"}},
		{want: "true", keys: []string{"SSESpecification", "SSEEnabled"}},
		{want: "true", keys: []string{"TimeToLiveSpecification", "Enabled"}},
	} {
		if got := text(at(p, tt.keys...)); got != tt.want {
			t.Errorf("Table %v is %q, want %q", tt.keys, got, tt.want)
		}
	}
}

func TestPeopleAndResultsOutliveTheStack(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	for _, name := range []string{"UserPool", "AdministratorsPoolGroup", "Table", "ApiLogs"} {
		r := d.one(t, name)
		if r.DeletionPolicy != "RetainExceptOnCreate" || r.ReplacePolicy != "Retain" {
			t.Errorf("%s is %s on deletion and %s on replacement, want it kept", name, r.DeletionPolicy, r.ReplacePolicy)
		}
	}
}

func TestLogsEndAndNameNobody(t *testing.T) {
	t.Parallel()
	for parameter, want := range map[string]string{"LogRetentionDays=14": "14", "Stage=prd": "365", "Stage=production": "365", "Stage=stg": "30"} {
		d := deploy(t, parameter)
		for _, name := range d.all("AWS::Logs::LogGroup") {
			want := want
			if name == "ApiLogs" { // the audit's
				want = "365"
			}
			if got := text(d.one(t, name).Properties["RetentionInDays"]); got != want {
				t.Errorf("with %s %s keeps its logs for %q days, want %s", parameter, name, got, want)
			}
		}
	}
	if got := text(deploy(t, "LogRetentionDays=731").one(t, "ApiLogs").Properties["RetentionInDays"]); got != "731" {
		t.Errorf("with LogRetentionDays=731 ApiLogs keeps its logs for %s days", got)
	}
	d := deploy(t)
	for _, name := range functions {
		group := text(at(d.one(t, name).Properties, "LoggingConfig", "LogGroup"))
		if want := "<" + strings.TrimSuffix(name, "Function") + "Logs>"; group != want {
			t.Errorf("%s logs to %s, want %s", name, group, want)
		}
	}
	format := text(at(d.one(t, "ApiStage").Properties, "AccessLogSettings", "Format"))
	for _, personal := range []string{"sourceIp", "identity.", "userAgent", "claims.e", "claims.c", "claims.n", "$context.path", "email", "username", "principalId"} {
		if strings.Contains(format, personal) {
			t.Errorf("the access log has %s, which identifies a person", personal)
		}
	}
	if !strings.Contains(format, `"sub":"$context.authorizer.claims.sub"`) {
		t.Error("the access log does not say who called")
	}
}

func TestOnlyNamesDerivedFromTheStack(t *testing.T) {
	t.Parallel()
	fixed := []string{
		"AlarmName", "BucketName", "DashboardName", "GroupName", "LogGroupName", "PolicyName", "QueueName", "RoleName", "TableName",
		"TopicName", "UserPoolName", "ClientName", "FunctionName", "Name",
	}
	free := map[string]string{
		"AccessLogs.LogGroupName":           "contains the stack's name",
		"AdministratorsPoolGroup.GroupName": "belongs to its pool",
		"ApiAuthorizer.Name":                "belongs to its API",
		"ApiPermission.FunctionName":        "names the function it is for",
		"RefusedMetric.LogGroupName":        "names the log group it is for",
		"HttpApi.Name":                      "is the stack's name, and need not be unique",
	}
	d := deploy(t, production...)
	for _, name := range keys(d.resources) {
		for _, key := range fixed {
			if v, ok := d.resources[name].Properties[key]; ok && free[name+"."+key] == "" {
				t.Errorf("%s has the fixed name %v: a second stack in the account would fail", name, v)
			}
		}
	}
}
