package onboard_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// ben is a row with everything that a row can say of a person.
func ben(email string) onboard.Row {
	return onboard.Row{Person: onboard.Person{
		Email: email, Ref: "ref-of-ben", Attributes: map[string]string{"given_name": "Benjamin"}, Cells: []string{email, "Benjamin", "room of ben"},
	}}
}

// submits submits rows, numbered from 1, and returns the accepted request.
func (b *bundle) submits(options onboard.Options, rows ...onboard.Row) onboard.Request {
	b.t.Helper()
	o := onboard.Order{Options: options, By: "root", Submission: onboard.Submission{CSV: true, Columns: []string{"email", "name", "room"}}}
	for i, row := range rows {
		row.Number = i + 1
		o.Submission.Rows = append(o.Submission.Rows, row)
	}
	r, _, err := b.submitter.Submit(b.t.Context(), o)
	if err != nil {
		b.t.Fatalf("submit: %v", err)
	}
	return r
}

func (b *bundle) erase(email string) {
	b.t.Helper()
	if _, _, err := b.people().Erase(b.t.Context(), email, "eve"); err != nil {
		b.t.Fatal(err)
	}
}

// minutes lets the workers and the requeuer run once a minute.
func (b *bundle) minutes(n int) {
	b.t.Helper()
	for range n {
		b.work()
		if _, err := b.requeuer.Run(b.t.Context()); err != nil {
			b.t.Fatalf("requeue: %v", err)
		}
		time.Sleep(time.Minute)
	}
}

// everything is all that the store keeps, as text, manifests unpacked.
func (b *bundle) everything() string {
	b.t.Helper()
	asText := "%s" // also what is kept as bytes
	//lint:ignore SA5009 it is printed field by field, which is what is wanted
	text := fmt.Sprintf(asText, b.store)
	all, err := b.store.ListRequests(b.t.Context(), "", 100)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, r := range all {
		for after := 0; ; {
			part, err := b.store.ManifestPart(b.t.Context(), r.ID, after)
			if errors.Is(err, onboard.ErrNotFound) {
				break
			}
			if err != nil {
				b.t.Fatal(err)
			}
			plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(part.Data)))
			if err != nil {
				b.t.Fatal(err)
			}
			text, after = text+string(plain), part.Last
		}
	}
	return strings.ToLower(text)
}

// wantNothingOfBen looks for anything of him, in any spelling.
func (b *bundle) wantNothingOfBen() {
	b.t.Helper()
	text := b.everything()
	if i := strings.Index(text, "ben"); i >= 0 {
		b.t.Errorf("the store still has something of ben: %q", text[max(0, i-200):min(len(text), i+100)])
	}
	if !strings.Contains(text, "ann@example.org") {
		b.t.Errorf("nothing of ann is left")
	}
}

func TestAfterAnErasureNothingOfThePersonIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		ann := onboard.Row{Person: onboard.Person{Email: "ann@example.org"}}
		invited := b.submits(onboard.Options{}, ann, ben("Ben@example.org"), ben("BEN@Example.org"))
		b.minutes(2)
		failed := b.submits(onboard.Options{ResendOnly: true}, ben("ben@example.org"), ann) // mailed a moment ago
		bad := b.submits(onboard.Options{}, ann, ben("ben @example.org"), ben("ben@example.org"))
		b.minutes(2)
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: times(2, reply{err: onboard.ErrMailQuota})}
		deferred := b.submits(onboard.Options{}, ben("bEn@example.org"), onboard.Row{Person: onboard.Person{Email: "cid@example.org"}})
		b.work()
		b.worker.Pool = b.pool
		pending := b.submits(onboard.Options{}, ann, ben("ben@EXAMPLE.org"))

		before := map[string]map[onboard.State]int{}
		for _, r := range []onboard.Request{invited, failed, bad} {
			before[r.ID] = b.request(r.ID).Counts(time.Now())
		}
		b.erase("beN@example.org")
		b.erase("ben @example.org") // a typing error, which is another address
		b.erase("ben@example.org")  // the answer was lost
		if found := b.finds("ben@example.org"); found.Erasure == nil || found.Erasure.By != "eve" {
			t.Errorf("a look-up says of the erasure: %+v", found.Erasure)
		}
		b.minutes(4)

		for id, counts := range before {
			for state, n := range b.request(id).Counts(time.Now()) {
				if counts[state] != n {
					t.Errorf("request %s has %d rows that are %s, %d before", id, n, state, counts[state])
				}
			}
		}
		for _, place := range []struct {
			r     onboard.Request
			row   int
			state onboard.State
			code  onboard.Code
		}{
			{invited, 2, onboard.Invited, ""}, {invited, 3, onboard.Duplicate, onboard.CodeDuplicate},
			{failed, 1, onboard.Existing, onboard.CodeResentRecently}, {bad, 3, onboard.Existing, onboard.CodeAlreadyExists},
			{deferred, 1, onboard.Existing, onboard.CodeAlreadyExists}, {pending, 2, onboard.Canceled, onboard.CodeErased},
		} {
			got := b.rows(place.r.ID)[place.row]
			if place.r.ID == deferred.ID && got.State == onboard.Canceled {
				place.state, place.code = onboard.Canceled, onboard.CodeErased
			}
			if got.State != place.state || got.Code != place.code || !got.Erased || got.Email != "" {
				t.Errorf("request %s row %d: %s/%s, erased %t, address %q; want %s/%s", place.r.ID, place.row, got.State, got.Code, got.Erased, got.Email, place.state, place.code)
			}
		}
		for _, id := range []string{invited.ID, pending.ID} {
			r := b.request(id)
			if last := r.Audit[len(r.Audit)-1]; last.What != "erase_person" || last.By != "eve" {
				t.Errorf("the last action of request %s is %+v", id, last)
			}
		}
		if n := b.pool.MailsTo("Ben@example.org"); n != 1 {
			t.Errorf("ben was mailed %d times", n)
		}

		found := b.finds("ben@example.org")
		if found.Erasure == nil || found.Erasure.KeptUntil.IsZero() || len(found.Rows) != 0 {
			t.Errorf("while the address is kept, a look-up says %+v of %d rows", found.Erasure, len(found.Rows))
		}
		again := b.submits(onboard.Options{ResendOnly: true}, onboard.Row{Person: onboard.Person{Email: "ben@example.org"}})
		b.work()
		if got := b.rows(again.ID)[1]; got.Code != onboard.CodeResentRecently {
			t.Errorf("mailed again after the erasure: %s/%s", got.State, got.Code)
		}
		b.erase("ben@example.org")
		b.minutes(4)
		time.Sleep(25 * time.Hour)
		b.minutes(2)
		b.wantNothingOfBen()
		if found := b.finds("ben@example.org"); found.Erasure != nil {
			t.Errorf("the erasure is still open: %+v", found.Erasure)
		}
	})
}

func TestAWholeRequestIsErased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		kept := b.submit(onboard.Options{}, "ann@example.org")
		b.minutes(1)
		rows := []onboard.Row{ben("ben@example.org"), {Person: onboard.Person{Email: "ann@example.org"}}}
		for i := range 3000 {
			rows = append(rows, ben(fmt.Sprintf("ben%05d@example.org", i)))
		}
		r := b.submits(onboard.Options{}, rows...)
		time.Sleep(2 * time.Second)
		for range 20 {
			b.deliver(b.queue, b.worker, time.Minute)
		}
		eraser := b.system.Eraser()
		if _, err := eraser.EraseRequest(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		if _, open, err := eraser.Request(t.Context(), r.ID); err != nil || !open {
			t.Errorf("the erasure is not open: %v", err)
		}
		b.minutes(20)
		if _, open, err := eraser.Request(t.Context(), r.ID); err != nil || open {
			t.Fatalf("the erasure is open: %v", err)
		}
		got := b.request(r.ID)
		if got.ErasedAt.IsZero() || got.Label != "" || got.FromCSV() || !got.Done(time.Now()) {
			t.Errorf("the request is %+v", got)
		}
		if n := got.Counts(time.Now()); n[onboard.Invited]+n[onboard.Existing]+n[onboard.Canceled] != len(rows) || n[onboard.Invited] < 100 {
			t.Errorf("counts %v", n)
		}
		if _, err := b.admin.Retry(t.Context(), r.ID, "eve"); !errors.Is(err, onboard.ErrNotNow) {
			t.Errorf("a retry: %v", err)
		}
		if again, err := eraser.EraseRequest(t.Context(), r.ID, "eve"); err != nil || again.ErasedAt.IsZero() {
			t.Errorf("a second time: %v", err)
		}
		if found := b.finds("ann@example.org"); len(found.Rows) != 1 || found.Rows[0].Request.ID != kept.ID {
			t.Errorf("of ann is known: %+v", found.Rows)
		}
		time.Sleep(25 * time.Hour)
		if claims, err := b.store.Claims(t.Context(), []string{"ben@example.org", "ben00010@example.org"}); err != nil || len(claims) != 0 {
			t.Errorf("claims %v, %v", claims, err)
		}
	})
}

