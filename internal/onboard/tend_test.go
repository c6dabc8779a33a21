package onboard_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// headStart is how long the messages of a few dozen rows wait on the queue first.
const headStart = time.Second

// purge loses every message on the queue, as a purged queue or days without a
// worker would.
func (b *bundle) purge() {
	b.t.Helper()
	b.queue.Purge()
	if left := b.queue.Stats(); left != (memory.Stats{}) {
		b.t.Fatalf("a purged queue has %+v", left)
	}
}

// tend runs the requeuer once and returns how many rows it put back.
func (b *bundle) tend() int {
	b.t.Helper()
	n, err := b.requeuer.Run(b.t.Context())
	if err != nil {
		b.t.Fatalf("requeue: %v", err)
	}
	return n
}

func TestTheEndOfARequestIsStoredOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		last := r.Tally.UpdatedAt
		b.tend()
		ended := b.request(r.ID)
		if !ended.EndedAt.Equal(last) || !ended.FinishedAt(time.Now()).Equal(last) {
			t.Fatalf("ended at %s, finished at %s, want both %s", ended.EndedAt, ended.FinishedAt(time.Now()), last)
		}
		time.Sleep(time.Hour)
		b.tend()
		if again := b.request(r.ID); again.Version != ended.Version {
			t.Error("the end was written twice")
		}
		if open, err := b.store.OpenRequests(t.Context(), "", 10); len(open) != 0 || err != nil {
			t.Errorf("%d requests are open, %v", len(open), err)
		}

		b.worker.Pool = b.pool
		if _, err := b.admin.Retry(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		if running := b.request(r.ID); !running.EndedAt.IsZero() || running.Done(time.Now()) {
			t.Errorf("a retried request ended at %s", running.EndedAt)
		}
		time.Sleep(3 * time.Minute)
		b.tend()
		if second := b.request(r.ID); !second.EndedAt.After(last) {
			t.Errorf("the second round ended at %s, the first at %s", second.EndedAt, last)
		}
	})
}

func TestASubmissionThatWasCutOffEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		store := &faultyStore{Store: b.store, before: failing("SaveRequest", errors.New("down"), always)}
		b.submitter.Requests = store
		if _, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{}, people(3)...)); !errors.Is(err, onboard.ErrInDoubt) {
			t.Fatal(err)
		}
		time.Sleep(onboard.AcceptWindow + time.Second)
		b.tend()
		r := b.request("request-001")
		if !r.EndedAt.Equal(r.AcceptedUntil) || r.State(time.Now()) != onboard.StateCanceled {
			t.Errorf("ended at %s, %s", r.EndedAt, r.State(time.Now()))
		}
		for row, err := range b.all(r) {
			if err != nil || row.State != onboard.Canceled || row.Code != onboard.CodeNotAccepted {
				t.Errorf("row %d is shown as %s %s, %v", row.Row, row.State, row.Code, err)
			}
		}
	})
}

// all yields every row of a request as people see it now.
func (b *bundle) all(r onboard.Request) func(func(onboard.Invitation, error) bool) {
	return func(yield func(onboard.Invitation, error) bool) {
		rows := onboard.NewRowReader(b.store, r, 0, 7)
		for {
			row, ok, err := rows.Next(b.t.Context())
			if !ok && err == nil || !yield(r.Shown(row.Invitation, time.Now()), err) || err != nil {
				return
			}
		}
	}
}

