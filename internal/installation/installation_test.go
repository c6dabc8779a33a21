package installation_test

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/installation"
)

const root = "../.."

// project is a folder with the project's template and stages, and these values.
func project(t *testing.T, values map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"template.yaml", "samconfig.toml"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range values {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, stage, values string) installation.Stage {
	t.Helper()
	s, err := installation.Load(project(t, map[string]string{stage + ".values": values}), stage)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestValuesAreLines(t *testing.T) {
	t.Parallel()
	got, err := installation.ParseValues("# ours\r\n\nAlarmEmail = ops@example.org \nMailQuota=50000\nSesIdentityArn=\nInvitationText=<p class=\"x\">{username} # {####}</p>\n")
	want := installation.Values{
		"AlarmEmail": "ops@example.org", "MailQuota": "50000", "SesIdentityArn": "", "InvitationText": `<p class="x">{username} # {####}</p>`,
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	for text, says := range map[string]string{
		"A=1\nB": "line 2", "=1": "line 1", "A=1\n\nA=2": "line 3 gives A a second time", `A=a\b`: "backslash",
	} {
		if _, err := installation.ParseValues(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

func TestAStageIsItsBlockAndItsValues(t *testing.T) {
	t.Parallel()
	s := load(t, "prd", "Region=eu-west-1\nStackName=people\nMailQuota=9\n")
	if s.Region != "eu-west-1" || s.StackName != "people" || len(s.Values) != 1 || s.Values["MailQuota"] != "9" {
		t.Errorf("got %+v", s)
	}
	s, err := installation.Load(root, "stg")
	if err != nil || s.Region != "ap-northeast-1" || s.StackName != "usher-stg" {
		t.Errorf("without a file: %+v, %v", s, err)
	}
	for _, tt := range []struct{ stage, values, says string }{
		{stage: "test", values: "", says: `no stage "test"; it has dev, prd, stg`},
		{stage: "default", values: "", says: `no stage "default"`},
		{stage: "dev", values: "Stage=prd", says: "remove Stage"},
		{stage: "dev", values: "AlarmMail=a@example.org", says: "dev.values: template.yaml has no parameter AlarmMail"},
		{stage: "dev", values: "what", says: "dev.values: line 1"},
	} {
		dir := project(t, map[string]string{tt.stage + ".values": tt.values})
		if _, err := installation.Load(dir, tt.stage); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s with %q: %v, want %q", tt.stage, tt.values, err, tt.says)
		}
	}
}

// stack is one that was deployed and changed since.
func stack(own ...string) installation.Deployed {
	have := installation.Deployed{
		Exists: true, Outputs: map[string]string{"UserPoolId": "ap-northeast-1_Own"},
		Parameters: map[string]string{"Stage": "prd", "Architecture": "arm64", "UserPoolId": "", "AlarmEmail": "ops@example.org", "MailQuota": "50000"},
	}
	for i := 0; i < len(own); i += 2 {
		have.Parameters[own[i]] = own[i+1]
	}
	return have
}

func TestOnlyWhatIsNamedIsGiven(t *testing.T) {
	t.Parallel()
	p, err := installation.NewPlan(load(t, "prd", "MailQuota=60000\nAlarmEmail=ops@example.org"), stack("LogRetentionDays", "0"), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`AlarmEmail="ops@example.org"`, `Architecture="arm64"`, `MailQuota="60000"`, `Stage="prd"`}
	if diff := cmp.Diff(want, p.Overrides()); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	const says = "The stack usher-prd in ap-northeast-1: these parameters change:\n  MailQuota: 50000 -> 60000\n" +
		"Not in prd.values, so these keep the stack's values:\n  LogRetentionDays = 0\n  UserPoolId = (empty)\n"
	if diff := cmp.Diff(says, p.Difference()); diff != "" {
		t.Errorf("difference (-want +got):\n%s", diff)
	}
	if p, err = installation.NewPlan(load(t, "prd", ""), stack(), ""); err != nil || !strings.Contains(p.Difference(), "no parameter changes") {
		t.Errorf("without values: %v\n%s", err, p.Difference())
	}
	p, err = installation.NewPlan(load(t, "prd", "MailQuota=9"), installation.Deployed{}, "")
	if err != nil || !strings.Contains(p.Difference(), "does not exist in ap-northeast-1 yet") || !strings.Contains(p.Difference(), "its own user pool") {
		t.Errorf("a new stack: %v\n%s", err, p.Difference())
	}
}

func TestThePoolNeverChanges(t *testing.T) {
	t.Parallel()
	const a, b = "ap-northeast-1_AbC", "ap-northeast-1_XyZ"
	for _, tt := range []struct {
		what, values string
		have         installation.Deployed
		says         string // "" where it may be
	}{
		{what: "new, a pool of its own", values: "", have: installation.Deployed{}, says: ""},
		{what: "new, an existing pool", values: "UserPoolId=" + a, have: installation.Deployed{}, says: ""},
		{what: "new, a pool elsewhere", values: "UserPoolId=eu-west-1_AbC", have: installation.Deployed{}, says: "not in ap-northeast-1"},
		{what: "new, a pool elsewhere, and so is the stack", values: "Region=eu-west-1\nUserPoolId=eu-west-1_AbC", have: installation.Deployed{}, says: ""},
		{what: "the same pool", values: "UserPoolId=" + a, have: stack("UserPoolId", a), says: ""},
		{what: "not named", values: "", have: stack("UserPoolId", a), says: ""},
		{what: "said to be its own", values: "UserPoolId=", have: stack(), says: ""},
		{what: "another pool", values: "UserPoolId=" + b, have: stack("UserPoolId", a), says: "Set UserPoolId=" + a},
		{what: "a new pool", values: "UserPoolId=", have: stack("UserPoolId", a), says: "names a new one"},
		{what: "instead of its own", values: "UserPoolId=" + b, have: stack(), says: "a pool of its own, ap-northeast-1_Own"},
		{what: "its own, by name", values: "UserPoolId=ap-northeast-1_Own", have: stack(), says: "Remove UserPoolId from prd.values"},
	} {
		_, err := installation.NewPlan(load(t, "prd", tt.values), tt.have, "")
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.what, err, tt.says)
		}
	}
}

func TestWhichProcessor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ arch, values, has, want string }{
		{arch: "", values: "", has: "", want: "arm64"},
		{arch: "", values: "", has: "x86_64", want: "x86_64"}, // without ARCH nothing changes
		{arch: "", values: "Architecture=x86_64", has: "arm64", want: "x86_64"},
		{arch: "x86_64", values: "", has: "arm64", want: "x86_64"},
		{arch: "arm64", values: "Architecture=x86_64", has: "", want: ""},
	} {
		have := installation.Deployed{}
		if tt.has != "" {
			have = stack("Architecture", tt.has)
		}
		p, err := installation.NewPlan(load(t, "prd", tt.values), have, tt.arch)
		if p.Architecture != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%+v: %q, %v", tt, p.Architecture, err)
		}
	}
}

