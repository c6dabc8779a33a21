package onboard_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

const day = 24 * time.Hour

// mixedRequest is a done request: row 1 was invited and signed in, 2 and 3 were
// invited and did not, 4 could not be mailed, 5 was at fault, 6 was there before.
func mixedRequest(t *testing.T) (*bundle, onboard.Request) {
	t.Helper()
	emails := people(6)
	b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond, Faults: memory.Faults{
		NotMailedTo: func(email string) bool { return email == emails[3] },
	}})
	b.addUser(emails[5])
	b.run()
	b.schedule()
	o := order(onboard.Options{}, append(emails[:4:4], "nonsense", emails[5])...)
	o.Submission.CSV, o.Submission.Columns = true, []string{"email"}
	for i := range o.Submission.Rows {
		o.Submission.Rows[i].Ref = "ref-" + emails[i]
		o.Submission.Rows[i].Cells = []string{o.Submission.Rows[i].Email}
	}
	r, _, err := b.submitter.Submit(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r = b.await(r.ID, 10*time.Minute)
	want := map[onboard.State]int{onboard.Invited: 3, onboard.NotMailed: 1, onboard.Failed: 1, onboard.Existing: 1}
	if diff := cmp.Diff(want, b.tally(r.ID)); diff != "" {
		t.Fatalf("counts (-want +got):\n%s", diff)
	}
	if err := b.pool.SignIn(emails[0]); err != nil {
		t.Fatal(err)
	}
	b.pool.SetFaults(memory.Faults{})
	return b, r
}

// resend submits a resend and waits for its end.
func (b *bundle) resend(id string, filter onboard.Filter, o onboard.Order) onboard.Request {
	b.t.Helper()
	r, _, err := b.admin.ResendTo(b.t.Context(), id, filter, o)
	if err != nil {
		b.t.Fatalf("resend to %s: %v", filter, err)
	}
	return b.await(r.ID, time.Hour)
}

func TestResendChoosesByItsFilter(t *testing.T) {
	t.Parallel()
	const signedIn, resent = "existing already_signed_in 1", "resent 1"
	tests := []struct {
		name   string
		filter onboard.Filter
		after  time.Duration
		want   map[int]string // nil: there is nobody
	}{
		{name: "not mailed", filter: onboard.Unmailed, after: time.Minute, want: map[int]string{4: resent}},
		{name: "not signed in, two days later", filter: onboard.NotSignedIn, after: 2 * day, want: map[int]string{1: signedIn, 2: resent, 3: resent}},
		{name: "not signed in, too soon", filter: onboard.NotSignedIn, after: time.Hour, want: map[int]string{
			1: "existing resent_recently 0", 2: "existing resent_recently 0", 3: "existing resent_recently 0",
		}},
		{name: "expired, while the passwords work", filter: onboard.Expired, after: 6 * day, want: nil},
		{name: "expired, a week later", filter: onboard.Expired, after: 7*day + time.Minute, want: map[int]string{1: signedIn, 2: resent, 3: resent}},
		{name: "no such filter", filter: "everybody", after: 2 * day, want: nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := mixedRequest(t)
				b.idle(test.after)
				before := b.outcomes(r.ID)
				if test.want == nil {
					if _, _, err := b.admin.ResendTo(t.Context(), r.ID, test.filter, onboard.Order{By: "root"}); !errors.Is(err, onboard.ErrNotNow) {
						t.Errorf("ended with %v, want %v", err, onboard.ErrNotNow)
					}
					return
				}
				again := b.resend(r.ID, test.filter, onboard.Order{By: "root"})
				if diff := cmp.Diff(test.want, b.outcomes(again.ID)); diff != "" {
					t.Errorf("rows of the resend (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(before, b.outcomes(r.ID)); diff != "" {
					t.Errorf("rows of the request it is for changed (-before +after):\n%s", diff)
				}
				if again.Label != "resend of "+r.ID || !cmp.Equal(again.Columns, r.Columns) {
					t.Errorf("label %q, columns %v", again.Label, again.Columns)
				}
				for row, inv := range b.rows(again.ID) {
					original, _ := b.stored(r.ID, row, "")
					if inv.Ref != original.Ref || !cmp.Equal(inv.Cells, original.Cells) {
						t.Errorf("row %d: ref %q, cells %v, want those of the row it is for", row, inv.Ref, inv.Cells)
					}
					if inv.State == onboard.Resent && !inv.PasswordExpiresAt.After(time.Now().Add(6*day)) {
						t.Errorf("row %d: the new password expires at %s", row, inv.PasswordExpiresAt)
					}
				}
			})
		})
	}
}