// Rows that the table lacks are not lost with the queue: all people are invited,
// once, and until then the rows can be seen.
func TestRowsWhoseMessagesAreLostAreSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		sub := order(onboard.Options{}, append(people(12), "nobody")...)
		sub.Submission.Rows[0].Attributes = map[string]string{"given_name": "Ann"}
		r, _, err := b.submitter.Submit(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(headStart)
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout) // ten of them
		b.purge()
		b.run()
		for minute := range 59 {
			time.Sleep(time.Minute)
			if n := b.tend(); n != 0 {
				t.Fatalf("%d rows were put back after %d minutes", n, minute+1)
			}
		}
		seen := map[onboard.State]int{}
		for row, err := range b.all(b.request(r.ID)) {
			if err != nil {
				t.Fatal(err)
			}
			seen[row.State]++
		}
		if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 10, onboard.Pending: 3}, seen); diff != "" {
			t.Errorf("rows meanwhile (-want +got):\n%s", diff)
		}
		time.Sleep(2 * time.Minute)
		if n := b.tend(); n != 3 {
			t.Errorf("%d rows were put back after an hour, want the 3 that are lost", n)
		}
		b.await(r.ID, time.Minute)
		if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 12, onboard.Failed: 1}, b.tally(r.ID)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		b.wantOneMailEach(people(12)...)
		if got := b.pool.Users()[0].Attributes["given_name"]; got != "Ann" {
			t.Errorf("given name %q", got)
		}
	})
}

// While nobody takes messages off the queue, each copy that is added is of no
// use: the copies become rarer.
func TestRowsAreSentAgainLessAndLessOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.submit(onboard.Options{}, "ann@example.org")
		var hours []int
		for minute := range 3 * 24 * 60 {
			time.Sleep(time.Minute)
			if b.tend() > 0 {
				hours = append(hours, (minute+1)/60)
			}
		}
		if diff := cmp.Diff([]int{1, 2, 4, 8, 16, 32, 64}, hours); diff != "" {
			t.Errorf("put back after so many hours (-want +got):\n%s", diff)
		}
	})
}

func TestCancelSettlesRowsWhoseMessagesAreLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		r := b.submit(onboard.Options{}, people(15)...)
		time.Sleep(headStart)
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		b.purge()
		if _, err := b.admin.Cancel(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		b.run()
		b.schedule()
		b.await(r.ID, 15*time.Minute)
		if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 10, onboard.Canceled: 5}, b.tally(r.ID)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
	})
}

// pausedRows returns a request of the given rows that a broken pool has paused.
func pausedRows(t *testing.T, rows int) (*bundle, onboard.Request) {
	t.Helper()
	b := newBundle(t, memory.PoolConfig{})
	b.pool.SetFaults(memory.Faults{Misconfigured: "AccessDeniedException"})
	r := b.submit(onboard.Options{}, people(rows)...)
	time.Sleep(headStart)
	for handed := 1; handed > 0; {
		handed, _ = b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
	}
	if got := b.request(r.ID); got.Phase != onboard.Paused || got.Tally.States[onboard.Deferred] != rows {
		t.Fatalf("the request is %s with %v", got.Phase, got.Tally.States)
	}
	b.pool.SetFaults(memory.Faults{})
	return b, r
}

func TestAResumeThatIsCutOffIsCarriedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRows(t, 12)
		b.admin.Submitter.Queue = &faultyQueue{Queue: b.queue, send: func(context.Context, []onboard.Message, time.Duration) error { return errors.New("killed") }}
		if _, err := b.admin.Resume(t.Context(), r.ID, "eve"); err == nil {
			t.Fatal("the resume was not cut off")
		}
		b.run()
		b.schedule()
		b.await(r.ID, 3*time.Minute)
		b.wantOneMailEach(people(12)...)
	})
}

// A worker that read the request as paused may put a row aside when the resume has
// gone by.
func TestARowPutAsideBehindAResumeIsPutBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRows(t, 1)
		paused := b.request(r.ID)
		if _, err := b.admin.Resume(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		slow := *b.worker
		slow.Store = staleStore{Store: b.store, was: paused}
		b.deliver(b.queue, &slow, onboard.WorkerTimeout)
		if got := b.queue.Stats(); got != (memory.Stats{}) {
			t.Fatalf("the queue has %+v, want the row put aside again", got)
		}
		b.run()
		b.schedule()
		b.await(r.ID, 3*time.Minute)
		b.wantOneMailEach(people(1)...)
	})
}

// staleStore returns a request as it was.
type staleStore struct {
	onboard.Store
	was onboard.Request
}

func (s staleStore) Request(context.Context, string) (onboard.Request, error) { return s.was, nil }

func TestAPausedRequestCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRows(t, 20)
		store := &countingStore{Store: b.store}
		b.requeuer.Store = store
		b.requeuer.Pace = b.over(store).Pace()
		b.tend()
		store.writes.Store(0)
		for range 3 * 24 * 60 {
			time.Sleep(time.Minute)
			if n := b.tend(); n != 0 {
				t.Fatalf("%d rows were put back", n)
			}
		}
		if n := store.writes.Load(); n != 0 {
			t.Errorf("%d writes in three days", n)
		}
		b.run()
		if _, err := b.admin.Resume(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		b.await(r.ID, time.Minute)
	})
}

// countingStore counts what is written.
type countingStore struct {
	onboard.Store
	writes atomic.Int64
}

func (s *countingStore) Save(ctx context.Context, w onboard.Write) error {
	s.writes.Add(1)
	return s.Store.Save(ctx, w)
}

func (s *countingStore) SaveRequest(ctx context.Context, r onboard.Request, delta onboard.Tally) error {
	s.writes.Add(1)
	return s.Store.SaveRequest(ctx, r, delta)
}

func (s *countingStore) SaveCell(ctx context.Context, lane string, c onboard.Cell) error {
	s.writes.Add(1)
	return s.Store.SaveCell(ctx, lane, c)
}

// A paused request's rows that wait for mail leave the line, so that they are not
// read every minute.
func TestRowsOfAPausedRequestLeaveTheLineForMail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := deferOne(t)
		paused := b.request(r.ID)
		paused.Phase, paused.Pause = onboard.Paused, &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "no rights", Since: time.Now()}
		if err := b.store.SaveRequest(t.Context(), paused, onboard.Tally{}); err != nil {
			t.Fatal(err)
		}
		at(9, 1)
		if n := b.tend(); n != 0 {
			t.Errorf("%d rows were put back", n)
		}
		inv, _ := b.stored(r.ID, 2, "bob@example.org")
		if inv.Code != onboard.CodeMisconfigured || !inv.DueAt.IsZero() || inv.Reason != "no rights" {
			t.Errorf("the row waits for %s until %s: %s", inv.Code, inv.DueAt, inv.Reason)
		}
		b.checkCounts(b.request(r.ID))
		b.run()
		if _, err := b.admin.Resume(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		b.await(r.ID, time.Minute)
		b.wantOneMailEach("ann@example.org", "bob@example.org")
	})
}

func TestRowsThatStillWaitForMailEndWhenTheRequestCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const days = 3
		b := newBundle(t, memory.PoolConfig{MailQuota: 2})
		b.submitter.MaxOpen, b.submitter.Retention = days*24*time.Hour, 24*time.Hour
		b.run()
		b.schedule()
		r := b.submit(onboard.Options{}, people(12)...)
		submitted := r.SubmittedAt
		if !r.ClosesAt.Equal(submitted.Add(days*24*time.Hour)) || !r.ExpiresAt.Equal(submitted.Add((days+1)*24*time.Hour)) {
			t.Fatalf("submitted %s, closes %s, expires %s", submitted, r.ClosesAt, r.ExpiresAt)
		}
		r = b.await(r.ID, (days+1)*24*time.Hour)
		if late := r.FinishedAt(time.Now()).Sub(r.ClosesAt); late < 0 || late > 3*time.Minute {
			t.Errorf("the last row ended %s after the request closed", late)
		}
		// Midnight, and 09:00 on three days.
		if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 8, onboard.Failed: 4}, b.tally(r.ID)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		for row, inv := range b.rows(r.ID) {
			if inv.State == onboard.Failed && inv.Code != onboard.CodeExpired {
				t.Errorf("row %d failed with %s", row, inv.Code)
			}
			if !inv.ExpiresAt.Equal(r.ExpiresAt) {
				t.Errorf("row %d expires %s, its request %s", row, inv.ExpiresAt, r.ExpiresAt)
			}
			if _, claim := b.stored(r.ID, row, inv.Email); inv.State == onboard.Invited && claim.ExpiresAt.Before(r.ExpiresAt) {
				t.Errorf("the claim of row %d expires %s, before the row", row, claim.ExpiresAt)
			}
		}
		if _, err := b.admin.Retry(t.Context(), r.ID, "eve"); !errors.Is(err, onboard.ErrNotNow) {
			t.Errorf("a closed request was retried: %v", err)
		}
		time.Sleep(2 * time.Minute)
		if r = b.request(r.ID); r.EndedAt.IsZero() {
			t.Error("its end is not stored")
		}
	})
}

func TestAPausedRequestClosesToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := pausedRows(t, 3)
		time.Sleep(time.Until(r.ClosesAt))
		b.run()
		b.schedule()
		b.await(r.ID, 15*time.Minute)
		if got := b.request(r.ID).Codes(time.Now())[onboard.CodeExpired]; got != 3 {
			t.Errorf("%d rows ended as %s, want 3", got, onboard.CodeExpired)
		}
	})
}

// On each mail day those who wait come before those who are new.
func TestWhoWaitsForMailGoesBeforeWhoIsNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 2})
		b.run()
		b.schedule()
		at(8, 0)
		old := b.submit(onboard.Options{}, people(5)...) // two go out today
		time.Sleep(30 * time.Minute)
		middle := b.submit(onboard.Options{}, "mid@example.org")
		at(9, 0)
		time.Sleep(10 * time.Second) // before the requeuer's minute
		young := b.submit(onboard.Options{}, "new@example.org")
		quiet := b.submit(onboard.Options{Mail: onboard.Suppress}, "quiet@example.org")
		b.await(quiet.ID, 10*time.Second) // mail is no matter of theirs
		time.Sleep(3 * time.Minute)
		mailed := func() (to []string) {
			for _, m := range b.pool.Mailbox() {
				name, _, _ := strings.Cut(m.To, "@")
				to = append(to, name)
			}
			return to
		}
		if got := mailed(); len(got) != 4 || slices.Contains(got, "new") {
			t.Errorf("by the next mail day %v were mailed, want two more of those who waited", got)
		}
		for _, r := range []onboard.Request{old, middle, young} {
			b.await(r.ID, 72*time.Hour)
		}
	})
}

// However many mail days a row waits, it costs the same.
func TestWaitingForMailCostsARowAConstant(t *testing.T) {
	t.Parallel()
	cost := func(rows int) (perRow float64) {
		synctest.Test(t, func(t *testing.T) {
			b := newBundle(t, memory.PoolConfig{MailQuota: 40})
			b.submitter.MaxOpen = 1000 * 24 * time.Hour
			store := &countingStore{Store: b.store}
			b.worker.Store = store
			r := b.submit(onboard.Options{}, people(rows)...)
			for day := 0; !b.request(r.ID).Done(time.Now()); day++ {
				if day > rows/40+3 {
					t.Fatalf("not done after %d days: %v", day, b.tally(r.ID))
				}
				for range 5 { // minutes of this mail day
					for handed := 1; handed > 0; {
						handed, _ = b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
					}
					time.Sleep(time.Minute)
					b.tend()
				}
				time.Sleep(time.Until(onboard.NextMailDay(time.Now())))
			}
			perRow = float64(store.writes.Load()) / float64(rows)
		})
		return perRow
	}
	few, many := cost(400), cost(3200) // ten days, and eighty
	t.Logf("%.2f writes a row for 400 rows, %.2f for 3,200", few, many)
	if exponent := 1 + math.Log(many/few)/math.Log(8); exponent > 1.05 {
		t.Errorf("%.2f writes a row for 400 rows, %.2f for 3,200: writes grow with exponent %.2f", few, many, exponent)
	}
}

