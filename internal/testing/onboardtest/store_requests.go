package onboardtest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"usher.example/internal/onboard"
)

var requestCases = []contract[onboard.Store]{
	{"ACreatedRequestComesBackWithEveryField", func(c *caseT, s onboard.Store) {
		want := fullRequest(RequestID(1))
		c.must(s.CreateRequest(c.Context(), want, nil))
		want.Version = c.request(s, want.ID).Version
		if want.Version == 0 {
			c.Errorf("the stored request has version 0, which stands for none")
		}
		c.same("request", c.request(s, want.ID), want)
	}},

	{"CreatingUnderATakenIDIsAConflict", func(c *caseT, s onboard.Store) {
		before := c.accepted(s, RequestID(1), 3)
		c.is("second creation", s.CreateRequest(c.Context(), Request(RequestID(1), 5), nil), onboard.ErrConflict)
		c.same("request", c.request(s, RequestID(1)), before)
	}},

	{"AnUnknownRequestIsNotFound", func(c *caseT, s onboard.Store) {
		_, err := s.Request(c.Context(), RequestID(1))
		c.is("reading", err, onboard.ErrNotFound)
		r := Request(RequestID(1), 1)
		c.is("saving", s.SaveRequest(c.Context(), r, onboard.Tally{}), onboard.ErrNotFound)
		_, err = s.Request(c.Context(), RequestID(1))
		c.is("reading after the save", err, onboard.ErrNotFound)
	}},

	{"ASavedRequestReplacesAllButTheTally", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 3)
		c.settle(s, id, 1, onboard.Invited)
		want := fullRequest(id)
		want.Version = c.request(s, id).Version
		want.Tally = onboard.Tally{States: map[onboard.State]int{onboard.Failed: 2}, UpdatedAt: Now()}
		c.must(s.SaveRequest(c.Context(), want, onboard.Tally{}))
		got := c.request(s, id)
		if got.Version == want.Version {
			c.Errorf("the version is still %d after a save", got.Version)
		}
		c.same("counts", counts(got), map[onboard.State]int{onboard.Invited: 1, onboard.Pending: 2})
		want.Tally, want.Version = got.Tally, got.Version
		c.same("request", got, want)
	}},

	{"ASavedRequestAddsItsChangeToTheTally", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		c.accepted(s, id, 3)
		c.settle(s, id, 1, onboard.Failed, func(inv *onboard.Invitation) { inv.Code = onboard.CodeRefusedByTrigger })
		later := Now().Add(time.Minute)
		delta := onboard.Tally{
			States:    map[onboard.State]int{onboard.Failed: -1},
			Codes:     map[onboard.Code]int{onboard.CodeRefusedByTrigger: -1},
			UpdatedAt: later,
		}
		c.must(s.SaveRequest(c.Context(), c.request(s, id), delta))
		got := c.request(s, id)
		c.same("counts", counts(got), map[onboard.State]int{onboard.Pending: 3})
		c.same("codes", got.Codes(Now()), map[onboard.Code]int{})
		c.same("last change", got.Tally.UpdatedAt, later)
	}},

	{"SavingOverAStaleVersionChangesNothing", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		stale := c.accepted(s, id, 3)
		c.must(s.SaveRequest(c.Context(), stale, onboard.Tally{}))
		before := c.request(s, id)
		stale.Label = "stale"
		delta := onboard.Tally{States: map[onboard.State]int{onboard.Failed: 1}, UpdatedAt: Now()}
		c.is("stale save", s.SaveRequest(c.Context(), stale, delta), onboard.ErrConflict)
		c.same("request", c.request(s, id), before)
	}},

	{"SettlingRowsLeavesTheRequestsVersionAlone", func(c *caseT, s onboard.Store) {
		id := RequestID(1)
		r := c.accepted(s, id, 3)
		c.settle(s, id, 1, onboard.Invited)
		r.Phase = onboard.Stopped
		c.must(s.SaveRequest(c.Context(), r, onboard.Tally{}))
		got := c.request(s, id)
		c.same("phase", got.Phase, onboard.Stopped)
		c.same("counts", counts(got), map[onboard.State]int{onboard.Invited: 1, onboard.Pending: 2})
	}},

	{"OfManyWritersOfOneRequestOneWins", func(c *caseT, s onboard.Store) {
		r := c.accepted(s, RequestID(1), 3)
		c.oneWins(func(i int) error {
			mine := r
			mine.Label = fmt.Sprintf("writer %d", i)
			return s.SaveRequest(c.Context(), mine, onboard.Tally{States: map[onboard.State]int{onboard.Invited: 1}})
		})
		c.same("counts", counts(c.request(s, r.ID)), map[onboard.State]int{onboard.Invited: 1, onboard.Pending: 2})
	}},

	{"AnExpiredRequestIsGone", func(c *caseT, s onboard.Store) {
		past := func(r *onboard.Request) { r.ExpiresAt = Now().Truncate(time.Second).Add(-time.Minute) }
		c.must(s.CreateRequest(c.Context(), Request(RequestID(1), 1, past), nil))
		_, err := s.Request(c.Context(), RequestID(1))
		c.is("reading", err, onboard.ErrNotFound)
		r := Request(RequestID(1), 1)
		r.Version = 1
		c.is("saving", s.SaveRequest(c.Context(), r, onboard.Tally{}), onboard.ErrNotFound)
		c.accepted(s, RequestID(2), 1)
		c.eventually("only the other request is listed", func() bool {
			list, err := s.ListRequests(c.Context(), "", 10)
			c.must(err)
			return slices.Equal(ids(list), []string{RequestID(2)})
		})
	}},

	{"RequestsAreListedNewestFirstByPages", func(c *caseT, s onboard.Store) {
		for _, n := range []int{3, 1, 5, 2, 4} {
			c.accepted(s, RequestID(n), n)
		}
		c.settle(s, RequestID(5), 1, onboard.Invited)
		c.eventually("all requests are listed", func() bool {
			list, err := s.ListRequests(c.Context(), "", 10)
			c.must(err)
			return slices.Equal(ids(list), requestIDs(5, 4, 3, 2, 1))
		})
		for _, page := range []struct {
			after string
			want  []string
		}{
			{after: "", want: requestIDs(5, 4)},
			{after: RequestID(4), want: requestIDs(3, 2)},
			{after: RequestID(2), want: requestIDs(1)},
			{after: RequestID(1), want: nil},
			{after: RequestID(9), want: requestIDs(5, 4)}, // after one that is not stored
		} {
			list, err := s.ListRequests(c.Context(), page.after, 2)
			c.must(err)
			c.same("page after "+page.after, ids(list), page.want)
		}
		list, err := s.ListRequests(c.Context(), "", 1)
		c.must(err)
		c.same("listed request", list, []onboard.Request{c.request(s, RequestID(5))})
	}},

	{"NoRequestsMakeAnEmptyList", func(c *caseT, s onboard.Store) {
		list, err := s.ListRequests(c.Context(), "", 10)
		c.must(err)
		c.same("list", ids(list), []string(nil))
	}},

	{"OpenRequestsAreThoseWithoutAnEnd", func(c *caseT, s onboard.Store) {
		for n := 1; n <= 5; n++ {
			c.accepted(s, RequestID(n), 1)
		}
		for _, n := range []int{2, 5} {
			r := c.request(s, RequestID(n))
			r.EndedAt = Now()
			c.must(s.SaveRequest(c.Context(), r, onboard.Tally{}))
		}
		again := c.request(s, RequestID(5))
		again.EndedAt, again.Round = time.Time{}, 2 // a retry
		c.must(s.SaveRequest(c.Context(), again, onboard.Tally{}))
		c.settle(s, RequestID(3), 1, onboard.Invited) // says nothing of the request

		open := func(after string, limit int) []string {
			list, err := s.OpenRequests(c.Context(), after, limit)
			c.must(err)
			return ids(slices.DeleteFunc(list, func(r onboard.Request) bool { return !r.EndedAt.IsZero() }))
		}
		c.eventually("the open ones are listed", func() bool {
			return slices.Equal(open("", 10), requestIDs(1, 3, 4, 5))
		})
		c.same("two of them", open("", 2), requestIDs(1, 3))
		c.same("those after", open(RequestID(3), 10), requestIDs(4, 5))
		c.same("after the last", open(RequestID(5), 10), []string(nil))
		c.same("none", open("", 0), []string(nil))
		list, err := s.OpenRequests(c.Context(), RequestID(1), 1)
		c.must(err)
		c.same("with its tally", counts(list[0]), map[onboard.State]int{onboard.Invited: 1})
		c.eventually("all are listed, the newest first", func() bool {
			list, err := s.ListRequests(c.Context(), "", 10)
			c.must(err)
			return slices.Equal(ids(list), requestIDs(5, 4, 3, 2, 1))
		})
		list, err = s.ListRequests(c.Context(), RequestID(4), 2)
		c.must(err)
		c.same("older ones", ids(list), requestIDs(3, 2))
	}},

	{"AManifestIsReadPartByPart", func(c *caseT, s onboard.Store) {
		parts := []onboard.ManifestPart{{First: 2, Last: 9, Data: []byte{0, 255}}, {First: 10, Last: 100, Data: []byte("b")}, {First: 101, Last: 12_345, Data: []byte("c")}}
		c.must(s.SaveManifest(c.Context(), RequestID(1), parts, Expiry()))
		c.must(s.SaveManifest(c.Context(), RequestID(2), parts[:1], Expiry()))
		c.must(s.SaveManifest(c.Context(), RequestID(3), nil, Expiry()))
		for _, step := range []struct {
			after int
			want  *onboard.ManifestPart
		}{{after: 0, want: &parts[0]}, {after: 1, want: &parts[0]}, {after: 8, want: &parts[0]}, {after: 9, want: &parts[1]}, {after: 99, want: &parts[1]}, {after: 100, want: &parts[2]}, {after: 12_344, want: &parts[2]}, {after: 12_345, want: nil}} {
			got, err := s.ManifestPart(c.Context(), RequestID(1), step.after)
			if step.want == nil {
				c.is(fmt.Sprintf("after row %d", step.after), err, onboard.ErrNotFound)
				continue
			}
			c.must(err)
			c.same(fmt.Sprintf("after row %d", step.after), got, *step.want)
		}
		_, err := s.ManifestPart(c.Context(), RequestID(3), 0)
		c.is("of a request without one", err, onboard.ErrNotFound)
		list, err := s.ListInvitations(c.Context(), RequestID(1), 0, 10)
		c.must(err)
		c.same("invitations", rowsOf(list), []int(nil))
	}},

	{"AManifestIsReplacedAndExpires", func(c *caseT, s onboard.Store) {
		one := onboard.ManifestPart{First: 1, Last: 5, Data: []byte("one")}
		c.must(s.SaveManifest(c.Context(), RequestID(1), []onboard.ManifestPart{one}, Expiry()))
		two := one
		two.Data = []byte("two")
		c.must(s.SaveManifest(c.Context(), RequestID(1), []onboard.ManifestPart{two}, Expiry()))
		one.Data[0], two.Data[0] = 'X', 'X'
		got, err := s.ManifestPart(c.Context(), RequestID(1), 0)
		c.must(err)
		c.same("part", string(got.Data), "two")
		gone := Now().Truncate(time.Second).Add(-time.Minute)
		c.must(s.SaveManifest(c.Context(), RequestID(1), []onboard.ManifestPart{got}, gone))
		_, err = s.ManifestPart(c.Context(), RequestID(1), 0)
		c.is("expired", err, onboard.ErrNotFound)
	}},

	{"RequestsAreKeptAsCopies", func(c *caseT, s onboard.Store) {
		given := fullRequest(RequestID(1))
		c.must(s.CreateRequest(c.Context(), given, nil))
		want := snapshot(c.request(s, given.ID))
		spoil(&given)
		c.unchanged("after spoiling what was given", c.request(s, given.ID), want)
		taken := c.request(s, given.ID)
		spoil(&taken)
		c.unchanged("after spoiling what was taken", c.request(s, given.ID), want)

		saved := c.request(s, given.ID)
		delta := onboard.Tally{States: map[onboard.State]int{onboard.Failed: 1}, Codes: map[onboard.Code]int{onboard.CodeRefusedByPool: 1}}
		c.must(s.SaveRequest(c.Context(), saved, delta))
		want = snapshot(c.request(s, given.ID))
		spoil(&saved)
		saved.Tally = delta
		spoil(&saved)
		c.unchanged("after spoiling what was saved", c.request(s, given.ID), want)
		taken = c.request(s, given.ID)
		spoil(&taken)
		c.unchanged("after spoiling the saved request's tally", c.request(s, given.ID), want)

		c.eventually("the request is listed", func() bool {
			list, err := s.ListRequests(c.Context(), "", 1)
			c.must(err)
			for i := range list {
				spoil(&list[i])
			}
			return len(list) == 1
		})
		c.unchanged("after spoiling the list", c.request(s, given.ID), want)
	}},
}

