package stack

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/installation"
)

// samDeploy is what a stack's parameters become by sam deploy, as SAM CLI 1.164 was
// seen to do it: what is given on the command line replaces the list in
// samconfig.toml, and what neither names keeps the value that the stack has or, in
// a new one (have is nil), gets the template's default.
func samDeploy(t *testing.T, env string, given, have map[string]string) (map[string]string, error) {
	t.Helper()
	if given == nil {
		given = pairs(texts(samconfig(t)[env]["deploy"]["parameters"]["parameter_overrides"]))
	}
	params := map[string]string{}
	for name, p := range read(t).Parameters {
		value, named := given[name]
		before, known := have[name]
		fallback, defaulted := p["Default"]
		switch {
		case named:
			params[name] = value
		case known:
			params[name] = before
		case defaulted:
			params[name] = fmt.Sprint(fallback)
		default:
			return nil, fmt.Errorf("parameters: [%s] must have values", name)
		}
	}
	return params, nil
}

// samGuided is sam deploy --guided with Enter at every question: it asks for every
// parameter, offers what is given or the template's default, and sends all.
func samGuided(t *testing.T, env string, have map[string]string) (map[string]string, error) {
	t.Helper()
	answers := pairs(texts(samconfig(t)[env]["deploy"]["parameters"]["parameter_overrides"]))
	for name, p := range read(t).Parameters {
		if _, given := answers[name]; !given {
			answers[name] = text(p["Default"])
		}
	}
	return samDeploy(t, env, answers, have)
}

func pairs(list []string) map[string]string {
	out := map[string]string{}
	for _, each := range list {
		name, value, _ := strings.Cut(each, "=")
		out[name] = strings.ReplaceAll(strings.Trim(value, `"`), `\"`, `"`)
	}
	return out
}

// changed is a stack whose settings are not the defaults, by stage.
func changed(stage string) map[string]string {
	return map[string]string{
		"Stage": stage, "Architecture": "x86_64", "UserPoolId": "ap-northeast-1_AbCdEfGhI", "CreateAdministratorsGroup": "no",
		"AlarmEmail": "ops@example.org", "MailQuota": "50000", "UserCreationQuota": "120", "LogRetentionDays": "14", "LogLevel": "WARN",
		"SignInDomain": "login.example.org", "MaxRows": "500",
	}
}

// makeDeploy is what the parameters become by make deploy with a file of values.
func makeDeploy(t *testing.T, stage, arch, values string, have map[string]string) (map[string]string, error) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"template.yaml", "samconfig.toml"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, stage+".values"), []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := installation.Load(dir, stage)
	if err != nil {
		return nil, err
	}
	plan, err := installation.NewPlan(s, installation.Deployed{Exists: have != nil, Parameters: have}, arch)
	if err != nil {
		return nil, err
	}
	return samDeploy(t, stage, pairs(plan.Overrides()), have)
}

var (
	// command is a line or a code span of the pages.
	command = regexp.MustCompile("(?m)(?:^    |`)((?:make|sam) deploy[^`\n#]*)")
	option  = regexp.MustCompile(`(STAGE|ARCH|--config-env|--parameter-overrides)[= ](\S+)`)
)

// deployments are all that the pages print.
func deployments(t *testing.T) map[string][]string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, page := range append(pages, filepath.Join(root, "README.md")) {
		data, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(string(data), -1) {
			line := strings.TrimSpace(m[1])
			found[line] = append(found[line], filepath.Base(page))
		}
	}
	return found
}

