package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/testing/fakecognito"
)

func TestDoctorOfAPoolPrintsThePolicy(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{})
	pool := []string{"doctor", "--pool", fakecognito.PoolID}
	d.run(pool...).want(t, exitDone, "credentials  ok", "user/ann", "rights       ok", "state        ok", `"cognito-idp:AdminCreateUser"`, fakecognito.PoolARN)
	d.fake.Deny("AdminGetUser", "DescribeUserPool")
	d.run(pool...).want(t, exitError, "rights       error", "cognito-idp:AdminGetUser", "arn:aws:cognito-idp:ap-northeast-1:111122223333:userpool/ap-northeast-1_AbC123")
	var doc struct {
		Findings []finding
		Policy   struct {
			Statement []struct {
				Action   []string
				Resource string
			}
		}
	}
	r := d.run(append(pool, "-o", "json")...)
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil || len(doc.Findings) != 4 || len(doc.Policy.Statement) != 3 || len(doc.Policy.Statement[0].Action) != 6 {
		t.Fatalf("%v in %s", err, r.out)
	}
	if on := doc.Policy.Statement[2]; on.Action[0] != "ses:GetEmailIdentity" || on.Resource != "arn:aws:ses:*:"+fakecognito.Account+":identity/*" {
		t.Errorf("the right to read identities is %v", on)
	}
	d.env = append(d.env, "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_CONFIG_FILE=/nowhere", "AWS_SHARED_CREDENTIALS_FILE=/nowhere")
	d.run(pool...).want(t, exitError, "credentials  error", "there are no usable AWS credentials")
	d.write("people.csv", "email\nann@example.org\n")
	d.run("invite", "people.csv", "--pool", fakecognito.PoolID, "--yes").want(t, exitError, "there are no usable AWS credentials; sign in")
	if r := d.fake.Report(); r.Users != 0 {
		t.Errorf("%+v", r)
	}
}

// Without the rights to ask Amazon SES people are invited anyway, and the number
// that was typed in is used.
func TestTheSendersAccountIsAskedWhereThatIsAllowed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{Sender: memory.Sender{DailyQuota: 200, Rate: 14, Verified: []string{"example.org"}, Sandbox: true}})
	doctor := []string{"doctor", "--pool", fakecognito.PoolID}
	d.run(doctor...).want(t, exitError, "rights       ok", "in its sandbox in ap-northeast-1", "200 a day and 14 a second")
	d.write("people.csv", "email\nann@example.org\n")
	invite := []string{"invite", "people.csv", "--pool", fakecognito.PoolID, "--yes"}
	d.run(invite...).want(t, exitDone, "Amazon SES as staff@example.org, 200 of 200 in 24 hours left, 14 per second")
	d.fake.Deny("GetAccount", "GetEmailIdentity")
	d.run(doctor...).want(t, exitDone, "rights       ok", "usher may not ask Amazon SES about the sender", "ses:GetAccount and ses:GetEmailIdentity")
	d.write("people.csv", "email\nbob@example.org\n")
	d.run(append(invite, "--mail-quota", "30")...).want(t, exitDone, "Amazon SES as staff@example.org, 30 per day")
	if r := d.fake.Report(); r.Users != 2 || r.Mails != 2 {
		t.Errorf("%+v", r)
	}
}

// What was chosen is remembered for the pool, as the quotas are.
func TestTemporaryPasswordsThatCanBeTyped(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{})
	invite := func(email string, flags ...string) ran {
		d.write("people.csv", "email\n"+email+"\n")
		return d.run(append([]string{"invite", "people.csv", "--pool", fakecognito.PoolID, "--yes"}, flags...)...)
	}
	invite("ann@example.org", "--temporary-passwords", "short").want(t, exitUsage, "--temporary-passwords short is not valid; give typeable or pool")
	for _, step := range []struct {
		email string
		flags []string
		want  int // creations so far that brought a password
	}{
		{email: "ann@example.org", want: 0},
		{email: "bob@example.org", flags: []string{"--temporary-passwords", "typeable"}, want: 1},
		{email: "cy@example.org", want: 2},
		{email: "dee@example.org", flags: []string{"--temporary-passwords", "pool"}, want: 2},
		{email: "eve@example.org", want: 2},
	} {
		invite(step.email, step.flags...).want(t, exitDone, "invited  1")
		if r := d.fake.Report(); r.Passwords != step.want {
			t.Errorf("after %s %d creations brought a password, want %d", step.email, r.Passwords, step.want)
		}
	}
}

// While one usher has the state, another is refused at once; pages of others are, too.
func TestServe(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{CreationRate: 1000})
	d.write("people.csv", "email\nann@example.org\nbob@example.org\n")
	cmd := d.command("serve", "--pool", fakecognito.PoolID, "--addr", "127.0.0.1:0")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(said)
	url := awaitURL(t, lines)
	d.run("submit", "people.csv", "--yes", "--url", url).want(t, exitDone, "Done: every person is invited")
	d.run("invite", "people.csv", "--yes", "--pool", fakecognito.PoolID).want(t, exitError, "another usher is using it; end that one first")
	for name, change := range map[string]func(*http.Request){
		"host_unknown": func(r *http.Request) { r.Host = "evil.example" },
		"cross_origin": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/requests", strings.NewReader(`["eve@example.org"]`))
		if err != nil {
			t.Fatal(err)
		}
		change(request)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var p struct{ Code string }
		if err := json.NewDecoder(answer.Body).Decode(&p); err != nil || p.Code != name {
			t.Errorf("status %d, %+v, %v; want %s", answer.StatusCode, p, err, name)
		}
		answer.Body.Close()
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := lines.ReadString(0)
	if err := cmd.Wait(); err != nil || !strings.Contains(rest, "Stopped. Nothing is lost.") {
		t.Errorf("%v, %q", err, rest)
	}
	d.run("requests", "--pool", fakecognito.PoolID).want(t, exitDone, "done")
	if r := d.fake.Report(); r.Mails != 2 {
		t.Errorf("%+v", r)
	}
}

func awaitURL(t *testing.T, lines *bufio.Reader) string {
	t.Helper()
	at := regexp.MustCompile(`usher runs at (http://\S+), over`)
	for {
		line, err := lines.ReadString('\n')
		if found := at.FindStringSubmatch(line); found != nil {
			return found[1]
		}
		if err != nil {
			t.Fatalf("%q, %v", line, err)
		}
	}
}

func TestLocalKeepsRequestsInAFolder(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{})
	d.write("people.csv", "email\nann@example.org\n")
	d.env = append(d.env, "ADDR=127.0.0.1:0")
	for _, words := range []string{"1 person will be invited", "You sent the same file before"} {
		cmd := d.command("local", "--data", "kept")
		said, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(said)
		line, _ := lines.ReadString('\n')
		url := strings.TrimSuffix(strings.Fields(line)[3], ",")
		d.run("submit", "people.csv", "--yes", "--url", url).want(t, exitDone, words)
		_ = cmd.Process.Signal(os.Interrupt)
		rest, _ := lines.ReadString(0)
		if err := cmd.Wait(); err != nil || !strings.Contains(rest, "Requests and rows are kept in kept.") {
			t.Errorf("%v, %q", err, rest)
		}
	}
}
