package sim_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"usher.example/internal/onboard"
)

// audit keeps books of its own on what has its effect at the ports, and says
// when a promise is broken. All of it is called with the turn.
type audit struct {
	w         *world
	broken    []string // promises, with what broke them
	blamed    map[rowID]int
	requests  map[string]*requestBook
	addresses map[string]*addressBook
	callTimes []time.Time // of calls in the lane of creations
	notices   map[string]*noticeBook
	keys      map[string]string // idempotency key to the request that was accepted with it
	deferred  int               // rows, now
	counted   int               // mails, by usher
	lastCall  time.Time         // to create or to mail
	acted     bool              // an administrator has done something
	reports   reportBooks
	persons   personBooks
	erasures  erasureBooks
	scans     map[string]onboard.SignIns // the latest of each request
	needless  int                        // looks that nothing calls for, but for faults

	mailless, mailAgain time.Time // when it became known that the day's mail is used up, and until when
}

// requestBook is one request as it was written last.
type requestBook struct {
	request onboard.Request
	rows    map[int]onboard.Invitation

	accepted bool // a caller got that answer
	refused  bool // a caller got the answer that nobody will be invited
}

func newAudit(w *world) *audit {
	return &audit{w: w, blamed: map[rowID]int{}, requests: map[string]*requestBook{}, addresses: map[string]*addressBook{}, keys: map[string]string{}, notices: map[string]*noticeBook{}, reports: newReportBooks(), persons: newPersonBooks(), erasures: newErasureBooks(), scans: map[string]onboard.SignIns{}}
}

// fail notes a broken promise.
func (a *audit) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	a.broken = append(a.broken, text)
	a.w.note("BROKEN:", text)
}

func (a *audit) book(id string) *requestBook {
	b := a.requests[id]
	if b == nil {
		b = &requestBook{rows: map[int]onboard.Invitation{}}
		a.requests[id] = b
	}
	return b
}

// created takes note of a request that was stored. It hands err on.
func (a *audit) created(r onboard.Request, err error) error {
	if err == nil {
		a.book(r.ID).request = r
	}
	return err
}

// savedRequest takes note of a write to a request. It hands err on.
func (a *audit) savedRequest(r onboard.Request, err error) error {
	if err != nil {
		return err
	}
	b := a.book(r.ID)
	if b.refused && r.Round > 0 {
		a.fail("promise 6: request %s began though its caller was told that nobody will be invited", r.ID)
	}
	a.ends(b.request, r)
	a.still(b.request, r)
	a.bounced(b.request, r)
	b.request = r
	a.w.note("request", r.ID, r.Phase, "round", r.Round, "until", r.AcceptedUntil, "ended", r.EndedAt, "put back", r.PutBack)
	a.count(r.ID)
	return nil
}

// still holds that rows are sent again only where messages were lost: else none
// is without one for so long. Before it closes, that is.
func (a *audit) still(was, now onboard.Request) {
	asked := now.PutBack != nil && was.PutBack == nil && now.PutBack.Rows == onboard.OpenRows
	if asked && now.Phase == onboard.Running && a.w.plan.purgedAt == 0 && len(a.w.napped) == 0 && a.w.clock().Add(maxSkew).Before(now.ClosesAt) {
		a.fail("promise 3: open rows of request %s were still for an hour, and no message was lost", now.ID)
	}
}

// ends holds the stored end of a request to its rows: written once for a round,
// when the last of them has its outcome.
func (a *audit) ends(was, now onboard.Request) {
	if now.EndedAt.IsZero() || now.Round == 0 {
		return
	}
	if was.Round == now.Round && !was.EndedAt.IsZero() && !was.EndedAt.Equal(now.EndedAt) {
		a.fail("promise 3: request %s ended at %s, and now at %s", now.ID, was.EndedAt, now.EndedAt)
	}
	rows := a.book(now.ID).rows
	for row, inv := range inOrder(rows) {
		if inv.Open(now.Round) {
			a.fail("promise 3: request %s ended, and its row %d is %s", now.ID, row, inv.State)
		}
	}
	if len(rows) != now.Total {
		a.fail("promise 3: request %s ended with %d of %d rows", now.ID, len(rows), now.Total)
	}
}