func TestNoPrintedDeploymentResetsASetting(t *testing.T) {
	t.Parallel()
	printed := deployments(t)
	for _, want := range []string{"make deploy", "make deploy STAGE=prd", "make deploy ARCH=x86_64", "sam deploy --config-env prd"} {
		if printed[want] == nil {
			t.Errorf("no page prints %q; these are printed: %v", want, keys(printed))
		}
	}
	for line, pages := range printed {
		options := map[string]string{}
		for _, o := range option.FindAllStringSubmatch(line, -1) {
			options[o[1]] = o[2]
		}
		if options["--parameter-overrides"] != "" || strings.Contains(line, "--guided") {
			t.Errorf("%v print %q, which resets settings", pages, line)
			continue
		}
		stage := options["STAGE"] + options["--config-env"]
		run := func(have map[string]string) (map[string]string, error) { return samDeploy(t, stage, nil, have) }
		if strings.HasPrefix(line, "make") {
			if stage == "" {
				stage = "dev" // as the Makefile has it
			}
			run = func(have map[string]string) (map[string]string, error) {
				return makeDeploy(t, stage, options["ARCH"], "", have)
			}
		}
		fresh, err := run(nil)
		if err != nil || fresh["Stage"] != stage {
			t.Errorf("%q makes the stage %q, %v; want %s", line, fresh["Stage"], err, stage)
			continue
		}
		if said := refusalsOf(t, fresh); len(said) > 0 {
			t.Errorf("%q on a new stack is refused: %v", line, said)
		}
		// A stack that was there has all parameters.
		have := maps.Clone(fresh)
		maps.Copy(have, changed(stage))
		want := maps.Clone(have)
		if options["ARCH"] != "" {
			want["Architecture"] = options["ARCH"]
		}
		got, err := run(have)
		if err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q changes a stack (-want +got):\n%s", line, diff)
		}
	}
}

func refusalsOf(t *testing.T, params map[string]string) []string {
	t.Helper()
	var list []string
	for name, value := range params {
		list = append(list, name+"="+value)
	}
	return fillIn(t, list...).refusals(t)
}

// What the pages warn of is true, or the tests above hold for want of a fault.
func TestWhatThePagesWarnOfResetsSettings(t *testing.T) {
	t.Parallel()
	if params, err := samDeploy(t, "prd", map[string]string{"AlarmEmail": "ops@example.org"}, nil); err == nil {
		t.Errorf("a first deployment with --parameter-overrides makes the stage %s", params["Stage"])
	}
	have := changed("prd")
	guided, err := samGuided(t, "prd", have)
	if err != nil || guided["UserPoolId"] == have["UserPoolId"] || guided["AlarmEmail"] == have["AlarmEmail"] {
		t.Errorf("guided keeps the pool %q and the alarms %q: %v", guided["UserPoolId"], guided["AlarmEmail"], err)
	}
}

func TestMakeDeploySendsTheFileOfValues(t *testing.T) {
	t.Parallel()
	have, err := samDeploy(t, "prd", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(have, changed("prd"))
	got, err := makeDeploy(t, "prd", "", "MailQuota=60000\nAlarmEmail=\n", have)
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(have)
	want["MailQuota"], want["AlarmEmail"] = "60000", ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if _, err := makeDeploy(t, "prd", "", "UserPoolId=ap-northeast-1_Another", have); err == nil {
		t.Error("a file of values changes the pool")
	}
}

// A file of values in the pages is one that would be deployed.
func TestPrintedValuesAreGood(t *testing.T) {
	t.Parallel()
	runbook := page(t, "operate.md")
	blocks := regexp.MustCompile(`(?m)^    # (\w+)\.values:.*\n((?:    .*\n)+)`).FindAllStringSubmatch(runbook, -1)
	if len(blocks) == 0 {
		t.Fatal("docs/operate.md shows no file of values")
	}
	for _, b := range blocks {
		params, err := makeDeploy(t, b[1], "", b[2], nil)
		if err != nil {
			t.Fatalf("%s.values: %v", b[1], err)
		}
		if said := refusalsOf(t, params); len(said) > 0 {
			t.Errorf("%s.values is refused: %v", b[1], said)
		}
		tpl := read(t)
		for name, value := range params {
			if pattern := text(tpl.Parameters[name]["AllowedPattern"]); pattern != "" && !matches(pattern, value) {
				t.Errorf("%s.values: %s does not take %q", b[1], name, value)
			}
		}
	}
}

// SAM shows no descriptions, so the page has to.
func TestEverySettingIsInThePage(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z]\\w+)` \\| (.+?) \\| .+ \\|$").FindAllStringSubmatch(page(t, "operate.md"), -1) {
		got[m[1]] = strings.Trim(m[2], "`")
	}
	want := map[string]string{}
	for name, p := range read(t).Parameters {
		switch value := text(p["Default"]); {
		case name == "Stage":
		case value == "":
			want[name] = "none"
		case name == "InvitationText":
			want[name] = "a text in English"
		default:
			want[name] = value
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings and their defaults (-template.yaml +docs/operate.md):\n%s", diff)
	}
}