func TestMessagesThatUsherDidNotWriteAreDropped(t *testing.T) {
	t.Parallel()
	for name, forge := range map[string]func(m *onboard.Message, other onboard.Request){
		"no seal":                  func(m *onboard.Message, _ onboard.Request) { m.Seal = "" },
		"a made-up seal":           func(m *onboard.Message, _ onboard.Request) { m.Seal = m.Sealed([]byte("guess")).Seal },
		"another row":              func(m *onboard.Message, _ onboard.Request) { m.Row = 999 },
		"another address":          func(m *onboard.Message, _ onboard.Request) { m.Email = "mallory@example.org" },
		"a group more":             func(m *onboard.Message, _ onboard.Request) { m.Groups = []string{"administrators"} },
		"an outcome":               func(m *onboard.Message, _ onboard.Request) { m.State = onboard.Failed },
		"another request":          func(m *onboard.Message, other onboard.Request) { m.RequestID = other.ID },
		"another request's seal":   func(m *onboard.Message, other onboard.Request) { *m = m.Sealed(other.SealKey) },
		"a request without a name": func(m *onboard.Message, _ onboard.Request) { m.RequestID = "nowhere" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBundle(t, memory.PoolConfig{Groups: []string{"administrators"}})
				var dropped int
				b.worker.Observe = func(o onboard.Observation) {
					if o.Dropped {
						dropped++
					}
				}
				r, other := b.submit(onboard.Options{}, "ann@example.org"), b.submit(onboard.Options{}, "bob@example.org")
				batch, err := b.queue.Receive(t.Context(), 2, 0)
				if err != nil || len(batch) != 2 {
					t.Fatal(len(batch), err)
				}
				forged := batch[0].Message
				forge(&forged, other)
				if err := b.queue.Send(t.Context(), []onboard.Message{forged}, 0); err != nil {
					t.Fatal(err)
				}
				if handed, kept := b.deliver(b.queue, b.worker, onboard.WorkerTimeout); handed != 1 || kept != 0 {
					t.Errorf("%d handed over, %d kept", handed, kept)
				}
				if dropped != 1 || b.pool.Calls() != (memory.Calls{}) || len(b.rows(r.ID))+len(b.rows(other.ID)) != 0 {
					t.Errorf("%d messages dropped, calls %+v, rows %v %v", dropped, b.pool.Calls(), b.rows(r.ID), b.rows(other.ID))
				}
				for _, id := range []string{r.ID, other.ID} {
					b.checkCounts(b.request(id))
				}
			})
		})
	}
}

// A worker that cannot read the key still sends copies.
func TestASealHoldsForACopy(t *testing.T) {
	t.Parallel()
	m := onboard.Message{Version: 1, RequestID: "r", Row: 1, Round: 1, Person: onboard.Person{Email: "ann@example.org"}}.Sealed([]byte("key"))
	m.Failures, m.Since = 3, 1_763_625_600
	if !m.HasSeal([]byte("key")) {
		t.Error("a copy has no seal")
	}
	if read, err := onboard.DecodeMessage(m.Encode()); err != nil || !read.HasSeal([]byte("key")) {
		t.Errorf("a message that was read has no seal: %v", err)
	}
}

// A request of an earlier version has no key, and its messages no seal. Once it has its
// outcomes there are no other rows of it.
func TestARequestWithoutAKeyTakesNoRowThatItDoesNotHave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		r := onboard.Request{ID: "earlier", Phase: onboard.Running, Round: 1, Total: 2, SubmittedAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}
		if err := b.store.CreateRequest(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
		var messages []onboard.Message
		for row := range 3 {
			messages = append(messages, onboard.Message{Version: 1, RequestID: r.ID, Row: row + 1, Round: 1, Person: onboard.Person{Email: people(3)[row]}})
		}
		for _, some := range [][]onboard.Message{messages[:2], messages[2:]} {
			if err := b.queue.Send(t.Context(), some, 0); err != nil {
				t.Fatal(err)
			}
			b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		}
		if diff := cmp.Diff(map[onboard.State]int{onboard.Invited: 2}, b.tally(r.ID)); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		b.wantOneMailEach(people(2)...)
	})
}

