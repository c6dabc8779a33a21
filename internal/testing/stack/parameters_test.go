package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"github.com/google/go-cmp/cmp"
)

func TestEveryParameterIsAskedForOnce(t *testing.T) {
	t.Parallel()
	tpl := read(t)
	form := object(tpl.Metadata["AWS::CloudFormation::Interface"])
	var grouped []string
	for _, g := range form["ParameterGroups"].([]any) {
		grouped = append(grouped, texts(at(g, "Parameters"))...)
	}
	slices.Sort(grouped)
	if diff := cmp.Diff(keys(tpl.Parameters), grouped); diff != "" {
		t.Errorf("grouped parameters (-declared +grouped):\n%s", diff)
	}
	if diff := cmp.Diff(keys(tpl.Parameters), keys(object(form["ParameterLabels"]))); diff != "" {
		t.Errorf("labeled parameters (-declared +labeled):\n%s", diff)
	}
	for name, p := range tpl.Parameters {
		if text(p["Description"]) == "" {
			t.Errorf("parameter %s is not described", name)
		}
		// A first deployment whose stage got lost on the way must fail rather than
		// make another stage.
		if _, ok := p["Default"]; ok == (name == "Stage") {
			t.Errorf("parameter %s: default %v; every parameter except Stage needs a default that works", name, p["Default"])
		}
		if p["AllowedPattern"] != nil && text(p["ConstraintDescription"]) == "" {
			t.Errorf("parameter %s refuses by a pattern without saying what it wants", name)
		}
	}
}

func TestPatternsTakeTheGoodAndRefuseTheBad(t *testing.T) {
	t.Parallel()
	tpl := read(t)
	for name, tt := range map[string]struct{ good, bad []string }{
		"Stage":             {good: []string{"dev", "prd", "prd-eu"}, bad: []string{"", "PRD", "1st", "a_b", "seventeen-letters"}},
		"AlarmEmail":        {good: []string{"", "ops@example.org"}, bad: []string{"ops", "a b@example.org"}},
		"AllowedGroups":     {good: []string{"", "staff", "staff club,of,chess Zürich"}, bad: []string{" ", "staff  club", " staff", "staff ", "a\nb", "a@b", strings.Repeat("a", 129)}},
		"AllowedOrigin":     {good: []string{"", "https://admin.example.org", "http://localhost:3000"}, bad: []string{"*", "admin.example.org", "https://a.example.org/", "https://*.example.org"}},
		"UserCreationShare": {good: []string{"0.95", "0.5", "0.10", "0.01", "0.9"}, bad: []string{"0", "0.0", "0.96", "1", "0.00", "95", ".5"}},
		"UserPoolId":        {good: []string{"", "ap-northeast-1_AbCdEfGhI", "us-gov-west-1_Ab1"}, bad: []string{"pool", "ap-northeast-1_", "arn:aws:cognito-idp:x"}},
		"SignInDomainPrefix": {
			good: []string{"", "usher", "a", "my-usher-1", strings.Repeat("a", 63), "aw-s"},
			// Amazon Cognito Developer Guide, "Using the Amazon Cognito domain": no reserved words.
			bad: []string{"-a", "a-", "Usher", "a.b", strings.Repeat("a", 64), "aws", "my-aws-login", "amazonian", "cognito-1", "laws"},
		},
		"InvitationText": {
			good: []string{"", "{username} {####}", "<p>{####}</p>\n<p>{username}</p>"},
			bad:  []string{"{username}", "{####}", "{user} {####}"},
		},
		"OrganizationName": {
			good: []string{"", "Example School", "Smith & Sons", "Zürich, École d'été (2)"},
			bad:  []string{"<b>x</b>", "a&b", "a&lt;", "{username}", "say \"x\"", "two\nlines", "x &"},
		},
		"InvitationLink": {
			good: []string{"", "https://school.example.org/", "https://school.example.org/sign-in?from=mail#top"},
			bad:  []string{"http://example.org", "javascript:alert(1)", "https://a b", "https://a\"b", "https://a'b", "https://a?x=1&y=2", "https://{username}", "https://"},
		},
		"SignInDomain":        {good: []string{"", "login.example.org"}, bad: []string{"login", "https://login.example.org", "Login.example.org"}},
		"AdministratorsGroup": {good: []string{"administrators", "ops.team_1"}, bad: []string{"", "two words", "a,b", "[admins]", strings.Repeat("a", 129)}},
		"OperatorRoleArn": {
			good: []string{"", "arn:aws:iam::123456789012:role/operators", "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Ops_1"},
			bad:  []string{"operators", "*", "arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:role/*"},
		},
		"SesIdentityArn": {
			good: []string{"", "arn:aws:ses:eu-west-1:123456789012:identity/example.org"},
			bad:  []string{"example.org", "arn:aws:ses:eu-west-1:123456789012:configuration-set/a"},
		},
		"SenderAddress": {good: []string{"", "a@example.org", "Usher <a@example.org>"}, bad: []string{"a", "Usher <a>", "a@b c"}},
	} {
		pattern := text(tpl.Parameters[name]["AllowedPattern"])
		for _, s := range tt.good {
			if !matches(pattern, s) {
				t.Errorf("%s refuses %q", name, s)
			}
		}
		for _, s := range tt.bad {
			if matches(pattern, s) {
				t.Errorf("%s takes %q", name, s)
			}
		}
	}
}