// make prints here what it would run.
func TestMakeInvokeKnowsTheFunctionAndTheProcessor(t *testing.T) {
	t.Parallel()
	uname, err := exec.CommandContext(t.Context(), "uname", "-m").Output()
	if err != nil {
		t.Fatal(err)
	}
	arch := "x86_64"
	if slices.Contains([]string{"aarch64", "arm64"}, strings.TrimSpace(string(uname))) {
		arch = "arm64"
	}
	parameters := " --parameter-overrides Stage=dev Architecture=" + arch
	for _, file := range files(t, "*.json") {
		name := "events/" + filepath.Base(file)
		function := "ApiFunction"
		switch base := filepath.Base(file); {
		case base == "env.example.json":
			continue
		case strings.HasPrefix(base, "worker-"):
			function = "WorkerFunction"
		case base == "deadletter.json":
			function = "DeadLetterFunction"
		case base == "requeue.json":
			function = "RequeueFunction"
		}
		want := []string{"ARCH=" + arch + " sam build " + function + parameters, "sam local invoke " + function + " -e " + name + " --env-vars env.json" + parameters}
		if diff := cmp.Diff(want, wouldRun(t, "invoke", "EVENT="+name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	want := []string{"ARCH=" + arch + " sam build ApiFunction" + parameters, "sam local start-api --env-vars env.json" + parameters}
	if diff := cmp.Diff(want, wouldRun(t, "start-api")); diff != "" {
		t.Errorf("start-api (-want +got):\n%s", diff)
	}
}

// wouldRun are the lines with sam in them that make would run.
func wouldRun(t *testing.T, args ...string) []string {
	t.Helper()
	dry := exec.CommandContext(t.Context(), "make", append([]string{"-n", "--no-print-directory", "-C", root}, args...)...)
	for _, v := range os.Environ() { // not those of a make that runs this test
		if !strings.HasPrefix(v, "MAKE") && !strings.HasPrefix(v, "MFLAGS=") {
			dry.Env = append(dry.Env, v)
		}
	}
	out, err := dry.CombinedOutput()
	if err != nil {
		t.Fatalf("make %v: %v\n%s", args, err, out)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "sam ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// What a newcomer copies from docs/sam-local.md: events that exist, in the order in
// which functions/functions_test.go hands them over, and lines of SAM that say the
// processor, for sam local does not know what was built.
func TestPrintedLinesForSAMLocal(t *testing.T) {
	t.Parallel()
	local := page(t, "sam-local.md")
	var printed []string
	for _, m := range regexp.MustCompile(`(?m)^    make invoke EVENT=(\S+)$`).FindAllStringSubmatch(local, -1) {
		printed = append(printed, m[1])
	}
	want := []string{
		"events/post-requests.json", "events/worker-one.json", "events/worker-ten.json", "events/worker-poison.json",
		"events/deadletter.json", "events/requeue.json",
	}
	if diff := cmp.Diff(want, printed); diff != "" {
		t.Errorf("printed events (-want +got):\n%s", diff)
	}
	for _, name := range printed {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	lines := regexp.MustCompile(`(?m)^    .*\bsam (?:build|local) .*$`).FindAllString(local, -1)
	if len(lines) < 2 {
		t.Errorf("lines of SAM: %q", lines)
	}
	for _, line := range lines {
		if !strings.Contains(line, "Architecture=$arch") || !strings.Contains(line, "Stage=dev") {
			t.Errorf("%q leaves the processor or the stage open", line)
		}
		if strings.Contains(line, "sam local") && !strings.Contains(line, "--env-vars env.json") {
			t.Errorf("%q has no variables", line)
		}
		if strings.Contains(line, "sam build") && !strings.Contains(line, "ARCH=$arch ") {
			t.Errorf("%q builds for any processor", line)
		}
	}
}
