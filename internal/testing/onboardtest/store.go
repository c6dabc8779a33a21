package onboardtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher.example/internal/onboard"
)

// writers is how many try at once in the cases about races.
const writers = 16

// Store checks a store against the contract of [onboard.Store]. newStore returns an
// empty one each time.
func Store(t *testing.T, in In, newStore func(*testing.T) onboard.Store) {
	cases := slices.Concat(requestCases, keyCases, invitationCases, claimCases, listCases, mailCases, recordCases, eraseCases, paceCases, contextCases)
	hold(t, in, cases, func(t *testing.T) (onboard.Store, Differences) { return newStore(t), nil })
}

// equate ignores what no store need keep: whether an empty list is nil.
var equate = cmpopts.EquateEmpty()

func (c *caseT) same(what string, got, want any) {
	c.Helper()
	if diff := cmp.Diff(want, got, equate); diff != "" {
		c.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// unchanged checks that a record is still what its snapshot says.
func (c *caseT) unchanged(what string, got any, want string) {
	c.Helper()
	if now := snapshot(got); now != want {
		c.Errorf("%s: got\n%s\nwant\n%s", what, now, want)
	}
}

// snapshot puts a record into words, so that a store that hands out its own
// memory cannot change what is expected of it.
func snapshot(record any) string {
	text, err := json.Marshal(record)
	if err != nil {
		panic(fmt.Sprintf("onboardtest: %T cannot be encoded: %v", record, err))
	}
	return string(text)
}

func (c *caseT) is(what string, err, class error) {
	c.Helper()
	if !errors.Is(err, class) {
		c.Errorf("%s: got error %v, want %v", what, err, class)
	}
}

// accepted stores a running request and returns it as stored.
func (c *caseT) accepted(s onboard.Store, id string, total int) onboard.Request {
	c.Helper()
	c.must(s.CreateRequest(c.Context(), Request(id, total), nil))
	return c.request(s, id)
}

func (c *caseT) request(s onboard.Store, id string) onboard.Request {
	c.Helper()
	r, err := s.Request(c.Context(), id)
	c.must(err)
	return r
}

// load reads one invitation and the claim on its address.
func (c *caseT) load(s onboard.Store, requestID string, row int, address string) (onboard.Invitation, onboard.Claim) {
	c.Helper()
	inv, claim, err := s.Load(c.Context(), requestID, row, address)
	c.must(err)
	return inv, claim
}

// settle saves an invitation in a new state, with the change to the tally.
func (c *caseT) settle(s onboard.Store, requestID string, row int, state onboard.State, edits ...func(*onboard.Invitation)) {
	c.Helper()
	was, _ := c.load(s, requestID, row, "")
	c.must(s.Save(c.Context(), settled(was, state, edits...)))
}

// settled is the write that brings an invitation into a state.
func settled(was onboard.Invitation, state onboard.State, edits ...func(*onboard.Invitation)) onboard.Write {
	now := Invitation(was.RequestID, was.Row, edits...)
	now.State, now.Version = state, was.Version
	return onboard.Write{Invitation: now, Tally: onboard.Change(was, now, 1)}
}

// counts are a request's counts without the zeros.
func counts(r onboard.Request) map[onboard.State]int {
	n := r.Counts(Now())
	for s := range n {
		if n[s] == 0 {
			delete(n, s)
		}
	}
	return n
}
