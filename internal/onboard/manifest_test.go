package onboard_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"usher.example/internal/memory"
	"usher.example/internal/onboard"
)

// What was accepted comes back row for row, whatever is in it, from parts that a
// store can hold.
func TestTheManifestIsWhatWasAccepted(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.StringN(0, 40, -1)
		var messages []onboard.Message
		row := 0
		for range rapid.IntRange(1, 60).Draw(rt, "rows") {
			row += rapid.IntRange(1, 50).Draw(rt, "step")
			m := onboard.Message{
				Row: row, Person: onboard.Person{Email: text.Draw(rt, "email"), Ref: text.Draw(rt, "ref"),
					Groups: rapid.SliceOfN(text, 0, 3).Draw(rt, "groups"), Cells: rapid.SliceOfN(text, 0, 4).Draw(rt, "cells"),
					Attributes: rapid.MapOfN(text, text, 0, 3).Draw(rt, "attributes")},
			}
			if rapid.Bool().Draw(rt, "large") {
				m.Cells = append(m.Cells, strings.Repeat(text.Draw(rt, "long"), 1500))
			}
			if rapid.Bool().Draw(rt, "has an outcome") {
				m.State, m.Code, m.Reason = onboard.Failed, onboard.CodeEmailInvalid, text.Draw(rt, "reason")
			}
			messages = append(messages, m)
		}
		var got []onboard.Message
		last := 0
		for _, part := range onboard.NewManifest(messages) {
			if len(part.Data) > 100_000 && part.First != part.Last {
				rt.Errorf("a part of rows %d to %d has %d bytes", part.First, part.Last, len(part.Data))
			}
			if part.First <= last || part.Last < part.First {
				rt.Errorf("a part of rows %d to %d comes after row %d", part.First, part.Last, last)
			}
			last = part.Last
			read, err := onboard.MessagesOf(part, "r", 1)
			if err != nil {
				rt.Fatal(err)
			}
			got = append(got, read...)
		}
		for i := range messages { // as it would be read from the queue
			m := messages[i]
			m.Version, m.RequestID, m.Round = onboard.MessageVersion, "r", 1
			read, err := onboard.DecodeMessage(m.Encode())
			if err != nil {
				rt.Fatal(err)
			}
			messages[i] = read
		}
		if diff := cmp.Diff(messages, got, cmpopts.EquateEmpty()); diff != "" {
			rt.Errorf("rows (-accepted +read):\n%s", diff)
		}
	})
}

// A manifest costs a tenth of a write unit a row at most: a unit for each kB of an item (Amazon DynamoDB
// Developer Guide, "DynamoDB on-demand capacity mode").
func TestTheManifestIsSmall(t *testing.T) {
	t.Parallel()
	messages := make([]onboard.Message, 10_000)
	for i := range messages {
		email := fmt.Sprintf("given%d.family%d@school-%d.example.org", i*7919%10_007, i*104_729%10_007, i%13)
		name := fmt.Sprintf("Given%d", i*7919%10_007)
		messages[i] = onboard.Message{
			Row: i + 2, Person: onboard.Person{Email: email, Groups: []string{"students"}, Ref: fmt.Sprint(100_000 + i),
				Attributes: map[string]string{"given_name": name, "custom:department": fmt.Sprintf("Year %d", i%12)},
				Cells:      []string{fmt.Sprint(100_000 + i), email, name, "students", fmt.Sprintf("Year %d", i%12)}},
		}
	}
	units, largest := 0, 0
	parts := onboard.NewManifest(messages)
	for _, part := range parts {
		units += (len(part.Data) + 200 + 1023) / 1024
		largest = max(largest, len(part.Data))
	}
	t.Logf("%d parts of at most %d bytes: %.4f write units a row", len(parts), largest, float64(units)/float64(len(messages)))
	if units > len(messages)/10 || largest > 100_000 {
		t.Errorf("%d write units for %d rows, the largest part has %d bytes", units, len(messages), largest)
	}
}