// fullRequest returns a request in which every field but Version is set.
func fullRequest(id string) onboard.Request {
	return Request(id, 3, func(r *onboard.Request) {
		r.Phase = onboard.Paused
		r.Label = "spring intake – Frühling \U0001F331"
		r.Options = onboard.Options{OnExisting: onboard.Resend, Mail: onboard.Suppress, Force: true, ResendOnly: true}
		r.Passwordless = true
		r.Columns = []string{"E-Mail", "", "Name"}
		r.Said = onboard.Said{Columns: map[string]string{"Name": "given_name"}, Groups: []string{"staff"}, KeepColumns: true}
		r.Memberships = 3
		r.Round = 2
		r.Pause = &onboard.Pause{Code: onboard.CodeMisconfigured, Reason: "fix the pool", Since: Now()}
		r.CountFrom = onboard.MailCount{Mails: 100, Bounced: 6}
		r.ClosesAt, r.EndedAt, r.PutBackDone = Now().Add(time.Hour), Now().Add(time.Minute), Now().Add(time.Second)
		r.PutBack = &onboard.PutBack{Rows: onboard.OpenRows, At: Now(), After: 7}
		r.SealKey = []byte{0, 1, 255}
		r.Noticed = map[onboard.NoticeKind]string{onboard.NoticePaused: id + ".2.paused", onboard.NoticeWaiting: id + ".2.waiting"}
		r.Audit = append(r.Audit, onboard.Action{What: "retry", By: "other", At: Now(), Rows: 2})
	})
}