func TestAResendLeavesOutRowsWhoseMailBounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mixedRequest(t)
		says := map[int]onboard.MailDelivery{2: onboard.MailBounced, 3: onboard.MailDelivered}
		if err := b.store.NoteMails(t.Context(), r.ID, says, r.ExpiresAt); err != nil {
			t.Fatal(err)
		}
		b.idle(7*day + time.Minute)
		for _, filter := range []onboard.Filter{onboard.NotSignedIn, onboard.Expired} {
			if n, err := b.admin.ResendCount(t.Context(), r.ID, filter); err != nil || n != 2 {
				t.Errorf("%s chooses %d rows, %v; want 2", filter, n, err)
			}
		}
		again := b.resend(r.ID, onboard.Expired, onboard.Order{By: "root"})
		if diff := cmp.Diff(map[int]string{1: "existing already_signed_in 1", 3: "resent 1"}, b.outcomes(again.ID)); diff != "" {
			t.Errorf("rows of the resend (-want +got):\n%s", diff)
		}
	})
}

func TestForceLiftsTheCooldown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mixedRequest(t)
		b.idle(time.Hour)
		again := b.resend(r.ID, onboard.NotSignedIn, onboard.Order{By: "root", Options: onboard.Options{Force: true}})
		want := map[int]string{1: "existing already_signed_in 1", 2: "resent 1", 3: "resent 1"}
		if diff := cmp.Diff(want, b.outcomes(again.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		if got := b.pool.MailsTo(people(2)[1]); got != 2 {
			t.Errorf("%d mails, want 2", got)
		}
	})
}

func TestCooldownEndsAfterADay(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]string{
		onboard.ResendCooldown - time.Minute: "existing resent_recently 0",
		onboard.ResendCooldown + time.Minute: "resent 1",
	} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				b.run()
				r := b.submit(onboard.Options{}, "ann@example.org")
				b.await(r.ID, time.Minute)
				b.idle(after)
				again := b.resend(r.ID, onboard.NotSignedIn, onboard.Order{By: "root"})
				if diff := cmp.Diff(map[int]string{1: want}, b.outcomes(again.ID)); diff != "" {
					t.Errorf("rows (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestResendToSomebodyWhoIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mixedRequest(t)
		b.idle(2 * day)
		gone := people(2)[1]
		if err := b.pool.DeleteUser(gone); err != nil {
			t.Fatal(err)
		}
		users := len(b.pool.Users())
		again := b.resend(r.ID, onboard.NotSignedIn, onboard.Order{By: "root"})
		if got := b.outcomes(again.ID)[2]; got != "failed user_not_found 1" {
			t.Errorf("row 2 ends as %q", got)
		}
		if len(b.pool.Users()) != users {
			t.Error("a resend created a user")
		}
	})
}

func TestSameKeyResendsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mixedRequest(t)
		b.idle(2 * day)
		o := onboard.Order{By: "root", KeyID: onboard.KeyID("root", "k"), BodyHash: "hash", Submission: onboard.Submission{Label: "again"}}
		first := b.resend(r.ID, onboard.NotSignedIn, o)
		second, replayed, err := b.admin.ResendTo(t.Context(), r.ID, onboard.NotSignedIn, o)
		if err != nil || !replayed || second.ID != first.ID || first.Label != "again" {
			t.Errorf("again: request %s, replayed %v, %v, want %s replayed", second.ID, replayed, err, first.ID)
		}
		if n := b.pool.MailsTo(people(2)[1]); n != 2 {
			t.Errorf("%d mails, want the invitation and one resend", n)
		}
	})
}