// matches reports whether all of s matches a pattern of CloudFormation, which
// knows looking ahead and Go does not: here at the beginning of a branch.
func matches(pattern, s string) bool {
	for _, branch := range branches(pattern) {
		if matchesBranch(strings.TrimPrefix(branch, "^"), s) {
			return true
		}
	}
	return false
}

// branches splits a pattern at the bars outside of brackets.
func branches(pattern string) (out []string) {
	depth, from := 0, 0
	for i, c := range pattern {
		switch {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == '|' && depth == 0:
			out, from = append(out, pattern[from:i]), i+1
		}
	}
	return append(out, pattern[from:])
}

var ahead = regexp.MustCompile(`^\(\?([=!])((?:[^()]|\([^()]*\))*)\)`)

func matchesBranch(branch, s string) bool {
	for look := ahead.FindStringSubmatch(branch); look != nil; look = ahead.FindStringSubmatch(branch) {
		if regexp.MustCompile("^(?:"+look[2]+")").MatchString(s) != (look[1] == "=") {
			return false
		}
		branch = branch[len(look[0]):]
	}
	return regexp.MustCompile("^(?:" + branch + ")$").MatchString(s)
}

func TestImpossibleCombinationsAreRefused(t *testing.T) {
	t.Parallel()
	const (
		pool   = "UserPoolId=ap-northeast-1_AbCdEfGhI"
		ses    = "SesIdentityArn=arn:aws:ses:ap-northeast-1:123456789012:identity/example.org"
		sender = "SenderAddress=no-reply@example.org"
	)
	for _, tt := range []struct {
		what   string
		params []string
		says   string // part of it; "" where all is well
	}{
		{what: "nothing", params: nil, says: ""},
		{what: "everything for a new pool", params: production, says: ""},
		{what: "a new pool, its identity an address", params: []string{ses}, says: ""},
		{what: "an existing pool", params: []string{pool}, says: ""},
		{what: "an existing pool that has the group and a domain", params: []string{pool, "CreateAdministratorsGroup=no", "SignInDomain=login.example.org"}, says: ""},
		{what: "an existing pool, a new domain", params: []string{pool, "SignInDomainPrefix=usher-example"}, says: ""},
		{what: "a new pool without the group", params: []string{"CreateAdministratorsGroup=no"}, says: "CreateAdministratorsGroup"},
		{what: "a new pool with a domain", params: []string{"SignInDomain=login.example.org"}, says: "SignInDomainPrefix"},
		{what: "a sender without SES", params: []string{sender}, says: "SesIdentityArn"},
		{what: "SES for an existing pool", params: []string{pool, ses}, says: "SesIdentityArn"},
		{what: "a sender for an existing pool", params: []string{pool, sender}, says: "SenderAddress"},
		{what: "a new pool with a second factor", params: []string{"RequireMfa=yes"}, says: ""},
		{what: "a second factor for an existing pool", params: []string{pool, "RequireMfa=yes"}, says: "RequireMfa"},
		{what: "two domains", params: []string{pool, "SignInDomainPrefix=usher-example", "SignInDomain=login.example.org"}, says: "not both"},
	} {
		said := strings.Join(fillIn(t, tt.params...).refusals(t), "\n")
		if (tt.says == "") != (said == "") || !strings.Contains(said, tt.says) {
			t.Errorf("%s: refused with %q, want %q in it", tt.what, said, tt.says)
		}
	}
}

