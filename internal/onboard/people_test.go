package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// people is the part under test over the bundle's ports.
func (b *bundle) people() *onboard.People {
	system := b.system
	system.Directory = b.pool
	return system.People(system.Administration())
}

// finds looks one person up.
func (b *bundle) finds(email string) onboard.PersonFound {
	b.t.Helper()
	found, err := b.people().Find(b.t.Context(), email)
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

func TestALookUpSaysWhatBecameOfAPerson(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		do   func(b *bundle)
		want string
	}{
		"nobody": {do: func(*bundle) {}, want: "Not in any request that usher remembers; no account in the pool."},
		"invited": {do: func(b *bundle) { b.invited("autumn term", onboard.Options{}, "Ann@example.org") },
			want: "Invited on 1 Jan by root in autumn term; not signed in; password good until 8 Jan."},
		"some days later": {do: func(b *bundle) {
			b.invited("", onboard.Options{}, "ann@example.org")
			time.Sleep(4 * 24 * time.Hour)
		}, want: "Invited on 1 Jan by root; not signed in; password good until Saturday."},
		"signed in": {do: func(b *bundle) {
			b.invited("", onboard.Options{}, "ann@example.org")
			if err := b.pool.SignIn("ann@example.org"); err != nil {
				b.t.Fatal(err)
			}
		}, want: "Invited on 1 Jan by root; signed in."},
		"expired": {do: func(b *bundle) {
			b.invited("", onboard.Options{}, "ann@example.org")
			time.Sleep(8 * 24 * time.Hour)
		}, want: "Invited on 1 Jan by root; not signed in; password expired on 8 Jan."},
		"waiting": {do: func(b *bundle) { b.submit(onboard.Options{}, "bob@example.org", "ann@example.org") },
			want: "Waits to be invited, submitted on 1 Jan by root; no account in the pool."},
		"made by hand": {do: func(b *bundle) { b.addUser("ann@example.org") },
			want: "Not in any request that usher remembers; not signed in."},
		"had an account": {do: func(b *bundle) {
			b.addUser("ann@example.org")
			b.invited("", onboard.Options{}, "ann@example.org")
		}, want: "Had an account already on 1 Jan, submitted by root; not signed in."},
		"mailed again": {do: func(b *bundle) {
			b.invited("first", onboard.Options{}, "ann@example.org")
			time.Sleep(25 * time.Hour)
			b.invited("second", onboard.Options{OnExisting: onboard.Resend}, "ann@example.org")
		}, want: "Mailed again on 2 Jan by root in second; not signed in; password good until 9 Jan."},
		"canceled": {do: func(b *bundle) {
			r := b.submit(onboard.Options{}, "ann@example.org")
			if _, err := b.admin.Cancel(b.t.Context(), r.ID, "root"); err != nil {
				b.t.Fatal(err)
			}
		}, want: "Waits to be invited, submitted on 1 Jan by root; no account in the pool."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				test.do(b)
				found := b.finds("ann@example.org")
				if got := found.Summary(time.Now()); !strings.HasPrefix(got, strings.TrimSuffix(test.want, ".")) || !found.Complete {
					t.Errorf("got  %q\nwant %q", got, test.want)
				}
			})
		})
	}
}

func TestALookUpFindsEveryRowOfOpenRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		done := b.invited("", onboard.Options{}, "ann@example.org")
		many := people(3000)
		many[2999] = "ANN@example.org"
		var open []string
		for range 60 { // more than one page
			open = append(open, b.submit(onboard.Options{}, "bob@example.org").ID)
		}
		large := b.submit(onboard.Options{}, many...)
		found := b.finds("ann@example.org")
		if len(found.Rows) != 2 || found.Rows[0].Request.ID != large.ID || found.Rows[0].Row != 3000 || found.Rows[1].Request.ID != done.ID {
			t.Fatalf("got %+v", found.Rows)
		}
		if now := time.Now(); !found.Rows[0].IsOpen(now) || found.Rows[1].IsOpen(now) {
			t.Error("the row that waits is not open, or the one that was invited is")
		}
		if bob := b.finds("bob@example.org"); len(bob.Rows) != len(open) {
			t.Errorf("%d rows of bob, want %d", len(bob.Rows), len(open))
		}
	})
}

