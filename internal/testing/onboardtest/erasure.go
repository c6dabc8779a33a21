package onboardtest

import (
	"bytes"
	"compress/flate"
	"context"
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

// ErasureHarness is a store with a queue, and all that the two keep.
type ErasureHarness struct {
	Store onboard.Store
	Queue QueueHarness

	// CleanUp is what the store's keeper does once a day; nil: nothing.
	CleanUp func() error

	// Stored returns all that is kept, byte for byte as it is kept.
	Stored func() ([]byte, error)
}

// Erasure tells the story of somebody who is erased after everything that can become of a
// row, and looks for them in all bytes that the store keeps. It runs in a bubble: an erasure
// takes more than a day.
func Erasure(t *testing.T, newHarness func(*testing.T) ErasureHarness) {
	synctest.Test(t, func(t *testing.T) {
		s := newErasureStory(t, newHarness(t))
		s.invite()
		s.bytesOf(true)
		s.erase()
		s.bytesOf(false)
		s.eraseRequests()
	})
}

const (
	erasedAddress = "benjamin@example.org"
	erasedTypo    = "benjamin @example.org" // no address
	keptAddress   = "ann@example.org"       // until the requests are erased
	keptLabel     = "label of all requests"
)

// traces are what rows say of the person who is erased, in the lower case.
var traces = []string{"benjamin", "ref-of-b", "room of b"}

// erasureStory is usher over one store, with a pool in memory.
type erasureStory struct {
	*caseT
	ErasureHarness
	pool   *memory.Pool
	system onboard.System
	packed [][]byte // the parts of manifests that had the person, as they were kept
}

func newErasureStory(t *testing.T, h ErasureHarness) *erasureStory {
	s := &erasureStory{caseT: &caseT{T: t}, ErasureHarness: h, pool: memory.NewPool(memory.PoolConfig{})}
	ids := 0
	s.system = onboard.System{
		Pool: s.pool, Directory: s.pool, Queue: h.Queue.Queue, DeadLetters: h.Queue.Queue, Store: h.Store,
		Settings: onboard.Settings{RequestsInFlight: -1, NewID: func() string { ids++; return RequestID(ids) }},
	}
	return s
}

// row is a row that says everything that a row can say.
func (s *erasureStory) row(email string) onboard.Row {
	return onboard.Row{Person: onboard.Person{
		Email: email, Ref: "Ref-of-B", Attributes: map[string]string{"given_name": "Benjamin"}, Cells: []string{email, "Benjamin", "Room of B"},
	}}
}

// submit submits rows, with a row of somebody else after them, and returns the request's id.
func (s *erasureStory) submit(options onboard.Options, rows ...onboard.Row) string {
	s.Helper()
	o := onboard.Order{Options: options, By: "root", Submission: onboard.Submission{Label: keptLabel, CSV: true, Columns: []string{"email", "name", "room"}}}
	for i, row := range append(rows, onboard.Row{Person: onboard.Person{Email: keptAddress}}) {
		row.Number = i + 1
		o.Submission.Rows = append(o.Submission.Rows, row)
	}
	r, _, err := s.system.Submitter().Submit(s.Context(), o)
	s.must(err)
	return r.ID
}

// work delivers what is on the queue, until nothing can be received.
func (s *erasureStory) work() {
	s.Helper()
	worker := s.system.Worker()
	for {
		batch, err := s.Queue.Receive(s.Context(), onboard.BatchSize, 0)
		s.must(err)
		if len(batch) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(s.Context(), onboard.WorkerTimeout)
		kept := strings.Join(worker.Deliver(ctx, batch), " ")
		cancel()
		for _, d := range batch {
			if !strings.Contains(kept, d.ID) {
				s.must(s.Queue.Delete(d.Handle))
			}
		}
	}
}

// minutes lets the workers and the requeuer run once a minute.
func (s *erasureStory) minutes(n int) {
	s.Helper()
	for range n {
		s.work()
		_, err := s.system.Requeuer().Run(s.Context())
		s.must(err)
		time.Sleep(time.Minute)
	}
}

// invite has rows of the person end in many ways, and leaves some that wait.
func (s *erasureStory) invite() {
	s.submit(onboard.Options{}, s.row("Benjamin@example.org"), s.row("BENJAMIN@Example.org")) // invited, and a duplicate
	s.minutes(2)
	s.submit(onboard.Options{ResendOnly: true}, s.row(erasedAddress))    // mailed a moment ago
	s.submit(onboard.Options{}, s.row(erasedTypo), s.row(erasedAddress)) // a row at fault, and an existing user
	s.minutes(2)
	s.pool.SetFaults(memory.Faults{Answer: func(op memory.Op, _ string) *onboard.PoolError {
		if op == memory.OpInvite {
			return &onboard.PoolError{Class: onboard.ErrMailQuota}
		}
		return nil
	}})
	s.submit(onboard.Options{}, s.row("bEnjamin@example.org")) // deferred
	s.work()
	s.pool.SetFaults(memory.Faults{})
	s.submit(onboard.Options{}, s.row("benjamin@EXAMPLE.org")) // pending
}

func (s *erasureStory) erase() {
	people := s.system.People(s.system.Administration())
	for _, address := range []string{"benJamin@example.org", erasedTypo} {
		_, _, err := people.Erase(s.Context(), address, "eve")
		s.must(err)
	}
	s.minutes(4)
	time.Sleep(25 * time.Hour) // the address alone is kept as long as nobody is to be mailed too often
	s.minutes(2)
	if s.CleanUp != nil {
		s.must(s.CleanUp())
	}
	found, err := people.Find(s.Context(), erasedAddress)
	s.must(err)
	if found.Erasure != nil {
		s.Errorf("the erasure is not finished: %+v", found.Erasure)
	}
}

// eraseRequests erases all requests, after which nobody is left.
func (s *erasureStory) eraseRequests() {
	s.Helper()
	_, parts := s.manifests()
	all, err := s.Store.ListRequests(s.Context(), "", 100)
	s.must(err)
	for _, r := range all {
		_, err := s.system.Eraser().EraseRequest(s.Context(), r.ID, "eve")
		s.must(err)
	}
	s.minutes(3)
	if s.CleanUp != nil {
		s.must(s.CleanUp())
	}
	kept, err := s.Stored()
	s.must(err)
	unpacked, _ := s.manifests()
	everything := strings.ToLower(string(kept) + unpacked)
	for _, text := range append([]string{keptAddress, keptLabel}, traces...) {
		if i := strings.Index(everything, text); i >= 0 {
			s.Errorf("%q is kept after the requests were erased: %q", text, around(everything, i))
		}
	}
	for i, part := range parts {
		if bytes.Contains(kept, part) {
			s.Errorf("part %d is kept after the requests were erased", i+1)
		}
	}
}

// bytesOf looks for the person in what is kept: as it is, and unpacked. There has to be
// something of everything before the erasure, and nothing afterwards.
func (s *erasureStory) bytesOf(wanted bool) {
	s.Helper()
	kept, err := s.Stored()
	s.must(err)
	unpacked, parts := s.manifests()
	everything := strings.ToLower(string(kept) + unpacked)
	look := append([]string{}, traces...)
	for _, u := range s.pool.Users() {
		if strings.EqualFold(u.Email, erasedAddress) {
			look = append(look, strings.ToLower(u.Sub))
		}
	}
	if len(look) == len(traces) {
		s.Errorf("the person has no user in the pool")
	}
	for _, text := range look {
		if i := strings.Index(everything, text); i >= 0 != wanted {
			s.Errorf("%q is kept: %t, want %t: %q", text, i >= 0, wanted, around(everything, i))
		}
	}
	if wanted {
		s.packed = parts
	}
	for i, part := range s.packed { // also what lies in the file and is no record any more
		if found := bytes.Contains(kept, part); found != wanted {
			s.Errorf("part %d with the person is kept: %t, want %t", i+1, found, wanted)
		}
	}
	for _, text := range []string{keptAddress, keptLabel} {
		if !strings.Contains(everything, text) {
			s.Errorf("%q is not kept", text)
		}
	}
}

// manifests returns the manifests of all requests: unpacked, and part by part as kept.
func (s *erasureStory) manifests() (text string, parts [][]byte) {
	s.Helper()
	all, err := s.Store.ListRequests(s.Context(), "", 100)
	s.must(err)
	for _, r := range all {
		for after := 0; ; {
			part, err := s.Store.ManifestPart(s.Context(), r.ID, after)
			if errors.Is(err, onboard.ErrNotFound) {
				break
			}
			s.must(err)
			plain, err := io.ReadAll(flate.NewReader(bytes.NewReader(part.Data)))
			s.must(err)
			text, parts, after = text+string(plain), append(parts, part.Data), part.Last
		}
	}
	return text, parts
}

func around(text string, i int) string {
	if i < 0 {
		return ""
	}
	return fmt.Sprint(text[max(0, i-100):min(len(text), i+100)])
}