func TestEveryOutputIsDescribed(t *testing.T) {
	t.Parallel()
	tpl := read(t)
	want := []string{
		"AdministratorsGroup", "ApiEndpoint", "ApiFunctionName", "ConsoleUrl", "DashboardUrl", "DeadLetterFunctionName", "DeadLetterQueueUrl",
		"QueueUrl", "RequeueFunctionName", "SignInDomain", "TableName", "UserPoolClientId", "UserPoolId", "WorkerFunctionName",
	}
	if diff := cmp.Diff(want, keys(tpl.Outputs)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	d := deploy(t)
	for name, o := range tpl.Outputs {
		if text(o["Description"]) == "" {
			t.Errorf("output %s is not described", name)
		}
		d.resolve(t, o["Value"]) // stops at a reference to nothing
	}
}

// samconfig is samconfig.toml: environment, command, "parameters", key.
func samconfig(t *testing.T) map[string]map[string]map[string]map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "samconfig.toml"))
	if err != nil {
		t.Fatal(err)
	}
	var top map[string]any
	if err := toml.Unmarshal(data, &top); err != nil {
		t.Fatalf("samconfig.toml: %v", err)
	}
	if top["version"] != 0.1 {
		t.Errorf("samconfig.toml has version %v, SAM reads 0.1", top["version"])
	}
	delete(top, "version")
	out := map[string]map[string]map[string]map[string]any{}
	for env, commands := range top {
		out[env] = map[string]map[string]map[string]any{}
		for command, tables := range object(commands) {
			out[env][command] = section(tables)
		}
	}
	return out
}

// No environment inherits from [default], so a key that one of them lacks is a
// key that SAM forgets there.
func TestEveryEnvironmentRepeatsEveryKey(t *testing.T) {
	t.Parallel()
	envs := samconfig(t)
	if diff := cmp.Diff([]string{"default", "dev", "prd", "stg"}, keys(envs)); diff != "" {
		t.Fatalf("environments (-want +got):\n%s", diff)
	}
	for env, commands := range envs {
		if diff := cmp.Diff(shape(envs["default"]), shape(commands)); diff != "" {
			t.Errorf("keys of [%s] (-default +%s):\n%s", env, env, diff)
		}
	}
}

func shape(commands map[string]map[string]map[string]any) []string {
	var out []string
	for command, tables := range commands {
		for table, values := range tables {
			for key := range values {
				out = append(out, command+"."+table+"."+key)
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestEnvironmentsDeployTheirOwnStage(t *testing.T) {
	t.Parallel()
	tpl := read(t)
	for env, commands := range samconfig(t) {
		stage := strings.Replace(env, "default", "dev", 1)
		global, build, dep := commands["global"]["parameters"], commands["build"]["parameters"], commands["deploy"]["parameters"]
		got := map[string]any{
			"stack": global["stack_name"], "region": global["region"], "lint": commands["validate"]["parameters"]["lint"],
			"cached": build["cached"], "parallel": build["parallel"], "in source": build["build_in_source"], "capabilities": dep["capabilities"], "bucket": dep["resolve_s3"], "ask": dep["confirm_changeset"],
		}
		want := map[string]any{
			"stack": "usher-" + stage, "region": "ap-northeast-1", "lint": true,
			"cached": false, "parallel": false, "in source": true, "capabilities": "CAPABILITY_IAM", "bucket": true, "ask": stage == "prd",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("[%s] (-want +got):\n%s", env, diff)
		}
		overrides := texts(dep["parameter_overrides"])
		if !slices.Contains(overrides, "Stage="+stage) {
			t.Errorf("[%s] deploys with %v, want Stage=%s", env, overrides, stage)
		}
		for _, o := range overrides {
			name, value, _ := strings.Cut(o, "=")
			p, ok := tpl.Parameters[name]
			if !ok {
				t.Errorf("[%s] sets %s, which template.yaml does not ask for", env, name)
			}
			if allowed := p["AllowedValues"]; allowed != nil && !slices.Contains(texts(allowed), value) {
				t.Errorf("[%s] sets %s to %s, allowed are %v", env, name, value, allowed)
			}
		}
		if !slices.Contains(texts(dep["tags"]), fmt.Sprintf("stage=%s", stage)) {
			t.Errorf("[%s] tags with %v", env, dep["tags"])
		}
	}
}
