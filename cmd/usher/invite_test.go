package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher.example/internal/memory"
	"usher.example/internal/testing/fakecognito"
)

// staff is a file of 503 rows: 500 people, two of them twice, and one typo.
func staff() string {
	var rows strings.Builder
	rows.WriteString("email\n")
	for i := 2; i <= 40; i++ { // by line
		fmt.Fprintf(&rows, "person%03d@example.org\n", i)
	}
	rows.WriteString("not-an-address\n")
	for i := 42; i <= 502; i++ {
		fmt.Fprintf(&rows, "person%03d@example.org\n", i)
	}
	rows.WriteString("person002@example.org\nPERSON003@example.org\n")
	return rows.String()
}

func TestInviteIntoARealPool(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{MailQuota: 50})
	d.write("staff.csv", staff())
	first := d.run("invite", "staff.csv", "--pool", fakecognito.PoolID, "--yes", "--results-to", "results.csv")
	first.want(t, exitWaits,
		`Pool "Example Staff" (ap-northeast-1_AbC123), as user/ann`,
		"  pace   47.5 per second: 95 % of 50; not shared with other machines",
		"  mail   Cognito's own, 50 per day",
		"  state  ~/.local/state/usher/111122223333/ap-northeast-1_AbC123 (kept 180 days)",
		"staff.csv: 503 rows", "500  can be invited", "2  duplicate", "1  cannot be invited", "41", "not-an-address",
		"Today's mail is used up; 450 people wait and nothing is lost.",
		"Continue after 09:00 UTC:\n  usher invite --pool "+fakecognito.PoolID+"\nFrom cron, add --yes.",
	)
	if r := d.fake.Report(); r.Mails != 50 || r.Twice != 0 {
		t.Errorf("%+v", r)
	}
	if got := d.states("results.csv"); got["invited"] != 50 || got["deferred"] != 450 || got["duplicate"] != 2 || got["failed"] != 1 {
		t.Errorf("results: %v", got)
	}
	// Nothing can be sent before the next mail day, however often it is asked.
	d.run("invite", "--yes").want(t, exitWaits, "450 people are open in 1 request", "Continue after 09:00 UTC")
	d.run("invite", "staff.csv", "--pool", fakecognito.PoolID, "--yes").want(t, exitWaits, "You invited the same file before", "450 people wait")
	if r := d.fake.Report(); r.Mails != 50 || r.Users > 51 {
		t.Errorf("%+v", r)
	}
}

func TestInviteEndsLikeSubmit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{CreationRate: 1000, Groups: []string{"staff"}})
	d.write("people.csv", "email,groups\nann@example.org,staff\nbob@example.org,\n")
	pool := []string{"--pool", fakecognito.PoolID}
	d.run(append(pool, "invite", "people.csv", "--yes", "--dry-run")...).want(t, exitDone, "2  can be invited")
	d.run(append(pool, "invite", "people.csv", "--yes", "--quota", "500")...).want(t, exitDone, "Done: every person is invited", "invited  2")
	d.run(append(pool, "invite", "people.csv", "--yes")...).want(t, exitDone, "You invited the same file before", "475 per second")
	d.write("bad.csv", "email\nann@example.org\nx@@example.org\n")
	bad := d.run(append(pool, "invite", "bad.csv", "--yes", "--failures-to", "again.csv")...)
	bad.want(t, exitFailedRows, "existing  1", "failed    1", "again.csv: 1 row to correct. Then run:\n  usher invite again.csv --pool "+fakecognito.PoolID)
	d.run("invite", "--yes").want(t, exitDone, "nothing to do")
	d.run(append(pool, "requests", "-o", "csv")...).want(t, exitDone, "completed_with_errors")
	if r := d.fake.Report(); r.Mails != 2 || r.Users != 2 {
		t.Errorf("%+v", r)
	}
	for _, name := range []string{"", "/state.db", "/pool.json", "/../pace-ap-northeast-1.db"} {
		info, err := os.Stat(filepath.Join(d.dir, ".local/state/usher/111122223333/ap-northeast-1_AbC123"+name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v, %v", name, info, err)
		}
	}
}

func TestMissingRightsInviteNobody(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"DescribeUserPool", "ListGroups", "AdminCreateUser", "AdminGetUser", "AdminAddUserToGroup"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, memory.PoolConfig{})
			d.fake.Deny(operation)
			d.write("people.csv", "email\nann@example.org\n")
			d.run("invite", "people.csv", "--pool", fakecognito.PoolID, "--yes").want(t, exitError,
				"these credentials may not call", "cognito-idp:"+operation, "so nobody was invited", `"Resource": "`+fakecognito.PoolARN+`"`)
			if r := d.fake.Report(); r.Users != 0 || r.Mails != 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// A paused request is continued once its cause is fixed.
func TestPausedWorkContinues(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{CreationRate: 1000})
	d.write("people.csv", "email\nann@example.org\nbob@example.org\n")
	d.fake.Pool.SetFaults(memory.Faults{Answer: pausesInvites})
	d.run("invite", "people.csv", "--pool", fakecognito.PoolID, "--yes").want(t, exitGaveUp, "Paused:", "  usher invite --pool "+fakecognito.PoolID)
	d.fake.Pool.SetFaults(memory.Faults{})
	d.run("invite", "--yes").want(t, exitDone, "2 people are open", "Done: every person is invited")
	if r := d.fake.Report(); r.Mails != 2 || r.Twice != 0 {
		t.Errorf("%+v", r)
	}
}

func TestCommandsOnTheSameState(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{CreationRate: 1000})
	d.write("people.csv", "email\nann@example.org\n")
	pool := []string{"--pool", fakecognito.PoolID}
	d.run(append(pool, "invite", "people.csv", "--yes")...).want(t, exitDone)
	d.run(append(pool, "backup", "copy.db")...).want(t, exitDone, "copy.db: a copy of")
	d.run(append(pool, "backup", "copy.db")...).want(t, exitError, "copy.db")
	d.run("backup", "other.db", "--pool", "eu-west-1_Other").want(t, exitUsage, "has no state on this machine")
	d.run(append(pool, "requests")...).want(t, exitDone, "done")
	d.run(append(pool, "requests", "--url", "http://127.0.0.1:1")...).want(t, exitUsage, "not both")
	d.run("invite", "people.csv", "--yes", "--pool", "nonsense").want(t, exitUsage, "it looks like eu-west-1_AbCd12345")
	d.run("invite", "people.csv", "--yes").want(t, exitUsage, "--pool is missing")
	d.run("serve", "--pool", fakecognito.PoolID, "--addr", "0.0.0.0:0").want(t, exitUsage, "can be reached from other machines")
}

func TestNothingToContinue(t *testing.T) {
	t.Parallel()
	d := newDesk(t, memory.PoolConfig{})
	d.run("invite").want(t, exitUsage, "there is nothing to continue")
	d.run("invite", "--label", "x").want(t, exitUsage, "--label needs a file")
}