// spoil changes everything that a copy may share with its original.
func spoil(r *onboard.Request) {
	for i := range r.Columns {
		r.Columns[i] = "spoiled"
	}
	for name := range r.Said.Columns {
		r.Said.Columns[name] = "spoiled"
	}
	for i := range r.Said.Groups {
		r.Said.Groups[i] = "spoiled"
	}
	for i := range r.Audit {
		r.Audit[i].By = "spoiled"
	}
	if r.Pause != nil {
		r.Pause.Reason = "spoiled"
	}
	if r.PutBack != nil {
		r.PutBack.After = 100
	}
	if len(r.SealKey) > 0 {
		r.SealKey[0]++
	}
	for kind := range r.Noticed {
		r.Noticed[kind] = "spoiled"
	}
	for s := range r.Tally.States {
		r.Tally.States[s] += 100
	}
	for code := range r.Tally.Codes {
		r.Tally.Codes[code] += 100
	}
}

func ids(list []onboard.Request) []string {
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return ids
}

func requestIDs(numbers ...int) []string {
	var ids []string
	for _, n := range numbers {
		ids = append(ids, RequestID(n))
	}
	return ids
}

// oneWins lets writers write at once. One of them must succeed, the others
// must be told of a conflict.
func (c *caseT) oneWins(write func(i int) error) {
	c.Helper()
	var won atomic.Int32
	together(writers, func(i int) {
		switch err := write(i); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, onboard.ErrConflict):
			c.Errorf("writer %d: got error %v, want %v", i, err, onboard.ErrConflict)
		}
	})
	if won.Load() != 1 {
		c.Errorf("%d of %d writers succeeded, want 1", won.Load(), writers)
	}
}