// program writes the header of a program for a processor.
func program(t *testing.T, dir, function string, machine elf.Machine) {
	t.Helper()
	header := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT), Ehsize: 64,
	}
	var file bytes.Buffer
	if err := binary.Write(&file, binary.LittleEndian, header); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, ".aws-sam", "build", function)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "bootstrap"), file.Bytes(), 0o700); err != nil {
		t.Fatal(err)
	}
}

// fake stands in for aws and sam.
type fake struct {
	t      *testing.T
	dir    string
	stack  string // the answer to describe-stacks; "" is none
	user   error  // the answer to admin-create-user
	builds elf.Machine
	calls  []string
}

func (f *fake) Read(_ context.Context, name string, args ...string) (string, error) {
	f.calls = append(f.calls, name+" "+strings.Join(args, " "))
	switch args[1] {
	case "describe-stacks":
		if f.stack == "" {
			return "", errors.New("aws cloudformation: exit status 255: An error occurred (ValidationError): Stack with id usher-dev does not exist")
		}
		return f.stack, nil
	case "admin-create-user":
		return "", f.user
	}
	return "", nil
}

func (f *fake) Run(_ context.Context, variables []string, name string, args ...string) error {
	f.calls = append(f.calls, strings.TrimSpace(strings.Join(variables, " ")+" "+name+" "+strings.Join(args, " ")))
	if args[0] == "build" {
		program(f.t, f.dir, "ApiFunction", f.builds)
		program(f.t, f.dir, "WorkerFunction", f.builds)
	}
	return nil
}

func operator(t *testing.T, f *fake, values map[string]string) (installation.Operator, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	f.t, f.dir = t, project(t, values)
	if f.builds == 0 {
		f.builds = elf.EM_AARCH64
	}
	return installation.Operator{Dir: f.dir, Program: f, Out: &out}, &out
}

func described(status string, parameters map[string]string) string {
	var list []string
	for name, value := range parameters {
		list = append(list, fmt.Sprintf(`{"ParameterKey":%q,"ParameterValue":%q}`, name, value))
	}
	return fmt.Sprintf(`{"Stacks":[{"StackName":"usher-dev","StackStatus":%q,"Parameters":[%s],"Outputs":[
		{"OutputKey":"UserPoolId","OutputValue":"ap-northeast-1_Own"},{"OutputKey":"AdministratorsGroup","OutputValue":"administrators"}]}]}`,
		status, strings.Join(list, ","))
}