// The dead letter of a round that is over says nothing of the next one.
func TestADeadLetterOfAnEarlierRoundIsDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, r := failedRequest(t)
		var letter onboard.Message
		for _, inv := range b.rows(r.ID) {
			letter = r.Message(inv)
		}
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: times(1, reply{err: onboard.ErrThrottled})}
		if _, err := b.admin.Retry(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		if err := b.queue.DeadLetters().Send(t.Context(), []onboard.Message{letter}, 0); err != nil {
			t.Fatal(err)
		}
		b.deliver(b.queue.DeadLetters(), b.dead, onboard.WorkerTimeout)
		for row, inv := range b.rows(r.ID) {
			if inv.Round != 1 {
				t.Errorf("row %d was settled in round %d by a letter of round 1: %s", row, inv.Round, outcome(inv))
			}
		}
		b.await(r.ID, 10*time.Minute)
		if got := b.tally(r.ID)[onboard.Invited]; got != 3 {
			t.Errorf("%d are invited, want 3: %v", got, b.outcomes(r.ID))
		}
	})
}

func TestEachStandOfARequestHasItsDuty(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	base := onboard.Request{
		Phase: onboard.Running, Round: 1, Total: 3, SubmittedAt: ago(48 * time.Hour), ClosesAt: now.Add(time.Hour),
		Tally: onboard.Tally{States: map[onboard.State]int{onboard.Invited: 1}, UpdatedAt: ago(61 * time.Minute)},
	}
	with := func(edits ...func(*onboard.Request)) onboard.Request {
		r := base
		for _, edit := range edits {
			edit(&r)
		}
		return r
	}
	tally := func(at time.Time, states map[onboard.State]int) func(*onboard.Request) {
		return func(r *onboard.Request) { r.Tally = onboard.Tally{States: states, UpdatedAt: at} }
	}
	waiting := map[onboard.State]int{onboard.Invited: 1, onboard.Deferred: 2}
	for _, test := range []struct {
		name   string
		r      onboard.Request
		closed bool
		want   string
	}{
		{name: "rows are still for an hour", r: with(), closed: false, want: "ask"},
		{name: "but the lane is closed for mail", r: with(), closed: true, want: "nothing"},
		{name: "a row moved just now", r: with(tally(ago(59*time.Minute), map[onboard.State]int{onboard.Invited: 1})), closed: false, want: "nothing"},
		{name: "they were put back half an hour ago", r: with(func(r *onboard.Request) { r.PutBackDone = ago(30 * time.Minute) }), closed: false, want: "nothing"},
		{name: "all that is open waits for mail", r: with(tally(ago(9*time.Hour), waiting)), closed: false, want: "nothing"},
		{name: "all have an outcome", r: with(tally(ago(time.Second), map[onboard.State]int{onboard.Invited: 3})), closed: false, want: "end"},
		{name: "it is being accepted", r: with(func(r *onboard.Request) {
			r.Phase, r.Round, r.AcceptedUntil = onboard.Accepting, 0, now.Add(time.Second)
		}), closed: false, want: "nothing"},
		{name: "it was cut off", r: with(func(r *onboard.Request) { r.Phase, r.Round, r.AcceptedUntil = onboard.Accepting, 0, ago(time.Second) }), closed: false, want: "end"},
		{name: "its next round is being put on the queue", r: with(func(r *onboard.Request) { r.AcceptedUntil = now.Add(time.Second) }), closed: false, want: "nothing"},
		{name: "it is paused", r: with(func(r *onboard.Request) { r.Phase = onboard.Paused }), closed: false, want: "nothing"},
		{name: "it is paused and its time is over", r: with(func(r *onboard.Request) { r.Phase, r.ClosesAt = onboard.Paused, now }), closed: false, want: "ask"},
		{name: "its time is over and rows wait for mail", r: with(tally(ago(time.Minute), waiting), func(r *onboard.Request) { r.ClosesAt = ago(time.Second) }), closed: true, want: "ask"},
		{name: "and they were put back a minute ago", r: with(tally(ago(time.Minute), waiting), func(r *onboard.Request) {
			r.ClosesAt, r.PutBackDone = ago(2*time.Minute), ago(time.Minute)
		}), closed: true, want: "nothing"},
		{name: "it was canceled and is still for ten minutes", r: with(tally(ago(11*time.Minute), waiting), func(r *onboard.Request) { r.Phase = onboard.Stopped }), closed: true, want: "ask"},
		{name: "it was canceled nine minutes ago", r: with(tally(ago(11*time.Minute), waiting), func(r *onboard.Request) {
			r.Phase, r.Audit = onboard.Stopped, []onboard.Action{{What: "cancel", At: ago(9 * time.Minute)}}
		}), closed: true, want: "nothing"},
		{name: "an order is for later", r: with(func(r *onboard.Request) { r.PutBack = &onboard.PutBack{At: now.Add(time.Second)} }), closed: false, want: "nothing"},
		{name: "an order is due", r: with(func(r *onboard.Request) { r.PutBack = &onboard.PutBack{At: now} }), closed: true, want: "carry out"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := onboard.DutyOf(test.r, now, !test.closed); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestThousandsOfRowsArePutBackPieceByPiece(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		r := b.submit(onboard.Options{}, people(2600)...)
		time.Sleep(headStart)
		b.purge()
		time.Sleep(61 * time.Minute)
		queue, batches := b.requeuer.Queue, 0
		var sent []int
		b.requeuer.Queue = &faultyQueue{Queue: queue, send: func(ctx context.Context, messages []onboard.Message, delay time.Duration) error {
			for _, m := range messages {
				sent = append(sent, m.Row)
			}
			if batches++; batches%2 == 0 {
				time.Sleep(40 * time.Second) // the run's time is up
			}
			return queue.Send(ctx, messages, delay)
		}}
		for runs := 0; b.request(r.ID).PutBack != nil || runs == 0; runs++ {
			if runs == 10 {
				t.Fatalf("after ten runs %+v is left", b.request(r.ID).PutBack)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
			if _, err := b.requeuer.Run(ctx); err != nil {
				t.Fatal(err)
			}
			cancel()
		}
		if len(sent) != 2600 || !slices.IsSorted(sent) {
			t.Errorf("%d rows were sent, want each once and in order", len(sent))
		}
		fmt.Fprintln(t.Output(), len(sent), "rows in", batches, "batches")
	})
}

// damagedList is a store of which one open request cannot be read.
type damagedList struct{ onboard.Store }

func (s damagedList) OpenRequests(ctx context.Context, after string, limit int) ([]onboard.Request, error) {
	page, err := s.Store.OpenRequests(ctx, after, limit)
	return page, errors.Join(err, onboard.ErrDamaged)
}

func TestADamagedRowKeepsNoOtherFromBeingPutBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{MailQuota: 1})
		r := b.submit(onboard.Options{}, people(2)...)
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		if got := b.tally(r.ID)[onboard.Deferred]; got != 1 {
			t.Fatalf("%d rows wait for mail, want 1", got)
		}
		time.Sleep(25 * time.Hour)
		sent, err := b.over(damagedDue{b.store}).Requeuer().Run(t.Context())
		if !errors.Is(err, onboard.ErrDamaged) || sent != 1 {
			t.Errorf("%d rows are put back, %v; want 1, and what is damaged", sent, err)
		}
	})
}

// damagedDue has a row in line that cannot be read.
type damagedDue struct{ onboard.Store }

func (s damagedDue) DueInvitations(ctx context.Context, now time.Time, after onboard.Due, limit int) ([]onboard.Invitation, error) {
	list, err := s.Store.DueInvitations(ctx, now, after, limit)
	return list, errors.Join(err, onboard.ErrDamaged)
}

func TestADamagedRequestKeepsNoOtherFromBeingTended(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		r := b.submit(onboard.Options{}, "ann@example.org")
		b.deliver(b.queue, b.worker, onboard.WorkerTimeout)
		_, err := b.over(damagedList{b.store}).Requeuer().Run(t.Context())
		if !errors.Is(err, onboard.ErrDamaged) {
			t.Errorf("the run ended with %v, want it to say what is damaged", err)
		}
		if b.request(r.ID).EndedAt.IsZero() {
			t.Error("the end of another request was not stored")
		}
	})
}
