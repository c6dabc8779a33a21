package onboard_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// mailToday reads the mail day that now lies in.
func (b *bundle) mailToday() onboard.MailDay {
	b.t.Helper()
	day, err := onboard.MailToday(b.t.Context(), b.store, time.Now())
	if err != nil {
		b.t.Fatalf("mail of the day: %v", err)
	}
	return day
}

// spends counts the additions to counters.
func (b *bundle) spends() *int {
	n := 0
	b.worker.Store = &faultyStore{Store: b.store, before: func(method string) error {
		if method == "Spend" {
			n++
		}
		return nil
	}}
	return &n
}

func TestMailsOfABatchAreCountedInOneWrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		options      onboard.Options
		there        int // how many of the ten addresses have a user
		sent, writes int
	}{
		{name: "all are new", options: onboard.Options{}, there: 0, sent: 10, writes: 1},
		{name: "some are there", options: onboard.Options{}, there: 4, sent: 6, writes: 1},
		{name: "all are there", options: onboard.Options{}, there: 10, sent: 0, writes: 0},
		{name: "some are mailed again", options: onboard.Options{OnExisting: onboard.Resend}, there: 4, sent: 10, writes: 1},
		{name: "no mail is wanted", options: onboard.Options{Mail: onboard.Suppress}, there: 0, sent: 0, writes: 0},
		{name: "no mail is wanted, but for those who are there", options: onboard.Options{OnExisting: onboard.Resend, Mail: onboard.Suppress}, there: 4, sent: 4, writes: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 50 * time.Millisecond})
				writes := b.spends()
				for _, email := range people(test.there) {
					if _, err := b.pool.AddUser(email, false); err != nil {
						t.Fatal(err)
					}
				}
				b.submit(test.options, people(10)...)
				if handed, kept := b.deliver(b.queue, b.worker, onboard.WorkerTimeout); handed != 10 || kept != 0 {
					t.Fatalf("%d of %d deliveries stay", kept, handed)
				}
				if diff := cmp.Diff(onboard.MailDay{Sent: test.sent}, b.mailToday()); diff != "" {
					t.Errorf("mail of the day (-want +got):\n%s", diff)
				}
				if *writes != test.writes {
					t.Errorf("%d writes for the count, want %d", *writes, test.writes)
				}
				if n := len(b.pool.Mailbox()); n != test.sent {
					t.Errorf("%d mails went out, want %d", n, test.sent)
				}
			})
		})
	}
}

func TestMailDayTurnsAtNineUTC(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		invite := func(hour, minute int, email string, before, after int) {
			t.Helper()
			at(hour, minute)
			if got := b.mailToday().Sent; got != before {
				t.Errorf("at %02d:%02d %d mails are counted, want %d", hour, minute, got, before)
			}
			b.submit(onboard.Options{}, email)
			b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
			if got := b.mailToday().Sent; got != after {
				t.Errorf("after one more at %02d:%02d %d mails are counted, want %d", hour, minute, got, after)
			}
		}
		invite(0, 1, "ann@example.org", 0, 1)
		invite(8, 59, "bob@example.org", 1, 2)
		invite(9, 0, "cy@example.org", 0, 1)
		invite(23, 59, "di@example.org", 1, 2)
		invite(24, 1, "ed@example.org", 2, 3)
		invite(33, 0, "flo@example.org", 0, 1)
	})
}

func TestMailDayIsUsedUpFromTheQuotasEndToNineUTC(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 3})
		b.submit(onboard.Options{}, people(3)...)
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if got, want := b.mailToday(), (onboard.MailDay{Sent: 3}); got != want {
			t.Errorf("with the last mail gone: %+v, want %+v: nobody was turned away yet", got, want)
		}
		b.submit(onboard.Options{}, "last@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if got, want := b.mailToday(), (onboard.MailDay{Sent: 3, UsedUp: true}); got != want {
			t.Errorf("with one turned away: %+v, want %+v", got, want)
		}
		at(8, 59)
		if got := b.mailToday(); !got.UsedUp {
			t.Errorf("a minute before it is renewed: %+v", got)
		}
		at(9, 0)
		if got := b.mailToday(); got != (onboard.MailDay{}) {
			t.Errorf("renewed: %+v, want a day without mails", got)
		}
	})
}