// saved takes note of a write to an invitation. It hands err on.
func (a *audit) saved(wr onboard.Write, err error) error {
	if err != nil {
		return err
	}
	b := a.book(wr.Invitation.RequestID)
	was := b.rows[wr.Invitation.Row]
	if wr.Invitation.Erased {
		wr = a.emptied(was, wr)
	}
	now := wr.Invitation
	b.rows[now.Row] = now
	if was.State == onboard.Deferred {
		a.deferred--
	}
	if now.State == onboard.Deferred {
		a.deferred++
	}
	if a.w.tracing {
		a.w.note("row", now.RequestID, now.Row, now.State, now.Code, "attempts", now.Attempts, claimText(wr.Claim))
	}
	if was.State.IsOutcome() && !was.Open(b.request.Round) && (was.State != now.State || was.Code != now.Code) {
		a.fail("promise 5: request %s row %d was %s and became %s", now.RequestID, now.Row, was.State, now.State)
	}
	if now.State == onboard.Deferred && (now.DueAt.IsZero() && !now.RetryAt.IsZero() || now.Code == "") {
		a.fail("promise 3: request %s row %d is deferred to a time and not in line, or without a cause", now.RequestID, now.Row)
	}
	if closes := b.request.ClosesAt; now.Code == onboard.CodeExpired && a.w.clock().Add(maxSkew).Before(closes) {
		a.fail("promise 3: request %s row %d ended as expired, and its request is open until %s", now.RequestID, now.Row, closes)
	}
	a.claimed(wr.Claim)
	a.touches(was, wr)
	switch {
	case now.State == onboard.Failed && now.Code == onboard.CodeMisconfigured:
		a.fail("promise 3: request %s row %d failed because the pool is not set up", now.RequestID, now.Row)
	case now.DueAt.Equal(now.RetryAt): // it waits for another row, or mail is no matter of its
	case now.State == onboard.Deferred && now.Code == onboard.CodeMailQuota && now.RetryAt.After(a.mailAgain):
		a.mailless, a.mailAgain = a.w.clock(), now.RetryAt
	}
	a.exhausted(now)
	a.unprivileged(now)
	a.count(now.RequestID)
	return nil
}

// claimed takes note of a write to the claim of an address. The delivery that
// gives the claim back is the one that held it.
func (a *audit) claimed(c *onboard.Claim) {
	if c == nil {
		return
	}
	a.erasures.claims[c.Address] = *c
	b := a.address(c.Address)
	if t := c.Trail; !t.From.IsZero() {
		b.windows = append(b.windows, window{from: a.w.bubble(t.From), to: a.w.bubble(t.To)})
	}
	a.reports.begins(c.Address, c.Trail)
	b.token = cmp.Or(c.Holder.Token, b.token)
	if b.creation != nil && b.creation.heard && b.creation.token == b.token {
		b.creation.written = true
	}
}

const clock = "02 15:04:05.000"

// claimText leaves the token out: it differs from run to run.
func claimText(c *onboard.Claim) string {
	if c == nil {
		return "no claim"
	}
	trail := "no trail"
	if !c.Trail.Empty() {
		trail = fmt.Sprintf("trail from %s to %s", c.Trail.From.Format(clock), c.Trail.To.Format(clock))
		if c.Trail.Unmailed {
			trail += " unmailed"
		}
		if !c.Trail.ResentAfter.IsZero() {
			trail += " resent after " + c.Trail.ResentAfter.Format(clock)
		}
	}
	if c.Holder == (onboard.Holder{}) {
		return "claim free, " + trail
	}
	return fmt.Sprintf("claim of %s/%d, %s", c.Holder.RequestID, c.Holder.Row, trail)
}

// exhausted holds rows whose attempts are used up to the faults that they met. A
// user who is deleted by hand between two of a row's calls is one: the pool
// contradicts itself.
func (a *audit) exhausted(inv onboard.Invitation) {
	p := a.w.plan
	if inv.Code != onboard.CodeAttemptsExhausted {
		return
	}
	byHand := len(a.address(onboard.FoldAddress(inv.Email)).deleted)
	if p.silentUntil > 0 && byHand == 0 {
		a.fail("promise 8: request %s row %d used up its attempts though it was the pool that answered nobody", inv.RequestID, inv.Row)
	}
	if p.onlyThrottled() && byHand == 0 {
		a.fail("promise 7: request %s row %d used up its attempts though it was only turned away", inv.RequestID, inv.Row)
	}
	sober := p.visibility == onboard.Visibility && p.readLag == 0 && !p.echoes
	met := a.blamed[rowID{request: inv.RequestID, row: inv.Row}] + byHand
	if sober && met < p.tries {
		a.fail("promise 8: request %s row %d used up its attempts after %d faults", inv.RequestID, inv.Row, met)
	}
}

