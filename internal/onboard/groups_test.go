package onboard_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// inGroup is an order of one person who is to be put into a group.
func inGroup(email, group string) onboard.Order {
	o := order(onboard.Options{}, email)
	o.Submission.Rows[0].Groups = []string{group}
	return o
}

// roles is an inspector of a pool with the groups, of which one carries an IAM role.
func roles(t *testing.T, groups ...string) onboard.Inspector {
	t.Helper()
	return memory.NewPool(memory.PoolConfig{Groups: groups, RoleGroups: []string{"cloud"}})
}

// A list of people gives nobody the right to invite others, or to use AWS, unless the
// installation says so.
func TestGroupsThatRowsMayName(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		allowed string
		group   string
		says    string // "" if it may be named
	}{
		{name: "any group", group: "staff"},
		{name: "administrators", group: "administrators", says: `Members of group "administrators" may invite people themselves, so no row may name it. Leave it out, or list it in AllowedGroups.`},
		{name: "other letters, another group", group: "Administrators"},
		{name: "a group with a role", group: "cloud", says: `Group "cloud" carries an IAM role, so no row may name it. Leave it out, or list it in AllowedGroups.`},
		{name: "listed", allowed: "staff club", group: "club"},
		{name: "not listed", allowed: "club", group: "staff", says: `Group "staff" is not one that usher may put people into. Leave it out, or list it in AllowedGroups.`},
		{name: "administrators, listed", allowed: "administrators", group: "administrators"},
		{name: "administrators, not listed", allowed: "staff", group: "administrators", says: `Members of group "administrators" may invite people themselves, so no row may name it. Leave it out, or list it in AllowedGroups.`},
		{name: "a group with a role, listed", allowed: "cloud", group: "cloud"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBundle(t, memory.PoolConfig{})
			b.system.Inspector = roles(t, "administrators", "Administrators", "staff", "club", "cloud")
			b.system.Groups = onboard.GroupRule{Administrators: "administrators", Allowed: onboard.ParseAllowedGroups(test.allowed)}
			j := b.system.Submitter().Judge(t.Context(), inGroup("ann@example.org", test.group))
			m := j.Messages[0]
			refused := m.State == onboard.Failed && m.Code == onboard.CodeGroupNotAllowed
			if refused != (test.says != "") || m.Reason != test.says {
				t.Errorf("%s %s %q, want %q", m.State, m.Code, m.Reason, test.says)
			}
			if test.says == "" && len(j.Groups) != 1 || test.says != "" && len(j.Groups) != 0 {
				t.Errorf("grants %v", j.Groups)
			}
			if want := test.says == "" && test.group == "administrators"; (j.Administrators == 1) != want {
				t.Errorf("%d administrators", j.Administrators)
			}
		})
	}
}

// Where the pool cannot be read, nobody knows which groups carry a role: that is said.
func TestGroupsOfAPoolThatCannotBeRead(t *testing.T) {
	t.Parallel()
	b := newBundle(t, memory.PoolConfig{})
	b.system.Inspector = memory.NewPool(memory.PoolConfig{Faults: memory.Faults{Misconfigured: "AccessDeniedException"}})
	j := b.system.Submitter().Judge(t.Context(), inGroup("ann@example.org", "cloud"))
	if len(j.Warnings) != 1 || !strings.Contains(j.Warnings[0].Detail, "IAM role") {
		t.Errorf("warnings %v", j.Warnings)
	}
}

// The worker has the last word: what was accepted under another rule, or was changed
// in the table, is refused before any call.
func TestWorkerRefusesGroupsBeforeAnyCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Groups: []string{"administrators", "staff"}})
		b.worker.Groups = onboard.GroupRule{Administrators: "administrators"}
		var ids []string
		for _, group := range []string{"administrators", "staff"} {
			r, _, err := b.submitter.Submit(t.Context(), inGroup(group+"@example.org", group))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, r.ID)
		}
		b.run()
		for i, want := range []string{"failed group_not_allowed 0", "invited 1"} {
			b.await(ids[i], time.Minute)
			if got := b.outcomes(ids[i])[1]; got != want {
				t.Errorf("row %d is %s, want %s", i, got, want)
			}
		}
		if calls := b.pool.Calls(); calls.Invites != 1 || calls.GroupAdds != 1 {
			t.Errorf("calls %+v", calls)
		}
	})
}

// Three mails by force are enough for a day.
func TestForcedMailsOfADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.run()
		first := b.submit(onboard.Options{}, "ann@example.org")
		b.await(first.ID, time.Minute)
		force := func() string {
			time.Sleep(time.Minute)
			r := b.submit(onboard.Options{OnExisting: onboard.Resend, Force: true}, "ann@example.org")
			b.await(r.ID, time.Minute)
			return strings.Fields(b.outcomes(r.ID)[1])[0]
		}
		for i := range 5 {
			want := "resent"
			if i >= onboard.MostForcedMails {
				want = "existing"
			}
			if got := force(); got != want {
				t.Errorf("forced mail %d: %s, want %s", i+1, got, want)
			}
		}
		time.Sleep(day)
		if got := force(); got != "resent" {
			t.Errorf("the next day: %s", got)
		}
	})
}

// Lower case makes i of a letter of Turkish, and k of the Kelvin sign. They are other
// letters of other people, whose claim is found as it always was.
func TestForeignLettersAreNotFoldedOntoASCII(t *testing.T) {
	t.Parallel()
	for folded, email := range map[string]string{"ira@example.org": "\u0130ra@example.org", "karl@example.org": "\u212Aarl@example.org"} {
		b := newBundle(t, memory.PoolConfig{})
		j := b.submitter.Judge(t.Context(), order(onboard.Options{Mail: onboard.Suppress}, folded, email, strings.ToUpper(folded)))
		if j.People != 2 || j.Messages[1].State != "" || j.Messages[2].State != onboard.Duplicate {
			t.Errorf("%+q beside %s: %d people, %+v", email, folded, j.People, j.Messages)
		}
		if onboard.FoldAddress(email) != folded {
			t.Errorf("the claim of %+q is kept under another address than before", email)
		}
	}
}