func TestEveryMailIsCountedOnceWhateverBecomesOfAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{Latency: 20 * time.Millisecond})
		lost := reply{err: onboard.ErrUnclear, effect: true}
		nothing := reply{err: onboard.ErrUnclear}
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: append(times(4, lost), times(3, nothing)...)}
		b.run()
		r := b.submit(onboard.Options{}, people(35)...)
		b.await(r.ID, time.Hour)
		b.wantOneMailEach(people(35)...)
		if got, want := b.mailToday(), (onboard.MailDay{Sent: 35}); got != want {
			t.Errorf("mail of the day: %+v, want %+v", got, want)
		}
	})
}

func TestFailedCountChangesNoOutcome(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for name, fault := range map[string]func(string) error{
		"an error": failing("Spend", down, always),
		"a panic": func(method string) error {
			if method == "Spend" {
				panic("scripted")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{})
				var log strings.Builder
				b.worker.Log = slog.New(slog.NewTextHandler(&log, nil))
				b.worker.Store = &faultyStore{Store: b.store, before: fault}
				r := b.submit(onboard.Options{}, people(5)...)
				if handed, kept := b.deliver(b.queue, b.worker, onboard.WorkerTimeout); handed != 5 || kept != 0 {
					t.Errorf("%d of %d deliveries stay, want none", kept, handed)
				}
				b.await(r.ID, time.Second)
				b.wantOneMailEach(people(5)...)
				if got := b.mailToday(); got.Sent != 0 {
					t.Errorf("%d mails are counted", got.Sent)
				}
				if text := log.String(); !strings.Contains(text, "mails=5") || strings.Contains(text, "@") {
					t.Errorf("want one line that says how many and nobody's address, got:\n%s", text)
				}
			})
		})
	}
}

// hangingStore does not answer Spend until its caller gives up.
type hangingStore struct {
	onboard.Store
	late time.Duration // how long after its effect a Save answers
}

func (s *hangingStore) Spend(ctx context.Context, _ string, _, _ int, _ time.Time) error {
	<-ctx.Done()
	return ctx.Err()
}

func (s *hangingStore) Save(ctx context.Context, w onboard.Write) error {
	err := s.Store.Save(ctx, w)
	if w.Invitation.State == onboard.Invited {
		time.Sleep(s.late)
	}
	return err
}

func TestCountStaysWithinTheTimeLeft(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                  string
		late, atLeast, atMost time.Duration
	}{
		{name: "with time left the store is given some", late: 0, atLeast: 5 * time.Second, atMost: 6 * time.Second},
		{name: "with none left it is not asked", late: 53 * time.Second, atLeast: 53 * time.Second, atMost: 54 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Latency: 3 * time.Second / 10})
				b.worker.Store = &hangingStore{Store: b.store, late: test.late}
				r := b.submit(onboard.Options{}, "ann@example.org")
				begin := time.Now()
				if _, kept := b.deliver(b.queue, b.worker, 57*time.Second); kept != 0 {
					t.Errorf("%d deliveries stay", kept)
				}
				if took := time.Since(begin); took < test.atLeast || took > test.atMost {
					t.Errorf("took %s, want %s to %s", took, test.atLeast, test.atMost)
				}
				if got := b.tally(r.ID)[onboard.Invited]; got != 1 {
					t.Errorf("%d invited, want 1", got)
				}
			})
		})
	}
}

func TestMailOfTheDayThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	for _, method := range []string{"Spent", "Cell"} {
		store := &faultyStore{Store: memory.NewStore(), before: failing(method, down, always)}
		if _, err := onboard.MailToday(t.Context(), store, time.Now()); !errors.Is(err, down) {
			t.Errorf("%s down: %v", method, err)
		}
	}
}