// A retry or a resend that has read the row before it is erased ends as canceled.
func TestWhatRacesWithAnErasureEndsAsCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.worker.Pool = &scriptedPool{Pool: b.pool, invites: times(2, reply{err: onboard.ErrRefused})}
		r := b.submit(onboard.Options{}, "ben@example.org", "ann@example.org")
		b.minutes(2)
		b.worker.Pool = b.pool
		if n := b.request(r.ID).Counts(time.Now())[onboard.Failed]; n != 2 {
			t.Fatalf("%d rows failed", n)
		}
		b.erase("ben@example.org")
		b.minutes(3)
		if row := b.rows(r.ID)[1]; row.State != onboard.Failed || !row.Erased {
			t.Errorf("an erased row that had failed: %s, erased %t", row.State, row.Erased)
		}
		if _, err := b.admin.Retry(t.Context(), r.ID, "eve"); err != nil {
			t.Fatal(err)
		}
		b.minutes(5)
		rows := b.rows(r.ID)
		if rows[1].State != onboard.Canceled || rows[1].Code != onboard.CodeErased || rows[1].Email != "" || rows[2].State != onboard.Invited {
			t.Errorf("after the retry: %s/%s and %s", rows[1].State, rows[1].Code, rows[2].State)
		}
		if !b.request(r.ID).Done(time.Now()) {
			t.Errorf("the request is not done: %v", b.request(r.ID).Counts(time.Now()))
		}
		if n := b.pool.MailsTo("ben@example.org"); n != 0 {
			t.Errorf("ben was mailed %d times", n)
		}
		b.wantNothingOfBen()
	})
}

// A message that is delivered late finds the row erased, and writes nothing of it.
func TestALateMessageOfAnErasedRowDoesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.submits(onboard.Options{}, onboard.Row{Person: onboard.Person{Email: "ann@example.org"}}, ben("ben@example.org"), ben("no address of ben"))
		batch, err := b.queue.Receive(t.Context(), onboard.BatchSize, 0) // a worker that sleeps
		if err != nil {
			t.Fatal(err)
		}
		b.erase("ben@example.org")
		b.erase("no address of ben")
		time.Sleep(onboard.Visibility)
		b.minutes(4)
		b.wantNothingOfBen()
		b.worker.Deliver(t.Context(), batch)
		b.minutes(2)
		b.wantNothingOfBen()
		if n := b.pool.MailsTo("ben@example.org"); n != 0 {
			t.Errorf("ben was mailed %d times", n)
		}
	})
}

// A submission that was cut off has rows in the store if their person was canceled or
// erased while it was under way. No worker ever gets them.
func TestAPersonIsErasedInASubmissionThatWasCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.submit(onboard.Options{}, "ann@example.org")
		b.crash(1, order(onboard.Options{}, "ben@example.org", "cid@example.org"))
		b.erase("ben@example.org")
		const id = "request-002"
		if row := b.rows(id)[1]; row.EndsAs != onboard.CodeErased {
			t.Fatalf("the row that this is about is not stored: %+v", row)
		}
		b.minutes(4)
		if row := b.rows(id)[1]; !row.Erased || row.Email != "" {
			t.Errorf("the row is erased %t, and has the address %q", row.Erased, row.Email)
		}
		if n := b.request(id).Counts(time.Now())[onboard.Canceled]; n != 2 {
			t.Errorf("%d rows are canceled", n)
		}
		b.wantNothingOfBen()
	})
}

func TestAnErasedSubmissionThatIsSentAgainCanBeErasedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		b.submit(onboard.Options{}, "ann@example.org")
		o := order(onboard.Options{}, "ben@example.org")
		o.KeyID, o.BodyHash = "key", "body"
		b.crash(1, o)
		time.Sleep(2 * onboard.AcceptWindow)
		const id = "request-002"
		for _, again := range []bool{false, true} {
			if again {
				if r, _, err := b.submitter.Submit(t.Context(), o); err != nil || r.ID != id || !r.ErasedAt.IsZero() {
					t.Fatalf("sent again: %s, erased at %s, %v", r.ID, r.ErasedAt, err)
				}
				b.minutes(2)
				if row := b.rows(id)[1]; row.State != onboard.Invited {
					t.Errorf("sent again, ben is %s", row.State)
				}
			}
			if _, err := b.system.Eraser().EraseRequest(t.Context(), id, "eve"); err != nil {
				t.Fatal(err)
			}
			b.minutes(3)
			if r := b.request(id); r.ErasedAt.IsZero() {
				t.Errorf("the request is not erased, sent again: %t", again)
			}
			if row := b.rows(id)[1]; row.Email != "" {
				t.Errorf("row 1 has the address %q", row.Email)
			}
		}
	})
}