func TestALookUpSaysWhenAPersonCanBeMailedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.invited("", onboard.Options{}, "ann@example.org")
		found := b.finds("ann@example.org")
		if found.MailedAt.IsZero() || !found.MailedAgain.Equal(found.MailedAt.Add(onboard.ResendCooldown)) {
			t.Errorf("mailed at %v, again at %v", found.MailedAt, found.MailedAgain)
		}
		time.Sleep(onboard.ResendCooldown)
		if found := b.finds("ann@example.org"); !found.MailedAgain.IsZero() {
			t.Errorf("again at %v, want now", found.MailedAgain)
		}
	})
}

// A look-up changes nothing and has nobody billed.
func TestALookUpLooksAtNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.invited("", onboard.Options{}, "ann@example.org")
		before := b.pool.Calls()
		b.finds("ann@example.org")
		after := b.pool.Calls()
		if after.Finds != before.Finds+1 || after.Looks != before.Looks {
			t.Errorf("calls before %+v, after %+v", before, after)
		}
	})
}

func TestALookUpWithoutThePoolOrItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.invited("", onboard.Options{}, "ann@example.org")
		b.pool.SetFaults(broken)
		if found := b.finds("ann@example.org"); found.PoolRead || len(found.Rows) != 1 {
			t.Errorf("got %+v", found)
		}
		b.submit(onboard.Options{}, "ann@example.org")
		people := b.people()
		people.Store = slowManifests{b.store}
		found, err := people.Find(t.Context(), "ann@example.org")
		if err != nil || found.Complete || len(found.Rows) != 1 {
			t.Errorf("got %+v, %v", found, err)
		}
		if got := found.Summary(time.Now()); !strings.Contains(got, "not all open requests could be searched") {
			t.Errorf("got %q", got)
		}
		people.Store = failingClaims{b.store}
		if _, err := people.Find(t.Context(), "ann@example.org"); err == nil || strings.Contains(fmt.Sprint(err), "ann") {
			t.Errorf("error %v", err)
		}
	})
}

type slowManifests struct{ onboard.Store }

func (slowManifests) ManifestPart(ctx context.Context, _ string, _ int) (onboard.ManifestPart, error) {
	<-ctx.Done()
	return onboard.ManifestPart{}, ctx.Err()
}

type failingClaims struct{ onboard.Store }

func (failingClaims) Claims(context.Context, []string) (map[string]onboard.Claim, error) {
	return nil, errors.New("no table")
}

// An export has every row of every request, in parts that fit a call.
func TestAnExportIsWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		var want []string
		for n := range 45 { // more than two pages
			email := "bob@example.org"
			if n%2 == 0 {
				email = "Ann@example.org"
			}
			r := b.submit(onboard.Options{}, "x@example.org", email)
			if n%2 == 0 {
				want = append([]string{r.ID}, want...)
			}
			if n == 20 {
				b.work()
			}
		}
		people := b.people()
		people.Store = pausing{b.store}
		var got []string
		parts := 0
		for after := ""; parts == 0 || after != ""; parts++ {
			rows, next, err := people.Export(t.Context(), "ann@example.org", after)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				got = append(got, row.Request.ID)
				if row.Email != "Ann@example.org" || row.Row != 2 {
					t.Errorf("row %+v", row.Invitation)
				}
			}
			after = next
		}
		if strings.Join(got, " ") != strings.Join(want, " ") || parts < 3 {
			t.Errorf("in %d parts, got %v, want %v", parts, got, want)
		}
	})
}

// pausing is a store that takes its time to read a manifest.
type pausing struct{ onboard.Store }

func (p pausing) ManifestPart(ctx context.Context, id string, after int) (onboard.ManifestPart, error) {
	time.Sleep(100 * time.Millisecond)
	return p.Store.ManifestPart(ctx, id, after)
}