func TestResendOfAResendCountsFromTheLastMail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := mixedRequest(t)
		b.idle(8 * day)
		again := b.resend(r.ID, onboard.Expired, onboard.Order{By: "root"})
		if _, _, err := b.admin.ResendTo(t.Context(), again.ID, onboard.Expired, onboard.Order{By: "root"}); !errors.Is(err, onboard.ErrNotNow) {
			t.Errorf("expired at once: %v, want %v", err, onboard.ErrNotNow)
		}
		third := b.resend(again.ID, onboard.NotSignedIn, onboard.Order{By: "root"})
		want := map[int]string{2: "existing resent_recently 0", 3: "existing resent_recently 0"}
		if diff := cmp.Diff(want, b.outcomes(third.ID)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	})
}

func TestResendWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	down := errors.New("store down")
	for _, method := range []string{"Request", "ListInvitations"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, r := mixedRequest(t)
				admin := &onboard.Administration{Submitter: b.submitter, Store: &faultyStore{Store: b.store, before: failing(method, down, 1)}}
				if _, _, err := admin.ResendTo(t.Context(), r.ID, onboard.Unmailed, onboard.Order{By: "root"}); !errors.Is(err, down) {
					t.Errorf("ended with %v", err)
				}
				if b.onlyRequest().ID != r.ID {
					t.Error("a request was made")
				}
			})
		})
	}
}

func TestOnExistingResend(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply []reply // of the resend
		want  string
		mails int
	}{
		{name: "mailed again", reply: nil, want: "resent 2", mails: 1},
		{name: "signed in", reply: []reply{{err: onboard.ErrSignedIn}}, want: "existing already_signed_in 2", mails: 0},
		{name: "answer lost", reply: []reply{{err: onboard.ErrUnclear, effect: true}}, want: "resent 2", mails: 1},
		{name: "nothing shows it", reply: []reply{{err: onboard.ErrUnclear}}, want: "not_mailed mail_unclear 2", mails: 0},
		{name: "not there after all", reply: []reply{{err: onboard.ErrUserNotFound}}, want: "resent 4", mails: 1},
		{name: "throttled", reply: []reply{{err: onboard.ErrThrottled}}, want: "resent 2", mails: 1},
		{name: "not mailed", reply: []reply{{err: onboard.ErrNotMailed}}, want: "resent 3", mails: 1},
		{name: "not mailed twice", reply: []reply{{err: onboard.ErrNotMailed}, {err: onboard.ErrNotMailed}}, want: "not_mailed mail_not_delivered 3", mails: 0},
		{name: "not mailed, then its answer is lost", reply: []reply{{err: onboard.ErrNotMailed}, {err: onboard.ErrUnclear}}, want: "not_mailed mail_unclear 3", mails: 0},
		{name: "no mail left today", reply: []reply{{err: onboard.ErrMailQuota}}, want: "resent 3", mails: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
				b.addUser("ann@example.org")
				time.Sleep(time.Hour)
				b.worker.Pool = &scriptedPool{Pool: b.pool, resends: test.reply}
				b.run()
				b.schedule()
				r := b.submit(onboard.Options{OnExisting: onboard.Resend}, "ann@example.org", "bob@example.org")
				b.await(r.ID, day)
				got := b.outcomes(r.ID)
				if got[1] != test.want || got[2] != "invited 1" {
					t.Errorf("rows %v, want 1: %s, 2: invited", got, test.want)
				}
				if n := b.pool.MailsTo("ann@example.org"); n != test.mails {
					t.Errorf("%d mails, want %d", n, test.mails)
				}
			})
		})
	}
}

func TestOnExistingResendRespectsTheCooldown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.run()
		first := b.submit(onboard.Options{}, "ann@example.org")
		b.await(first.ID, time.Minute)
		for _, force := range []bool{false, true} {
			r := b.submit(onboard.Options{OnExisting: onboard.Resend, Force: force}, "Ann@Example.org")
			b.await(r.ID, time.Minute)
			want := map[bool]onboard.State{false: onboard.Existing, true: onboard.Resent}[force]
			if inv := b.rows(r.ID)[1]; inv.State != want {
				t.Errorf("force %v: %s %s, want %s", force, inv.State, inv.Code, want)
			}
		}
	})
}
