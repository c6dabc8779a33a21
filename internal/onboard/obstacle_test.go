package onboard_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// sesBundle mails through an account of Amazon SES, which usher asks.
func sesBundle(t *testing.T) *bundle {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{})
	b.system.Inspector, b.system.Sender = b.pool, b.pool
	b.admin = b.system.Administration()
	b.submitter = b.admin.Submitter
	b.run()
	return b
}

// notMailed checks that an error says that the sender mails nobody.
func notMailed(t *testing.T, what string, err error) {
	t.Helper()
	var refused *onboard.PoolNotReadyError
	if !errors.As(err, &refused) || refused.Code != onboard.CodeSenderNotReady || refused.Finding.Fix == "" {
		t.Errorf("%s: %v, want it refused because no mail goes out", what, err)
	}
}

// Whatever would have people mailed is refused while the sender mails nobody, the check
// says the same, nothing is stored, and it works once the sender does again.
func TestNothingIsMailedThroughASenderThatMailsNobody(t *testing.T) {
	t.Parallel()
	for finding, sender := range map[string]memory.Sender{
		"ses_paused": {Paused: true}, "ses_identity_unverified": {Unverified: true},
	} {
		t.Run(finding, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := sesBundle(t)
				done := b.await(b.submit(onboard.Options{}, "ann@example.org").ID, time.Minute)
				b.pool.SetFaults(memory.Faults{Answer: func(memory.Op, string) *onboard.PoolError {
					return &onboard.PoolError{Class: onboard.ErrRefused, Code: onboard.CodeRefusedByTrigger}
				}})
				failed := b.await(b.submit(onboard.Options{}, "bob@example.org").ID, time.Hour)
				b.pool.SetFaults(memory.Faults{})
				b.pool.SetSender(sender)
				time.Sleep(time.Minute) // what was read of the sender is forgotten

				o := order(onboard.Options{}, "cy@example.org", "nobody", "cy@example.org")
				judged := b.submitter.Judge(t.Context(), o)
				if judged.NotReady == nil || string(judged.NotReady.Finding.Code) != finding || judged.People != 0 ||
					judged.Messages[0].Code != onboard.CodeSenderNotReady || judged.Messages[1].Code != onboard.CodeEmailInvalid {
					t.Errorf("the check: %+v %+v", judged.NotReady, judged.Messages)
				}
				_, _, err := b.submitter.Accept(t.Context(), judged)
				notMailed(t, "submission", err)
				_, _, err = b.admin.ResendTo(t.Context(), done.ID, onboard.NotSignedIn, onboard.Order{By: "root"})
				notMailed(t, "resend", err)
				_, err = b.admin.ResendCount(t.Context(), done.ID, onboard.NotSignedIn)
				notMailed(t, "check of a resend", err)
				_, err = b.admin.Retry(t.Context(), failed.ID, "root")
				if failed.Tally.States[onboard.Failed] == 1 {
					notMailed(t, "retry", err)
				}
				if page, err := b.store.ListRequests(t.Context(), "", 10); err != nil || len(page) != 2 {
					t.Errorf("%d requests are stored, want the two from before (%v)", len(page), err)
				}
				suppressed := b.await(b.submit(onboard.Options{Mail: onboard.Suppress}, "dee@example.org").ID, time.Minute)
				if suppressed.Tally.States[onboard.Created] != 1 {
					t.Errorf("without mail: %v", suppressed.Tally.States)
				}

				b.pool.SetSender(memory.Sender{})
				time.Sleep(time.Minute)
				again := b.await(b.submit(onboard.Options{}, "cy@example.org").ID, time.Minute)
				if again.Tally.States[onboard.Invited] != 1 {
					t.Errorf("once it sends again: %v", again.Tally.States)
				}
			})
		})
	}
}

// A request that has paused does not continue into a sender that mails nobody.
func TestAPausedRequestWaitsForTheSender(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := sesBundle(t)
		b.pool.SetFaults(memory.Faults{Misconfigured: "ResourceNotFoundException"})
		r := b.submit(onboard.Options{}, "ann@example.org")
		for end := time.Now().Add(time.Hour); b.request(r.ID).Phase != onboard.Paused && time.Now().Before(end); {
			time.Sleep(time.Second)
		}
		b.pool.SetFaults(memory.Faults{})
		b.pool.SetSender(memory.Sender{Paused: true})
		time.Sleep(time.Minute)
		_, err := b.admin.Resume(t.Context(), r.ID, "root")
		notMailed(t, "resume", err)
		if got := b.request(r.ID); got.Phase != onboard.Paused || len(got.Audit) != 1 {
			t.Errorf("%s after a resume that was refused, with %d actions", got.Phase, len(got.Audit))
		}
		b.pool.SetSender(memory.Sender{})
		time.Sleep(time.Minute)
		if _, err := b.admin.Resume(t.Context(), r.ID, "root"); err != nil {
			t.Fatal(err)
		}
		if got := b.await(r.ID, time.Hour); got.Tally.States[onboard.Invited] != 1 {
			t.Errorf("%v", got.Tally.States)
		}
	})
}

// The answer to a submission was lost, and then the sender paused: the same submission
// is not refused, for it was accepted.
func TestWhatWasAcceptedIsNotRefusedForTheSender(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := sesBundle(t)
		o := order(onboard.Options{}, "ann@example.org")
		o.KeyID, o.BodyHash = onboard.KeyID("root", "key"), "hash"
		first, _, err := b.submitter.Submit(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		b.pool.SetSender(memory.Sender{Paused: true})
		time.Sleep(time.Minute)
		again, replayed, err := b.submitter.Submit(t.Context(), o)
		if err != nil || !replayed || again.ID != first.ID {
			t.Errorf("the same again: %s, replayed %t, %v", again.ID, replayed, err)
		}
		o.BodyHash = "another"
		_, _, err = b.submitter.Submit(t.Context(), o)
		notMailed(t, "another body", err)
	})
}

// In the sandbox some addresses can be mailed, so a submission is accepted; a finding
// warns, and a person who is not reached ends as not_mailed.
func TestTheSandboxRefusesNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := sesBundle(t)
		b.pool.SetSender(memory.Sender{Sandbox: true, Verified: []string{"ann@example.org"}})
		time.Sleep(time.Minute)
		b.schedule()
		r := b.await(b.submit(onboard.Options{}, "ann@example.org", "bob@example.org").ID, time.Hour)
		got := b.outcomes(r.ID)
		if !strings.HasPrefix(got[1], "invited") || !strings.HasPrefix(got[2], "not_mailed") {
			t.Errorf("outcomes %v", got)
		}
	})
}

// A caller who knows better is believed.
func TestTheSenderCanBeIgnored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := sesBundle(t)
		b.pool.SetSender(memory.Sender{Unverified: true})
		o := order(onboard.Options{}, "ann@example.org")
		o.IgnorePool = true
		if _, _, err := b.submitter.Submit(t.Context(), o); err != nil {
			t.Error(err)
		}
	})
}