func TestDeployBuildsForWhatItDeploys(t *testing.T) {
	t.Parallel()
	f := &fake{builds: elf.EM_X86_64}
	o, out := operator(t, f, map[string]string{"dev.values": "Region=eu-west-1\nAlarmEmail=ops@example.org\n"})
	if err := o.Deploy(t.Context(), "dev", "x86_64"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"aws cloudformation describe-stacks --region eu-west-1 --stack-name usher-dev --output json",
		`ARCH=x86_64 sam build --config-env dev --parameter-overrides AlarmEmail="ops@example.org" Architecture="x86_64" Stage="dev"`,
		`sam deploy --config-env dev --stack-name usher-dev --region eu-west-1 --parameter-overrides AlarmEmail="ops@example.org" Architecture="x86_64" Stage="dev"`,
	}
	if diff := cmp.Diff(want, f.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if !strings.Contains(out.String(), "  AlarmEmail = ops@example.org\n") {
		t.Errorf("it says\n%s", out)
	}
}

func TestABuildForAnotherProcessorIsNotDeployed(t *testing.T) {
	t.Parallel()
	f := &fake{builds: elf.EM_X86_64}
	o, _ := operator(t, f, nil)
	err := o.Deploy(t.Context(), "dev", "")
	if err == nil || !strings.Contains(err.Error(), "EM_X86_64") || !strings.Contains(err.Error(), "deployed for arm64") || len(f.calls) != 2 {
		t.Errorf("%v after %q", err, f.calls)
	}
}

func TestARefusedDeploymentBuildsNothing(t *testing.T) {
	t.Parallel()
	for status, says := range map[string]string{
		"UPDATE_COMPLETE": "cannot change its pool", "UPDATE_IN_PROGRESS": "is being changed", "ROLLBACK_COMPLETE": "failed last time",
	} {
		f := &fake{stack: described(status, map[string]string{"UserPoolId": ""})}
		o, _ := operator(t, f, map[string]string{"dev.values": "UserPoolId=ap-northeast-1_Other"})
		if err := o.Deploy(t.Context(), "dev", ""); err == nil || !strings.Contains(err.Error(), says) || len(f.calls) != 1 {
			t.Errorf("%s: %v after %q", status, err, f.calls)
		}
	}
	f := &fake{stack: described("REVIEW_IN_PROGRESS", nil)}
	o, out := operator(t, f, nil)
	if err := o.Deploy(t.Context(), "dev", ""); err != nil || !strings.Contains(out.String(), "does not exist") {
		t.Errorf("a stack that is only a change set: %v\n%s", err, out)
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	f := &fake{stack: described("CREATE_COMPLETE", nil)}
	o, out := operator(t, f, nil)
	for _, name := range []string{"UserPoolId", ""} {
		if err := o.Output(t.Context(), "dev", name); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff("ap-northeast-1_Own\nAdministratorsGroup=administrators\nUserPoolId=ap-northeast-1_Own\n", out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := o.Output(t.Context(), "dev", "Pool"); err == nil || !strings.Contains(err.Error(), "it has AdministratorsGroup, UserPoolId") {
		t.Errorf("no such output: %v", err)
	}
	f.stack = ""
	if err := o.Output(t.Context(), "dev", "UserPoolId"); err == nil || !strings.Contains(err.Error(), "make deploy STAGE=dev") {
		t.Errorf("no stack: %v", err)
	}
}

func TestAdminMakesAUserOrTakesTheOneThereIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		user  error
		says  string
		calls int
	}{
		{user: nil, says: "sends me@example.org a temporary password", calls: 3},
		{user: errors.New("aws: exit status 255: (UsernameExistsException)"), says: "has an account already", calls: 3},
		{user: errors.New("aws: exit status 255: (NotAuthorizedException)"), says: "", calls: 2},
	} {
		f := &fake{stack: described("CREATE_COMPLETE", nil), user: tt.user}
		o, out := operator(t, f, map[string]string{"dev.values": "Region=eu-west-1"})
		err := o.Admin(t.Context(), "dev", "me@example.org")
		if (err == nil) != (tt.says != "") || !strings.Contains(out.String(), tt.says) || len(f.calls) != tt.calls {
			t.Errorf("%v: %v after %q\n%s", tt.user, err, f.calls, out)
		}
		for _, call := range f.calls {
			if !strings.Contains(call, "--region eu-west-1") {
				t.Errorf("no Region in %s", call)
			}
		}
	}
}

// samValue is how the SAM CLI reads Name=value (samcli/cli/types.py, version 1.164).
var samValue = regexp.MustCompile(` ([A-Za-z0-9\\"']+)=("(?:\\.|[^"\\]+)*"|'(?:\\.|[^'\\]+)*'|(?:\\.|[^ "\\]+)+)`)

func TestSAMReadsWhatIsGiven(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"InvitationText": `<p class="a b">It's you, {username}: {####} A=b C="d"</p>`, "InvitationSubject": " Welcome, and = ' all ",
		"SenderAddress": "Example <no-reply@example.org>", "AlarmEmail": "",
	}
	p, err := installation.NewPlan(installation.Stage{Name: "dev", Values: values}, installation.Deployed{}, "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, argument := range p.Overrides() {
		found := samValue.FindAllStringSubmatch(" "+argument, -1)
		if len(found) != 1 {
			t.Fatalf("SAM finds %d parameters in %s", len(found), argument)
		}
		value := found[0][2]
		if strings.HasPrefix(value, `"`) {
			value = value[1 : len(value)-1]
		}
		got[found[0][1]] = strings.NewReplacer(`\ `, " ", `\"`, `"`, `\'`, "'").Replace(value)
	}
	want := maps.Clone(values)
	want["Stage"], want["Architecture"] = "dev", "arm64"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-given +read by SAM):\n%s", diff)
	}
}