// Whatever is stored of a request, and wherever reading begins, each of its rows is
// read once and in order.
func TestEveryRowIsReadOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		store, ctx := memory.NewStore(), t.Context()
		r := onboard.Request{ID: "r", Round: 1, Phase: onboard.Running, ExpiresAt: time.Now().Add(time.Hour), SealKey: []byte("key")}
		var accepted []onboard.Message
		var want []string
		hasManifest := rapid.Bool().Draw(rt, "has a manifest")
		row := 0
		after := rapid.IntRange(0, 40).Draw(rt, "after")
		for range rapid.IntRange(0, 40).Draw(rt, "rows") {
			row += rapid.IntRange(1, 4).Draw(rt, "step")
			m := onboard.Message{Row: row, Person: onboard.Person{Email: fmt.Sprintf("p%d@example.org", row), Cells: []string{strings.Repeat("x", 1+row%3*20_000)}}}
			stored := rapid.Bool().Draw(rt, "stored")
			accepted = append(accepted, m)
			if stored {
				inv := onboard.Invitation{RequestID: "r", Row: row, Person: onboard.Person{Email: m.Email}, State: onboard.Invited, Round: 1}
				if err := store.Save(ctx, onboard.Write{Invitation: inv}); err != nil {
					rt.Fatal(err)
				}
			}
			switch {
			case row <= after:
			case stored:
				want = append(want, fmt.Sprint(row, " invited"))
			case hasManifest:
				want = append(want, fmt.Sprint(row, " pending"))
			}
		}
		if hasManifest {
			cut := rapid.IntRange(0, len(accepted)).Draw(rt, "cut") // carried on by a key, parts may overlap
			for _, part := range [][]onboard.Message{accepted[:cut], accepted} {
				if err := store.SaveManifest(ctx, "r", onboard.NewManifest(part), r.ExpiresAt); err != nil {
					rt.Fatal(err)
				}
			}
		}
		var got []string
		rows := onboard.NewRowReader(store, r, after, rapid.IntRange(1, 20).Draw(rt, "page"))
		for {
			next, ok, err := rows.Next(ctx)
			if err != nil {
				rt.Fatal(err)
			}
			if !ok {
				break
			}
			got = append(got, fmt.Sprint(next.Row, " ", next.State))
		}
		if !slices.Equal(got, want) {
			rt.Errorf("read %v, want %v", got, want)
		}
	})
}

func TestAManifestThatCannotBeStoredInvitesNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBundle(t, memory.PoolConfig{})
		down := fmt.Errorf("down")
		b.submitter.Requests = &faultyStore{Store: b.store, before: failing("SaveManifest", down, 1)}
		if _, _, err := b.submitter.Submit(t.Context(), order(onboard.Options{}, people(3)...)); err == nil || !strings.Contains(err.Error(), "manifest") {
			t.Fatalf("error %v", err)
		}
		b.run()
		b.schedule()
		time.Sleep(time.Hour)
		if calls := b.pool.Calls(); calls != (memory.Calls{}) {
			t.Errorf("the pool was called: %+v", calls)
		}
		if r := b.request("request-001"); r.State(time.Now()) != onboard.StateCanceled || r.EndedAt.IsZero() {
			t.Errorf("the request is %s, ended at %s", r.State(time.Now()), r.EndedAt)
		}
	})
}

func TestADamagedManifestIsAnError(t *testing.T) {
	t.Parallel()
	part := onboard.NewManifest([]onboard.Message{{Row: 1, Person: onboard.Person{Email: canary}}})[0]
	for name, data := range map[string][]byte{"cut short": part.Data[:len(part.Data)-3], "not compressed": []byte(canary), "nothing": nil} {
		_, err := onboard.MessagesOf(onboard.ManifestPart{First: 1, Last: 1, Data: data}, "r", 1)
		if !errors.Is(err, onboard.ErrDamaged) || !strings.Contains(err.Error(), "manifest of request r, rows 1 to 1") || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
