package onboard_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/onboard"
)

// inspector answers with what it is set to and counts how often it is asked.
type inspector struct {
	settings onboard.PoolSettings
	err      error
	asked    int
}

func (i *inspector) Inspect(context.Context) (onboard.PoolSettings, error) {
	i.asked++
	return i.settings, i.err
}

// goodPool is a pool that the doctor finds nothing in.
func goodPool() onboard.PoolSettings {
	return onboard.PoolSettings{
		ID: "ap-northeast-1_EXAMPLE01", Name: "people", AdminOnly: true, EmailAsUsername: true, DeletionProtection: true,
		InviteSubject: "Welcome", InviteBody: "You are {username}, your password is {####}, sign in at https://example.org", OwnSender: true, Sender: "usher@example.org", ConfigurationSet: "usher",
		TemporaryPasswordDays: 7, Groups: []string{"administrators", "staff"}, EstimatedUsers: 12,
		Attributes: []onboard.AttributeSetting{{Name: "sub", Required: true}, {Name: "email", Required: true, Mutable: true}, {Name: "given_name", Mutable: true}, {Name: "custom:tenant", MaxLength: 8}},
	}
}

// TestAnotherLookThatTellsNothingNewIsTheSame holds what keeps ten thousand rows from
// being judged twice.
func TestAnotherLookThatTellsNothingNewIsTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := &inspector{settings: goodPool()}
		pool := onboard.System{Inspector: in}.Submitter().Pool
		first := pool.Settings(t.Context())
		if again := pool.FreshSettings(t.Context()); again != first {
			t.Error("nothing was read again, and the settings are others")
		}
		time.Sleep(10 * time.Second)
		if read := pool.FreshSettings(t.Context()); read == first {
			t.Error("the pool was read again, and the settings are those of before")
		}
	})
}

func TestThePoolIsReadSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := &inspector{settings: goodPool()}
		system := onboard.System{Inspector: in}
		submitter := system.Submitter()
		doctor := system.Doctor(submitter.Pool, "")
		inGroup := func(group string) func() bool {
			return func() bool {
				row := onboard.Row{Number: 1, Person: onboard.Person{Email: "ann@example.org", Groups: []string{group}}}
				return submitter.Judge(t.Context(), onboard.Order{Submission: onboard.Submission{Rows: []onboard.Row{row}}}).People == 1
			}
		}
		examined := func() bool { return doctor.Examine(t.Context()).Ready() }
		for _, step := range []struct {
			wait  time.Duration
			do    func() bool
			want  bool
			asked int
		}{
			{wait: 0, do: inGroup("staff"), want: true, asked: 1},
			{wait: 4 * time.Minute, do: inGroup("staff"), want: true, asked: 1},
			{wait: time.Minute, do: inGroup("staff"), want: true, asked: 2},
			{wait: time.Second, do: inGroup("new"), want: false, asked: 2},
			{wait: 9 * time.Second, do: inGroup("new"), want: false, asked: 3},
			{wait: time.Minute, do: examined, want: true, asked: 4},
			{wait: time.Second, do: examined, want: true, asked: 4},
		} {
			time.Sleep(step.wait)
			if got := step.do(); got != step.want || in.asked != step.asked {
				t.Errorf("after %s: %t, want %t; asked %d times, want %d", step.wait, got, step.want, in.asked, step.asked)
			}
		}

		in.settings.Groups = append(in.settings.Groups, "new") // somebody has just created it
		time.Sleep(10 * time.Second)
		if !inGroup("new")() {
			t.Error("a new group is not known after ten seconds")
		}

		in.err = errors.New("no answer") // what was known is still used
		time.Sleep(time.Hour)
		asked := in.asked
		if !inGroup("new")() || inGroup("newer")() || in.asked != asked+1 {
			t.Errorf("asked %d times right after a failure, want once, and the groups known before", in.asked-asked)
		}
	})
}

// patient answers once its context has ended, or at once if it was asked before.
type patient struct{ inspector }

func (p *patient) Inspect(ctx context.Context) (onboard.PoolSettings, error) {
	if p.asked == 0 {
		p.asked++
		<-ctx.Done()
		return onboard.PoolSettings{}, ctx.Err()
	}
	return p.inspector.Inspect(ctx)
}

func TestACallerWhoGoesAwaySpoilsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := onboard.NewKnownPool(&patient{inspector{settings: goodPool()}}, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if s := pool.Settings(ctx); s != nil {
			t.Errorf("the caller who went away read %v", s)
		}
		if s := pool.Settings(t.Context()); s == nil {
			t.Error("the next caller reads nothing")
		}
	})
}