// unprivileged holds rows that name the administrators' group to their one outcome, but
// for those that no worker got to judge.
func (a *audit) unprivileged(inv onboard.Invitation) {
	if !slices.Contains(inv.Groups, owners) || !inv.State.IsOutcome() {
		return
	}
	switch inv.Code {
	case onboard.CodeGroupNotAllowed, onboard.CodeDuplicate, onboard.CodeCanceled, onboard.CodeErased, onboard.CodeExpired, onboard.CodeAttemptsExhausted, onboard.CodeEmailInvalid:
		return
	}
	a.fail("promise 12: request %s row %d names the administrators' group and is %s %s", inv.RequestID, inv.Row, inv.State, inv.Code)
}

// count compares a request's counts with its rows.
func (a *audit) count(id string) {
	stored, err := a.w.store.Request(context.Background(), id)
	if err != nil {
		a.fail("request %s is gone: %v", id, err)
		return
	}
	states, codes := map[onboard.State]int{}, map[onboard.Code]int{}
	for _, inv := range a.book(id).rows {
		shown := inv.Shown(stored.Round)
		if shown.State == onboard.Pending || shown.State == "" {
			continue
		}
		states[shown.State]++
		if shown.Code != "" {
			codes[shown.Code]++
		}
	}
	if !sameCounts(states, stored.Tally.States) || !sameCounts(codes, stored.Tally.Codes) {
		a.fail("promise 4: request %s counts %v %v, its rows are %v %v", id, stored.Tally.States, stored.Tally.Codes, states, codes)
	}
	sum := 0
	for s, n := range stored.Counts(a.w.clock()) {
		sum += n
		if n < 0 {
			a.fail("promise 4: request %s has %d rows %s", id, n, s)
		}
	}
	if sum != stored.Total {
		a.fail("promise 4: request %s has %d rows in its counts and %d in all", id, sum, stored.Total)
	}
}

func sameCounts[K comparable](a, b map[K]int) bool {
	for k, n := range b {
		if n != a[k] {
			return false
		}
	}
	for k, n := range a {
		if n != b[k] {
			return false
		}
	}
	return true
}

// submitted takes note of how a submission was answered and reports whether
// its caller makes it again.
func (a *audit) submitted(s *submitted) (again bool) {
	keyed := s.order.KeyID != ""
	switch {
	case !s.answered:
		return keyed
	case s.err == nil:
		b := a.book(s.request.ID)
		b.accepted = true
		a.persons.accepted(s.request.ID, s.order.Submission)
		if first := a.keys[s.order.KeyID]; keyed && first != "" && first != s.request.ID {
			a.fail("promise 6: one key stands for the requests %s and %s", first, s.request.ID)
		}
		a.keys[s.order.KeyID] = s.request.ID
		if b.request.Round == 0 {
			a.fail("promise 6: request %s was accepted and has not begun", s.request.ID)
		}
		return false
	case keyed:
		return true
	case refusal(s.err) && s.id != "":
		b := a.book(s.id)
		b.refused = true
		if b.request.Round > 0 {
			a.fail("promise 6: request %s has begun though its caller was told that nobody will be invited", s.id)
		}
	}
	return false
}

// paused returns the requests that are paused.
func (a *audit) paused() []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(a.requests)) {
		if a.requests[id].request.Phase == onboard.Paused {
			ids = append(ids, id)
		}
	}
	return ids
}

// untended reports whether any request has no stored end.
func (a *audit) untended() bool {
	for _, b := range a.requests {
		if b.request.ID != "" && b.request.EndedAt.IsZero() {
			return true
		}
	}
	return false
}

// allDone reports whether every request has come to its end, and it is stored.
func (a *audit) allDone(now time.Time) bool {
	if a.deferred > 0 || a.untended() || len(a.erasures.open) > 0 {
		return false
	}
	for id := range a.requests {
		r, err := a.w.store.Request(context.Background(), id)
		if err != nil || !r.Done(now) {
			return false
		}
	}
	return true
}
